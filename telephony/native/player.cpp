#include "player.hpp"

#include <algorithm>

#include "events.hpp"

namespace patchbay {

namespace {
enum Outcome { TO_THE_END = 0, STOPPED = 1 };
}

class PlayerState : public PortState {
public:
    explicit PlayerState(unsigned rate_hz) : rate_hz_(rate_hz) {}

    // Owner thread. The old list is freed here, outside the lock that the clock thread takes.
    void replace(unsigned long long handle, std::vector<Prompt> prompts, bool loop) {
        std::lock_guard<std::mutex> hold(mutex_);
        if (playing_) report(STOPPED);
        prompts_.swap(prompts);
        handle_ = handle;
        loop_ = loop;
        item_ = offset_ = 0;
        played_ = 0;
        playing_ = !prompts_.empty();
    }

    bool give(std::int16_t *out, unsigned count) override {
        std::lock_guard<std::mutex> hold(mutex_);
        if (!playing_) return false;
        const unsigned filled = fill(out, count);
        std::fill(out + filled, out + count, 0);
        played_ += filled;
        return true;
    }

private:
    unsigned fill(std::int16_t *out, unsigned count) {
        unsigned filled = 0;
        while (filled < count) {
            if (item_ == prompts_.size()) {
                if (!loop_ || played_ + filled == 0) {  // a loop over empty files would never end
                    played_ += filled;
                    report(TO_THE_END);
                    played_ -= filled;
                    playing_ = false;  // the list stays until the owner thread replaces it: no free() on this thread
                    break;
                }
                item_ = offset_ = 0;
            }
            const Samples &samples = *prompts_[item_];
            const std::size_t n = std::min<std::size_t>(count - filled, samples.size() - offset_);
            std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(offset_), n, out + filled);
            filled += static_cast<unsigned>(n);
            offset_ += n;
            if (offset_ == samples.size()) {
                ++item_;
                offset_ = 0;
            }
        }
        return filled;
    }

    void report(Outcome outcome) {
        NativeEvent event;
        event.kind = PLAYBACK_FINISHED;
        event.handle = handle_;
        event.code = outcome;
        event.v0 = static_cast<long long>(played_ * 1000 / rate_hz_);
        EventQueue::instance().push(event);
    }

    const unsigned rate_hz_;
    std::mutex mutex_;
    std::vector<Prompt> prompts_;
    unsigned long long handle_ = 0, played_ = 0;
    std::size_t item_ = 0, offset_ = 0;
    bool loop_ = false, playing_ = false;
};

PromptPlayer::PromptPlayer(unsigned rate_hz)
    : rate_hz_(rate_hz), state_(std::make_shared<PlayerState>(rate_hz)), port_("player", BridgePort::GIVES, rate_hz, state_) {}

PromptPlayer::~PromptPlayer() { stop(); }

void PromptPlayer::play(unsigned long long handle, const std::vector<std::string> &files, bool loop) {
    std::vector<Prompt> prompts;
    prompts.reserve(files.size());
    for (const std::string &file : files) prompts.push_back(PromptStore::instance().get(file, rate_hz_));
    state_->replace(handle, std::move(prompts), loop);
}

void PromptPlayer::stop() { state_->replace(0, {}, false); }

}  // namespace patchbay
