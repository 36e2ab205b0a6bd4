#include "rtp_packet.hpp"

namespace patchbay {
namespace {

constexpr std::uint8_t VERSION = 2 << 6, VERSION_BITS = 3 << 6;
constexpr std::uint8_t PADDING = 0x20, EXTENSION = 0x10, SOURCES = 0x0F;
constexpr std::uint8_t MARKER = 0x80;

void write32(std::uint8_t *at, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

}  // namespace

std::uint32_t read32(const std::uint8_t *at) {
    return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

bool parse(const std::uint8_t *bytes, std::size_t size, RtpPacket &packet) {
    if (size < RtpPacket::HEADER || (bytes[0] & VERSION_BITS) != VERSION) return false;
    std::size_t begin = RtpPacket::HEADER + 4U * (bytes[0] & SOURCES), end = size;
    if ((bytes[0] & EXTENSION) != 0) {
        if (begin + 4 > size) return false;
        begin += 4 + 4U * static_cast<unsigned>(bytes[begin + 2] << 8 | bytes[begin + 3]);
    }
    if (begin > size) return false;
    if ((bytes[0] & PADDING) != 0) {  // its last byte counts it
        const std::size_t padding = bytes[size - 1];
        if (padding == 0 || padding > size - begin) return false;
        end -= padding;
    }
    packet = {static_cast<unsigned>(bytes[1] & ~MARKER), read32(bytes + 4), read32(bytes + 8), bytes + begin, end - begin};
    return true;
}

void write(const RtpHeader &header, std::uint8_t *packet) {
    packet[0] = VERSION;
    packet[1] = static_cast<std::uint8_t>((header.marker ? MARKER : 0) | header.payload_type);
    packet[2] = static_cast<std::uint8_t>(header.sequence >> 8);
    packet[3] = static_cast<std::uint8_t>(header.sequence);
    write32(packet + 4, header.timestamp);
    write32(packet + 8, header.ssrc);
}

}  // namespace patchbay
