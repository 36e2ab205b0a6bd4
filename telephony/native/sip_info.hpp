// Keys in SIP INFO (RFC 6086's legacy usage): application/dtmf-relay with "Signal=5", application/dtmf with the key alone. Pure.
#pragma once

#include <string>

namespace patchbay {

constexpr int NO_KEY = 0;          // understood, and no key in it: a carrier's keep-alive, or a flash hook
constexpr int UNKNOWN_BODY = -1;   // a body that we do not read

// The key as a character. 10 and 11 are * and #, 12 to 15 are A to D (RFC 4733 §3.2, as gateways write them here too).
int key_of_info(const std::string &content_type, const std::string &body);

}  // namespace patchbay
