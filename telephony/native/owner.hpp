// What the owner thread asks of pjsua directly, without objects in between: bridge connections by slot, meters, statistics;
// and the waker that ends its wait for SIP events.
#pragma once

#include <string>

#include "rtp_media.hpp"

namespace patchbay {

// Owner thread, all of these.
void connect_slots(int source, int sink);     // throws std::runtime_error
void disconnect_slots(int source, int sink);  // one of them gone already is no error

struct SlotLevels {
    unsigned heard = 0, sent = 0;  // 0-255, logarithmic
    bool known = false;
};
SlotLevels slot_levels(int slot);

// The bridge slot of a call's first active sound stream; -1 when it has none (on hold, not answered, gone).
int call_slot(int call_id);
// Throws std::runtime_error when the call has no stream.
RtpStatistics call_statistics(int call_id);
// Of a new stream (pjmedia_stream*): its RFC 4733 digits become DIGIT events, and the host that signals (an address, or nothing)
// vouches for sound (peer_source.hpp).
void introduce_stream(unsigned long long stream, unsigned long long handle, const std::string &signals_from);
unsigned call_count();
// After libInit: pjsua2 has every bridge operation reported to a director callback *on the bridge's clock thread*, where an
// empty Python method would take the GIL and stall the sound of all calls. This takes the callback away.
void keep_python_off_the_bridge();
// After libInit: pjproject's lines of other threads are dropped. Peers cause them, one for each packet, and each would become a
// job of Python's, in a queue that pjsua2 shortens without a look at what is still in it (Endpoint::utilAddPendingJob).
void log_this_thread_alone();
// Gives freed memory back to the system: pjproject's many small pools leave the heap fragmented (260 MB instead of 90 MB after
// 2400 calls, measured). Takes milliseconds, so call it when there are no legs.
void trim_memory();
// Before libCreate, which prints to standard output at the default level.
void set_log_level(int level);

// Any thread, for native code: the same as OwnerWaker::wake, of the one there is; nothing when there is none.
void wake_owner();

// Ends Endpoint.libHandleEvents at once when another thread has something to say.
class OwnerWaker {
public:
    OwnerWaker();   // owner thread, after libInit
    ~OwnerWaker();  // owner thread, before libDestroy
    OwnerWaker(const OwnerWaker &) = delete;
    OwnerWaker &operator=(const OwnerWaker &) = delete;
    void wake() const;  // any thread

private:
    struct Impl;
    Impl *impl_;
};

}  // namespace patchbay
