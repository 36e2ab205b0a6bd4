#include "connection_book.hpp"

#include <algorithm>
#include <map>

namespace patchbay {
namespace {

constexpr unsigned STRANGERS_PATIENCE = 3;  // of `message_within_ms`
constexpr std::array<unsigned char, 12> IPV4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

ConnectionBook::Peer network_of(const ConnectionBook::Peer &address) {
    if (std::equal(IPV4.begin(), IPV4.end(), address.begin())) return address;
    ConnectionBook::Peer network = address;  // a host may have all of its /64 (RFC 4291 §2.5.1)
    std::fill(network.begin() + 8, network.end(), static_cast<unsigned char>(0));
    return network;
}

}  // namespace

void ConnectionBook::Places::count(Id id, const Connection &connection) {
    ++taken;
    if (connection.spoke || (silent != 0 && since <= connection.opened)) return;
    silent = id;
    since = connection.opened;
}

// 0: no address has so many that one with `own` should get one of its places.
ConnectionBook::Id ConnectionBook::of_the_most_crowded(unsigned own, bool strangers_only) const {
    struct Crowd {
        unsigned count = 0;
        Id quietest = 0;
        Ms heard = 0;
    };
    std::map<Peer, Crowd> crowds;
    for (const auto &[id, connection] : open_) {
        if (connection.leaving || (strangers_only && connection.trunk)) continue;
        Crowd &crowd = crowds[connection.peer];
        if (crowd.count++ > 0 && crowd.heard <= connection.heard) continue;
        crowd.quietest = id;
        crowd.heard = connection.heard;
    }
    const auto most = std::max_element(crowds.begin(), crowds.end(),
                                       [](const auto &a, const auto &b) { return a.second.count < b.second.count; });
    return most != crowds.end() && most->second.count >= own + 2 ? most->second.quietest : 0;
}

ConnectionBook::Verdict ConnectionBook::judge(const Peer &address, bool trunk) const {
    const Peer network = network_of(address);
    Places own, strangers, all;
    Id a_stranger = 0;
    for (const auto &[id, connection] : open_) {
        if (connection.leaving) continue;
        all.count(id, connection);
        if (!connection.trunk) strangers.count(id, connection);
        if (!connection.trunk) a_stranger = id;
        if (connection.peer == network) own.count(id, connection);
    }
    const auto instead_of = [](Id leaves) { return Verdict{leaves != 0, leaves}; };
    if (!own.are_free(trunk ? limits_.per_address : limits_.per_stranger)) return instead_of(own.silent);
    const bool among_strangers = !trunk && !strangers.are_free(limits_.of_strangers);
    if (!among_strangers && all.are_free(limits_.in_all)) return {true, 0};
    if (strangers.silent != 0) return instead_of(strangers.silent);
    if (!trunk) return instead_of(of_the_most_crowded(own.taken, true));
    if (a_stranger != 0) return instead_of(a_stranger);
    return instead_of(all.silent != 0 ? all.silent : of_the_most_crowded(own.taken, false));
}

void ConnectionBook::opened(Id id, const Peer &address, bool trunk, Ms now) {
    open_[id] = Connection{network_of(address), trunk, false, false, now, now, 0};
}

ConnectionBook::End ConnectionBook::heard(Id id, unsigned messages, bool anything, std::size_t waiting, unsigned unread, Ms now) {
    const auto found = open_.find(id);
    if (found == open_.end()) return STAYS;
    Connection &connection = found->second;
    if (messages > 0) connection.spoke = true;
    if (anything) connection.heard = now;  // also a line end that keeps a translator's door open (RFC 5626 §3.5.1)
    if (waiting == 0) connection.begun = 0;
    else if (messages > 0 || connection.begun == 0) connection.begun = now;
    if (waiting >= (connection.trunk ? TRUNKS_MESSAGE : STRANGERS_MESSAGE)) return TOO_LONG;
    return unread > (connection.trunk ? TRUNKS_UNREAD : STRANGERS_UNREAD) ? UNREAD : STAYS;
}

ConnectionBook::End ConnectionBook::judge(const Connection &connection, Ms now) const {
    if (connection.leaving) return STAYS;
    const Ms within = limits_.message_within_ms;
    if (!connection.spoke && now >= connection.opened + within) return connection.begun != 0 ? UNFINISHED : SILENT;
    if (connection.begun != 0 && now >= connection.begun + within) return UNFINISHED;
    return now >= connection.heard + (connection.trunk ? limits_.idle_ms : within * STRANGERS_PATIENCE) ? IDLE : STAYS;
}

std::vector<std::pair<ConnectionBook::Id, ConnectionBook::End>> ConnectionBook::overdue(Ms now) const {
    std::vector<std::pair<Id, End>> out;
    for (const auto &[id, connection] : open_)
        if (const End end = judge(connection, now); end != STAYS) out.emplace_back(id, end);
    return out;
}

void ConnectionBook::leaves(Id id) {
    const auto found = open_.find(id);
    if (found != open_.end()) found->second.leaving = true;
}

void ConnectionBook::closed(Id id) { open_.erase(id); }

bool ConnectionBook::is_leaving(Id id) const {
    const auto found = open_.find(id);
    return found != open_.end() && found->second.leaving;
}

unsigned ConnectionBook::of_strangers() const {
    return static_cast<unsigned>(
        std::count_if(open_.begin(), open_.end(), [](const auto &each) { return !each.second.trunk; }));
}

}  // namespace patchbay
