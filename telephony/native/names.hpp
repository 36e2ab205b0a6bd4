// Host names, resolved beside: no thread of SIP or sound ever waits for a name server.
//
// pjproject asks the system in many places (SDP, Contact, Route, Via, Contact of our own) through one function, pj_getaddrinfo. Ours
// takes its place (build.py, OURS_INSTEAD) and knows addresses written as such, and names that have been resolved before. Whoever needs
// a name first asks here and goes on when the answer has come: pjsip through its interface for other resolvers (`resolve_for_pjsip`),
// a message with a name in its SDP through `sip_held`.
//
// Invariant: nothing here waits but the workers; a name is asked for once at a time; what waits for an answer gets one within `within_ms`,
// on the owner thread. The workers use the system's resolver, so /etc/hosts, search lists and the cache of the machine count.
#pragma once

#include <pjlib.h>

#include <functional>
#include <string>
#include <vector>

namespace patchbay {

enum class NameState { PENDING, KNOWN, FAILED };

struct NameAnswer {
    NameState state = NameState::PENDING;
    std::vector<pj_sockaddr> addresses;  // with port 0
};

// Any thread. What is known of a name now; it begins to be asked for when that is nothing, or too old.
NameAnswer look_up(const std::string &name);
// Owner thread. Calls back on the owner thread, from within `deliver_names`, or at once when it is known.
void when_known(const std::string &name, std::function<void(const NameAnswer &)> then);
// Owner thread, each round: tells those who wait what has come, or that nothing will.
void deliver_names();
// Owner thread: nobody waits any more. Before pjsip is destroyed.
void forget_names();
// Owner thread, after libInit: pjsip asks us. `within_ms`: how long somebody waits for a name server.
void resolve_names_beside(unsigned within_ms, bool ipv6);
// An IPv4 or IPv6 address as text, also in brackets.
bool is_address(const std::string &text);
// Could be a host name (RFC 1123 §2.1, with the underscore of RFC 2782).
bool is_host_name(const std::string &text);

}  // namespace patchbay
