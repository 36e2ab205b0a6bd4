// Brings the memory of what comes next near, while this is at work.
//
// Between two ticks everything of a leg leaves the caches: a node with two hundred legs spends more time waiting for memory than
// computing (a hundred nanoseconds and more for each line, one after the other). Asked for some legs ahead, the waits overlap.
// What is found through a pointer must be asked for after the pointer has come: hence the steps.
//
// These are hints: nothing is changed, and a wrong guess about what pjmedia keeps where costs only time.
#pragma once

#include <pjmedia.h>
#include <pjmedia/stream_common.h>

#include <cstddef>

namespace patchbay {

inline void fetch(const void *at, std::size_t bytes) {
    for (std::size_t offset = 0; offset < bytes; offset += 64) __builtin_prefetch(static_cast<const char *>(at) + offset, 1);
}

// Of a stream, first itself; then, when that has come, what receiving, hearing and giving a frame need beyond.
void fetch_stream(const pjmedia_stream_common *stream);
void fetch_for_packet(const pjmedia_stream_common &stream);
void fetch_for_hearing(const pjmedia_stream_common &stream);
void fetch_for_giving(const pjmedia_stream_common &stream);
void fetch_packet(const pjmedia_stream_common &stream);  // the one that giving fills

}  // namespace patchbay
