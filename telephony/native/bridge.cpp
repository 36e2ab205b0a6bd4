#include "bridge.hpp"

#include <algorithm>

#include "bridge_port.hpp"
#include "g711_stream.hpp"
#include "look_ahead.hpp"

namespace patchbay {
namespace {

constexpr unsigned OPERATIONS_A_TICK = 100;  // the last user of a port frees it: a burst of these must not delay the sound
constexpr unsigned CLOCK_SLOT = 0;
constexpr std::size_t FAR = 12, NEAR = 8, NEXT = 4, LAST = 2;  // steps ahead

const pjmedia_stream_common *stream_of(const pjmedia_port &port) {
    return static_cast<const pjmedia_stream_common *>(port.port_data.pdata);
}

// What a tick reads of a port is its end: its data and its functions.
void fetch_end(const pjmedia_port *port) {
    fetch(&port->port_data, sizeof(pjmedia_port) - offsetof(pjmedia_port, port_data));
}

// 8 bits, logarithmic: the complement of the mean magnitude's µ-law.
unsigned level_of(const std::int16_t *samples, unsigned count) {
    return pjmedia_linear2ulaw(static_cast<int>(mean_magnitude(samples, count))) ^ 0xffU;
}

}  // namespace

Bridge::Bridge(pj_pool_factory *factory, const pjmedia_conf_param &param)
    : factory_(factory),
      slots_(param.max_slots),
      options_(param.options),
      format_{param.sampling_rate, param.samples_per_frame, param.channel_count},
      nodes_(slots_),
      plan_(slots_),
      frame_(format_.samples),
      adjusted_(format_.samples),
      mixed_(format_.samples),
      zeros_(format_.samples),
      places_(slots_) {
    pj_str_t name{clock_name_.data(), static_cast<pj_ssize_t>(clock_name_.size())};
    pjmedia_port_info_init(&clock_port_.info, &name, PJMEDIA_CONF_BRIDGE_SIGNATURE, format_.rate_hz, format_.channels, 16,
                           format_.samples);
    clock_port_.port_data.pdata = this;
    clock_port_.get_frame = &Bridge::on_tick;
    places_[CLOCK_SLOT].used = places_[CLOCK_SLOT].on = true;
    places_[CLOCK_SLOT].name = "clock";
}

Bridge::~Bridge() {
    while (waiting_.load()) carry_out_operations();
    for (unsigned slot = CLOCK_SLOT + 1; slot < slots_; ++slot)
        if (available(slot)) remove(slot);
    while (waiting_.load()) carry_out_operations();
}

void Bridge::name_clock_port(const pj_str_t &name) {
    std::lock_guard<std::mutex> hold(mutex_);
    places_[CLOCK_SLOT].name.assign(name.ptr, static_cast<std::size_t>(name.slen));
}

// --- what is asked of it ------------------------------------------------------------------------------------------------

Bridge::Node::Kind Bridge::kind_of(const pjmedia_port &port) {
    if (port.info.signature == PJMEDIA_SIG_PORT_STREAM) return Node::STREAM;
    if (G711Stream::is_ours(port)) return Node::G711;
    return BridgePort::is_ours(port) ? Node::OURS : Node::PORT;
}

bool Bridge::available(unsigned slot) const { return slot < slots_ && places_[slot].used && !places_[slot].removing; }

void Bridge::ask(const Operation &operation) {
    asked_.push_back(operation);
    waiting_.store(true, std::memory_order_release);
}

pj_status_t Bridge::add(pj_pool_t *pool, pjmedia_port *port, const pj_str_t &name, unsigned &slot) {
    std::unique_ptr<PortConverter> converter;
    try {
        converter = PortConverter::between(factory_, format_, format_of(*port), options_);
    } catch (const PortRefused &refused) {
        return refused.status;
    }
    std::lock_guard<std::mutex> hold(mutex_);
    const auto free = std::find_if(places_.begin(), places_.end(), [](const Place &place) { return !place.used; });
    if (free == places_.end()) return PJ_ETOOMANY;
    if (port->grp_lock == nullptr) {
        const pj_status_t locked = pjmedia_port_init_grp_lock(port, pool, nullptr);  // it has memory of its own
        if (locked != PJ_SUCCESS) return locked;
    }
    pj_grp_lock_add_ref(port->grp_lock);
    slot = static_cast<unsigned>(free - places_.begin());
    free->used = true;
    free->on = free->removing = false;
    free->name.assign(name.ptr, static_cast<std::size_t>(name.slen));
    free->converter = std::move(converter);
    Node &node = nodes_[slot];
    node.port = port;
    node.converter = free->converter.get();
    node.give_factor = node.hear_factor = AS_IT_IS;
    node.give_setting = node.hear_setting = PJMEDIA_PORT_ENABLE;
    node.sent = node.heard = 0;
    node.gain = 1;
    node.kind = kind_of(*port);
    Operation operation{PJMEDIA_CONF_OP_ADD_PORT, {}};
    operation.param.add_port.port = slot;
    ask(operation);
    return PJ_SUCCESS;
}

pj_status_t Bridge::remove(unsigned slot) {
    std::lock_guard<std::mutex> hold(mutex_);
    if (slot == CLOCK_SLOT || !available(slot)) return PJ_EINVAL;
    places_[slot].removing = true;
    Operation operation{PJMEDIA_CONF_OP_REMOVE_PORT, {}};
    operation.param.remove_port.port = slot;
    ask(operation);
    return PJ_SUCCESS;
}

pj_status_t Bridge::connect(unsigned source, unsigned sink, int level) {
    std::lock_guard<std::mutex> hold(mutex_);
    if (!available(source) || !available(sink) || level < -AS_IT_IS) return PJ_EINVAL;
    Operation operation{PJMEDIA_CONF_OP_CONNECT_PORTS, {}};
    operation.param.connect_ports = {source, sink, level};
    ask(operation);
    return PJ_SUCCESS;
}

pj_status_t Bridge::disconnect(unsigned source, unsigned sink) {
    std::lock_guard<std::mutex> hold(mutex_);
    if (!available(source) || !available(sink)) return PJ_EINVAL;
    Operation operation{PJMEDIA_CONF_OP_DISCONNECT_PORTS, {}};
    operation.param.disconnect_ports = {source, sink};
    ask(operation);
    return PJ_SUCCESS;
}

void Bridge::on_operation(pjmedia_conf_op_cb callback, pjmedia_conf *self) {
    self_.store(self);
    callback_.store(callback);
}

pj_status_t Bridge::configure(unsigned slot, pjmedia_port_op to_port, pjmedia_port_op from_port) {
    std::lock_guard<std::mutex> hold(mutex_);
    if (!available(slot)) return PJ_EINVAL;
    if (to_port != PJMEDIA_PORT_NO_CHANGE) nodes_[slot].give_setting = static_cast<std::uint8_t>(to_port);
    if (from_port != PJMEDIA_PORT_NO_CHANGE) nodes_[slot].hear_setting = static_cast<std::uint8_t>(from_port);
    return PJ_SUCCESS;
}

pj_status_t Bridge::adjust(unsigned slot, int *to_port, int *from_port) {
    std::lock_guard<std::mutex> hold(mutex_);
    if (!available(slot)) return PJ_EINVAL;
    const auto factor = [](int value) { return static_cast<std::uint16_t>(std::clamp(value, 0, 65535)); };
    if (to_port) nodes_[slot].give_factor = factor(*to_port);
    if (from_port) nodes_[slot].hear_factor = factor(*from_port);
    return PJ_SUCCESS;
}

pj_status_t Bridge::levels(unsigned slot, unsigned *sent, unsigned *heard) {
    std::lock_guard<std::mutex> hold(mutex_);
    if (slot >= slots_ || !places_[slot].used) return PJ_EINVAL;
    if (sent) *sent = nodes_[slot].sent;
    if (heard) *heard = nodes_[slot].heard;
    return PJ_SUCCESS;
}

pj_status_t Bridge::describe(unsigned slot, pjmedia_conf_port_info &info) {
    std::lock_guard<std::mutex> hold(mutex_);
    if (slot >= slots_ || !places_[slot].used) return PJ_EINVAL;
    Place &place = places_[slot];
    const Node &node = nodes_[slot];
    listeners_.clear();
    info = {};
    for (const Connection &connection : connections_) {
        if (connection.source == slot) listeners_.push_back(connection.sink);
        if (connection.sink == slot) ++info.transmitter_cnt;
    }
    info.slot = slot;
    info.name = pj_str_t{place.name.data(), static_cast<pj_ssize_t>(place.name.size())};
    info.listener_cnt = static_cast<unsigned>(listeners_.size());
    info.listener_slots = listeners_.data();
    info.tx_setting = static_cast<pjmedia_port_op>(node.give_setting.load());
    info.rx_setting = static_cast<pjmedia_port_op>(node.hear_setting.load());
    info.tx_adj_level = node.give_factor - AS_IT_IS;
    info.rx_adj_level = node.hear_factor - AS_IT_IS;
    info.bits_per_sample = 16;
    const FrameFormat format = node.port ? format_of(*node.port) : format_;
    info.clock_rate = format.rate_hz;
    info.samples_per_frame = format.samples;
    info.channel_count = format.channels;
    if (node.port == nullptr) {
        info.format.id = static_cast<pj_uint32_t>(PJMEDIA_FORMAT_INVALID);
        info.dir = PJMEDIA_DIR_NONE;
        info.signature = PJMEDIA_SIG_PORT_CONF;
        return PJ_SUCCESS;
    }
    pjmedia_format_copy(&info.format, &node.port->info.fmt);
    info.dir = node.port->info.dir;
    info.signature = node.port->info.signature;
    return PJ_SUCCESS;
}

unsigned Bridge::slots_in_use(unsigned *slots, unsigned room) {
    std::lock_guard<std::mutex> hold(mutex_);
    unsigned count = 0;
    for (unsigned slot = 0; slot < slots_ && count < room; ++slot)
        if (places_[slot].used) slots[count++] = slot;
    return count;
}

unsigned Bridge::connections() {
    std::lock_guard<std::mutex> hold(mutex_);
    return static_cast<unsigned>(connections_.size());
}

// --- changes, between two ticks -----------------------------------------------------------------------------------------

void Bridge::carry_out_operations() {
    Operation operation;
    for (unsigned i = 0; i < OPERATIONS_A_TICK && next_operation(operation); ++i) {
        pjmedia_conf_op_info info{};
        info.conf = self_.load();
        info.status = carry_out(operation);
        info.op_type = operation.type;
        info.op_param = operation.param;
        if (const pjmedia_conf_op_cb callback = callback_.load()) callback(&info);
        if (operation.type == PJMEDIA_CONF_OP_REMOVE_PORT) vacate(operation.param.remove_port.port);
    }
    if (changed_) make_plan();
}

bool Bridge::next_operation(Operation &operation) {
    if (next_due_ == due_.size()) {
        due_.clear();
        next_due_ = 0;
        std::lock_guard<std::mutex> hold(mutex_);
        due_.swap(asked_);
        if (due_.empty()) {
            waiting_.store(false, std::memory_order_relaxed);
            return false;
        }
    }
    operation = due_[next_due_++];
    return true;
}

pj_status_t Bridge::carry_out(const Operation &operation) {
    std::lock_guard<std::mutex> hold(mutex_);
    changed_ = true;
    switch (operation.type) {
    case PJMEDIA_CONF_OP_ADD_PORT:
        places_[operation.param.add_port.port].on = true;
        return PJ_SUCCESS;
    case PJMEDIA_CONF_OP_CONNECT_PORTS: {
        const auto &wanted = operation.param.connect_ports;
        for (const Connection &connection : connections_)
            if (connection.source == wanted.src && connection.sink == wanted.sink) return PJ_EEXISTS;
        connections_.push_back({wanted.src, wanted.sink, wanted.adj_level + AS_IT_IS});
        return PJ_SUCCESS;
    }
    case PJMEDIA_CONF_OP_DISCONNECT_PORTS: {
        const auto &wanted = operation.param.disconnect_ports;
        const auto found = std::find_if(connections_.begin(), connections_.end(), [&](const Connection &connection) {
            return connection.source == wanted.src && connection.sink == wanted.sink;
        });
        if (found == connections_.end()) return PJ_EINVAL;
        connections_.erase(found);
        return PJ_SUCCESS;
    }
    case PJMEDIA_CONF_OP_REMOVE_PORT: {
        const unsigned slot = operation.param.remove_port.port;
        places_[slot].on = false;
        connections_.erase(std::remove_if(connections_.begin(), connections_.end(),
                                          [&](const Connection &connection) {
                                              return connection.source == slot || connection.sink == slot;
                                          }),
                           connections_.end());
        return PJ_SUCCESS;
    }
    default:
        return PJ_EINVALIDOP;
    }
}

void Bridge::vacate(unsigned slot) {
    pjmedia_port *port = nullptr;
    std::unique_ptr<PortConverter> converter;
    {
        std::lock_guard<std::mutex> hold(mutex_);
        std::swap(port, nodes_[slot].port);
        nodes_[slot].converter = nullptr;
        converter.swap(places_[slot].converter);
        places_[slot].used = places_[slot].removing = false;
    }
    pj_grp_lock_dec_ref(port->grp_lock);  // the port may go now
}

void Bridge::make_plan() {
    changed_ = false;
    std::vector<unsigned> takers;
    {
        std::lock_guard<std::mutex> hold(mutex_);
        for (unsigned slot = 0; slot < slots_; ++slot) {
            if (!places_[slot].on || nodes_[slot].port == nullptr) continue;
            nodes_[slot].heard = 0;
            if (nodes_[slot].port->put_frame != nullptr) takers.push_back(slot);
        }
    }
    plan_.make(connections_, takers);
    sums_.resize(plan_.sums() * format_.samples);
    parts_.resize(plan_.sums());
}

// --- a tick -------------------------------------------------------------------------------------------------------------

pj_status_t Bridge::on_tick(pjmedia_port *port, pjmedia_frame *frame) {
    static_cast<Bridge *>(port->port_data.pdata)->tick(frame->timestamp.u64);
    frame->type = PJMEDIA_FRAME_TYPE_NONE;
    return PJ_SUCCESS;
}

void Bridge::tick(std::uint64_t timestamp) {
    if (waiting_.load(std::memory_order_acquire)) carry_out_operations();
    now_ = timestamp;
    const std::int16_t *sound = nullptr;
    const std::vector<Step> &steps = plan_.steps();
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Step &step = steps[i];
        look_ahead(steps, i);
        Node &node = nodes_[step.slot];
        switch (step.what) {
        case Step::HEAR:
            sound = hear(node);
            break;
        case Step::GIVE:
            give(node, sound, step.level);
            break;
        case Step::ADD:
            add_part(step, sound);
            break;
        case Step::SILENCE:
            silence(node);
            break;
        }
    }
}

