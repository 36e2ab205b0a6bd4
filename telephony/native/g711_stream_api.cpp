// The interface of pjmedia's audio streams over two kinds of them: ours for G.711, pjmedia's for the rest.
//
// The link step sends every caller of these functions here (tools/pjsua2/build.py); `__real_…` are pjmedia's own.
#include <pjmedia.h>

#include <algorithm>

#include "g711_stream.hpp"

using patchbay::G711Stream;

namespace {

constexpr unsigned LONGEST_MS = 100;

// What the peer wishes (a=ptime) is kept, below what it takes at most (a=maxptime, RFC 8866 §6.4, which pjmedia reads and leaves)
// and what a datagram holds. `param` is the codec's, for as long as the result is used.
pjmedia_stream_info with_packets_of_good_length(const pjmedia_stream_info &info, pjmedia_codec_param &param) {
    if (info.param == nullptr || info.param->info.frm_ptime == 0) return info;
    param = *info.param;
    const unsigned most_ms = info.tx_maxptime != 0 ? std::min(info.tx_maxptime, LONGEST_MS) : LONGEST_MS;
    const unsigned frames = std::max(most_ms / param.info.frm_ptime, 1U);
    param.setting.frm_per_pkt = static_cast<pj_uint8_t>(std::clamp<unsigned>(param.setting.frm_per_pkt, 1, frames));
    pjmedia_stream_info out = info;
    out.param = &param;
    return out;
}

}  // namespace

