// Asks a peer outside of any call whether it is there: OPTIONS (RFC 3261 §11). What it says, or that nothing came, is an event
// PEER_ANSWERED. Owner thread.
#pragma once

#include <string>

namespace patchbay {

// Throws std::runtime_error when `uri` or `from` is no address. The event has this handle; exactly one follows each question.
void ask_peer(unsigned long long handle, const std::string &uri, const std::string &from);

}  // namespace patchbay