// A leg's memory has left the caches since the last tick: it is asked for while others' sound is dealt with. What is found through
// a pointer is asked for some steps after the pointer.
void Bridge::look_ahead(const std::vector<Step> &steps, std::size_t i) const {
    if (i + FAR < steps.size()) fetch(&nodes_[steps[i + FAR].slot], sizeof(Node));
    if (i + NEAR < steps.size()) fetch_port(steps[i + NEAR]);
    if (i + NEXT < steps.size()) fetch_of_port(steps[i + NEXT]);
    if (i + LAST < steps.size()) fetch_of_state(steps[i + LAST]);
}

void Bridge::fetch_port(const Step &step) const {
    const Node &node = nodes_[step.slot];
    if (node.port == nullptr) return;
    if (node.kind == Node::STREAM) fetch(node.port, sizeof(pjmedia_stream_common));
    else if (node.kind != Node::G711) fetch_end(node.port);
    else if (step.what == Step::HEAR) G711Stream::fetch_for_hearing(node.port);
    else G711Stream::fetch_for_giving(node.port);
}

void Bridge::fetch_of_port(const Step &step) const {
    const Node &node = nodes_[step.slot];
    if (node.port == nullptr) return;
    const bool hear = step.what == Step::HEAR;
    if (node.kind == Node::G711) hear ? G711Stream::fetch_sound(node.port) : G711Stream::fetch_transport(node.port);
    else if (node.kind == Node::STREAM) hear ? fetch_for_hearing(*stream_of(*node.port)) : fetch_for_giving(*stream_of(*node.port));
    else fetch(node.port->port_data.pdata, 1);
}