extern "C" {

pj_status_t __real_pjmedia_stream_create(pjmedia_endpt *, pj_pool_t *, const pjmedia_stream_info *, pjmedia_transport *, void *,
                                         pjmedia_stream **);
pj_status_t __wrap_pjmedia_stream_create(pjmedia_endpt *endpoint, pj_pool_t *pool, const pjmedia_stream_info *info,
                                         pjmedia_transport *transport, void *user_data, pjmedia_stream **stream) {
    pjmedia_codec_param param;
    const pjmedia_stream_info wanted = with_packets_of_good_length(*info, param);
    if (G711Stream::suits(wanted)) return G711Stream::create(endpoint, wanted, transport, stream);
    return __real_pjmedia_stream_create(endpoint, pool, &wanted, transport, user_data, stream);
}

pj_status_t __real_pjmedia_stream_destroy(pjmedia_stream *);
pj_status_t __wrap_pjmedia_stream_destroy(pjmedia_stream *stream) {
    G711Stream *ours = G711Stream::of(stream);
    if (ours == nullptr) return __real_pjmedia_stream_destroy(stream);
    ours->destroy();
    return PJ_SUCCESS;
}

pj_status_t __real_pjmedia_stream_start(pjmedia_stream *);
pj_status_t __wrap_pjmedia_stream_start(pjmedia_stream *stream) {
    G711Stream *ours = G711Stream::of(stream);
    if (ours == nullptr) return __real_pjmedia_stream_start(stream);
    ours->start();
    return PJ_SUCCESS;
}

pj_status_t __real_pjmedia_stream_get_port(pjmedia_stream *, pjmedia_port **);
pj_status_t __wrap_pjmedia_stream_get_port(pjmedia_stream *stream, pjmedia_port **port) {
    G711Stream *ours = G711Stream::of(stream);
    if (ours == nullptr) return __real_pjmedia_stream_get_port(stream, port);
    *port = ours->port();
    return PJ_SUCCESS;
}

pj_status_t __real_pjmedia_stream_get_info(const pjmedia_stream *, pjmedia_stream_info *);
pj_status_t __wrap_pjmedia_stream_get_info(const pjmedia_stream *stream, pjmedia_stream_info *info) {
    const G711Stream *ours = G711Stream::of(stream);
    if (ours == nullptr) return __real_pjmedia_stream_get_info(stream, info);
    *info = ours->info();
    return PJ_SUCCESS;
}

pj_status_t __real_pjmedia_stream_get_stat(const pjmedia_stream *, pjmedia_rtcp_stat *);
pj_status_t __wrap_pjmedia_stream_get_stat(const pjmedia_stream *stream, pjmedia_rtcp_stat *stat) {
    G711Stream *ours = G711Stream::of(stream);
    if (ours == nullptr) return __real_pjmedia_stream_get_stat(stream, stat);
    ours->statistics(*stat);
    return PJ_SUCCESS;
}

pj_status_t __real_pjmedia_stream_common_get_stat(const pjmedia_stream_common *, pjmedia_rtcp_stat *);
pj_status_t __wrap_pjmedia_stream_common_get_stat(const pjmedia_stream_common *stream, pjmedia_rtcp_stat *stat) {
    G711Stream *ours = G711Stream::of(stream);
    if (ours == nullptr) return __real_pjmedia_stream_common_get_stat(stream, stat);
    ours->statistics(*stat);
    return PJ_SUCCESS;
}

pj_status_t __real_pjmedia_stream_common_get_stat_jbuf(const pjmedia_stream_common *, pjmedia_jb_state *);
pj_status_t __wrap_pjmedia_stream_common_get_stat_jbuf(const pjmedia_stream_common *stream, pjmedia_jb_state *state) {
    G711Stream *ours = G711Stream::of(stream);
    if (ours == nullptr) return __real_pjmedia_stream_common_get_stat_jbuf(stream, state);
    ours->buffer(*state);
    return PJ_SUCCESS;
}

// A call's sound is kept together with its picture: we carry no pictures.
pj_status_t __real_pjmedia_stream_common_set_avsync(pjmedia_stream_common *, pjmedia_av_sync *);
pj_status_t __wrap_pjmedia_stream_common_set_avsync(pjmedia_stream_common *stream, pjmedia_av_sync *sync) {
    return G711Stream::of(stream) ? PJ_SUCCESS : __real_pjmedia_stream_common_set_avsync(stream, sync);
}

// Nothing that a table could be told.
pj_status_t __real_pjmedia_stream_modify_codec_param(pjmedia_stream *, const pjmedia_codec_param *);
pj_status_t __wrap_pjmedia_stream_modify_codec_param(pjmedia_stream *stream, const pjmedia_codec_param *param) {
    return G711Stream::of(stream) ? PJ_ENOTSUP : __real_pjmedia_stream_modify_codec_param(stream, param);
}

pj_status_t __real_pjmedia_stream_dial_dtmf2(pjmedia_stream *, const pj_str_t *, unsigned);
pj_status_t __wrap_pjmedia_stream_dial_dtmf2(pjmedia_stream *stream, const pj_str_t *digits, unsigned duration_ms) {
    G711Stream *ours = G711Stream::of(stream);
    if (ours == nullptr) return __real_pjmedia_stream_dial_dtmf2(stream, digits, duration_ms);
    return ours->dial({digits->ptr, static_cast<std::size_t>(digits->slen)}, duration_ms);
}

pj_status_t __wrap_pjmedia_stream_dial_dtmf(pjmedia_stream *stream, const pj_str_t *digits) {
    return __wrap_pjmedia_stream_dial_dtmf2(stream, digits, 0);
}

using DigitCallback = void (*)(pjmedia_stream *, void *, int);
pj_status_t __real_pjmedia_stream_set_dtmf_callback(pjmedia_stream *, DigitCallback, void *);
pj_status_t __wrap_pjmedia_stream_set_dtmf_callback(pjmedia_stream *stream, DigitCallback callback, void *user_data) {
    G711Stream *ours = G711Stream::of(stream);
    if (ours == nullptr) return __real_pjmedia_stream_set_dtmf_callback(stream, callback, user_data);
    ours->on_digit(callback, user_data);
    return PJ_SUCCESS;
}

using EventCallback = void (*)(pjmedia_stream *, void *, const pjmedia_stream_dtmf_event *);
pj_status_t __real_pjmedia_stream_set_dtmf_event_callback(pjmedia_stream *, EventCallback, void *);
pj_status_t __wrap_pjmedia_stream_set_dtmf_event_callback(pjmedia_stream *stream, EventCallback callback, void *user_data) {
    G711Stream *ours = G711Stream::of(stream);
    if (ours == nullptr) return __real_pjmedia_stream_set_dtmf_event_callback(stream, callback, user_data);
    ours->on_digit_event(callback, user_data);
    return PJ_SUCCESS;
}

pj_status_t __real_pjmedia_stream_send_rtcp_sdes(pjmedia_stream *);
pj_status_t __wrap_pjmedia_stream_send_rtcp_sdes(pjmedia_stream *stream) {
    G711Stream *ours = G711Stream::of(stream);
    if (ours == nullptr) return __real_pjmedia_stream_send_rtcp_sdes(stream);
    ours->report(false);
    return PJ_SUCCESS;
}

pj_status_t __real_pjmedia_stream_send_rtcp_bye(pjmedia_stream *);
pj_status_t __wrap_pjmedia_stream_send_rtcp_bye(pjmedia_stream *stream) {
    G711Stream *ours = G711Stream::of(stream);
    if (ours == nullptr) return __real_pjmedia_stream_send_rtcp_bye(stream);
    ours->report(true);
    return PJ_SUCCESS;
}

}  // extern "C"
