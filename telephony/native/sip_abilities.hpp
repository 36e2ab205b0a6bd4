// What we tell peers that we can do: exactly what we do (RFC 3261 §20.5, §20.37). pjsua and its modules announce more (REFER,
// SUBSCRIBE, MESSAGE, replaces …), which would then be refused.
//
// Owner thread, all of these.
#pragma once

#include <pjsip.h>

namespace patchbay {

// After pjsua has started and its modules have said what they can.
void advertise_what_we_do();
// Allow, Accept and Supported, in memory of this pool, for a response (RFC 3261 §11.2).
void add_abilities(pjsip_hdr &headers, pj_pool_t *pool);
// Allow alone (RFC 3261 §21.4.6).
void add_allow(pjsip_hdr &headers, pj_pool_t *pool);
bool is_ours(const pjsip_method &method);
// 405 for a method of SIP's that we do not serve, 501 for one that nobody has heard of (RFC 3261 §8.2.1, §21.5.2).
int refusal_of_method(const pjsip_method &method);

}  // namespace patchbay