void Bridge::fetch_of_state(const Step &step) const {
    const Node &node = nodes_[step.slot];
    if (node.port == nullptr) return;
    if (node.kind == Node::OURS) static_cast<const PortState *>(node.port->port_data.pdata)->fetch();
    else if (node.kind == Node::STREAM && step.what != Step::HEAR) fetch_packet(*stream_of(*node.port));
}

// Null: it is silent.
const std::int16_t *Bridge::hear(Node &node) {
    std::int16_t *out = frame_.data();
    const auto setting = node.hear_setting.load(std::memory_order_relaxed);
    bool sound = false;
    if (node.port != nullptr && setting != PJMEDIA_PORT_DISABLE)
        sound = node.converter ? node.converter->read(node.port, out, now_) : read_frame(node.port, out, format_.samples, now_);
    if (!sound || setting != PJMEDIA_PORT_ENABLE) {
        heard_level_ = 0;
        node.heard.store(0, std::memory_order_relaxed);
        return nullptr;
    }
    const int factor = node.hear_factor.load(std::memory_order_relaxed);
    if (factor != AS_IT_IS) scale(out, out, format_.samples, factor);
    heard_level_ = level_of(out, format_.samples);
    node.heard.store(static_cast<std::uint8_t>(heard_level_), std::memory_order_relaxed);
    return out;
}

