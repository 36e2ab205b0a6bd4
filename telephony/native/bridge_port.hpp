// A pjmedia port of our own on the conference bridge: the part that every such port shares.
//
// pjproject destroys ports late: the bridge's clock thread may hold one for a tick after it was removed. So the memory
// that the callbacks touch (`State`, a shared object) belongs to the port's group lock and is freed by its last user, while
// the C++ object that Python holds can go at once. (The 2.17 WAV player lacks this and races: pjproject#5045.)
#pragma once

#include <pjsua-lib/pjsua.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace patchbay {

// Throws std::runtime_error with pjproject's words for `status`.
void check(pj_status_t status, const char *doing);

class PortState {
public:
    virtual ~PortState() = default;
    // The bridge wants `count` samples; false means silence. Clock thread.
    virtual bool give(std::int16_t *, unsigned) { return false; }
    // The bridge has `count` samples, or silence when null. Clock thread.
    virtual void take(const std::int16_t *, unsigned) {}
    // A hint that one of them is near (look_ahead.hpp). Clock thread.
    virtual void fetch() const {}
};

class BridgePort {
public:
    enum Way { GIVES, TAKES };
    // Owner thread. `rate_hz` is the port's own rate; the bridge converts.
    BridgePort(const char *name, Way way, unsigned rate_hz, std::shared_ptr<PortState> state);
    ~BridgePort();
    BridgePort(const BridgePort &) = delete;
    BridgePort &operator=(const BridgePort &) = delete;
    int slot() const { return slot_; }
    static bool is_ours(const pjmedia_port &port);  // its data is a PortState

private:
    int slot_ = PJSUA_INVALID_ID;
    pjmedia_port *port_ = nullptr;
};

}  // namespace patchbay
