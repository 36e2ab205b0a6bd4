#include "sip_held.hpp"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <cstring>
#include <list>

#include "bridge_port.hpp"
#include "names.hpp"
#include "sip_guard.hpp"
#include "words.hpp"

namespace patchbay {
namespace {

constexpr std::size_t MOST_HELD = 64;
constexpr std::size_t MOST_NAMES = 8;

struct Held {
    pjsip_rx_data *message;
    std::string identity;
    unsigned waits_for;
    bool failed;
};

std::list<Held> held;
pjsip_module module;

// The same message sent again has the same.
std::string identity_of(const pjsip_rx_data &rdata) {
    const pjsip_msg &message = *rdata.msg_info.msg;
    const std::string line = message.type == PJSIP_REQUEST_MSG ? text_of(message.line.req.method.name)
                                                               : std::to_string(message.line.status.code);
    return text_of(rdata.msg_info.cid->id) + ' ' + std::to_string(rdata.msg_info.cseq->cseq) + ' ' + line + ' ' +
           text_of(rdata.msg_info.via->branch_param);
}

bool is_of_a_dialog(const pjsip_rx_data &rdata) {
    return pjsip_ua_find_dialog(&rdata.msg_info.cid->id, &rdata.msg_info.to->tag, &rdata.msg_info.from->tag, PJ_FALSE) != nullptr;
}

bool answers_us(pjsip_rx_data &rdata) {
    pj_str_t key;
    if (pjsip_tsx_create_key(rdata.tp_info.pool, &key, PJSIP_ROLE_UAC, &rdata.msg_info.cseq->method, &rdata) != PJ_SUCCESS)
        return false;
    return pjsip_tsx_layer_find_tsx(&key, PJ_FALSE) != nullptr;
}

bool may_ask(pjsip_rx_data &rdata) {
    if (rdata.msg_info.msg->type == PJSIP_RESPONSE_MSG) return answers_us(rdata);
    if (rdata.msg_info.to->tag.slen > 0) return is_of_a_dialog(rdata);
    return SipGuard::lets_in(rdata.pkt_info.src_name);
}

bool is_answerable(const pjsip_rx_data &rdata) {
    return rdata.msg_info.msg->type == PJSIP_REQUEST_MSG && rdata.msg_info.msg->line.req.method.id != PJSIP_ACK_METHOD;
}

// RFC 3261 §20.43, code 301: the address format is none of ours.
void refuse(pjsip_rx_data *rdata) {
    pjsip_hdr headers;
    pj_list_init(&headers);
    static char host[] = "patchbay", words[] = "the host name in the session description cannot be resolved";
    const pj_str_t by = pj_str(host), text = pj_str(words);
    pj_list_push_back(&headers, pjsip_warning_hdr_create(rdata->tp_info.pool, 301, &by, &text));
    pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), rdata, PJSIP_SC_NOT_ACCEPTABLE_HERE, nullptr, &headers, nullptr);
    SipGuard::count(PJSIP_SC_NOT_ACCEPTABLE_HERE);
}

void go_on(std::list<Held>::iterator at) {
    pjsip_rx_data *message = at->message;
    const bool failed = at->failed;
    held.erase(at);
    if (failed && is_answerable(*message)) {
        refuse(message);
    } else {
        pjsip_process_rdata_param from;
        pjsip_process_rdata_param_default(&from);
        from.start_mod = &module;
        from.idx_after_start = 1;
        pj_bool_t handled = PJ_FALSE;
        pjsip_endpt_process_rx_data(pjsua_get_pjsip_endpt(), message, &from, &handled);
    }
    pjsip_rx_data_free_cloned(message);
}

void wait_for(pjsip_rx_data *rdata, const std::vector<std::string> &pending, const std::string &identity) {
    pjsip_rx_data *copy = nullptr;
    if (held.size() >= MOST_HELD || pjsip_rx_data_clone(rdata, 0, &copy) != PJ_SUCCESS) return;  // sent again, it may find room
    held.push_back({copy, identity, static_cast<unsigned>(pending.size()), false});
    const auto at = std::prev(held.end());
    if (rdata->msg_info.msg->type == PJSIP_REQUEST_MSG && rdata->msg_info.msg->line.req.method.id == PJSIP_INVITE_METHOD)
        pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), rdata, PJSIP_SC_TRYING, nullptr, nullptr, nullptr);
    for (const std::string &name : pending)
        when_known(name, [at](const NameAnswer &answer) {
            at->failed = at->failed || answer.state != NameState::KNOWN;
            if (--at->waits_for == 0) go_on(at);
        });
}

pj_bool_t on_message(pjsip_rx_data *rdata) {
    const pjsip_msg_body *body = rdata->msg_info.msg->body;
    if (body == nullptr || body->len == 0) return PJ_FALSE;
    const std::vector<std::string> found = names_in_sdp({static_cast<const char *>(body->data), body->len});
    if (found.empty() || !may_ask(*rdata)) return PJ_FALSE;
    const std::string identity = identity_of(*rdata);
    if (std::any_of(held.begin(), held.end(), [&](const Held &one) { return one.identity == identity; })) return PJ_TRUE;
    std::vector<std::string> pending;
    bool failed = found.size() > MOST_NAMES;
    for (const std::string &name : found) {
        if (failed) break;
        const NameState state = look_up(name).state;
        if (state == NameState::PENDING) pending.push_back(name);
        failed = state == NameState::FAILED;
    }
    if (failed && is_answerable(*rdata)) {
        refuse(rdata);
        return PJ_TRUE;
    }
    if (failed || pending.empty()) return PJ_FALSE;
    wait_for(rdata, pending, identity);
    return PJ_TRUE;
}

// The third word behind the marks of a network and its kind: "c=IN IP4 host/127", "a=rtcp:40001 IN IP4 host" (RFC 3605 §2.1).
std::string host_of(const std::string &line) {
    const std::size_t network = line.find("IN IP");
    if (network == std::string::npos) return "";
    const std::size_t first = line.find_first_not_of(' ', network + 6);
    if (first == std::string::npos) return "";
    return line.substr(first, line.find_first_of(" /\t", first) - first);
}

}  // namespace

std::vector<std::string> names_in_sdp(const std::string &sdp) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < sdp.size();) {
        const std::size_t end = std::min(sdp.find_first_of("\r\n", at), sdp.size());
        const std::string line = sdp.substr(at, end - at);
        at = end + 1;
        if (line.compare(0, 2, "c=") != 0 && line.compare(0, 7, "a=rtcp:") != 0) continue;
        const std::string host = host_of(line);
        if (host.empty() || is_address(host) || std::find(out.begin(), out.end(), host) != out.end()) continue;
        out.push_back(host);
    }
    return out;
}

void hold_messages_with_names() {
    static char name[] = "mod-patchbay-held";
    std::memset(&module, 0, sizeof module);
    module.name = pj_str(name);
    module.id = -1;
    module.priority = PJSIP_MOD_PRIORITY_TSX_LAYER - 4;  // what goes on meets the transaction layer as if it had just come
    module.on_rx_request = &on_message;
    module.on_rx_response = &on_message;
    check(pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module), "messages that wait for a name");
}

void forget_held_messages() {
    for (const Held &one : held) pjsip_rx_data_free_cloned(one.message);
    held.clear();
}

}  // namespace patchbay
