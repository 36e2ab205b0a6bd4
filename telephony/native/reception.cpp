#include "reception.hpp"

#include <algorithm>
#include <cmath>

#include "rtp_packet.hpp"

namespace patchbay {
namespace {

constexpr unsigned MAX_DROPOUT = 3000;  // a larger jump is a new start, once a second packet confirms it (RFC 3550 A.1)
constexpr unsigned MAX_MISORDER = 100;

}  // namespace

void Reception::begin(std::uint32_t ssrc, std::uint16_t sequence) {
    begun_ = true;
    ssrc_ = ssrc;
    base_ = highest_ = sequence;
    cycles_ = 0;
    received_ = 0;
    bad_sequence_ = -1;
    jitter_ = 0;
    transit_known_ = false;
}

void Reception::on_packet(const char *bytes, std::size_t length, double arrived_s) {
    if (length < RtpPacket::HEADER) return;
    const auto *header = reinterpret_cast<const unsigned char *>(bytes);
    ++packets_;
    const auto sequence = static_cast<std::uint16_t>(header[2] << 8 | header[3]);
    const std::uint32_t ssrc = read32(header + 8);
    if (!begun_ || ssrc != ssrc_) begin(ssrc, sequence);
    const auto forward = static_cast<std::uint16_t>(sequence - highest_);
    if (forward < MAX_DROPOUT) {
        if (sequence < highest_) cycles_ += 1U << 16;
        highest_ = sequence;
    } else if (forward <= 0x10000 - MAX_MISORDER && !restarts(ssrc, sequence)) {
        return;
    }
    ++received_;
    // Telephone events repeat the time stamp of their beginning (RFC 4733 §2.5.1.2) and would spoil the jitter.
    if ((header[1] & 0x7F) != payload_type_) return;
    const double transit = arrived_s * clock_hz_ - read32(header + 4);
    if (transit_known_)
        jitter_ += (std::min(std::abs(transit - transit_), static_cast<double>(clock_hz_)) - jitter_) / 16;
    transit_ = transit;
    transit_known_ = true;
}

// Two packets in sequence after a jump: the sender began anew without saying so (RFC 3550 A.1).
bool Reception::restarts(std::uint32_t ssrc, std::uint16_t sequence) {
    if (sequence != bad_sequence_) {
        bad_sequence_ = static_cast<std::uint16_t>(sequence + 1);
        return false;
    }
    begin(ssrc, sequence);
    return true;
}

Heard Reception::heard() const {
    Heard out;
    out.packets = packets_;
    out.ssrc = ssrc_;
    out.expected = received_ ? static_cast<long long>(cycles_) + highest_ - base_ + 1 : 0;
    out.received = received_;
    out.highest_sequence = cycles_ + highest_;
    out.jitter = jitter_;
    return out;
}

}  // namespace patchbay
