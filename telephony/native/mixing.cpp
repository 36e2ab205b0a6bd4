#include "mixing.hpp"

#include <algorithm>
#include <cmath>

namespace patchbay {
namespace {

constexpr int HIGHEST = 32767, LOWEST = -32768;
constexpr float RECOVERY = 0.25F;         // of what is missing, each frame
constexpr float NEARLY_AS_IT_IS = 0.99F;  // 0.1 dB: from here a step is not heard

std::int16_t clipped(int value) { return static_cast<std::int16_t>(std::clamp(value, LOWEST, HIGHEST)); }

int peak_of(const std::int32_t *sum, unsigned count) {
    int highest = 0, lowest = 0;
    for (unsigned i = 0; i < count; ++i) {
        highest = std::max(highest, sum[i]);
        lowest = std::min(lowest, sum[i]);
    }
    return std::max(highest, -lowest);
}

}  // namespace

unsigned mean_magnitude(const std::int16_t *in, unsigned count) {
    if (count == 0) return 0;
    unsigned total = 0;  // 65,536 samples of full magnitude fit
    for (unsigned i = 0; i < count; ++i) total += static_cast<unsigned>(std::abs(static_cast<int>(in[i])));
    return std::min<unsigned>(total / count, HIGHEST);
}

void scale(const std::int16_t *in, std::int16_t *out, unsigned count, int factor) {
    factor = std::clamp(factor, 0, 65535);  // 15 bits of sample and 16 of factor: 32 bits are enough
    for (unsigned i = 0; i < count; ++i) out[i] = clipped(in[i] * factor >> 7);
}

void begin_sum(const std::int16_t *in, std::int32_t *sum, unsigned count) {
    for (unsigned i = 0; i < count; ++i) sum[i] = in[i];
}

void add_to_sum(const std::int16_t *in, std::int32_t *sum, unsigned count) {
    for (unsigned i = 0; i < count; ++i) sum[i] += in[i];
}

float narrow_sum(const std::int32_t *sum, std::int16_t *out, unsigned count, float gain) {
    const int peak = peak_of(sum, count);
    if (peak <= HIGHEST && gain >= 1.0F) {
        for (unsigned i = 0; i < count; ++i) out[i] = static_cast<std::int16_t>(sum[i]);
        return 1.0F;
    }
    const float needed = peak > HIGHEST ? static_cast<float>(HIGHEST) / static_cast<float>(peak) : 1.0F;
    float target = needed < gain ? needed : std::min(needed, gain + (1.0F - gain) * RECOVERY);
    if (target >= NEARLY_AS_IT_IS && needed >= 1.0F) target = 1.0F;
    const unsigned ramp = std::max(1U, target < gain ? count / 8 : count);
    const float step = (target - gain) / static_cast<float>(ramp);
    for (unsigned i = 0; i < count; ++i) {
        const float now = i < ramp ? gain + step * static_cast<float>(i + 1) : target;
        const float value = std::clamp(static_cast<float>(sum[i]) * now, static_cast<float>(LOWEST), static_cast<float>(HIGHEST));
        out[i] = static_cast<std::int16_t>(value);
    }
    return target;
}

}  // namespace patchbay
