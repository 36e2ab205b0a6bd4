// An RTP packet's fields (RFC 3550 §5.1).
#pragma once

#include <cstddef>
#include <cstdint>

namespace patchbay {

struct RtpPacket {
    static constexpr std::size_t HEADER = 12;  // bytes, without contributing sources
    unsigned payload_type;
    std::uint32_t timestamp, ssrc;
    const std::uint8_t *payload;
    std::size_t length;  // of the payload: without header extension and padding
};

// False: it is none, or its parts do not fit into it.
bool parse(const std::uint8_t *bytes, std::size_t size, RtpPacket &packet);

struct RtpHeader {
    unsigned payload_type;
    bool marker;
    std::uint16_t sequence;
    std::uint32_t timestamp, ssrc;
};

// Fills the first HEADER bytes.
void write(const RtpHeader &header, std::uint8_t *packet);

std::uint32_t read32(const std::uint8_t *at);

}  // namespace patchbay
