// What the bridge does in a tick, as a list of steps: made anew when somebody is connected or parted, then only read.
//
// Invariants: each slot that is heard by somebody is read exactly once; each slot that takes sound gets it exactly once. A sink
// with one source takes that source's own frame; a sink with several takes their sum, after the last of them has been read. What
// belongs together stands together: after a source's sinks comes the source among them, so that both sides of a call are done in
// a row.
//
// Pure: knows slots by number only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace patchbay {

struct Connection {
    unsigned source, sink;
    int level;  // AS_IT_IS: 128
};

struct Step {
    enum What : std::uint8_t {
        HEAR,     // the slot's next frame; the steps up to the next HEAR are about it
        GIVE,     // it is all that this slot hears
        ADD,      // one of several that this slot hears
        SILENCE,  // this slot hears nobody
    };
    What what;
    bool first = false, last = false;  // of those that are added
    std::uint16_t sum = 0;             // which sum they are added to
    unsigned slot;
    int level = 128;  // of this connection
};

class BridgePlan {
public:
    // For slots below `slots`.
    explicit BridgePlan(unsigned slots);
    // `takers`: the slots that take sound, with or without a connection.
    void make(const std::vector<Connection> &connections, const std::vector<unsigned> &takers);
    const std::vector<Step> &steps() const { return steps_; }
    std::size_t sums() const { return sums_; }

private:
    void sort_by_source(const std::vector<Connection> &connections);
    void follow(unsigned source);
    void deliver(const Connection &connection);
    bool unheard(unsigned slot) const { return !heard_[slot] && first_[slot] != first_[slot + 1]; }

    const unsigned slots_;
    std::size_t sums_ = 0;
    std::vector<Step> steps_;
    std::vector<Connection> sorted_;             // by source
    std::vector<unsigned> first_;                // source → its first connection there
    std::vector<unsigned> sources_, delivered_;  // sink → how many sources it has, and how many of them were dealt with
    std::vector<std::uint16_t> sum_;             // sink → its sum
    std::vector<bool> heard_;
};

}  // namespace patchbay
