#include "link_transport.hpp"

#include "bridge_port.hpp"
#include "g711_stream.hpp"
#include "receiver.hpp"

namespace patchbay {
namespace {

// Belongs to its group lock: the bridge may send a last packet while the stream is being destroyed.
struct LinkTransport final : LinkEnd {
    explicit LinkTransport(std::shared_ptr<MediaLink> with) : link(std::move(with)) {}

    // The receiver's thread.
    void on_packet(const char *bytes, std::size_t length) override {
        if (!introduce_thread_to_pjlib()) return;
        pjmedia_tp_cb_param packet{};
        packet.user_data = stream;
        packet.pkt = const_cast<char *>(bytes);  // the receiver's own: pjmedia's Opus writes there
        packet.size = static_cast<pj_ssize_t>(length);
        on_rtp(&packet);
    }

    pjmedia_transport base{};
    const std::shared_ptr<MediaLink> link;
    void (*on_rtp)(pjmedia_tp_cb_param *) = nullptr;
    void *stream = nullptr;
};

LinkTransport &of(pjmedia_transport *base) { return *static_cast<LinkTransport *>(base->user_data); }

pj_status_t attach(pjmedia_transport *base, pjmedia_transport_attach_param *with) {
    LinkTransport &transport = of(base);
    transport.on_rtp = with->rtp_cb2;
    transport.stream = with->user_data;
    try {
        transport.link->join(MediaLink::ENGINE, transport);
    } catch (const std::runtime_error &) {
        // pjmedia's stream gives back a reference that it takes only after attaching; ours has it by now.
        if (with->rtp_cb2 != &G711Stream::on_rtp) pj_grp_lock_add_ref(base->grp_lock);
        return PJ_EEXISTS;
    }
    return PJ_SUCCESS;
}

void detach(pjmedia_transport *base, void *) { of(base).link->leave(MediaLink::ENGINE, of(base)); }

pj_status_t send_rtp(pjmedia_transport *base, const void *packet, pj_size_t size) {
    of(base).link->pass_to(MediaLink::BROWSER, static_cast<const char *>(packet), size);
    return PJ_SUCCESS;
}

pj_status_t drop_rtcp(pjmedia_transport *, const void *, pj_size_t) { return PJ_SUCCESS; }

pj_status_t start(pjmedia_transport *, pj_pool_t *, const pjmedia_sdp_session *, const pjmedia_sdp_session *, unsigned) {
    return PJ_SUCCESS;
}

pj_status_t close(pjmedia_transport *base) {
    detach(base, nullptr);
    pj_grp_lock_dec_ref(base->grp_lock);
    return PJ_SUCCESS;
}

void free_transport(void *transport) { delete static_cast<LinkTransport *>(transport); }

pjmedia_transport_op *operations() {
    static pjmedia_transport_op table = [] {
        pjmedia_transport_op ops{};
        ops.attach2 = &attach;
        ops.detach = &detach;
        ops.send_rtp = &send_rtp;
        ops.send_rtcp = &drop_rtcp;
        ops.media_start = &start;
        ops.destroy = &close;
        return ops;
    }();
    return &table;
}

}  // namespace

pjmedia_transport *open_link_transport(pj_pool_t *pool, std::shared_ptr<MediaLink> link) {
    auto *transport = new LinkTransport(std::move(link));
    pjmedia_transport &base = transport->base;
    pj_ansi_strxcpy(base.name, "link", sizeof base.name);
    base.type = PJMEDIA_TRANSPORT_TYPE_USER;
    base.op = operations();
    base.user_data = transport;
    const pj_status_t locked = pj_grp_lock_create_w_handler(pool, nullptr, transport, &free_transport, &base.grp_lock);
    if (locked != PJ_SUCCESS) {
        delete transport;
        check(locked, "lock of a link");
    }
    pj_grp_lock_add_ref(base.grp_lock);
    return &base;
}

}  // namespace patchbay
