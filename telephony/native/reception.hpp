// Counts one incoming RTP stream as RFC 3550 wants it: losses (appendix A.1, A.3) and jitter (A.8). A new SSRC starts afresh.
#pragma once

#include <cstddef>
#include <cstdint>

namespace patchbay {

// A sequence number is `expected` from the first to the highest seen, across wrap-arounds; a duplicate or late packet never
// lowers a figure below what a report block may say (RFC 3550 §6.4.1).
struct Heard {
    unsigned long long packets = 0;  // since the beginning, across SSRC changes
    unsigned ssrc = 0;               // 0 before the first packet
    long long expected = 0;
    long long received = 0;
    unsigned highest_sequence = 0;  // with the count of its cycles in the upper half
    double jitter = 0;              // in units of the RTP clock
};

class Reception {
public:
    Reception(int payload_type, unsigned clock_hz) : payload_type_(payload_type), clock_hz_(clock_hz) {}
    // A whole RTP packet; shorter than a header is no packet. `arrived_s` may be any clock's.
    void on_packet(const char *bytes, std::size_t length, double arrived_s);
    Heard heard() const;

private:
    void begin(std::uint32_t ssrc, std::uint16_t sequence);
    bool restarts(std::uint32_t ssrc, std::uint16_t sequence);
    const int payload_type_;
    const unsigned clock_hz_;
    unsigned long long packets_ = 0;
    bool begun_ = false;
    std::uint32_t ssrc_ = 0;
    std::uint16_t base_ = 0, highest_ = 0;
    std::uint32_t cycles_ = 0;
    long long received_ = 0;
    int bad_sequence_ = -1;
    double jitter_ = 0, transit_ = 0;
    bool transit_known_ = false;
};

}  // namespace patchbay
