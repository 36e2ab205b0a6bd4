#include "look_ahead.hpp"

namespace patchbay {
namespace {

constexpr std::size_t JITTER_BUFFER = 384;  // about its size
// What a stream keeps behind the part that all kinds of stream share, and behind its description: its codec and its counters.
constexpr std::size_t COUNTERS_AT = sizeof(pjmedia_stream_common) + sizeof(void *) + sizeof(pjmedia_stream_info);
constexpr std::size_t COUNTERS = 256;
constexpr std::size_t PACKET = 192;  // 20 ms of G.711

}  // namespace

void fetch_stream(const pjmedia_stream_common *stream) { fetch(stream, sizeof *stream); }

void fetch_for_packet(const pjmedia_stream_common &stream) {
    fetch(reinterpret_cast<const char *>(&stream) + COUNTERS_AT, COUNTERS);
    fetch(&stream.dec->rtp, sizeof stream.dec->rtp);
    fetch(stream.grp_lock, 1);
    fetch(stream.jb_mutex, 1);
    fetch(stream.jb, JITTER_BUFFER);
}

void fetch_for_hearing(const pjmedia_stream_common &stream) {
    fetch(reinterpret_cast<const char *>(&stream) + COUNTERS_AT, COUNTERS);
    fetch(&stream.dec->paused, 1);
    fetch(stream.jb_mutex, 1);
    fetch(stream.jb, JITTER_BUFFER);
}

void fetch_for_giving(const pjmedia_stream_common &stream) {
    fetch(reinterpret_cast<const char *>(&stream) + COUNTERS_AT, COUNTERS);
    fetch(&stream.enc->pt, sizeof *stream.enc - offsetof(pjmedia_channel, pt));
    if (stream.transport != nullptr) fetch(stream.transport, 256);
}

void fetch_packet(const pjmedia_stream_common &stream) { fetch(stream.enc->buf, PACKET); }

}  // namespace patchbay
