// When the thread that receives sound wakes again after a round: shortly before the bridge looks at what has come.
//
// Packets of many legs come spread over time, and each would wake its thread; the bridge takes them every 20 ms anyway. Woken just
// before that, a thread finds all of them at once; only a packet of the last moments before a tick waits for the next.
#pragma once

#include <cstdint>

namespace patchbay {

// Times in nanoseconds of one clock: when to wake, at `now`, when the bridge ticks at `tick` and every `interval`; an interval of 0
// means that there is no bridge.
std::uint64_t wakes_at(std::uint64_t now, std::uint64_t tick, std::uint64_t interval);

void rest();  // sleeps until then

}  // namespace patchbay

// The bridge's clock says when it ticks next (patched into pjmedia's clock_thread.c). pjmedia's timestamps: nanoseconds.
extern "C" void patchbay_ticks_at(std::uint64_t tick, std::uint64_t interval);
