// Brings memory near before it is needed.
//
// Between two ticks everything of a leg leaves the caches: a node with two hundred legs spends more time waiting for memory than
// computing (a hundred and more nanoseconds for each line, one after the other). What the next legs need is asked for while this one
// is at work, so that the waits overlap. Only a hint: any address is allowed, nothing is read.
#pragma once

#include <cstddef>

namespace patchbay {

inline void fetch(const void *at, std::size_t bytes) {
    for (std::size_t offset = 0; offset < bytes; offset += 64) __builtin_prefetch(static_cast<const char *>(at) + offset, 1);
}

}  // namespace patchbay
