// The jitter buffer of a G.711 stream: takes packets as they come and gives a frame whenever the bridge wants one.
//
// Sound is kept as it came, a byte a sample, at its place in RTP time: order, repetition and length of packets do not matter.
// What is missing between two packets is lost and concealed. When nothing more is there, the sound is late: what is concealed then
// delays the rest, and so the buffer grows to what the network needs; it shrinks, by whole pitch periods, when it has been
// longer than that for some time. RTP time that jumps, or a pause, starts it afresh.
//
// Pure: no clock, no locks. Times are RTP's, in samples at 8 kHz.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "concealment.hpp"
#include "g711.hpp"

namespace patchbay {

class Playout {
public:
    static constexpr unsigned LONGEST_PACKET = 1600;  // samples
    enum Put { TAKEN, LATE, REFUSED };

    explicit Playout(const G711 &law) : law_(&law) { sound_.fill(law.encoded(0)); }
    Put put(std::uint32_t timestamp, const std::uint8_t *bytes, unsigned count);
    // False: silence, `out` is as it was. `count` is the same every time, 20 ms at most.
    bool take(std::int16_t *out, unsigned count);
    void restart() { begun_ = false; }

    unsigned waiting() const { return begun_ ? end_ - play_ : 0; }  // samples
    unsigned long long concealed() const { return concealed_; }     // samples
    unsigned long long late() const { return late_; }               // packets
    // Where the next frame is read and the next packet is written, if nothing unusual comes.
    const void *read_next() const { return &sound_[play_ % SPAN]; }
    const void *written_next() const { return &sound_[end_ % SPAN]; }

private:
    static constexpr unsigned SPAN = 4096;          // samples kept, those already played included
    static constexpr unsigned ROOM = 3200;          // samples that may wait
    static constexpr unsigned MOST_GAPS = 8;
    static constexpr unsigned FRAME = 160;
    static constexpr unsigned LEAST_CUSHION = 160;  // samples beyond the frame that is wanted
    static constexpr unsigned MOST_CUSHION = 1600;
    static constexpr unsigned TOO_MUCH = 80;        // beyond the cushion: not worth a join in the sound
    static constexpr unsigned WINDOW = 100;         // frames over which that is judged
    static constexpr unsigned PATIENCE = 3;         // frames that the beginning of sound waits for more of it
    static constexpr unsigned GIVE_UP = 1600;       // samples without sound after which the next packet is a beginning
    struct Gap {
        std::uint32_t from, to;
    };

    void begin(std::uint32_t timestamp);
    Put put_astray(std::uint32_t timestamp, const std::uint8_t *bytes, unsigned count);
    void keep(std::uint32_t at, const std::uint8_t *bytes, unsigned count);
    void read(std::uint32_t from, std::int16_t *out, unsigned count) const;
    bool open_gap(std::uint32_t from, std::uint32_t to);
    void close_gaps(std::uint32_t from, std::uint32_t to);
    void drop_gap(unsigned i);
    bool still_waits(unsigned count);
    bool take_with_care(std::int16_t *out, unsigned count);
    unsigned take_gap(std::int16_t *out, unsigned count);
    void stall(std::int16_t *out, unsigned count);
    unsigned take_sound(std::int16_t *out, unsigned count);
    void conceal(std::int16_t *out, unsigned count);
    void skip_some(std::int16_t *out, unsigned count);
    void judge_depth();

    // What every frame needs stands first.
    const G711 *law_;
    std::uint32_t play_ = 0, end_ = 0;
    std::uint32_t least_ = UINT32_MAX;         // waiting after a frame, since the last judgement
    std::uint16_t stalled_ = 0;                // samples by which concealing has delayed the sound since the last judgement
    std::uint16_t empty_ = 0;                  // samples since there was sound
    std::uint16_t cushion_ = LEAST_CUSHION, excess_ = 0;
    std::uint8_t gaps_ = 0, waited_ = 0, frames_ = 0;
    bool begun_ = false, waits_ = false, stalled_lately_ = false;
    bool stray_known_ = false;
    std::uint32_t stray_ = 0;                  // where sound that seems to have jumped would go on
    unsigned long long concealed_ = 0, late_ = 0;
    Concealment concealment_;
    std::array<Gap, MOST_GAPS> gap_{};         // between play_ and end_, in order
    std::array<std::uint8_t, SPAN> sound_;     // of time t at t % SPAN
};

}  // namespace patchbay
