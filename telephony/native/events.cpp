#include "events.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <stdexcept>

namespace patchbay {

EventQueue &EventQueue::instance() {
    static EventQueue *queue = new EventQueue();  // never destroyed: media threads may outlive static destructors
    return *queue;
}

EventQueue::EventQueue() : cells_(new Cell[CAPACITY]), fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_ < 0) throw std::runtime_error("no eventfd for the native event queue");
    for (std::size_t i = 0; i < CAPACITY; ++i) cells_[i].sequence.store(i, std::memory_order_relaxed);
}

bool EventQueue::push(const NativeEvent &event) {
    std::size_t position = tail_.load(std::memory_order_relaxed);
    for (;;) {
        Cell &cell = cells_[position & (CAPACITY - 1)];
        const auto lag = static_cast<std::ptrdiff_t>(cell.sequence.load(std::memory_order_acquire)) -
                         static_cast<std::ptrdiff_t>(position);
        if (lag < 0) {
            dropped_.fetch_add(1, std::memory_order_relaxed);
            return false;
        }
        if (lag > 0) {
            position = tail_.load(std::memory_order_relaxed);
            continue;
        }
        if (!tail_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) continue;
        cell.event = event;
        cell.sequence.store(position + 1, std::memory_order_release);
        const std::uint64_t one = 1;
        // Can only fail when the counter is at its maximum, and then the reader has been told.
        [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof one);
        return true;
    }
}

bool EventQueue::push_unless_busy(const NativeEvent &event) {
    const std::size_t waiting = tail_.load(std::memory_order_relaxed) - head_.load(std::memory_order_relaxed);
    return waiting < CAPACITY / 4 && push(event);
}

bool EventQueue::pop(NativeEvent &event) {
    std::size_t position = head_.load(std::memory_order_relaxed);
    for (;;) {
        Cell &cell = cells_[position & (CAPACITY - 1)];
        const auto lag = static_cast<std::ptrdiff_t>(cell.sequence.load(std::memory_order_acquire)) -
                         static_cast<std::ptrdiff_t>(position + 1);
        if (lag < 0) return false;
        if (lag > 0) {
            position = head_.load(std::memory_order_relaxed);
            continue;
        }
        if (!head_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) continue;
        event = cell.event;
        cell.sequence.store(position + CAPACITY, std::memory_order_release);
        return true;
    }
}

void EventQueue::clear() {
    std::uint64_t count;
    [[maybe_unused]] const ssize_t got = read(fd_, &count, sizeof count);
}

}  // namespace patchbay
