#include "bridge_plan.hpp"

#include <algorithm>

namespace patchbay {

BridgePlan::BridgePlan(unsigned slots)
    : slots_(slots), first_(slots + 1), sources_(slots), delivered_(slots), sum_(slots), heard_(slots) {}

void BridgePlan::make(const std::vector<Connection> &connections, const std::vector<unsigned> &takers) {
    steps_.clear();
    sums_ = 0;
    std::fill(sources_.begin(), sources_.end(), 0);
    std::fill(delivered_.begin(), delivered_.end(), 0);
    std::fill(heard_.begin(), heard_.end(), false);
    for (const Connection &connection : connections) ++sources_[connection.sink];
    sort_by_source(connections);
    for (unsigned slot = 0; slot < slots_; ++slot)
        if (unheard(slot)) follow(slot);
    for (const unsigned slot : takers)
        if (sources_[slot] == 0) steps_.push_back(Step{Step::SILENCE, false, false, 0, slot});
}

void BridgePlan::sort_by_source(const std::vector<Connection> &connections) {
    std::fill(first_.begin(), first_.end(), 0);
    for (const Connection &connection : connections) ++first_[connection.source + 1];
    for (unsigned slot = 0; slot < slots_; ++slot) first_[slot + 1] += first_[slot];
    sorted_.resize(connections.size());
    for (const Connection &connection : connections) sorted_[first_[connection.source]++] = connection;
    for (unsigned slot = slots_; slot > 0; --slot) first_[slot] = first_[slot - 1];  // each had moved to the next one's place
    first_[0] = 0;
}

void BridgePlan::follow(unsigned source) {
    for (bool more = true; more;) {
        heard_[source] = true;
        steps_.push_back(Step{Step::HEAR, false, false, 0, source});
        more = false;
        unsigned next = source;
        for (unsigned i = first_[source]; i < first_[source + 1]; ++i) {
            deliver(sorted_[i]);
            if (!more && unheard(sorted_[i].sink)) {
                more = true;
                next = sorted_[i].sink;
            }
        }
        source = next;
    }
}

void BridgePlan::deliver(const Connection &connection) {
    const unsigned sink = connection.sink;
    if (sources_[sink] == 1) {
        steps_.push_back(Step{Step::GIVE, false, false, 0, sink, connection.level});
        return;
    }
    const bool first = delivered_[sink]++ == 0;
    if (first) sum_[sink] = static_cast<std::uint16_t>(sums_++);
    const bool last = delivered_[sink] == sources_[sink];
    steps_.push_back(Step{Step::ADD, first, last, sum_[sink], sink, connection.level});
}

}  // namespace patchbay
