#include "sip_question.hpp"

#include <pjsip.h>
#include <pjsua-lib/pjsua.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <unordered_map>

#include "bridge_port.hpp"
#include "events.hpp"
#include "words.hpp"

namespace patchbay {
namespace {

std::unordered_map<unsigned long long, std::int64_t> asked;  // when, by handle: what has no answer yet

std::int64_t now_us() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

pj_str_t view_of(const std::string &text) {
    return {const_cast<char *>(text.data()), static_cast<pj_ssize_t>(text.size())};
}

// Once for each question, whoever tells it first.
void tell(unsigned long long handle, int status, const std::string &reason, bool by_peer) {
    const auto found = asked.find(handle);
    if (found == asked.end()) return;
    NativeEvent event;
    event.kind = PEER_ANSWERED;
    event.handle = handle;
    event.code = status;
    event.v0 = by_peer;
    event.v1 = now_us() - found->second;
    std::size_t length = std::min(reason.size(), sizeof event.text - 1);
    while (length < reason.size() && length > 0 && (static_cast<unsigned char>(reason[length]) & 0xc0) == 0x80) --length;
    std::memcpy(event.text, reason.data(), length);
    asked.erase(found);
    EventQueue::instance().push(event);
}

void on_end(void *token, pjsip_event *event) {
    const auto &state = event->body.tsx_state;
    const bool by_peer = state.type == PJSIP_EVENT_RX_MSG;
    tell(reinterpret_cast<std::uintptr_t>(token), state.tsx->status_code, by_peer ? text_of(state.tsx->status_text) : "", by_peer);
}

}  // namespace

void ask_peer(unsigned long long handle, const std::string &uri, const std::string &from) {
    pjsip_endpoint *endpoint = pjsua_get_pjsip_endpt();
    const pj_str_t target = view_of(uri), sender = view_of(from);
    pjsip_tx_data *request = nullptr;
    check(pjsip_endpt_create_request(endpoint, pjsip_get_options_method(), &target, &sender, &target, nullptr, nullptr, -1, nullptr,
                                     &request),
          "OPTIONS");
    static char accept_name[] = "Accept", sdp[] = "application/sdp";  // RFC 3261 §11.1
    const pj_str_t accept = pj_str(accept_name), type = pj_str(sdp);
    pjsip_msg_add_hdr(request->msg, reinterpret_cast<pjsip_hdr *>(pjsip_generic_string_hdr_create(request->pool, &accept, &type)));
    asked[handle] = now_us();
    void *token = reinterpret_cast<void *>(static_cast<std::uintptr_t>(handle));
    if (pjsip_endpt_send_request(endpoint, request, -1, token, &on_end) != PJ_SUCCESS)
        tell(handle, PJSIP_SC_SERVICE_UNAVAILABLE, "", false);
}

}  // namespace patchbay
