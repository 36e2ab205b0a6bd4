// What the media threads tell the rest of the program: a bounded lock-free queue and an eventfd that says "look".
//
// Invariant: push() never blocks and never allocates, so any thread may call it, the bridge's clock included. When the
// queue is full the event is dropped and counted; a healthy node counts 0.
//
// The queue is Dmitry Vyukov's bounded MPMC queue: each cell carries a sequence number that says whose turn it is.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

namespace patchbay {

enum EventKind {
    PLAYBACK_FINISHED = 1,   // handle: playback; code: 0 played to the end, 1 stopped; v0: milliseconds played
    DIGIT = 2,               // handle: port; code: the character; v0: BY_RTP or BY_INFO
    RECORDING_FINISHED = 3,  // handle: recording; v0: ms, v1: bytes, v2, v3: peaks, v4: ms dropped
    RECORDING_FAILED = 4,    // handle: recording; code: errno; v0: ms written
    INVITE_REFUSED = 5,      // code: SIP status; text: source address
    PEER_ANSWERED = 6,       // handle: question; code: SIP status; v0: the peer's own; v1: microseconds; text: its reason phrase
};

enum DigitWay { BY_RTP = 0, BY_INFO = 1 };

struct NativeEvent {
    int kind = 0;
    int code = 0;
    unsigned long long handle = 0;
    long long v0 = 0, v1 = 0, v2 = 0, v3 = 0, v4 = 0;
    char text[48] = {0};
};

class EventQueue {
public:
    static EventQueue &instance();

    // Any thread. False when the event was dropped.
    bool push(const NativeEvent &event);
    // Any thread. For events that a flood can cause: refused while the queue is a quarter full.
    bool push_unless_busy(const NativeEvent &event);
    // One thread at a time. False when there is nothing.
    bool pop(NativeEvent &event);

    int fd() const { return fd_; }
    // Takes the eventfd's mark away; call it before popping, so that no event is left unannounced.
    void clear();
    unsigned long long dropped() const { return dropped_.load(std::memory_order_relaxed); }

private:
    EventQueue();
    static constexpr std::size_t CAPACITY = 16384;  // a power of two
    struct Cell {
        std::atomic<std::size_t> sequence;
        NativeEvent event;
    };
    std::unique_ptr<Cell[]> cells_;
    alignas(64) std::atomic<std::size_t> head_{0};
    alignas(64) std::atomic<std::size_t> tail_{0};
    std::atomic<unsigned long long> dropped_{0};
    int fd_;
};

}  // namespace patchbay
