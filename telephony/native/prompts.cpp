#include "prompts.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace patchbay {
namespace {

constexpr off_t LARGEST_FILE = 256 << 20;
constexpr int TAPS = 63;  // odd: the delay is a whole number of samples

[[noreturn]] void refuse(const std::string &path, const std::string &why) {
    throw std::runtime_error(path + ": " + why);
}

std::vector<char> read_file(const std::string &path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) refuse(path, std::strerror(errno));
    struct stat st {};
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > LARGEST_FILE) {
        close(fd);
        refuse(path, "not a regular file of at most 256 MB");
    }
    std::vector<char> data(static_cast<std::size_t>(st.st_size));
    std::size_t done = 0;
    while (done < data.size()) {
        const ssize_t n = read(fd, data.data() + done, data.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        done += static_cast<std::size_t>(n);
    }
    close(fd);
    data.resize(done);
    return data;
}

std::uint32_t u32(const char *p) {
    const auto *b = reinterpret_cast<const unsigned char *>(p);
    return b[0] | b[1] << 8 | b[2] << 16 | static_cast<std::uint32_t>(b[3]) << 24;
}

std::uint16_t u16(const char *p) {
    const auto *b = reinterpret_cast<const unsigned char *>(p);
    return static_cast<std::uint16_t>(b[0] | b[1] << 8);
}

// Low pass at a quarter of the higher sample rate (Blackman window), unity gain.
const std::array<double, TAPS> &low_pass() {
    static const std::array<double, TAPS> taps = [] {
        std::array<double, TAPS> h{};
        double sum = 0;
        for (int i = 0; i < TAPS; ++i) {
            const double x = i - (TAPS - 1) / 2.0;
            const double sinc = x == 0 ? 0.46 : std::sin(M_PI * 0.46 * x) / (M_PI * x);
            const double w = 2 * M_PI * i / (TAPS - 1);
            h[i] = sinc * (0.42 - 0.5 * std::cos(w) + 0.08 * std::cos(2 * w));
            sum += h[i];
        }
        for (double &tap : h) tap /= sum;
        return h;
    }();
    return taps;
}

std::int16_t clip(double x) {
    return static_cast<std::int16_t>(std::lround(std::fmin(32767.0, std::fmax(-32768.0, x))));
}

}  // namespace

Samples halve_rate(const Samples &in) {
    const auto &h = low_pass();
    const auto length = static_cast<std::ptrdiff_t>(in.size());
    Samples out((in.size() + 1) / 2);
    for (std::ptrdiff_t o = 0; o < static_cast<std::ptrdiff_t>(out.size()); ++o) {
        double sum = 0;
        for (int t = 0; t < TAPS; ++t) {
            const std::ptrdiff_t i = 2 * o + t - TAPS / 2;
            if (i >= 0 && i < length) sum += h[t] * in[static_cast<std::size_t>(i)];
        }
        out[static_cast<std::size_t>(o)] = clip(sum);
    }
    return out;
}

Samples double_rate(const Samples &in) {
    const auto &h = low_pass();
    const auto length = static_cast<std::ptrdiff_t>(in.size());
    Samples out(in.size() * 2);
    for (std::ptrdiff_t o = 0; o < static_cast<std::ptrdiff_t>(out.size()); ++o) {
        double sum = 0;
        for (int t = 0; t < TAPS; ++t) {
            const std::ptrdiff_t i = o + t - TAPS / 2;
            if (i % 2 == 0 && i >= 0 && i / 2 < length) sum += h[t] * in[static_cast<std::size_t>(i / 2)];
        }
        out[static_cast<std::size_t>(o)] = clip(2 * sum);  // half of the taps met inserted zeros
    }
    return out;
}

Samples read_wav(const std::string &path, unsigned rate_hz) {
    const std::vector<char> file = read_file(path);
    if (file.size() < 12 || std::memcmp(file.data(), "RIFF", 4) != 0 || std::memcmp(file.data() + 8, "WAVE", 4) != 0)
        refuse(path, "not a WAV file");
    unsigned file_rate = 0;
    std::size_t at = 12;
    while (at + 8 <= file.size()) {
        const char *chunk = file.data() + at;
        const std::size_t room = file.size() - at - 8;
        const std::size_t length = std::min<std::size_t>(u32(chunk + 4), room);  // a cut file plays as far as it goes
        if (std::memcmp(chunk, "fmt ", 4) == 0) {
            if (length < 16 || u16(chunk + 8) != 1 || u16(chunk + 10) != 1 || u16(chunk + 22) != 16)
                refuse(path, "not 16-bit PCM, one channel");
            file_rate = u32(chunk + 12);
            if (file_rate != 8000 && file_rate != 16000) refuse(path, "neither 8 nor 16 kHz");
        } else if (std::memcmp(chunk, "data", 4) == 0) {
            if (file_rate == 0) refuse(path, "its data comes before its format");
            Samples samples(length / 2);
            if (!samples.empty()) std::memcpy(samples.data(), chunk + 8, samples.size() * 2);
            if (file_rate == rate_hz) return samples;
            return file_rate > rate_hz ? halve_rate(samples) : double_rate(samples);
        }
        at += 8 + length + (length & 1);
    }
    refuse(path, "has no data");
}

PromptStore &PromptStore::instance() {
    static PromptStore *store = new PromptStore();
    return *store;
}

Prompt PromptStore::get(const std::string &path, unsigned rate_hz) {
    struct stat st {};
    if (stat(path.c_str(), &st) != 0) refuse(path, std::strerror(errno));
    const std::int64_t mtime_ns = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
    const std::string key = std::to_string(rate_hz) + ":" + path;
    {
        std::lock_guard<std::mutex> hold(mutex_);
        const auto found = entries_.find(key);
        if (found != entries_.end() && found->second.size == st.st_size && found->second.mtime_ns == mtime_ns) {
            ages_.splice(ages_.end(), ages_, found->second.age);
            return found->second.prompt;
        }
    }
    // Read outside the lock: a slow disk must not delay those whose prompts are here already.
    Prompt prompt = std::make_shared<const Samples>(read_wav(path, rate_hz));
    std::lock_guard<std::mutex> hold(mutex_);
    const auto old = entries_.find(key);
    if (old != entries_.end()) {
        bytes_ -= old->second.prompt->size() * 2;
        ages_.erase(old->second.age);
        entries_.erase(old);
    }
    const auto age = ages_.insert(ages_.end(), key);
    entries_[key] = Entry{st.st_size, mtime_ns, prompt, age};
    bytes_ += prompt->size() * 2;
    forget_oldest();
    return prompt;
}

void PromptStore::forget_oldest() {
    while (bytes_ > LIMIT_BYTES && ages_.size() > 1) {
        const auto oldest = entries_.find(ages_.front());
        bytes_ -= oldest->second.prompt->size() * 2;
        entries_.erase(oldest);
        ages_.pop_front();
    }
}

std::size_t PromptStore::bytes() const {
    std::lock_guard<std::mutex> hold(mutex_);
    return bytes_;
}

}  // namespace patchbay
