#include "sip_abilities.hpp"

#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <string_view>

namespace patchbay {
namespace {

constexpr std::string_view METHODS[] = {"INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "PRACK", "INFO", "OPTIONS"};
constexpr std::string_view EXTENSIONS[] = {"100rel", "timer"};
constexpr std::string_view BODIES[] = {"application/sdp"};
constexpr std::string_view KNOWN_ELSEWHERE[] = {"REFER", "SUBSCRIBE", "NOTIFY", "MESSAGE", "PUBLISH", "REGISTER"};

template <typename List>
bool is_in(const List &list, const pj_str_t &word) {
    return std::any_of(std::begin(list), std::end(list), [&](std::string_view one) {
        const pj_str_t text{const_cast<char *>(one.data()), static_cast<pj_ssize_t>(one.size())};
        return pj_stricmp(&text, &word) == 0;
    });
}

pjsip_generic_array_hdr *announced(int type) {
    const pjsip_hdr *header = pjsip_endpt_get_capability(pjsua_get_pjsip_endpt(), type, nullptr);
    return reinterpret_cast<pjsip_generic_array_hdr *>(const_cast<pjsip_hdr *>(header));
}

// pjsip can add to what it announces, but not take away: the endpoint's own header is edited, before anybody has seen it.
template <typename List>
void keep_only(int type, const List &list) {
    pjsip_generic_array_hdr *header = announced(type);
    if (header == nullptr) return;
    pj_str_t *end = std::remove_if(header->values, header->values + header->count,
                                   [&](const pj_str_t &value) { return !is_in(list, value); });
    header->count = static_cast<unsigned>(end - header->values);
}

void add(pjsip_hdr &headers, pj_pool_t *pool, int type) {
    if (const pjsip_generic_array_hdr *header = announced(type))
        pj_list_push_back(&headers, pjsip_hdr_clone(pool, header));
}

}  // namespace

void advertise_what_we_do() {
    static char options[] = "OPTIONS";
    const pj_str_t method = pj_str(options);
    pjsip_endpt_add_capability(pjsua_get_pjsip_endpt(), nullptr, PJSIP_H_ALLOW, nullptr, 1, &method);
    keep_only(PJSIP_H_ALLOW, METHODS);
    keep_only(PJSIP_H_SUPPORTED, EXTENSIONS);
    keep_only(PJSIP_H_ACCEPT, BODIES);
}

void add_abilities(pjsip_hdr &headers, pj_pool_t *pool) {
    for (const int type : {PJSIP_H_ALLOW, PJSIP_H_ACCEPT, PJSIP_H_SUPPORTED}) add(headers, pool, type);
}

void add_allow(pjsip_hdr &headers, pj_pool_t *pool) { add(headers, pool, PJSIP_H_ALLOW); }

bool is_ours(const pjsip_method &method) { return is_in(METHODS, method.name); }

int refusal_of_method(const pjsip_method &method) {
    return is_in(KNOWN_ELSEWHERE, method.name) ? PJSIP_SC_METHOD_NOT_ALLOWED : PJSIP_SC_NOT_IMPLEMENTED;
}

}  // namespace patchbay
