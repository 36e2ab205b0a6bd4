// Who may keep a connection of the SIP stack (TCP) open, and how long: the book of those that others have opened to us.
//
//   a connection ends            when
//   SILENT                       it has said nothing whole since it was opened, for `message_within_ms`
//   UNFINISHED                   a message has been begun and is not whole after `message_within_ms`, however it drips
//   TOO_LONG                     a message is longer than anybody's should be (strangers: STRANGERS_MESSAGE)
//   IDLE                         nothing has come for `idle_ms` (strangers: three times `message_within_ms`)
//   UNREAD                       it asks and does not take what it is answered
//   MADE_ROOM                    somebody needs its place (below)
// and one more is REFUSED when there is no place for it.
//
// Places: `in_all`, of which addresses that belong to no trunk may have `of_strangers`: the others are kept for trunks, whoever
// knocks. One address of a trunk has at most `per_address`, one of a stranger `per_stranger`. An address of IPv6 is its /64.
//
// Where places are missing, these make room, in this order: who has said nothing whole yet, the longest there first; strangers, for a
// trunk; and of the address that has the most connections the one that was not heard for the longest, for an address that has at
// least two fewer. So nobody can keep others out by being first, or many.
//
// Pure: time is an argument, a connection is a number.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace patchbay {

struct ConnectionLimits {
    unsigned in_all = 1024, of_strangers = 128, per_address = 512, per_stranger = 8;
    unsigned message_within_ms = 10'000, idle_ms = 600'000;
};

class ConnectionBook {
public:
    using Id = std::uintptr_t;
    using Peer = std::array<unsigned char, 16>;  // an Address (sip_guard.hpp)
    using Ms = std::uint64_t;
    enum End : int { STAYS, REFUSED, SILENT, UNFINISHED, TOO_LONG, IDLE, UNREAD, MADE_ROOM, ENDS };

    static constexpr std::size_t STRANGERS_MESSAGE = 16'384, TRUNKS_MESSAGE = 60'000;
    static constexpr unsigned STRANGERS_UNREAD = 32, TRUNKS_UNREAD = 4096;  // answers on their way, and calls

    struct Verdict {
        bool admitted;
        Id leaves;  // to make room; 0: nobody
    };

    explicit ConnectionBook(const ConnectionLimits &limits) : limits_(limits) {}

    Verdict judge(const Peer &address, bool trunk) const;
    void opened(Id id, const Peer &address, bool trunk, Ms now);
    // What a read brought: how many whole messages, whether anything was eaten at all, how many bytes wait for their rest, and how
    // much is on its way out.
    End heard(Id id, unsigned messages, bool anything, std::size_t waiting, unsigned unread, Ms now);
    std::vector<std::pair<Id, End>> overdue(Ms now) const;
    void leaves(Id id);  // it has been told; its place is free
    void closed(Id id);

    bool knows(Id id) const { return open_.count(id) != 0; }
    bool is_leaving(Id id) const;
    unsigned open() const { return static_cast<unsigned>(open_.size()); }
    unsigned of_strangers() const;

private:
    struct Connection {
        Peer peer;
        bool trunk, leaving, spoke;
        Ms opened, heard, begun;  // begun: the message that is not whole yet; 0: none
    };
    struct Places {
        unsigned taken = 0;
        Id silent = 0;  // the longest there that has said nothing whole
        Ms since = 0;
        void count(Id id, const Connection &connection);
        bool are_free(unsigned most) const { return taken < most; }
    };
    Id of_the_most_crowded(unsigned own, bool strangers_only) const;
    End judge(const Connection &connection, Ms now) const;

    ConnectionLimits limits_;
    std::unordered_map<Id, Connection> open_;
};

}  // namespace patchbay
