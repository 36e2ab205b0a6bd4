#include "sip_in_dialog.hpp"

#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

#include <cstdint>
#include <string>

#include "events.hpp"
#include "sip_abilities.hpp"
#include "sip_guard.hpp"
#include "sip_info.hpp"
#include "words.hpp"

namespace patchbay {
namespace {

// Keeps a transaction, so that a request sent again gets the same answer and is not served twice (RFC 3261 §17.2.2).
void answer(pjsip_rx_data *rdata, int status, const pjsip_hdr &headers) {
    if (status >= 300) SipGuard::count(status);
    pjsip_endpt_respond(pjsua_get_pjsip_endpt(), nullptr, rdata, status, nullptr, &headers, nullptr, nullptr);
}

std::string content_type_of(const pjsip_msg_body &body) {
    return text_of(body.content_type.type) + '/' + text_of(body.content_type.subtype);
}

void report_key(pjsip_dialog &dialog, int key) {
    const pjsip_inv_session *call = pjsip_dlg_get_inv_session(&dialog);
    const int slot = SipGuard::module_id();
    if (call == nullptr || slot < 0 || call->mod_data[slot] == nullptr) return;
    NativeEvent event;
    event.kind = DIGIT;
    event.handle = reinterpret_cast<std::uintptr_t>(call->mod_data[slot]);
    event.code = key;
    event.v0 = BY_INFO;
    EventQueue::instance().push_unless_busy(event);
}

void answer_info(pjsip_rx_data *rdata, pjsip_dialog &dialog) {
    pjsip_hdr headers;
    pj_list_init(&headers);
    const pjsip_msg_body *body = rdata->msg_info.msg->body;
    const int key = body == nullptr || body->len == 0
                        ? NO_KEY
                        : key_of_info(content_type_of(*body), {static_cast<const char *>(body->data), body->len});
    if (key == UNKNOWN_BODY) {  // RFC 3261 §21.4.13: with what is read instead
        static char name[] = "Accept", value[] = "application/dtmf-relay, application/dtmf";
        const pj_str_t accept = pj_str(name), types = pj_str(value);
        pj_list_push_back(&headers, pjsip_generic_string_hdr_create(rdata->tp_info.pool, &accept, &types));
    } else if (key != NO_KEY) {
        report_key(dialog, key);
    }
    answer(rdata, key == UNKNOWN_BODY ? PJSIP_SC_UNSUPPORTED_MEDIA_TYPE : PJSIP_SC_OK, headers);
}

}  // namespace

bool answer_in_dialog(pjsip_rx_data *rdata) {
    const pjsip_method &method = rdata->msg_info.msg->line.req.method;
    static char name[] = "INFO";
    const pj_str_t info = pj_str(name);
    const bool is_info = pj_stricmp(&method.name, &info) == 0, is_question = method.id == PJSIP_OPTIONS_METHOD;
    if (is_ours(method) && !is_info && !is_question) return false;
    pjsip_dialog *dialog =
        pjsip_ua_find_dialog(&rdata->msg_info.cid->id, &rdata->msg_info.to->tag, &rdata->msg_info.from->tag, PJ_FALSE);
    if (dialog == nullptr) return false;  // pjsip answers 481
    const pjsip_inv_session *call = pjsip_dlg_get_inv_session(dialog);
    pjsip_hdr headers;
    pj_list_init(&headers);
    if (call != nullptr && call->state == PJSIP_INV_STATE_DISCONNECTED) {  // kept for its last transactions only
        answer(rdata, PJSIP_SC_CALL_TSX_DOES_NOT_EXIST, headers);
        return true;
    }
    if (is_info) {
        answer_info(rdata, *dialog);
        return true;
    }
    if (is_question) add_abilities(headers, rdata->tp_info.pool);  // RFC 3261 §11.2
    else add_allow(headers, rdata->tp_info.pool);
    answer(rdata, is_question ? PJSIP_SC_OK : refusal_of_method(method), headers);
    return true;
}

void report_call_digits(int call_id, unsigned long long handle) {
    const int slot = SipGuard::module_id();
    if (call_id < 0 || call_id >= static_cast<int>(pjsua_var.ua_cfg.max_calls) || slot < 0) return;
    pjsip_inv_session *call = pjsua_var.calls[call_id].inv;
    if (call != nullptr) call->mod_data[slot] = reinterpret_cast<void *>(static_cast<std::uintptr_t>(handle));
}

}  // namespace patchbay
