#include "recording_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace patchbay {
namespace {

int write_all(int fd, const char *data, std::size_t length, off_t at) {
    while (length > 0) {
        const ssize_t n = pwrite(fd, data, length, at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return ENOSPC;
        data += n;
        length -= static_cast<std::size_t>(n);
        at += n;
    }
    return 0;
}

void put32(char *at, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) at[i] = static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace

RecordingFile::RecordingFile(const std::string &path, unsigned rate_hz)
    : fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)), rate_hz_(rate_hz) {
    int error = fd_ < 0 ? errno : write_header();
    if (error == 0) return;
    if (fd_ >= 0) close(fd_);
    throw std::runtime_error(path + ": " + std::strerror(error));
}

RecordingFile::~RecordingFile() { close(fd_); }

int RecordingFile::write_header() {
    // RIFF sizes have 32 bits: a recording longer than 37 hours at 8 kHz says "as long as possible".
    const auto size = static_cast<std::uint32_t>(std::min<std::uint64_t>(data_bytes_, 0xffffffffu - HEADER));
    char header[HEADER];
    std::memcpy(header, "RIFF....WAVEfmt ", 16);
    put32(header + 4, size + HEADER - 8);
    put32(header + 16, 16);
    std::memcpy(header + 20, "\1\0\2\0", 4);  // PCM, two channels
    put32(header + 24, rate_hz_);
    put32(header + 28, rate_hz_ * 4);
    std::memcpy(header + 32, "\4\0\20\0", 4);  // four bytes a frame, sixteen bits a sample
    std::memcpy(header + 36, "data", 4);
    put32(header + 40, size);
    return write_all(fd_, header, sizeof header, 0);
}

int RecordingFile::append(const std::vector<std::int16_t> &interleaved) {
    const std::size_t length = interleaved.size() * 2;
    const int error = write_all(fd_, reinterpret_cast<const char *>(interleaved.data()), length,
                                static_cast<off_t>(HEADER + data_bytes_));
    if (error != 0) return error;
    data_bytes_ += length;
    return write_header();
}

}  // namespace patchbay
