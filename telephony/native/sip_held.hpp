// Messages with a host name in their SDP (RFC 8866 §5.7 allows one in place of an address) wait beside until the name is resolved, and
// go on from there as if they had just come. SIP goes on meanwhile.
//
// Invariant: at most MOST_HELD wait, each at most as long as `names` lets anybody wait; a request whose name leads nowhere gets 488
// with a Warning; names are asked for on behalf of trunks, dialogs and answers to requests of ours only.
#pragma once

#include <string>
#include <vector>

namespace patchbay {

// Owner thread, once, after libInit.
void hold_messages_with_names();
// Before pjsip is destroyed.
void forget_held_messages();
// The host names in a session description's connection lines. Pure.
std::vector<std::string> names_in_sdp(const std::string &sdp);

}  // namespace patchbay
