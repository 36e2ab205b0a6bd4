#include "recorder.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "events.hpp"
#include "look_ahead.hpp"
#include "recording_file.hpp"

namespace patchbay {
namespace {

constexpr std::size_t RING = 1 << 15;  // samples a side: 4 s at 8 kHz
constexpr auto WRITE_EVERY = std::chrono::milliseconds(500);

int peak_of(const std::int16_t *samples, std::size_t count) {
    int highest = 0, lowest = 0;
    for (std::size_t i = 0; i < count; ++i) {
        highest = std::max<int>(highest, samples[i]);
        lowest = std::min<int>(lowest, samples[i]);
    }
    return std::max(highest, -lowest);
}

// One channel on its way from the clock thread to the writer: single producer, single consumer.
struct Side {
    std::vector<std::int16_t> ring = std::vector<std::int16_t>(RING);
    std::atomic<std::size_t> written{0}, read{0};
    std::atomic<std::size_t> lost{0};  // samples that found no room
    std::atomic<bool> begun{false};
    std::size_t lost_filled = 0;  // of these, how many the writer has put into the file as silence
    int peak = 0;

    void put(const std::int16_t *samples, unsigned count) {
        const std::size_t at = written.load(std::memory_order_relaxed);
        const std::size_t start = at & (RING - 1);
        const std::size_t first = std::min<std::size_t>(count, RING - start);  // up to the ring's end, then from its beginning
        if (samples) {
            std::copy_n(samples, first, ring.begin() + static_cast<std::ptrdiff_t>(start));
            std::copy_n(samples + first, count - first, ring.begin());
        } else {
            std::fill_n(ring.begin() + static_cast<std::ptrdiff_t>(start), first, 0);
            std::fill_n(ring.begin(), count - first, 0);
        }
        written.store(at + count, std::memory_order_release);
    }
    std::size_t room() const {
        return RING - (written.load(std::memory_order_relaxed) - read.load(std::memory_order_acquire));
    }
    std::size_t waiting() const {
        return written.load(std::memory_order_acquire) - read.load(std::memory_order_relaxed);
    }
};

}  // namespace

class Recording {
public:
    Recording(unsigned long long handle, const std::string &path, unsigned rate_hz)
        : file_(path, rate_hz), handle_(handle), rate_hz_(rate_hz) {}

    // Clock thread. Both sides are fed once a tick by the same thread, so equal counts mean equal time.
    void take(int which, const std::int16_t *samples, unsigned count) {
        Side &mine = sides_[which];
        Side &other = sides_[1 - which];
        mine.begun.store(true, std::memory_order_relaxed);
        if (!other.begun.load(std::memory_order_relaxed)) return;  // the file begins when both ports are on the bridge
        const std::size_t lost = mine.lost.load(std::memory_order_relaxed);
        if (lost < other.lost.load(std::memory_order_relaxed) || mine.room() < count) {
            mine.lost.store(lost + count, std::memory_order_relaxed);
            return;
        }
        mine.put(samples, count);
    }

    // Hints for the clock thread (look_ahead.hpp).
    void fetch() const { patchbay::fetch(sides_, sizeof sides_); }
    const void *place_of_next(int which) const {
        const Side &side = sides_[which];
        return side.ring.data() + (side.written.load(std::memory_order_relaxed) & (RING - 1));
    }

    void stop() { stopping_.store(true, std::memory_order_release); }

    // Writer thread. False when the recording is over and has been reported.
    bool drain(std::vector<std::int16_t> &buffer) {
        const bool last = stopping_.load(std::memory_order_acquire);
        buffer.clear();
        interleave(buffer);
        fill_lost(buffer);
        const int error = buffer.empty() ? 0 : file_.append(buffer);
        if (error != 0) {
            report(RECORDING_FAILED, error);
            return false;
        }
        if (last) report(RECORDING_FINISHED, 0);
        return !last;
    }

private:
    void interleave(std::vector<std::int16_t> &buffer) {
        const std::size_t count = std::min(sides_[0].waiting(), sides_[1].waiting());
        const std::size_t from = sides_[0].read.load(std::memory_order_relaxed);  // both sides have been read equally far
        buffer.resize(count * 2);
        for (std::size_t done = 0; done < count;) {
            const std::size_t start = (from + done) & (RING - 1);
            const std::size_t run = std::min(count - done, RING - start);  // up to the ring's end
            const std::int16_t *left = sides_[0].ring.data() + start, *right = sides_[1].ring.data() + start;
            std::int16_t *out = buffer.data() + 2 * done;
            for (std::size_t i = 0; i < run; ++i) {
                out[2 * i] = left[i];
                out[2 * i + 1] = right[i];
            }
            sides_[0].peak = std::max(sides_[0].peak, peak_of(left, run));
            sides_[1].peak = std::max(sides_[1].peak, peak_of(right, run));
            done += run;
        }
        for (Side &side : sides_) side.read.store(from + count, std::memory_order_release);
    }

