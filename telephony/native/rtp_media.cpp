#include "rtp_media.hpp"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

#include "bridge_port.hpp"
#include "events.hpp"
#include "link_transport.hpp"
#include "udp_transport.hpp"

namespace patchbay {
namespace {

constexpr int PORT_TRIES = 64;

pj_str_t view(const std::string &text) {
    return pj_str_t{const_cast<char *>(text.c_str()), static_cast<pj_ssize_t>(text.size())};
}

pj_sockaddr address(const std::string &host, int port) {
    pj_sockaddr out;
    const pj_str_t name = view(host);
    const int family = host.find(':') == std::string::npos ? pj_AF_INET() : pj_AF_INET6();
    check(pj_sockaddr_init(family, &out, &name, static_cast<pj_uint16_t>(port)), "address of an RTP port");
    return out;
}

// Binds one UDP socket; PJ_INVALID_SOCKET when the port is taken. `at` becomes the bound address.
pj_sock_t bind_udp(pj_sockaddr &at) {
    pj_sock_t sock = PJ_INVALID_SOCKET;
    check(pj_sock_socket(at.addr.sa_family, pj_SOCK_DGRAM() | pj_SOCK_CLOEXEC(), 0, &sock), "RTP socket");
    int length = sizeof at;
    if (pj_sock_bind(sock, &at, static_cast<int>(pj_sockaddr_get_len(&at))) != PJ_SUCCESS ||
        pj_sock_getsockname(sock, &at, &length) != PJ_SUCCESS) {
        pj_sock_close(sock);
        return PJ_INVALID_SOCKET;
    }
    return sock;
}

// RFC 3550 §11: RTP on an even port, RTCP on the next.
bool bind_pair(const RtpOptions &options, pjmedia_sock_info &pair) {
    pj_sockaddr rtp = address(options.local_host, options.local_port);
    pair.rtp_sock = bind_udp(rtp);
    if (pair.rtp_sock == PJ_INVALID_SOCKET) return false;
    const int port = pj_sockaddr_get_port(&rtp);
    pj_sockaddr rtcp = address(options.local_host, port + 1);
    const bool usable = options.local_port != 0 || port % 2 == 0;
    pair.rtcp_sock = usable ? bind_udp(rtcp) : PJ_INVALID_SOCKET;
    if (pair.rtcp_sock == PJ_INVALID_SOCKET) {
        pj_sock_close(pair.rtp_sock);
        return false;
    }
    pair.rtp_addr_name = rtp;
    pair.rtcp_addr_name = rtcp;
    return true;
}

// Keys held longer than pjmedia's own streams can tell: at Opus' 48 kHz a segment of an event is 1.4 s (RFC 4733 §2.5.1.3), and to
// pjmedia each is a new digit. Only keys that have been held for a while are kept here, until they end. The receiver's thread.
class HeldKeys {
public:
    // True: what seems to be a new digit goes on where one that has not ended was last heard.
    bool goes_on(unsigned long long handle, const pjmedia_stream_dtmf_event &digit) {
        const auto found = held_.find(handle);
        const bool same = found != held_.end() && found->second.digit == digit.digit &&
                          digit.timestamp - found->second.until_ms <= SEGMENTS_APART_MS;
        if (found != held_.end() && !same) held_.erase(found);
        note(handle, digit);
        return same;
    }
    void note(unsigned long long handle, const pjmedia_stream_dtmf_event &digit) {
        const bool known = held_.count(handle) != 0;
        if ((digit.flags & PJMEDIA_STREAM_DTMF_IS_END) != 0) held_.erase(handle);
        else if (known || (digit.duration >= HELD_MS && held_.size() < MOST))
            held_[handle] = {digit.digit, digit.timestamp + digit.duration};
    }

private:
    static constexpr unsigned HELD_MS = 1000, SEGMENTS_APART_MS = 200;
    static constexpr std::size_t MOST = 1024;  // those whose end was lost stay
    struct Key {
        int digit;
        std::uint32_t until_ms;
    };
    std::unordered_map<unsigned long long, Key> held_;
};

void on_digit(pjmedia_stream *, void *user_data, const pjmedia_stream_dtmf_event *digit) {
    static HeldKeys held;
    const auto handle = reinterpret_cast<unsigned long long>(user_data);
    if ((digit->flags & PJMEDIA_STREAM_DTMF_IS_UPDATE) != 0) {  // each digit once, at its start
        held.note(handle, *digit);
        return;
    }
    if (held.goes_on(handle, *digit)) return;
    NativeEvent event;
    event.kind = DIGIT;
    event.handle = handle;
    event.code = digit->digit;
    EventQueue::instance().push(event);
}

}  // namespace

void report_digits(pjmedia_stream *stream, unsigned long long handle) {
    check(pjmedia_stream_set_dtmf_event_callback(stream, &on_digit, reinterpret_cast<void *>(handle)), "digit callback");
}

RtpStatistics to_statistics(const pjmedia_rtcp_stat &stat, const std::string &codec) {
    RtpStatistics out;
    out.codec = codec;
    out.packets_sent = stat.tx.pkt;
    out.packets_received = stat.rx.pkt;
    out.packets_lost = stat.rx.loss;
    out.packets_lost_remote = stat.tx.loss;
    out.jitter_ms = stat.rx.jitter.mean / 1000.0;
    if (stat.rtt.n > 0) out.rtt_ms = stat.rtt.last / 1000.0;
    return out;
}

RtpMedia::RtpMedia(const RtpOptions &options) : codec_(options.codec) {
    try {
        pool_ = pjsua_pool_create("rtpmedia", 1024, 1024);
        if (pool_ == nullptr) throw std::bad_alloc();
        if (options.link) transport_ = open_link_transport(pool_, options.link);
        else open_sockets(options);
        open_stream(options);
        pjmedia_port *port = nullptr;
        check(pjmedia_stream_get_port(stream_, &port), "RTP stream's port");
        check(pjsua_conf_add_port(pool_, port, &slot_), "new bridge port");
    } catch (...) {
        close();
        throw;
    }
}

RtpMedia::~RtpMedia() { close(); }

void RtpMedia::open_sockets(const RtpOptions &options) {
    pjmedia_sock_info pair{};
    bool bound = false;
    for (int i = 0; i < (options.local_port ? 1 : PORT_TRIES) && !bound; ++i) bound = bind_pair(options, pair);
    if (!bound) throw std::runtime_error("no free pair of RTP ports on " + options.local_host);
    local_port_ = pj_sockaddr_get_port(&pair.rtp_addr_name);
    // Nobody says anything at the far end of a tap: what comes to its port must not lead it away.
    const unsigned options_of_it = options.send_only ? PJMEDIA_UDP_NO_SRC_ADDR_CHECKING : 0;
    const pj_status_t attached = open_udp_transport(pjsua_get_pjmedia_endpt(), pair, options_of_it, &transport_);
    if (attached != PJ_SUCCESS) {
        pj_sock_close(pair.rtp_sock);
        pj_sock_close(pair.rtcp_sock);
        check(attached, "RTP transport");
    }
    if (options.srtp_profile != 0) protect(*transport_, options.srtp_profile, options.rx_key, options.tx_key);
}

void RtpMedia::open_stream(const RtpOptions &options) {
    pjmedia_endpt *endpoint = pjsua_get_pjmedia_endpt();
    pjmedia_codec_mgr *codecs = pjmedia_endpt_get_codec_mgr(endpoint);
    const pjmedia_codec_info *codec = nullptr;
    unsigned count = 1;
    const std::string id = options.codec + "/";
    const pj_str_t wanted = view(id);
    if (pjmedia_codec_mgr_find_codecs_by_id(codecs, &wanted, &count, &codec, nullptr) != PJ_SUCCESS || count == 0)
        throw std::runtime_error("no codec " + options.codec);

    pjmedia_codec_param param;
    check(pjmedia_codec_mgr_get_default_param(codecs, codec, &param), "codec parameters");
    param.setting.vad = 0;  // silence is sent too: the peer counts packets, the recognizer counts time
    param.setting.frm_per_pkt = static_cast<pj_uint8_t>(std::max(1u, options.ptime_ms / param.info.frm_ptime));

    pjmedia_stream_info info;
    pj_bzero(&info, sizeof info);
    info.type = PJMEDIA_TYPE_AUDIO;
    info.proto = PJMEDIA_TP_PROTO_RTP_AVP;
    info.dir = options.send_only ? PJMEDIA_DIR_ENCODING : PJMEDIA_DIR_ENCODING_DECODING;
    info.fmt = *codec;
    info.param = &param;
    info.tx_pt = info.rx_pt = static_cast<unsigned>(options.payload_type);
    info.tx_event_pt = info.rx_event_pt = options.event_payload_type;
    info.ssrc = options.ssrc ? options.ssrc : pj_rand();
    info.jb_init = info.jb_min_pre = info.jb_max_pre = info.jb_max = -1;
    info.rtcp_sdes_bye_disabled = PJ_TRUE;
    // A port that waits for its peer's first packet sends to the discard port until then (RFC 863).
    const std::string host = options.remote_host.empty() ? options.local_host : options.remote_host;
    info.rem_addr = address(host, options.remote_host.empty() ? 9 : options.remote_port);
    info.rem_rtcp = address(host, pj_sockaddr_get_port(&info.rem_addr) + 1);

    check(pjmedia_stream_create(endpoint, pool_, &info, transport_, nullptr, &stream_), "RTP stream");
    if (options.event_payload_type >= 0) report_digits(stream_, options.handle);
    check(pjmedia_stream_start(stream_), "RTP stream's start");
    check(pjmedia_transport_media_start(transport_, pool_, nullptr, nullptr, 0), "RTP transport's start");
}

void RtpMedia::close() {
    if (slot_ != PJSUA_INVALID_ID) pjsua_conf_remove_port(slot_);
    if (stream_ != nullptr) pjmedia_stream_destroy(stream_);  // the bridge's reference keeps its memory for a tick
    if (transport_ != nullptr) pjmedia_transport_close(transport_);
    if (pool_ != nullptr) pj_pool_release(pool_);
    slot_ = PJSUA_INVALID_ID;
    stream_ = nullptr;
    transport_ = nullptr;
    pool_ = nullptr;
}

RtpStatistics RtpMedia::statistics() const {
    pjmedia_rtcp_stat stat;
    check(pjmedia_stream_get_stat(stream_, &stat), "RTP statistics");
    return to_statistics(stat, codec_);
}

void RtpMedia::send_digits(const std::string &digits) {
    const pj_str_t text = view(digits);
    check(pjmedia_stream_dial_dtmf(stream_, &text), "digits");
}

}  // namespace patchbay
