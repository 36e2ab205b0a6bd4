#include "telephone_events.hpp"

#include <algorithm>
#include <cctype>

namespace patchbay {
namespace {

constexpr char DIGITS[] = "0123456789*#ABCD";
constexpr std::size_t DIGIT_COUNT = sizeof DIGITS - 1;
constexpr std::uint8_t END = 0x80, VOLUME = 10;  // −10 dBm0
constexpr unsigned ENDS = 3;                     // RFC 4733 §2.5.1.4
constexpr unsigned PAUSE = 400;                  // between two digits, for gateways that turn them into tones
constexpr std::uint16_t LONG = 0xFFFF - 8000;    // samples: a segment that may have come to its end, were the last second lost
constexpr std::int32_t NEXT_SEGMENT = 1600;      // samples between what was last heard of a segment and the next one
constexpr std::int32_t OVERTAKEN = -8000;        // a packet may be so much older than the newest; farther back time has jumped

}  // namespace

// All packets of an event carry the time stamp of its beginning (§2.5.1.2). Some senders count it on: the same event that has not
// ended and only gets longer is still the same. A key that is held longer than a duration can say (8.19 s) is told in segments:
// each begins where the one before ended, which had no end bit (§2.5.1.3).
std::optional<EventNews> EventReader::on_event(std::uint32_t ssrc, std::uint32_t timestamp, const std::uint8_t *payload,
                                               std::size_t length) {
    if (length < EventSender::PAYLOAD || payload[0] >= DIGIT_COUNT) return {};
    const std::uint8_t event = payload[0];
    const bool end = (payload[1] & END) != 0;
    const auto duration = static_cast<std::uint16_t>(payload[2] << 8 | payload[3]);
    const auto later = static_cast<std::int32_t>(timestamp - timestamp_);
    if (ssrc != ssrc_) known_ = false;
    if (known_ && later < 0 && later >= OVERTAKEN) return {};
    const bool goes_on = known_ && event == event_ && !ended_ && duration_ >= LONG && duration < duration_ && later >= duration_ &&
                         later <= 0xFFFF + NEXT_SEGMENT;
    const bool same = known_ && event == event_ && (later == 0 || (!ended_ && duration >= duration_) || goes_on);
    if (same && !goes_on && (ended_ || duration < duration_)) return {};
    known_ = true;
    ssrc_ = ssrc;
    event_ = event;
    duration_ = duration;
    timestamp_ = timestamp;
    ended_ = end;
    return EventNews{DIGITS[event], duration, same, end};
}

EventSender::Asked EventSender::dial(const std::string &digits, unsigned duration) {
    if (waiting_.size() + digits.size() > MOST) return TOO_MANY;
    std::deque<Digit> asked;
    const char *end = DIGITS + DIGIT_COUNT;
    for (const char character : digits) {
        const char *found = std::find(DIGITS, end, static_cast<char>(std::toupper(static_cast<unsigned char>(character))));
        if (found == end) return NO_DIGIT;
        asked.push_back({static_cast<std::uint8_t>(found - DIGITS), static_cast<std::uint16_t>(std::min(duration, 0xFFFFU))});
    }
    waiting_.insert(waiting_.end(), asked.begin(), asked.end());
    return TAKEN;
}

std::optional<EventSender::Packet> EventSender::next(std::uint32_t timestamp, unsigned frame) {
    if (pause_ > 0) {
        pause_ -= std::min(pause_, frame);
        return {};
    }
    if (waiting_.empty()) return {};
    const Digit &digit = waiting_.front();
    const bool first = sent_ == 0;
    if (first) began_ = timestamp;
    sent_ = std::min<unsigned>(sent_ + frame, digit.duration);
    const bool end = sent_ == digit.duration;
    Packet packet{{digit.event, static_cast<std::uint8_t>(VOLUME | (end ? END : 0)), static_cast<std::uint8_t>(sent_ >> 8),
                   static_cast<std::uint8_t>(sent_)},
                  began_,
                  first};
    if (end && ++ends_ == ENDS) {
        waiting_.pop_front();
        sent_ = ends_ = 0;
        pause_ = PAUSE;
    }
    return packet;
}

}  // namespace patchbay
