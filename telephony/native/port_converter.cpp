#include "port_converter.hpp"

#include <algorithm>

namespace patchbay {

FrameFormat format_of(const pjmedia_port &port) {
    return {PJMEDIA_PIA_SRATE(&port.info), PJMEDIA_PIA_SPF(&port.info), PJMEDIA_PIA_CCNT(&port.info)};
}

bool read_frame(pjmedia_port *port, std::int16_t *out, unsigned samples, std::uint64_t timestamp) {
    const auto get_frame = port->get_frame;  // once: a stream takes it away when it ends, on another thread
    if (get_frame == nullptr) return false;
    pjmedia_frame frame{};
    frame.buf = out;
    frame.size = samples * 2;
    frame.timestamp.u64 = timestamp;
    if (get_frame(port, &frame) != PJ_SUCCESS || frame.type != PJMEDIA_FRAME_TYPE_AUDIO) return false;
    if (frame.size < samples * 2) std::fill(out + frame.size / 2, out + samples, 0);
    return true;
}

void write_frame(pjmedia_port *port, const std::int16_t *in, unsigned samples, std::uint64_t timestamp) {
    const auto put_frame = port->put_frame;
    if (put_frame == nullptr) return;
    pjmedia_frame frame{};
    frame.type = in ? PJMEDIA_FRAME_TYPE_AUDIO : PJMEDIA_FRAME_TYPE_NONE;
    frame.buf = const_cast<std::int16_t *>(in);  // ports only read it: several may be given the same frame
    frame.size = in ? samples * 2 : 0;
    frame.timestamp.u64 = timestamp;
    put_frame(port, &frame);
}

std::unique_ptr<PortConverter> PortConverter::between(pj_pool_factory *factory, const FrameFormat &bridge,
                                                      const FrameFormat &port, unsigned options) {
    if (port.rate_hz == 0 || port.samples == 0) throw PortRefused{PJ_EINVAL};
    if (port.channels != 1 && port.channels != 2) throw PortRefused{PJMEDIA_ENCCHANNEL};
    if (port.rate_hz == bridge.rate_hz && port.samples == bridge.samples && port.channels == 1) return nullptr;
    if (bridge.samples * port.rate_hz % bridge.rate_hz != 0 || port.samples % port.channels != 0)
        throw PortRefused{PJMEDIA_ENOTCOMPATIBLE};
    return std::unique_ptr<PortConverter>(new PortConverter(factory, bridge, port, options));
}

PortConverter::PortConverter(pj_pool_factory *factory, const FrameFormat &bridge, const FrameFormat &port, unsigned options)
    : bridge_(bridge),
      port_(port),
      frame_(port.samples / port.channels),
      needed_(bridge.samples * port.rate_hz / bridge.rate_hz),
      read_(needed_ + frame_),
      raw_(port.samples),
      write_(port.samples + needed_ * port.channels),
      resampled_(needed_) {
    if (port.rate_hz == bridge.rate_hz) return;
    pool_ = pj_pool_create(factory, "converter", 512, 512, nullptr);
    if (pool_ == nullptr) throw std::bad_alloc();
    const pj_bool_t filter = (options & PJMEDIA_CONF_USE_LINEAR) == 0, large = (options & PJMEDIA_CONF_SMALL_FILTER) == 0;
    pj_status_t status = pjmedia_resample_create(pool_, filter, large, 1, port.rate_hz, bridge.rate_hz, needed_, &from_port_);
    if (status == PJ_SUCCESS)
        status = pjmedia_resample_create(pool_, filter, large, 1, bridge.rate_hz, port.rate_hz, bridge.samples, &to_port_);
    if (status == PJ_SUCCESS) return;
    if (from_port_ != nullptr) pjmedia_resample_destroy(from_port_);
    pj_pool_release(pool_);
    throw PortRefused{status};
}

PortConverter::~PortConverter() {
    if (pool_ == nullptr) return;
    pjmedia_resample_destroy(from_port_);
    pjmedia_resample_destroy(to_port_);
    pj_pool_release(pool_);
}

bool PortConverter::read(pjmedia_port *port, std::int16_t *out, std::uint64_t timestamp) {
    bool sound = read_count_ > 0;
    while (read_count_ < needed_) append_from(port, timestamp, sound);
    if (from_port_ != nullptr) pjmedia_resample_run(from_port_, read_.data(), out);
    else std::copy_n(read_.begin(), needed_, out);
    read_count_ -= needed_;
    std::copy_n(read_.begin() + needed_, read_count_, read_.begin());
    return sound;
}

void PortConverter::append_from(pjmedia_port *port, std::uint64_t timestamp, bool &sound) {
    const auto to = read_.begin() + read_count_;
    if (!read_frame(port, raw_.data(), port_.samples, timestamp)) {
        std::fill_n(to, frame_, 0);
    } else {
        sound = true;
        if (port_.channels == 1) std::copy_n(raw_.begin(), frame_, to);
        else
            for (unsigned i = 0; i < frame_; ++i) to[i] = static_cast<std::int16_t>((raw_[2 * i] + raw_[2 * i + 1]) / 2);
    }
    read_count_ += frame_;
}

void PortConverter::write(pjmedia_port *port, const std::int16_t *in, std::uint64_t timestamp) {
    std::uint64_t at = timestamp * port_.rate_hz / bridge_.rate_hz;
    if (in == nullptr) {
        write_count_ = 0;  // what is left over must not be heard when the next sound comes
        for (without_sound_ += needed_; without_sound_ >= frame_; without_sound_ -= frame_, at += frame_)
            write_frame(port, nullptr, 0, at);
        return;
    }
    without_sound_ = 0;
    if (to_port_ != nullptr) {
        pjmedia_resample_run(to_port_, in, resampled_.data());
        in = resampled_.data();
    }
    put_channels(in);
    unsigned given = 0;
    for (; write_count_ - given >= port_.samples; given += port_.samples, at += frame_)
        write_frame(port, write_.data() + given, port_.samples, at);
    write_count_ -= given;
    std::copy_n(write_.begin() + given, write_count_, write_.begin());
}

void PortConverter::put_channels(const std::int16_t *in) {
    std::int16_t *to = write_.data() + write_count_;
    if (port_.channels == 1) std::copy_n(in, needed_, to);
    else
        for (unsigned i = 0; i < needed_; ++i) to[2 * i] = to[2 * i + 1] = in[i];
    write_count_ += needed_ * port_.channels;
}

}  // namespace patchbay
