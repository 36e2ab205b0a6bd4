// What the bridge does with samples: pure arithmetic on 16-bit sound, without ports and without pjproject.
//
// Every function takes `count` samples and touches nothing else; the loops are written for the compiler to vectorise.
#pragma once

#include <cstdint>

namespace patchbay {

// A factor of 128 leaves sound as it is; 0 is silence, 256 twice as loud.
constexpr int AS_IT_IS = 128;

// The mean of the samples' magnitudes, 0-32767.
unsigned mean_magnitude(const std::int16_t *in, unsigned count);
// Makes sound louder or quieter; what has no room in 16 bits is clipped. `out` may be `in`.
void scale(const std::int16_t *in, std::int16_t *out, unsigned count, int factor);
// The first of several sounds, and each of the others.
void begin_sum(const std::int16_t *in, std::int32_t *sum, unsigned count);
void add_to_sum(const std::int16_t *in, std::int32_t *sum, unsigned count);
// Brings a sum back to 16 bits. While people shout over each other all of it becomes quieter, so that nothing is clipped;
// afterwards it comes back over some frames. `gain` is what the last frame ended with (1: as it is) and the result goes into the
// next call. A lower gain is reached within an eighth of the frame (what is too loud until then is clipped) and a higher one over
// the whole of it, so that there is no click.
float narrow_sum(const std::int32_t *sum, std::int16_t *out, unsigned count, float gain);

}  // namespace patchbay
