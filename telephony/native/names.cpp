#include "names.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "owner.hpp"
#include "words.hpp"

namespace patchbay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned WORKERS = 4;
constexpr std::size_t MOST_ASKED = 64;  // at a time; a flood of names is told "failed", not waited for
constexpr std::size_t MOST_KNOWN = 512;
constexpr std::size_t MOST_WAITING = 1024;
constexpr auto KNOWN_FOR = std::chrono::seconds(60);
constexpr auto STALE_FOR = std::chrono::minutes(10);  // what was right goes on while nobody can say what is (RFC 8767 §4)
constexpr auto FAILED_FOR = std::chrono::seconds(10);

struct Entry {
    NameAnswer answer;
    Clock::time_point since;
    bool asked = false;
};

struct Waiting {
    std::string name;
    Clock::time_point until;
    std::function<void(const NameAnswer &)> then;
};

// Never destroyed: a worker may hang in the system's resolver when the process ends.
struct Names {
    std::mutex mutex;
    std::condition_variable something_asked;
    std::map<std::string, Entry> entries;
    std::deque<std::string> asked;
    unsigned workers = 0, at_work = 0;
    // Owner thread alone:
    std::vector<Waiting> waiting;
    std::chrono::milliseconds within{2000};
    bool ipv6 = false;
};

Names &names() {
    static Names *instance = new Names();
    return *instance;
}

NameAnswer ask_system(const std::string &name, int flags) {
    addrinfo hint{}, *found = nullptr;
    hint.ai_family = AF_UNSPEC;
    hint.ai_socktype = SOCK_DGRAM;
    hint.ai_flags = flags;
    NameAnswer answer;
    answer.state = NameState::FAILED;
    if (getaddrinfo(name.c_str(), nullptr, &hint, &found) != 0) return answer;
    for (const addrinfo *one = found; one != nullptr; one = one->ai_next) {
        if ((one->ai_family != AF_INET && one->ai_family != AF_INET6) || answer.addresses.size() >= 8) continue;
        pj_sockaddr address{};
        std::memcpy(&address, one->ai_addr, std::min<std::size_t>(one->ai_addrlen, sizeof address));
        answer.addresses.push_back(address);
    }
    freeaddrinfo(found);
    if (!answer.addresses.empty()) answer.state = NameState::KNOWN;
    return answer;
}

void keep(Entry &entry, const NameAnswer &answer) {
    entry.asked = false;
    const bool was_right = entry.answer.state == NameState::KNOWN && Clock::now() - entry.since < STALE_FOR;
    if (answer.state == NameState::FAILED && was_right) return;
    entry.answer = answer;
    entry.since = Clock::now();
}

[[noreturn]] void work() {
    Names &all = names();
    std::unique_lock<std::mutex> hold(all.mutex);
    for (;;) {
        all.something_asked.wait(hold, [&] { return !all.asked.empty(); });
        const std::string name = all.asked.front();
        all.asked.pop_front();
        ++all.at_work;
        hold.unlock();
        const NameAnswer answer = ask_system(name, 0);
        hold.lock();
        --all.at_work;
        keep(all.entries[name], answer);
        wake_owner();
    }
}

bool is_fresh(const Entry &entry) {
    return Clock::now() - entry.since < (entry.answer.state == NameState::KNOWN ? KNOWN_FOR : FAILED_FOR);
}

void make_room(Names &all) {
    if (all.entries.size() < MOST_KNOWN) return;
    for (auto at = all.entries.begin(); at != all.entries.end();) at = at->second.asked ? std::next(at) : all.entries.erase(at);
}

NameAnswer failed() {
    NameAnswer answer;
    answer.state = NameState::FAILED;
    return answer;
}

std::string host_of(const pj_str_t &text) {
    const std::string out = text_of(text);
    return out.size() > 2 && out.front() == '[' && out.back() == ']' ? out.substr(1, out.size() - 2) : out;
}

pjsip_transport_type_e transport_of(const pjsip_host_info &target) {
    if (target.type != PJSIP_TRANSPORT_UNSPECIFIED) return target.type;
    if (target.flag & PJSIP_TRANSPORT_SECURE) return PJSIP_TRANSPORT_TLS;
    return target.flag & PJSIP_TRANSPORT_RELIABLE ? PJSIP_TRANSPORT_TCP : PJSIP_TRANSPORT_UDP;
}

// RFC 3263 §4.2 without SRV: the addresses of the name, those of IPv4 first, at the port that was named or the transport's own.
void tell_pjsip(const NameAnswer &answer, pjsip_transport_type_e type, int port, void *token, pjsip_resolver_callback *then) {
    pjsip_server_addresses servers;
    pj_bzero(&servers, sizeof servers);
    const bool only_ipv6 = (type & PJSIP_TRANSPORT_IPV6) != 0;
    for (const int family : {AF_INET, AF_INET6}) {
        if (family == AF_INET ? only_ipv6 : !(only_ipv6 || names().ipv6)) continue;
        for (const pj_sockaddr &address : answer.addresses) {
            if (address.addr.sa_family != family || servers.count >= PJSIP_MAX_RESOLVED_ADDRESSES) continue;
            pjsip_server_address_record &one = servers.entry[servers.count++];
            one.type = static_cast<pjsip_transport_type_e>(family == AF_INET ? type : type | PJSIP_TRANSPORT_IPV6);
            one.addr = address;
            one.addr_len = pj_sockaddr_get_len(&one.addr);
            pj_sockaddr_set_port(&one.addr, static_cast<pj_uint16_t>(port ? port : pjsip_transport_get_default_port_for_type(type)));
        }
    }
    then(servers.count == 0 ? PJ_ERESOLVE : PJ_SUCCESS, token, &servers);
}