    // What found no room becomes silence of the same length: times in the file stay true.
    void fill_lost(std::vector<std::int16_t> &buffer) {
        const std::size_t lost = std::min(sides_[0].lost.load(std::memory_order_relaxed),
                                          sides_[1].lost.load(std::memory_order_relaxed));
        buffer.resize(buffer.size() + (lost - sides_[0].lost_filled) * 2, 0);
        sides_[0].lost_filled = lost;
    }

    void report(EventKind kind, int code) {
        NativeEvent event;
        event.kind = kind;
        event.handle = handle_;
        event.code = code;
        event.v0 = static_cast<long long>((file_.bytes() - RecordingFile::HEADER) / 4 * 1000 / rate_hz_);
        event.v1 = static_cast<long long>(file_.bytes());
        event.v2 = sides_[0].peak;
        event.v3 = sides_[1].peak;
        event.v4 = static_cast<long long>(sides_[0].lost_filled * 1000 / rate_hz_);
        EventQueue::instance().push(event);
    }

    Side sides_[2];
    RecordingFile file_;
    std::atomic<bool> stopping_{false};
    const unsigned long long handle_;
    const unsigned rate_hz_;
};

namespace {

class SideState : public PortState {
public:
    SideState(std::shared_ptr<Recording> recording, int which) : recording_(std::move(recording)), which_(which) {}
    void take(const std::int16_t *samples, unsigned count) override {
        recording_->take(which_, samples, count);
        next_ = recording_->place_of_next(which_);
        count_ = count;
    }
    void fetch() const override {
        recording_->fetch();
        patchbay::fetch(next_, count_ * sizeof(std::int16_t));
    }

private:
    std::shared_ptr<Recording> recording_;
    int which_;
    unsigned count_ = 0;
    const void *next_ = nullptr;
};

class Writer {
public:
    static Writer &instance() {
        static Writer *writer = new Writer();  // lives as long as the process
        return *writer;
    }
    void add(std::shared_ptr<Recording> recording) {
        std::lock_guard<std::mutex> hold(mutex_);
        recordings_.push_back(std::move(recording));
        wake_.notify_one();
    }
    void hurry() {
        std::lock_guard<std::mutex> hold(mutex_);
        hurry_ = true;
        wake_.notify_one();
    }

private:
    Writer() { std::thread(&Writer::run, this).detach(); }

    [[noreturn]] void run() {
        pthread_setname_np(pthread_self(), "recorder");
        std::vector<std::int16_t> buffer;
        std::vector<std::shared_ptr<Recording>> now;
        for (;;) {
            {
                std::unique_lock<std::mutex> hold(mutex_);
                if (recordings_.empty()) wake_.wait(hold, [this] { return !recordings_.empty(); });
                else wake_.wait_for(hold, WRITE_EVERY, [this] { return hurry_; });
                hurry_ = false;
                now = recordings_;
            }
            std::vector<std::shared_ptr<Recording>> over;
            for (const auto &recording : now)
                if (!recording->drain(buffer)) over.push_back(recording);
            std::lock_guard<std::mutex> hold(mutex_);
            for (const auto &recording : over)
                recordings_.erase(std::find(recordings_.begin(), recordings_.end(), recording));
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<std::shared_ptr<Recording>> recordings_;
    bool hurry_ = false;
};

}  // namespace

StereoRecorder::StereoRecorder(unsigned long long handle, const std::string &path, unsigned rate_hz)
    : recording_(std::make_shared<Recording>(handle, path, rate_hz)),
      left_(std::make_unique<BridgePort>("rec-left", BridgePort::TAKES, rate_hz, std::make_shared<SideState>(recording_, 0))),
      right_(std::make_unique<BridgePort>("rec-right", BridgePort::TAKES, rate_hz, std::make_shared<SideState>(recording_, 1))) {
    Writer::instance().add(recording_);
}

StereoRecorder::~StereoRecorder() { stop(); }

void StereoRecorder::stop() {
    if (!left_) return;
    left_.reset();
    right_.reset();
    recording_->stop();
    Writer::instance().hurry();
}

}  // namespace patchbay
