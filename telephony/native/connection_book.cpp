#include "connection_book.hpp"

#include <algorithm>

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

void ConnectionBook::Place::count(Id id, const Connection &connection) {
    ++taken;
    if (connection.spoke || (oldest_silent != 0 && since <= connection.opened)) return;
    oldest_silent = id;
    since = connection.opened;
}

ConnectionBook::Verdict ConnectionBook::judge(const Peer &address, bool trunk) const {
    const Peer network = network_of(address);
    Place own, strangers, all;
    Id a_stranger = 0;
    for (const auto &[id, connection] : open_) {
        if (connection.leaving) continue;
        all.count(id, connection);
        if (!connection.trunk) strangers.count(id, connection);
        if (!connection.trunk) a_stranger = id;
        if (connection.peer == network) own.count(id, connection);
    }
    if (!own.is_free(trunk ? limits_.per_address : limits_.per_stranger)) return {own.oldest_silent != 0, own.oldest_silent};
    if (!trunk && !strangers.is_free(limits_.of_strangers)) return {strangers.oldest_silent != 0, strangers.oldest_silent};
    if (all.is_free(limits_.in_all)) return {true, 0};
    if (strangers.oldest_silent != 0) return {true, strangers.oldest_silent};
    if (!trunk) return {false, 0};
    if (a_stranger != 0) return {true, a_stranger};
    return {all.oldest_silent != 0, all.oldest_silent};
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
