#include "bridge_port.hpp"

namespace patchbay {
namespace {

constexpr unsigned PTIME_MS = 20;

struct Owned {
    std::shared_ptr<PortState> state;
    pj_pool_t *pool;
};

PortState &state_of(pjmedia_port *port) { return *static_cast<Owned *>(port->port_data.pdata)->state; }

pj_status_t on_get_frame(pjmedia_port *port, pjmedia_frame *frame) {
    const unsigned count = PJMEDIA_PIA_SPF(&port->info);
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
    const unsigned count = PJMEDIA_PIA_SPF(&port->info);
    const bool sound = frame->type == PJMEDIA_FRAME_TYPE_AUDIO && frame->size >= count * 2;
    state_of(port).take(sound ? static_cast<const std::int16_t *>(frame->buf) : nullptr, count);
    return PJ_SUCCESS;
}

pj_status_t on_port_destroy(pjmedia_port *port) {
    auto *owned = static_cast<Owned *>(port->port_data.pdata);
    pj_pool_t *pool = owned->pool;
    delete owned;
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

BridgePort::BridgePort(const char *name, Way way, unsigned rate_hz, std::shared_ptr<PortState> state) {
    pj_pool_t *pool = pjsua_pool_create(name, 512, 512);
    if (pool == nullptr) throw std::bad_alloc();
    port_ = PJ_POOL_ZALLOC_T(pool, pjmedia_port);
    pj_str_t pj_name;
    pj_strdup2_with_null(pool, &pj_name, name);
    pjmedia_port_info_init(&port_->info, &pj_name, PJMEDIA_SIG_CLASS_APP('P', 'B', 'P'), rate_hz, 1, 16,
                           rate_hz * PTIME_MS / 1000);
    port_->port_data.pdata = new Owned{std::move(state), pool};
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
