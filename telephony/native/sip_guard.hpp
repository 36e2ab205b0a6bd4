// Decides, before pjsua sees a request, whether its sender may ask us for anything: trunks by address, the limit on legs,
// drain. Answers statelessly (RFC 3261 §8.2.7), so that a flood of refused INVITEs costs neither memory nor Python.
//
// Owner thread, except counts(), which any thread may call.
#pragma once

#include <array>
#include <map>
#include <string>

namespace patchbay {

constexpr int UNREADABLE = 0, TOO_MANY = 1;

using Address = std::array<unsigned char, 16>;  // IPv4 as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2)
// False when the text is none.
bool address_of(const std::string &text, Address &out);

class SipGuard {
public:
    // Registers with the SIP endpoint: after Endpoint.libInit, once.
    static SipGuard &install();

    // `network` is an address, an address with a prefix length, or "any". Throws std::runtime_error when it is none of these.
    void add_trunk(const std::string &name, const std::string &network);
    // The trunk to which an address belongs; empty when to none.
    std::string trunk_of(const std::string &address) const;
    void limit_legs(unsigned max_legs, unsigned retry_after_s);
    // INVITEs get 503 with this reason until it is called with "". So do questions (OPTIONS), when `questions`: whoever chooses
    // between several of us by them goes elsewhere.
    void refuse_all(const std::string &reason, bool questions);

    // Requests of everybody who is no trunk, all together; of their answers ten times as many.
    void limit_strangers(unsigned requests_per_s);

    // How often each status was given; UNREADABLE: messages that could not even be answered; TOO_MANY: that were not looked at.
    static std::map<int, long long> counts();
    static void count(int status);
    // Whether somebody at this address may ask us for anything; the guard's place in pjsip's tables, -1 before `install`.
    static bool lets_in(const std::string &address);
    // Whether a message from there is looked at at all: what strangers send costs something, and trunks must not pay for it.
    static bool hears(const std::string &address, bool is_request);
    static int module_id();
};

}  // namespace patchbay
