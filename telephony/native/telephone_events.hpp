// Digits as RTP telephone events (RFC 4733): read from what a peer sends, and sent, frame by frame.
//
// Pure: no clock, no locks. Times are RTP's, in samples at 8 kHz.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace patchbay {

struct EventNews {
    char digit;
    std::uint16_t duration;  // samples so far
    bool update, end;        // update: the digit has been told before
};

class EventReader {
public:
    // One packet's payload. Nothing: no digit, malformed, older than the newest, or an end that has been told.
    std::optional<EventNews> on_event(std::uint32_t ssrc, std::uint32_t timestamp, const std::uint8_t *payload, std::size_t length);

private:
    bool known_ = false, ended_ = false;
    std::uint8_t event_ = 0;
    std::uint16_t duration_ = 0;
    std::uint32_t ssrc_ = 0, timestamp_ = 0;
};

class EventSender {
public:
    static constexpr std::size_t PAYLOAD = 4, MOST = 32;
    enum Asked { TAKEN, NO_DIGIT, TOO_MANY };
    Asked dial(const std::string &digits, unsigned duration);
    bool idle() const { return waiting_.empty() && pause_ == 0; }
    struct Packet {
        std::array<std::uint8_t, PAYLOAD> payload;
        std::uint32_t timestamp;
        bool first;
    };
    // What goes out instead of the frame of sound that begins at `timestamp`; nothing in the pause between two digits.
    std::optional<Packet> next(std::uint32_t timestamp, unsigned frame);

private:
    struct Digit {
        std::uint8_t event;
        std::uint16_t duration;
    };
    std::deque<Digit> waiting_;
    std::uint32_t began_ = 0;
    unsigned sent_ = 0, ends_ = 0, pause_ = 0;
};

}  // namespace patchbay
