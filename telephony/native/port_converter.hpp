// Between a bridge's frames and those of a port with another sample rate, frame length or number of channels.
//
// Each direction keeps what is left over until the next frame, at the port's rate; the conversion is pjmedia's resampler.
// Use on the bridge's clock thread; create and destroy anywhere.
#pragma once

#include <pjmedia.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace patchbay {

struct FrameFormat {
    unsigned rate_hz, samples, channels;  // samples: of one frame, all channels
};

FrameFormat format_of(const pjmedia_port &port);

// A frame of a port; false when it has none.
bool read_frame(pjmedia_port *port, std::int16_t *out, unsigned samples, std::uint64_t timestamp);
// Null instead of samples: a frame without sound.
void write_frame(pjmedia_port *port, const std::int16_t *in, unsigned samples, std::uint64_t timestamp);

struct PortRefused {
    pj_status_t status;
};

class PortConverter {
public:
    // `options` are the bridge's (pjmedia_conf_option: which resampler). Null when there is nothing to convert.
    // Throws PortRefused: PJMEDIA_ENOTCOMPATIBLE when a bridge's frame is no whole number of the port's samples,
    // PJMEDIA_ENCCHANNEL with more than two channels.
    static std::unique_ptr<PortConverter> between(pj_pool_factory *factory, const FrameFormat &bridge, const FrameFormat &port,
                                                  unsigned options);
    ~PortConverter();
    PortConverter(const PortConverter &) = delete;
    PortConverter &operator=(const PortConverter &) = delete;
    // Reads from the port as often as a bridge's frame needs. False when all of it is silence.
    bool read(pjmedia_port *port, std::int16_t *out, std::uint64_t timestamp);
    // Gives the port as many frames as are complete; null is time without sound, at the port's pace.
    void write(pjmedia_port *port, const std::int16_t *in, std::uint64_t timestamp);

private:
    PortConverter(pj_pool_factory *factory, const FrameFormat &bridge, const FrameFormat &port, unsigned options);
    void append_from(pjmedia_port *port, std::uint64_t timestamp, bool &sound);
    void put_channels(const std::int16_t *in);

    const FrameFormat bridge_, port_;
    const unsigned frame_;   // of the port, in samples of one channel
    const unsigned needed_;  // of the same for a frame of the bridge
    pj_pool_t *pool_ = nullptr;
    pjmedia_resample *from_port_ = nullptr, *to_port_ = nullptr;
    std::vector<std::int16_t> read_, raw_, write_, resampled_;
    unsigned read_count_ = 0;     // in read_, one channel
    unsigned write_count_ = 0;    // in write_, all channels
    unsigned without_sound_ = 0;  // samples of one channel that are owed as empty frames
};

}  // namespace patchbay
