// A growing WAV file: 16-bit PCM, two channels (RIFF, Microsoft "Multimedia Programming Interface" 1.0).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace patchbay {

class RecordingFile {
public:
    // Creates or truncates; throws std::runtime_error.
    RecordingFile(const std::string &path, unsigned rate_hz);
    ~RecordingFile();
    RecordingFile(const RecordingFile &) = delete;
    RecordingFile &operator=(const RecordingFile &) = delete;

    // Interleaved samples at the end, then the header brought up to date. 0, or an errno; after an error what was complete
    // before stays playable.
    int append(const std::vector<std::int16_t> &interleaved);
    std::uint64_t bytes() const { return HEADER + data_bytes_; }
    static constexpr std::uint32_t HEADER = 44;

private:
    int write_header();
    int fd_;
    unsigned rate_hz_;
    std::uint64_t data_bytes_ = 0;
};

}  // namespace patchbay
