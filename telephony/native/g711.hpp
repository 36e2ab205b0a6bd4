// ITU-T G.711 by table: one byte a sample.
#pragma once

#include <array>
#include <cstdint>

namespace patchbay {

class G711 {
public:
    static const G711 &mu_law();
    static const G711 &a_law();
    std::uint8_t encoded(std::int16_t sample) const { return bytes_[static_cast<std::uint16_t>(sample) >> 2]; }
    void decode(const std::uint8_t *in, std::int16_t *out, unsigned count) const;
    void encode(const std::int16_t *in, std::uint8_t *out, unsigned count) const;

private:
    using Expand = int (*)(std::uint8_t);
    using Compress = std::uint8_t (*)(int);
    G711(Expand expand, Compress compress);
    std::array<std::int16_t, 256> samples_;
    std::array<std::uint8_t, 1 << 14> bytes_;  // µ-law has 14 bits, A-law 13
};

}  // namespace patchbay
