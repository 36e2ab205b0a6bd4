#include "bridge_port.hpp"

#include <new>

namespace patchbay {
namespace {

constexpr unsigned PTIME_MS = 20;
constexpr pj_uint32_t SIGNATURE = PJMEDIA_SIG_CLASS_APP('P', 'B', 'P');

// What a frame needs stands together: the port points at its state and knows the length of its frames.
struct OurPort {
    pjmedia_port port;  // first, so that the one is found from the other
    std::shared_ptr<PortState> state;
    pj_pool_t *pool;
};

PortState &state_of(pjmedia_port *port) { return *static_cast<PortState *>(port->port_data.pdata); }
unsigned frame_of(const pjmedia_port *port) { return static_cast<unsigned>(port->port_data.ldata); }

pj_status_t on_get_frame(pjmedia_port *port, pjmedia_frame *frame) {
    const unsigned count = frame_of(port);
    if (state_of(port).give(static_cast<std::int16_t *>(frame->buf), count)) {
        frame->type = PJMEDIA_FRAME_TYPE_AUDIO;
        frame->size = count * 2;
    } else {
        frame->type = PJMEDIA_FRAME_TYPE_NONE;
        frame->size = 0;
    }
    return PJ_SUCCESS;
}

pj_status_t on_put_frame(pjmedia_port *port, pjmedia_frame *frame) {
    const unsigned count = frame_of(port);
    const bool sound = frame->type == PJMEDIA_FRAME_TYPE_AUDIO && frame->size >= count * 2;
    state_of(port).take(sound ? static_cast<const std::int16_t *>(frame->buf) : nullptr, count);
    return PJ_SUCCESS;
}

pj_status_t on_port_destroy(pjmedia_port *port) {
    auto *ours = reinterpret_cast<OurPort *>(port);
    pj_pool_t *pool = ours->pool;
    ours->~OurPort();
    pj_pool_release(pool);
    return PJ_SUCCESS;
}

}  // namespace

void check(pj_status_t status, const char *doing) {
    if (status == PJ_SUCCESS) return;
    char text[PJ_ERR_MSG_SIZE];
    pj_strerror(status, text, sizeof text);
    throw std::runtime_error(std::string(doing) + ": " + text);
}

bool BridgePort::is_ours(const pjmedia_port &port) { return port.info.signature == SIGNATURE; }

BridgePort::BridgePort(const char *name, Way way, unsigned rate_hz, std::shared_ptr<PortState> state) {
    pj_pool_t *pool = pjsua_pool_create(name, 512, 512);
    if (pool == nullptr) throw std::bad_alloc();
    const unsigned count = rate_hz * PTIME_MS / 1000;
    auto *ours = new (pj_pool_zalloc(pool, sizeof(OurPort))) OurPort{{}, std::move(state), pool};
    port_ = &ours->port;
    pj_str_t pj_name;
    pj_strdup2_with_null(pool, &pj_name, name);
    pjmedia_port_info_init(&port_->info, &pj_name, SIGNATURE, rate_hz, 1, 16, count);
    port_->port_data.pdata = ours->state.get();
    port_->port_data.ldata = static_cast<long>(count);
    if (way == GIVES) port_->get_frame = &on_get_frame;
    else port_->put_frame = &on_put_frame;
    port_->on_destroy = &on_port_destroy;
    const pj_status_t locked = pjmedia_port_init_grp_lock(port_, pool, nullptr);
    if (locked != PJ_SUCCESS) {
        on_port_destroy(port_);
        check(locked, "lock of a bridge port");
    }
    const pj_status_t added = pjsua_conf_add_port(pool, port_, &slot_);
    if (added != PJ_SUCCESS) {
        pjmedia_port_destroy(port_);
        check(added, "new bridge port");
    }
}

BridgePort::~BridgePort() {
    if (slot_ != PJSUA_INVALID_ID) pjsua_conf_remove_port(slot_);
    pjmedia_port_destroy(port_);  // drops our reference; the bridge drops its own at its next tick
}

}  // namespace patchbay
