// Requests within a dialog that pjsip's call does not serve: OPTIONS, INFO, and methods that are none of ours. pjsip answers them with
// 500, and carriers that ask OPTIONS or send an empty INFO to see whether a call still lives end it then.
//
// Owner thread, all of these.
#pragma once

#include <pjsip.h>

namespace patchbay {

// What is answered here; false: pjsip's to serve, or of no dialog that we know.
bool answer_in_dialog(pjsip_rx_data *rdata);
// Keys in this call's INFO become DIGIT events of this port.
void report_call_digits(int call_id, unsigned long long handle);

}  // namespace patchbay
