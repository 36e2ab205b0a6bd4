// How much of something is served in a second: a bucket of `burst` that fills by `per_s`. Pure: time is an argument.
#pragma once

#include <algorithm>
#include <cstdint>

namespace patchbay {

class Share {
public:
    Share(double per_s, double burst) : per_ms_(per_s / 1000), burst_(burst), left_(burst) {}
    bool take(std::uint64_t now_ms) {
        if (now_ms > looked_ms_) left_ = std::min(burst_, left_ + per_ms_ * static_cast<double>(now_ms - looked_ms_));
        looked_ms_ = now_ms;
        if (left_ < 1) return false;
        --left_;
        return true;
    }

private:
    double per_ms_, burst_, left_;
    std::uint64_t looked_ms_ = 0;
};

}  // namespace patchbay