void Bridge::give(Node &node, const std::int16_t *sound, int level_of_connection) {
    unsigned level = heard_level_;
    if (sound == nullptr) {
        sound = zeros_.data();
    } else if (level_of_connection != AS_IT_IS) {
        scale(sound, adjusted_.data(), format_.samples, level_of_connection);
        sound = adjusted_.data();
        level = level_of(sound, format_.samples);
    }
    deliver(node, sound, level);
}

void Bridge::add_part(const Step &step, const std::int16_t *sound) {
    std::int32_t *sum = sums_.data() + step.sum * format_.samples;
    unsigned &parts = parts_[step.sum];
    if (step.first) parts = 0;
    if (sound != nullptr) {
        if (step.level != AS_IT_IS) {
            scale(sound, adjusted_.data(), format_.samples, step.level);
            sound = adjusted_.data();
        }
        if (parts++ == 0) begin_sum(sound, sum, format_.samples);
        else add_to_sum(sound, sum, format_.samples);
    }
    if (!step.last) return;
    Node &node = nodes_[step.slot];
    if (parts == 0) {
        node.gain = 1;
        return deliver(node, zeros_.data(), 0);
    }
    node.gain = narrow_sum(sum, mixed_.data(), format_.samples, node.gain);
    deliver(node, mixed_.data(), level_of(mixed_.data(), format_.samples));
}

