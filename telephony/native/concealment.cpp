#include "concealment.hpp"

#include <algorithm>
#include <cmath>

namespace patchbay {
namespace {

constexpr unsigned WINDOW = 160;  // samples compared to find the pitch
constexpr unsigned MOST_COMPARED = 320;

std::int16_t rounded(float value) { return static_cast<std::int16_t>(std::clamp(std::lround(value), -32768L, 32767L)); }

}  // namespace

unsigned most_alike(const std::int16_t *sound, unsigned window, unsigned from, unsigned to) {
    // Twelve bits: so the products of a window add up in 32, and the compiler multiplies eight at a time.
    std::array<std::int16_t, MOST_COMPARED> flat;
    for (unsigned i = 0; i < window + to; ++i) flat[i] = static_cast<std::int16_t>(sound[i] >> 4);
    const auto product_at = [&](unsigned distance) {
        std::int32_t sum = 0;
        for (unsigned i = 0; i < window; ++i) sum += std::int32_t{flat[i]} * flat[i + distance];
        return static_cast<float>(sum);
    };
    const auto energy_of = [&](unsigned i) { return std::int32_t{flat[i]} * flat[i]; };
    std::int32_t energy = 0;  // of the window at `distance`
    for (unsigned i = from; i < from + window; ++i) energy += energy_of(i);
    unsigned best = from;
    float best_score = 0;
    for (unsigned distance = from; distance <= to; ++distance) {
        const float product = product_at(distance);
        const float score = product > 0 ? product * product / static_cast<float>(energy + 1) : 0;
        if (score > best_score) {
            best = distance;
            best_score = score;
        }
        if (distance < to) energy += energy_of(distance + window) - energy_of(distance);
    }
    return best;
}

void Concealment::begin(const std::int16_t *history) {
    std::array<std::int16_t, HISTORY> backwards;
    std::reverse_copy(history, history + HISTORY, backwards.begin());
    period_ = most_alike(backwards.data(), WINDOW, SHORTEST, LONGEST);
    const std::int16_t *end = history + HISTORY;
    std::copy(end - period_, end, cycle_.begin());
    // The repetition's end runs into its beginning.
    const unsigned blended = period_ / 4;
    for (unsigned i = 0; i < blended; ++i) {
        const float share = static_cast<float>(i + 1) / static_cast<float>(blended + 1);
        std::int16_t &sample = cycle_[period_ - blended + i];
        const std::int16_t before = *(end - period_ - blended + i);  // what led to the beginning
        sample = rounded(static_cast<float>(sample) * (1 - share) + static_cast<float>(before) * share);
    }
    step_ = static_cast<float>(*(end - 1)) - static_cast<float>(*(end - 1 - period_));
    made_ = at_ = 0;
    active_ = true;
}

std::int16_t Concealment::next() {
    if (faded()) return 0;
    float value = cycle_[at_];
    if (made_ < SMOOTHED) value += step_ * (1 - static_cast<float>(made_ + 1) / static_cast<float>(SMOOTHED + 1));
    if (made_ >= STEADY) value *= 1 - static_cast<float>(made_ - STEADY) / static_cast<float>(FADED - STEADY);
    at_ = at_ + 1 == period_ ? 0 : at_ + 1;
    ++made_;
    return rounded(value);
}

void Concealment::fill(std::int16_t *out, unsigned count) {
    for (unsigned i = 0; i < count; ++i) out[i] = next();
}

void Concealment::rejoin(std::int16_t *sound, unsigned count) {
    const unsigned blended = std::min(count, REJOINED);
    for (unsigned i = 0; i < blended; ++i) {
        const float share = static_cast<float>(i + 1) / static_cast<float>(blended + 1);
        sound[i] = rounded(static_cast<float>(sound[i]) * share + static_cast<float>(next()) * (1 - share));
    }
    active_ = false;
}

}  // namespace patchbay