void resolve_for_pjsip(pjsip_resolver_t *, pj_pool_t *, const pjsip_host_info *target, void *token, pjsip_resolver_callback *then) {
    const std::string name = host_of(target->addr.host);
    const pjsip_transport_type_e type = transport_of(*target);
    const int port = target->addr.port;
    if (is_address(name)) {
        NameAnswer answer = ask_system(name, AI_NUMERICHOST);
        const bool ipv6 = !answer.addresses.empty() && answer.addresses[0].addr.sa_family == AF_INET6;
        tell_pjsip(answer, ipv6 ? static_cast<pjsip_transport_type_e>(type | PJSIP_TRANSPORT_IPV6) : type, port, token, then);
        return;
    }
    when_known(name, [=](const NameAnswer &answer) { tell_pjsip(answer, type, port, token, then); });
}

pjsip_ext_resolver resolver{&resolve_for_pjsip};

}  // namespace

bool is_address(const std::string &text) {
    unsigned char address[16];
    const std::string bare = text.substr(0, text.find('%'));  // a link's zone (RFC 4007 §11)
    return inet_pton(AF_INET, text.c_str(), address) == 1 || inet_pton(AF_INET6, bare.c_str(), address) == 1;
}

bool is_host_name(const std::string &text) {
    if (text.empty() || text.size() > 253 || text.front() == '.' || text.front() == '-') return false;
    if (text.find("..") != std::string::npos) return false;
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '-' || c == '.' || c == '_'); });
}

NameAnswer look_up(const std::string &given) {
    const std::string name = lower(given);
    if (!is_host_name(name)) return failed();
    Names &all = names();
    std::lock_guard<std::mutex> hold(all.mutex);
    const auto known = all.entries.find(name);
    if (known != all.entries.end() && (known->second.asked || is_fresh(known->second))) return known->second.answer;
    if (all.asked.size() >= MOST_ASKED) return failed();
    make_room(all);
    Entry &entry = all.entries[name];
    if (entry.answer.state != NameState::KNOWN) entry = Entry{NameAnswer(), Clock::now(), false};
    entry.asked = true;
    all.asked.push_back(name);
    if (all.workers < WORKERS && all.asked.size() + all.at_work > all.workers) {
        ++all.workers;
        std::thread(&work).detach();
    }
    all.something_asked.notify_one();
    return entry.answer;
}

void when_known(const std::string &name, std::function<void(const NameAnswer &)> then) {
    Names &all = names();
    const NameAnswer answer = look_up(name);
    if (answer.state != NameState::PENDING) return then(answer);
    if (all.waiting.size() >= MOST_WAITING) return then(failed());
    all.waiting.push_back({name, Clock::now() + all.within, std::move(then)});
}

void deliver_names() {
    Names &all = names();
    if (all.waiting.empty()) return;
    std::vector<Waiting> waiting;  // whoever is told may ask again
    waiting.swap(all.waiting);
    for (Waiting &one : waiting) {
        const NameAnswer answer = look_up(one.name);
        if (answer.state != NameState::PENDING) one.then(answer);
        else if (Clock::now() >= one.until) one.then(failed());
        else all.waiting.push_back(std::move(one));
    }
}

void forget_names() { names().waiting.clear(); }

void resolve_names_beside(unsigned within_ms, bool ipv6) {
    names().within = std::chrono::milliseconds(within_ms);
    names().ipv6 = ipv6;
    pjsip_endpt_set_ext_resolver(pjsua_get_pjsip_endpt(), &resolver);
}

}  // namespace patchbay

extern "C" {

// In the place of pjlib's: the same, without ever asking the network.
pj_status_t __wrap_pj_getaddrinfo(int family, const pj_str_t *host, unsigned *count, pj_addrinfo found[]) {
    using namespace patchbay;
    if (host == nullptr || host->ptr == nullptr || host->slen <= 0 || count == nullptr || *count == 0) return PJ_EINVAL;
    if (host->slen >= PJ_MAX_HOSTNAME) return PJ_ENAMETOOLONG;
    const std::string name(host->ptr, static_cast<std::size_t>(host->slen));
    const NameAnswer answer = is_address(name) ? ask_system(name, AI_NUMERICHOST) : look_up(name);
    const unsigned room = *count;
    *count = 0;
    for (const pj_sockaddr &address : answer.addresses) {
        if (*count >= room || (family != PJ_AF_UNSPEC && address.addr.sa_family != family)) continue;
        pj_addrinfo &one = found[(*count)++];
        pj_bzero(&one, sizeof one);
        one.ai_addr = address;
        std::memcpy(one.ai_canonname, name.c_str(), name.size() + 1);
    }
    return *count > 0 ? PJ_SUCCESS : PJ_ERESOLVE;
}

// Nobody calls it but pjlib's own pj_getaddrinfo, which nobody calls any more.
pj_status_t __wrap_pj_gethostbyname(const pj_str_t *, pj_hostent *) { return PJ_ERESOLVE; }
}