void Bridge::deliver(Node &node, const std::int16_t *sound, unsigned level) {
    const auto setting = node.give_setting.load(std::memory_order_relaxed);
    if (setting != PJMEDIA_PORT_ENABLE) return silence(node);
    const int factor = node.give_factor.load(std::memory_order_relaxed);
    if (factor != AS_IT_IS) {
        scale(sound, adjusted_.data(), format_.samples, factor);
        sound = adjusted_.data();
        level = level_of(sound, format_.samples);
    }
    node.sent.store(static_cast<std::uint8_t>(level), std::memory_order_relaxed);
    if (node.port == nullptr) return;
    if (node.converter != nullptr) node.converter->write(node.port, sound, now_);
    else write_frame(node.port, sound, format_.samples, now_);
}

void Bridge::silence(Node &node) {
    node.sent.store(0, std::memory_order_relaxed);
    if (node.port == nullptr || node.give_setting.load(std::memory_order_relaxed) == PJMEDIA_PORT_DISABLE) return;
    const bool stream = node.kind == Node::STREAM || node.kind == Node::G711;
    const std::int16_t *sound = stream ? zeros_.data() : nullptr;
    if (node.converter != nullptr) node.converter->write(node.port, sound, now_);
    else write_frame(node.port, sound, format_.samples, now_);
}

}  // namespace patchbay
