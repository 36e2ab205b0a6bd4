#include "playout.hpp"

#include <algorithm>
#include <cstring>

namespace patchbay {
namespace {

constexpr unsigned SHORTEST_SKIP = 40, LONGEST_SKIP = 160;  // samples
constexpr unsigned JOIN = 80;                               // over which what is skipped to is blended in
constexpr unsigned CALMER = 16;                             // the cushion shrinks by so much in a window without a stall

// RTP time wraps around.
std::int32_t distance(std::uint32_t from, std::uint32_t to) { return static_cast<std::int32_t>(to - from); }

}  // namespace

void Playout::begin(std::uint32_t timestamp) {
    play_ = end_ = timestamp;
    begun_ = waits_ = true;
    stray_known_ = false;
    gaps_ = waited_ = 0;
    stalled_ = empty_ = excess_ = 0;
    least_ = UINT32_MAX;
    frames_ = 0;
    sound_.fill(law_->encoded(0));
}

Playout::Put Playout::put(std::uint32_t timestamp, const std::uint8_t *bytes, unsigned count) {
    if (count == 0 || count > LONGEST_PACKET) return REFUSED;
    if (!begun_) begin(timestamp);
    const std::int32_t ahead = distance(play_, timestamp);
    const auto length = static_cast<std::int32_t>(count);
    if (ahead + length > static_cast<std::int32_t>(ROOM) || ahead < -static_cast<std::int32_t>(ROOM))
        return put_astray(timestamp, bytes, count);
    stray_known_ = false;
    if (ahead + length <= 0) {
        ++late_;
        return LATE;
    }
    if (ahead < 0) {  // its beginning is too late
        bytes -= ahead;
        count += static_cast<unsigned>(ahead);
        timestamp = play_;
    }
    const std::int32_t beyond = distance(end_, timestamp);
    if (beyond > 0 && !open_gap(end_, timestamp)) return REFUSED;
    keep(timestamp, bytes, count);
    if (beyond < 0) close_gaps(timestamp, timestamp + count);
    if (distance(end_, timestamp + count) > 0) end_ = timestamp + count;
    return TAKEN;
}

// One packet may be a stray; a second one that follows it says that time has jumped.
Playout::Put Playout::put_astray(std::uint32_t timestamp, const std::uint8_t *bytes, unsigned count) {
    if (!stray_known_ || timestamp != stray_) {
        stray_known_ = true;
        stray_ = timestamp + count;
        return REFUSED;
    }
    begin(timestamp);
    keep(timestamp, bytes, count);
    end_ = timestamp + count;
    return TAKEN;
}

void Playout::keep(std::uint32_t at, const std::uint8_t *bytes, unsigned count) {
    const unsigned place = at % SPAN, first = std::min(count, SPAN - place);
    std::memcpy(&sound_[place], bytes, first);
    std::memcpy(sound_.data(), bytes + first, count - first);
}

void Playout::read(std::uint32_t from, std::int16_t *out, unsigned count) const {
    const unsigned place = from % SPAN, first = std::min(count, SPAN - place);
    law_->decode(&sound_[place], out, first);
    law_->decode(sound_.data(), out + first, count - first);
}

// --- what is missing ----------------------------------------------------------------------------------------------------

bool Playout::open_gap(std::uint32_t from, std::uint32_t to) {
    if (gaps_ == MOST_GAPS) return false;
    gap_[gaps_++] = {from, to};
    return true;
}

void Playout::drop_gap(unsigned i) {
    std::copy(gap_.begin() + i + 1, gap_.begin() + gaps_, gap_.begin() + i);
    --gaps_;
}

void Playout::close_gaps(std::uint32_t from, std::uint32_t to) {
    for (unsigned i = 0; i < gaps_;) {
        Gap &gap = gap_[i];
        if (distance(gap.from, to) <= 0 || distance(from, gap.to) <= 0) {
            ++i;
            continue;
        }
        const bool before = distance(gap.from, from) > 0, behind = distance(to, gap.to) > 0;
        if (before && behind) {
            if (gaps_ == MOST_GAPS) {  // the rest of it counts as lost
                gap.to = from;
                return;
            }
            std::copy_backward(gap_.begin() + i, gap_.begin() + gaps_, gap_.begin() + gaps_ + 1);
            ++gaps_;
            gap_[i].to = from;
            gap_[i + 1].from = to;
            return;
        }
        if (before) gap.to = from;
        else if (behind) gap.from = to;
        else {
            drop_gap(i);
            continue;
        }
        ++i;
    }
}

// --- playing ------------------------------------------------------------------------------------------------------------

bool Playout::take(std::int16_t *out, unsigned count) {
    if (!begun_ || (waits_ && still_waits(count))) return false;
    bool sound = true;
    const std::uint32_t level = end_ - play_;
    if (gaps_ == 0 && level >= count && excess_ == 0 && !concealment_.active()) {
        read(play_, out, count);
        play_ += count;
        empty_ = 0;
    } else {
        sound = take_with_care(out, count);
    }
    least_ = std::min(least_, end_ - play_);
    if (++frames_ == WINDOW) judge_depth();
    return sound;
}

bool Playout::still_waits(unsigned count) {
    waits_ = end_ - play_ < count + cushion_ && waited_++ < PATIENCE;
    return waits_;
}

bool Playout::take_with_care(std::int16_t *out, unsigned count) {
    if (excess_ >= SHORTEST_SKIP && gaps_ == 0 && !concealment_.active() && end_ - play_ >= count + LONGEST_SKIP + JOIN) {
        skip_some(out, count);
        return true;
    }
    bool sound = false;
    for (unsigned done = 0; done < count;) {
        if (gaps_ > 0 && gap_[0].from == play_) {
            done += take_gap(out + done, count - done);
        } else if (play_ == end_) {
            stall(out + done, count - done);
            break;
        } else {
            done += take_sound(out + done, count - done);
            sound = true;
        }
    }
    return sound || !concealment_.faded();
}

// What was concealed while the sound was late has already taken this gap's place.
unsigned Playout::take_gap(std::int16_t *out, unsigned count) {
    Gap &gap = gap_[0];
    const unsigned skipped = std::min<unsigned>(gap.to - gap.from, stalled_);
    const std::array<std::uint8_t, FRAME> silence = [this] {
        std::array<std::uint8_t, FRAME> bytes;
        bytes.fill(law_->encoded(0));
        return bytes;
    }();
    for (unsigned done = 0; done < skipped;) {  // what lies there is half a second old
        const unsigned part = std::min<unsigned>(skipped - done, silence.size());
        keep(play_ + done, silence.data(), part);
        done += part;
    }
    stalled_ = static_cast<std::uint16_t>(stalled_ - skipped);
    play_ += skipped;
    const unsigned filled = std::min<unsigned>(gap.to - play_, count);
    if (filled > 0) {
        conceal(out, filled);
        std::array<std::uint8_t, FRAME> made;
        law_->encode(out, made.data(), filled);
        keep(play_, made.data(), filled);
        play_ += filled;
        concealed_ += filled;
    }
    gap.from = play_;
    if (gap.from == gap.to) drop_gap(0);
    return filled;
}

void Playout::stall(std::int16_t *out, unsigned count) {
    conceal(out, count);
    concealed_ += count;
    stalled_ = static_cast<std::uint16_t>(std::min(stalled_ + count, ROOM));
    stalled_lately_ = true;
    empty_ = static_cast<std::uint16_t>(empty_ + count);
    if (empty_ >= GIVE_UP) begun_ = false;
}

unsigned Playout::take_sound(std::int16_t *out, unsigned count) {
    const unsigned there = (gaps_ > 0 ? gap_[0].from : end_) - play_, played = std::min(count, there);
    read(play_, out, played);
    if (concealment_.active()) concealment_.rejoin(out, played);
    if (empty_ > 0 && stalled_ > 0)  // it was late, not lost
        cushion_ = static_cast<std::uint16_t>(std::min<unsigned>(cushion_ + std::min<unsigned>(stalled_, FRAME), MOST_CUSHION));
    empty_ = 0;
    play_ += played;
    return played;
}

void Playout::conceal(std::int16_t *out, unsigned count) {
    if (!concealment_.active()) {
        std::array<std::int16_t, Concealment::HISTORY> history;
        read(play_ - Concealment::HISTORY, history.data(), Concealment::HISTORY);
        concealment_.begin(history.data());
    }
    concealment_.fill(out, count);
}

// --- how much of it waits -----------------------------------------------------------------------------------------------

// Leaves out what is most like a pitch period.
void Playout::skip_some(std::int16_t *out, unsigned count) {
    std::array<std::int16_t, FRAME + LONGEST_SKIP + JOIN> ahead;
    read(play_, ahead.data(), count + LONGEST_SKIP + JOIN);
    const unsigned skipped = most_alike(ahead.data(), JOIN, SHORTEST_SKIP, std::min<unsigned>(excess_, LONGEST_SKIP));
    for (unsigned i = 0; i < count; ++i) {
        const std::int32_t share = i < JOIN ? static_cast<std::int32_t>(i) : static_cast<std::int32_t>(JOIN), whole = JOIN;
        out[i] = static_cast<std::int16_t>((ahead[i] * (whole - share) + ahead[i + skipped] * share) / whole);
    }
    play_ += count + skipped;
    excess_ = static_cast<std::uint16_t>(excess_ - skipped);
    if (excess_ < SHORTEST_SKIP) excess_ = 0;
    empty_ = 0;
}

void Playout::judge_depth() {
    if (!stalled_lately_) cushion_ = static_cast<std::uint16_t>(std::max<unsigned>(cushion_ - CALMER, LEAST_CUSHION));
    excess_ = least_ > cushion_ + TOO_MUCH && !stalled_lately_ ? static_cast<std::uint16_t>(std::min(least_ - cushion_, ROOM)) : 0;
    least_ = UINT32_MAX;
    frames_ = 0;
    stalled_ = 0;
    stalled_lately_ = false;
}

}  // namespace patchbay
