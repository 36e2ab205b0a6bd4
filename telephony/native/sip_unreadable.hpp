// Requests that pjsip cannot parse: it drops them, and their senders repeat themselves for 32 seconds and never learn why. Here they get
// an answer, where what is left of them says whose it is: 505 for another version of SIP, 416 for an address of another kind, 400 for
// everything else (RFC 3261 §21.5.6, §21.4.14, §21.4.1); and 513 when it is too long to be read (§21.5.7). The text part is pure.
//
// Invariant: an answer is never longer than what it answers and a little (nobody can use us to flood others), and goes to where the
// request came from.
#pragma once

#include <pjsip/sip_transport.h>

#include <string>

namespace patchbay {

struct AnswerToUnreadable {
    int status = 0;  // 0: nothing can be answered
    std::string text;
};

AnswerToUnreadable answer_to_unreadable(const std::string &request);
// Its beginning is all that has come; answered by the way of `rdata`.
void refuse_too_long(const std::string &request, const pjsip_rx_data &rdata);

}  // namespace patchbay
