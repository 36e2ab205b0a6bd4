// What is played where sound is missing: the last pitch period again and again, fading away within 60 ms.
//
// After ITU-T G.711 Appendix I, without its delay: the join is smoothed on the new side only. For sound at 8 kHz.
#pragma once

#include <array>
#include <cstdint>

namespace patchbay {

class Concealment {
public:
    static constexpr unsigned HISTORY = 280;  // samples that begin() looks at
    bool active() const { return active_; }
    bool faded() const { return made_ >= FADED; }  // what it makes from now on is silence
    // `history`: the HISTORY samples that were played last.
    void begin(const std::int16_t *history);
    void fill(std::int16_t *out, unsigned count);
    // There is sound again: its beginning is blended with what would have followed. Ends the concealment.
    void rejoin(std::int16_t *sound, unsigned count);

private:
    static constexpr unsigned SHORTEST = 40, LONGEST = 120;  // pitch periods: 200 to 67 Hz
    static constexpr unsigned STEADY = 80, FADED = 480;      // samples at full volume; until silence
    static constexpr unsigned SMOOTHED = 16, REJOINED = 40;
    std::int16_t next();
    bool active_ = false;
    unsigned made_ = FADED, period_ = SHORTEST, at_ = 0;
    float step_ = 0;  // between the last sample and the first of the repetition
    std::array<std::int16_t, LONGEST> cycle_{};
};

// The distance, among `from` to `to` samples, after which `sound` is most like its first `window` samples. Reads window + to, 320 at
// most.
unsigned most_alike(const std::int16_t *sound, unsigned window, unsigned from, unsigned to);

}  // namespace patchbay
