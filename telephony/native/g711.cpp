#include "g711.hpp"

#include <pjmedia/alaw_ulaw.h>

namespace patchbay {

G711::G711(Expand expand, Compress compress) {
    for (unsigned byte = 0; byte < samples_.size(); ++byte)
        samples_[byte] = static_cast<std::int16_t>(expand(static_cast<std::uint8_t>(byte)));
    for (unsigned i = 0; i < bytes_.size(); ++i) bytes_[i] = compress(static_cast<std::int16_t>(i << 2));
}

const G711 &G711::mu_law() {
    static const G711 law([](std::uint8_t byte) -> int { return pjmedia_ulaw2linear(byte); },
                          [](int sample) -> std::uint8_t { return pjmedia_linear2ulaw(sample); });
    return law;
}

const G711 &G711::a_law() {
    static const G711 law([](std::uint8_t byte) -> int { return pjmedia_alaw2linear(byte); },
                          [](int sample) -> std::uint8_t { return pjmedia_linear2alaw(sample); });
    return law;
}

void G711::decode(const std::uint8_t *in, std::int16_t *out, unsigned count) const {
    for (unsigned i = 0; i < count; ++i) out[i] = samples_[in[i]];
}

void G711::encode(const std::int16_t *in, std::uint8_t *out, unsigned count) const {
    for (unsigned i = 0; i < count; ++i) out[i] = encoded(in[i]);
}

}  // namespace patchbay
