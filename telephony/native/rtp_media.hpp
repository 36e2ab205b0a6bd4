// A bridge port whose sound is RTP, on a UDP socket (the tap, the way to another node) or at the end of a link (the browser leg).
//
// Packets are received, decoded, mixed, encoded and sent by pjmedia's own threads; telephone events (RFC 4733) become DIGIT
// events. Create, use and destroy on the owner thread.
#pragma once

#include <pjsua-lib/pjsua.h>

#include <memory>
#include <string>

#include "media_link.hpp"

namespace patchbay {

struct RtpOptions {
    std::string codec = "PCMU";  // encoding name: PCMU, PCMA, G722, opus
    int payload_type = 0;
    int event_payload_type = -1;  // -1: none
    unsigned ptime_ms = 20;
    bool send_only = false;
    std::string local_host = "127.0.0.1";
    int local_port = 0;  // 0: any even port
    std::string remote_host;
    int remote_port = 0;
    std::shared_ptr<MediaLink> link;  // instead of a socket and its addresses
    int srtp_profile = 0;             // of a socket: libsrtp's number; 0: in the clear
    std::string rx_key, tx_key;       // key and salt, in hexadecimal digits
    unsigned ssrc = 0;                // 0: any
    unsigned long long handle = 0;
};

struct RtpStatistics {
    std::string codec;
    unsigned long long packets_sent = 0, packets_received = 0;
    unsigned long long packets_lost = 0, packets_lost_remote = 0;
    double jitter_ms = 0;
    double rtt_ms = -1;  // -1: not known yet
    // Of calls only:
    bool sound_expected = true;            // by what the dialog says of directions (RFC 3264 §6.1)
    unsigned long long arrivals = 0;       // packets of the peer, sound and reports
    unsigned long long strangers = 0;      // packets dropped because they came from somebody else
};

class RtpMedia {
public:
    // Throws std::runtime_error: unknown codec, port in use, …
    explicit RtpMedia(const RtpOptions &options);
    ~RtpMedia();
    RtpMedia(const RtpMedia &) = delete;
    RtpMedia &operator=(const RtpMedia &) = delete;
    int slot() const { return slot_; }
    int local_port() const { return local_port_; }  // 0 on a link
    RtpStatistics statistics() const;
    void send_digits(const std::string &digits);

private:
    void open_sockets(const RtpOptions &options);
    void open_stream(const RtpOptions &options);
    void close();
    pj_pool_t *pool_ = nullptr;
    pjmedia_transport *transport_ = nullptr;
    pjmedia_stream *stream_ = nullptr;
    std::string codec_;
    int slot_ = PJSUA_INVALID_ID;
    int local_port_ = 0;
};

RtpStatistics to_statistics(const pjmedia_rtcp_stat &stat, const std::string &codec);
// Reports the stream's telephone events as DIGIT with this handle, natively, instead of through pjsua's callback.
void report_digits(pjmedia_stream *stream, unsigned long long handle);

}  // namespace patchbay
