// The conference bridge: every 20 ms it takes a frame from each port that somebody hears and gives each port what it hears.
//
// It takes the place of pjmedia's (conference.c; PJMEDIA_CONF_BACKEND in tools/pjsua2/config_site.h) behind the same interface
// (bridge_api.cpp), made for what a contact centre's bridge carries: nearly every port hears exactly one other. Such a port is
// given its source's own frame: nothing is copied, summed or narrowed. What a tick does is a list made beforehand (bridge_plan).
//
// Invariants: connections and ports change only between two ticks, on the clock thread, in the order in which they were asked
// for; a tick without such changes takes no lock and no memory. A port is referenced from add() until the tick that carries out
// its remove(), and its slot is given away only after that. A port is read in a tick exactly when somebody hears it. Streams are
// given silence when they hear nobody, so their RTP goes on steadily; other ports are given empty frames then.
//
// Slot 0 is the clock's and silent in both directions: there is no sound card here.
#pragma once

#include <pjmedia.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bridge_plan.hpp"
#include "mixing.hpp"
#include "port_converter.hpp"

namespace patchbay {

class Bridge {
public:
    Bridge(pj_pool_factory *factory, const pjmedia_conf_param &param);
    ~Bridge();  // after the clock has stopped; carries out what was asked for and removes all ports
    Bridge(const Bridge &) = delete;
    Bridge &operator=(const Bridge &) = delete;

    pjmedia_port *clock_port() { return &clock_port_; }
    void name_clock_port(const pj_str_t &name);

    // Any thread; the rest happens at the next tick. PJ_EINVAL: no such slot, or it is being removed.
    pj_status_t add(pj_pool_t *pool, pjmedia_port *port, const pj_str_t &name, unsigned &slot);
    pj_status_t remove(unsigned slot);
    pj_status_t connect(unsigned source, unsigned sink, int level);
    pj_status_t disconnect(unsigned source, unsigned sink);
    // Called on the clock thread after each of them, without a lock; `self` is what it is told as the bridge.
    void on_operation(pjmedia_conf_op_cb callback, pjmedia_conf *self);

    // Any thread, at once.
    pj_status_t configure(unsigned slot, pjmedia_port_op to_port, pjmedia_port_op from_port);
    pj_status_t adjust(unsigned slot, int *to_port, int *from_port);  // factors; null: as it is
    pj_status_t levels(unsigned slot, unsigned *sent, unsigned *heard);
    // What `info` points to is good until the next call.
    pj_status_t describe(unsigned slot, pjmedia_conf_port_info &info);
    unsigned slots_in_use(unsigned *slots, unsigned room);
    unsigned connections();

private:
    // What a tick touches of a port: half a cache line.
    struct alignas(32) Node {
        pjmedia_port *port = nullptr;
        PortConverter *converter = nullptr;             // null: its frames are the bridge's
        std::atomic<std::uint16_t> give_factor{AS_IT_IS}, hear_factor{AS_IT_IS};
        std::atomic<std::uint8_t> give_setting{PJMEDIA_PORT_ENABLE}, hear_setting{PJMEDIA_PORT_ENABLE};
        std::atomic<std::uint8_t> sent{0}, heard{0};    // levels of the last tick
        float gain = 1;                                 // see narrow_sum
        // Streams, pjmedia's and ours, get silence, not empty frames; of ports of our own the bridge knows the state.
        enum Kind : std::uint8_t { PORT, OURS, STREAM, G711 } kind = PORT;
    };
    // The rest of it; under the mutex.
    struct Place {
        bool used = false, on = false, removing = false;
        std::string name;
        std::unique_ptr<PortConverter> converter;
    };
    struct Operation {
        pjmedia_conf_op_type type;
        pjmedia_conf_op_param param;
    };

    static pj_status_t on_tick(pjmedia_port *port, pjmedia_frame *frame);
    void tick(std::uint64_t timestamp);
    void look_ahead(const std::vector<Step> &steps, std::size_t i) const;
    void fetch_port(const Step &step) const;
    void fetch_of_port(const Step &step) const;
    void fetch_of_state(const Step &step) const;
    static Node::Kind kind_of(const pjmedia_port &port);
    const std::int16_t *hear(Node &node);
    void give(Node &node, const std::int16_t *sound, int level_of_connection);
    void deliver(Node &node, const std::int16_t *sound, unsigned level);
    void add_part(const Step &step, const std::int16_t *sound);
    void silence(Node &node);

    bool available(unsigned slot) const;
    void ask(const Operation &operation);
    void carry_out_operations();
    bool next_operation(Operation &operation);
    pj_status_t carry_out(const Operation &operation);
    void vacate(unsigned slot);
    void make_plan();

    pj_pool_factory *const factory_;
    const unsigned slots_, options_;
    const FrameFormat format_;
    pjmedia_port clock_port_{};
    std::string clock_name_ = "Patchbay";

    // The clock thread's.
    std::vector<Node> nodes_;
    BridgePlan plan_;
    std::vector<std::int16_t> frame_, adjusted_, mixed_, zeros_;
    std::vector<std::int32_t> sums_;
    std::vector<unsigned> parts_;  // how many sounds each sum has so far
    std::uint64_t now_ = 0;
    unsigned heard_level_ = 0;     // of the frame that is being given
    bool changed_ = false;
    std::vector<Operation> due_;
    std::size_t next_due_ = 0;

    std::mutex mutex_;
    std::vector<Place> places_;
    std::vector<Connection> connections_;
    std::vector<Operation> asked_;
    std::vector<unsigned> listeners_;  // for describe()
    std::atomic<bool> waiting_{false};  // there are operations
    std::atomic<pjmedia_conf_op_cb> callback_{nullptr};
    std::atomic<pjmedia_conf *> self_{nullptr};
};

}  // namespace patchbay
