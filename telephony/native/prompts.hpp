// Prompts in memory: each file is read once, brought to the bridge's sample rate, and shared by everybody who plays it.
//
// Invariant: a loaded prompt never changes; a file that changed on disk (size or time) becomes a new prompt.
// Nothing here touches pjproject, so any thread may load.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace patchbay {

using Samples = std::vector<std::int16_t>;
using Prompt = std::shared_ptr<const Samples>;

// Reads a WAV file (RIFF, PCM16, mono, 8 or 16 kHz) and converts it to `rate_hz` (8000 or 16000).
// Throws std::runtime_error saying which file and what about it.
Samples read_wav(const std::string &path, unsigned rate_hz);

// Halves or doubles the sample rate with a 63-tap windowed-sinc low pass.
Samples halve_rate(const Samples &in);
Samples double_rate(const Samples &in);

class PromptStore {
public:
    static PromptStore &instance();
    Prompt get(const std::string &path, unsigned rate_hz);
    std::size_t bytes() const;

private:
    struct Entry {
        off_t size;
        std::int64_t mtime_ns;
        Prompt prompt;
        std::list<std::string>::iterator age;
    };
    static constexpr std::size_t LIMIT_BYTES = 128u << 20;  // about 2 hours at 8 kHz; playing prompts live on
    void forget_oldest();
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Entry> entries_;
    std::list<std::string> ages_;  // least recently used first
    std::size_t bytes_ = 0;
};

}  // namespace patchbay
