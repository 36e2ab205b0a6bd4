#include "sip_guard.hpp"

#include <arpa/inet.h>
#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

#include <array>
#include <atomic>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "bridge_port.hpp"
#include "events.hpp"
#include "share.hpp"
#include "sip_abilities.hpp"
#include "sip_in_dialog.hpp"

namespace patchbay {
namespace {

struct Network {
    std::string trunk;
    Address address;
    unsigned prefix;
};

struct Guard {
    std::vector<Network> networks;
    unsigned max_legs = 0, retry_after_s = 5;
    std::string refusing;
    bool questions_too = false;
    Share requests_of_strangers{100, 200}, answers_of_strangers{1000, 2000};
};

Guard guard;
std::array<std::atomic<long long>, 700> counters;
pjsip_module guard_module{};

bool contains(const Network &network, const Address &address) {
    const unsigned whole = network.prefix / 8, rest = network.prefix % 8;
    if (std::memcmp(network.address.data(), address.data(), whole) != 0) return false;
    return rest == 0 || ((network.address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

const Network *find(const std::string &text) {
    Address address;
    if (!address_of(text, address)) return nullptr;
    for (const Network &network : guard.networks)
        if (contains(network, address)) return &network;
    return nullptr;
}

void answer(pjsip_rx_data *rdata, int status, const std::string &reason) {
    pjsip_hdr headers;
    pj_list_init(&headers);
    if (status == PJSIP_SC_SERVICE_UNAVAILABLE)
        pj_list_push_back(&headers, pjsip_retry_after_hdr_create(rdata->tp_info.pool,
                                                                 static_cast<int>(guard.retry_after_s)));
    if (status == PJSIP_SC_METHOD_NOT_ALLOWED || status == PJSIP_SC_NOT_IMPLEMENTED) add_allow(headers, rdata->tp_info.pool);
    if (status == PJSIP_SC_OK) add_abilities(headers, rdata->tp_info.pool);
    const pj_str_t text{const_cast<char *>(reason.c_str()), static_cast<pj_ssize_t>(reason.size())};
    pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), rdata, status, reason.empty() ? nullptr : &text, &headers,
                                  nullptr);
    if (status == PJSIP_SC_OK) return;
    SipGuard::count(status);
    if (rdata->msg_info.msg->line.req.method.id != PJSIP_INVITE_METHOD) return;  // no call was refused
    NativeEvent event;
    event.kind = INVITE_REFUSED;
    event.code = status;
    std::strncpy(event.text, rdata->pkt_info.src_name, sizeof event.text - 1);
    EventQueue::instance().push_unless_busy(event);
}

bool is_sip_uri(const pjsip_uri *uri) {
    return PJSIP_URI_SCHEME_IS_SIP(uri) || PJSIP_URI_SCHEME_IS_SIPS(uri) || PJSIP_URI_SCHEME_IS_TEL(uri);
}

// Not an extension of ours: without Require the header is as if it were not there (RFC 3261 §8.2.2.3, RFC 3891 §4). pjsua would look
// for somebody's dialog to take over.
void ignore_replaces(pjsip_msg *message) {
    static char name[] = "Replaces";
    const pj_str_t replaces = pj_str(name);
    while (void *header = pjsip_msg_find_hdr_by_name(message, &replaces, nullptr)) pj_list_erase(header);
}

// True: answered here, nobody else sees the request.
pj_bool_t on_request(pjsip_rx_data *rdata) {
    const pjsip_method &asked = rdata->msg_info.msg->line.req.method;
    const pjsip_method_e method = asked.id;
    if (method == PJSIP_ACK_METHOD || method == PJSIP_CANCEL_METHOD) return PJ_FALSE;  // never answered, or matched by branch
    if (rdata->msg_info.to->tag.slen > 0) return answer_in_dialog(rdata) ? PJ_TRUE : PJ_FALSE;
    if (method == PJSIP_OPTIONS_METHOD) {  // "are you alive" is anybody's question
        if (guard.questions_too) answer(rdata, PJSIP_SC_SERVICE_UNAVAILABLE, guard.refusing);
        else answer(rdata, PJSIP_SC_OK, "");
        return PJ_TRUE;
    }
    if (find(rdata->pkt_info.src_name) == nullptr) {
        answer(rdata, PJSIP_SC_FORBIDDEN, "");
        return PJ_TRUE;
    }
    if (method != PJSIP_INVITE_METHOD) {
        answer(rdata, is_ours(asked) ? PJSIP_SC_CALL_TSX_DOES_NOT_EXIST : refusal_of_method(asked), "");  // pjsua answers not all of them
        return PJ_TRUE;
    }
    if (!is_sip_uri(rdata->msg_info.msg->line.req.uri)) {
        answer(rdata, PJSIP_SC_UNSUPPORTED_URI_SCHEME, "");
        return PJ_TRUE;
    }
    ignore_replaces(rdata->msg_info.msg);
    if (!guard.refusing.empty()) {
        answer(rdata, PJSIP_SC_SERVICE_UNAVAILABLE, guard.refusing);
        return PJ_TRUE;
    }
    if (pjsua_call_get_count() >= guard.max_legs) {
        answer(rdata, PJSIP_SC_SERVICE_UNAVAILABLE, "All lines busy");
        return PJ_TRUE;
    }
    return PJ_FALSE;
}

pjsip_module make_module() {
    static char name[] = "mod-patchbay-guard";
    pjsip_module module;
    std::memset(&module, 0, sizeof module);
    module.name = pj_str(name);
    module.id = -1;
    // After the transaction layer, which absorbs retransmissions; before the dialog layer.
    module.priority = PJSIP_MOD_PRIORITY_UA_PROXY_LAYER - 4;
    module.on_rx_request = &on_request;
    return module;
}

}  // namespace

bool address_of(const std::string &text, Address &out) {
    out.fill(0);
    if (inet_pton(AF_INET6, text.c_str(), out.data()) == 1) return true;
    out[10] = out[11] = 0xff;
    return inet_pton(AF_INET, text.c_str(), out.data() + 12) == 1;
}

SipGuard &SipGuard::install() {
    static SipGuard instance;
    guard = Guard();
    for (auto &counter : counters) counter.store(0);
    guard_module = make_module();
    check(pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &guard_module), "SIP guard");
    return instance;
}

void SipGuard::add_trunk(const std::string &name, const std::string &network) {
    if (network == "any") {
        guard.networks.push_back(Network{name, Address{}, 0});
        return;
    }
    const std::size_t slash = network.find('/');
    Network entry{name, Address{}, 128};
    const std::string host = network.substr(0, slash);
    const bool v4 = host.find(':') == std::string::npos;
    bool good = address_of(host, entry.address);
    if (good && slash != std::string::npos) {
        char *end = nullptr;
        const unsigned long bits = std::strtoul(network.c_str() + slash + 1, &end, 10);
        good = *end == 0 && end != network.c_str() + slash + 1 && bits <= (v4 ? 32u : 128u);
        entry.prefix = static_cast<unsigned>(bits) + (v4 ? 96 : 0);
    }
    if (!good) throw std::runtime_error("trunk " + name + ": " + network + " is no address, network or \"any\"");
    guard.networks.push_back(entry);
}

std::string SipGuard::trunk_of(const std::string &address) const {
    const Network *network = find(address);
    return network == nullptr ? "" : network->trunk;
}

void SipGuard::limit_legs(unsigned max_legs, unsigned retry_after_s) {
    guard.max_legs = max_legs;
    guard.retry_after_s = retry_after_s;
}

void SipGuard::limit_strangers(unsigned requests_per_s) {
    guard.requests_of_strangers = Share(requests_per_s, 2.0 * requests_per_s);
    guard.answers_of_strangers = Share(10.0 * requests_per_s, 20.0 * requests_per_s);
}

void SipGuard::refuse_all(const std::string &reason, bool questions) {
    guard.refusing = reason;
    guard.questions_too = questions && !reason.empty();
}

std::map<int, long long> SipGuard::counts() {
    std::map<int, long long> out;
    for (std::size_t status = 0; status < counters.size(); ++status)
        if (const long long n = counters[status].load(std::memory_order_relaxed)) out[static_cast<int>(status)] = n;
    return out;
}

bool SipGuard::lets_in(const std::string &address) { return find(address) != nullptr; }

bool SipGuard::hears(const std::string &address, bool is_request) {
    if (guard_module.id < 0 || lets_in(address)) return true;
    pj_time_val now;
    pj_gettickcount(&now);
    Share &share = is_request ? guard.requests_of_strangers : guard.answers_of_strangers;
    return share.take(static_cast<std::uint64_t>(now.sec) * 1000 + static_cast<std::uint64_t>(now.msec));
}

int SipGuard::module_id() { return guard_module.id; }

void SipGuard::count(int status) {
    if (status >= 0 && status < static_cast<int>(counters.size()))
        counters[static_cast<std::size_t>(status)].fetch_add(1, std::memory_order_relaxed);
}

}  // namespace patchbay
