#include "rest.hpp"

#include <pj/os.h>
#include <time.h>

#include <atomic>

namespace patchbay {
namespace {

constexpr std::uint64_t MS = 1'000'000;
constexpr std::uint64_t BEFORE_TICK = 3 * MS;  // some hundred packets can be taken in that time
constexpr std::uint64_t AT_LEAST = 2 * MS;
constexpr std::uint64_t WITHOUT_BRIDGE = 4 * MS;
constexpr unsigned MISSED = 5;  // a clock that is so many ticks late has stopped

// Written by the bridge's clock alone. A pair read in between is a tick apart at worst.
std::atomic<std::uint64_t> next_tick{0}, tick_interval{0};

}  // namespace

std::uint64_t wakes_at(std::uint64_t now, std::uint64_t tick, std::uint64_t interval) {
    if (interval == 0 || tick + MISSED * interval < now) return now + WITHOUT_BRIDGE;
    while (tick > now + interval) tick -= interval;
    while (tick < now + AT_LEAST + BEFORE_TICK) tick += interval;
    return tick - BEFORE_TICK;
}

void rest() {
    pj_timestamp now;
    if (pj_get_timestamp(&now) != PJ_SUCCESS) return;
    const std::uint64_t until = wakes_at(now.u64, next_tick.load(std::memory_order_relaxed),
                                         tick_interval.load(std::memory_order_relaxed));
    const std::uint64_t pause = until - now.u64;
    const timespec length{static_cast<time_t>(pause / 1'000'000'000), static_cast<long>(pause % 1'000'000'000)};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &length, nullptr);
}

}  // namespace patchbay

void patchbay_ticks_at(std::uint64_t tick, std::uint64_t interval) {
    patchbay::next_tick.store(tick, std::memory_order_relaxed);
    patchbay::tick_interval.store(interval, std::memory_order_relaxed);
}
