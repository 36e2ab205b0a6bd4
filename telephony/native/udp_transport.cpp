#include "udp_transport.hpp"

#include <pjlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "g711_stream.hpp"
#include "look_ahead.hpp"
#include "peer_source.hpp"
#include "receiver.hpp"
#include "rtp_packet.hpp"
#include "srtp_session.hpp"

namespace patchbay {
namespace {

constexpr std::size_t SHORTEST_RTCP = 8;  // RFC 3550 §6.4.2: a header and the sender's SSRC

std::uint32_t now_ms() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return static_cast<std::uint32_t>(now.tv_sec * 1000 + now.tv_nsec / 1'000'000);
}

// Both directions' keys.
struct Shield {
    Shield(int profile, const std::string &rx_key, const std::string &tx_key)
        : incoming(profile, rx_key, ssrc_any_inbound), outgoing(profile, tx_key, ssrc_any_outbound) {}

    // In place; false: nobody with our keys sent it. The receiver's thread.
    bool opens(Datagram &datagram, std::size_t &length, bool is_report) {
        int left = static_cast<int>(datagram.length());
        if (datagram.length() < (is_report ? SHORTEST_RTCP : RtpPacket::HEADER)) return false;
        if (!(is_report ? incoming.unprotect_report(datagram.data(), left) : incoming.unprotect(datagram.data(), left))) return false;
        length = static_cast<std::size_t>(left);
        return true;
    }

    // A copy; 0 bytes: it cannot be sent. With `way_out` held.
    std::size_t closed(const void *bytes, std::size_t length, bool is_report) {
        if (length > Datagram::LONGEST) return 0;
        std::memcpy(packet.data(), bytes, length);
        int grown = static_cast<int>(length);
        const bool done = is_report ? outgoing.protect_report(packet.data(), grown) : outgoing.protect(packet.data(), grown);
        return done ? static_cast<std::size_t>(grown) : 0;
    }

    SrtpSession incoming, outgoing;
    alignas(8) std::array<char, Datagram::LONGEST + SRTP_SPARE> packet;
};

// Belongs to its group lock: the bridge may send a last packet while the stream is being destroyed.
struct UdpTransport {
    explicit UdpTransport(const pjmedia_sock_info &pair, unsigned options)
        : rtp(*this, pair.rtp_sock), rtcp(*this, pair.rtcp_sock), local(pair) {
        if ((options & PJMEDIA_UDP_NO_SRC_ADDR_CHECKING) != 0) peer.fix();
    }

    struct Rtp final : MediaSocket {
        Rtp(UdpTransport &transport, pj_sock_t sock) : of(transport), number(static_cast<int>(sock)) {}
        int fd() const override { return number; }
        void on_datagram(Datagram &datagram) override {
            std::size_t length = 0;
            if (introduce_thread_to_pjlib() && of.is_ours(datagram, length, false))
                of.on_rtp(datagram.data(), length, datagram.sender());
        }
        void soon() const override {
            if (of.stream == nullptr) return;  // a packet was on its way when the stream went
            if (of.g711) static_cast<const G711Stream *>(of.stream)->fetch_for_packet();
            else fetch_stream(static_cast<const pjmedia_stream_common *>(of.stream));
        }
        void next() const override {
            if (of.stream == nullptr) return;
            if (of.g711) static_cast<const G711Stream *>(of.stream)->fetch_packet_place();
            else fetch_for_packet(*static_cast<const pjmedia_stream_common *>(of.stream));
        }
        UdpTransport &of;
        int number;
    };
    struct Rtcp final : MediaSocket {
        Rtcp(UdpTransport &transport, pj_sock_t sock) : of(transport), number(static_cast<int>(sock)) {}
        int fd() const override { return number; }
        void on_datagram(Datagram &datagram) override {
            std::size_t length = 0;
            if (introduce_thread_to_pjlib() && of.is_ours(datagram, length, true))
                of.on_rtcp(datagram.data(), length, datagram.sender());
        }
        UdpTransport &of;
        int number;
    };

    // The receiver's thread.
    bool is_ours(Datagram &datagram, std::size_t &length, bool is_report) {
        length = datagram.length();
        if (!shield || shield->opens(datagram, length, is_report)) return true;
        ++came.strangers;
        return false;
    }

    void on_rtp(char *bytes, std::size_t length, const sockaddr_storage &sender) {
        if (rtp_came == nullptr || length < RtpPacket::HEADER) return;  // shorter: no RTP, as translators' keep-alives are
        const auto &source = reinterpret_cast<const pj_sockaddr &>(sender);
        const auto *header = reinterpret_cast<const std::uint8_t *>(bytes);
        const auto verdict = peer.on_rtp(source, {read32(header + 8), static_cast<std::uint16_t>(header[2] << 8 | header[3])}, now_ms());
        if (verdict == PeerSource::DROP) {
            ++came.strangers;
            return;
        }
        ++came.sound;
        if (verdict == PeerSource::FOLLOW) follow(source);
        pjmedia_tp_cb_param packet{};  // without its source: pjmedia's streams would judge it by rules of their own
        packet.user_data = stream;
        packet.pkt = bytes;
        packet.size = static_cast<pj_ssize_t>(length);
        rtp_came(&packet);
    }

    void on_rtcp(char *bytes, std::size_t length, const sockaddr_storage &sender) {
        if (rtcp_came == nullptr || length < SHORTEST_RTCP) return;
        const auto &source = reinterpret_cast<const pj_sockaddr &>(sender);
        const auto verdict = peer.on_rtcp(source, read32(reinterpret_cast<const std::uint8_t *>(bytes) + 4));
        if (verdict == PeerSource::DROP) {
            ++came.strangers;
            return;
        }
        ++came.reports;
        if (verdict == PeerSource::FOLLOW) {
            heard.rtcp = source;
            std::lock_guard<std::mutex> hold(way_out);
            remote.rtcp = source;
        }
        rtcp_came(stream, bytes, static_cast<pj_ssize_t>(length));
    }

    // Until RTCP has been heard it is expected beside RTP (RFC 3550 §11).
    void follow(const pj_sockaddr &source) {
        heard.rtp = source;
        std::lock_guard<std::mutex> hold(way_out);
        if (pj_sockaddr_cmp(&remote.rtp, &source) == 0) return;
        remote.rtp = source;
        if (pj_sockaddr_has_addr(&heard.rtcp)) return;
        remote.rtcp = beside(source);
    }

    static pj_sockaddr beside(const pj_sockaddr &address) {
        pj_sockaddr next = address;
        pj_sockaddr_set_port(&next, static_cast<pj_uint16_t>(pj_sockaddr_get_port(&address) + 1));
        return next;
    }

    pj_status_t send(int fd, const pj_sockaddr &to, const void *bytes, std::size_t length) {
        if (!started || fd < 0) return PJ_SUCCESS;
        if (shield) {
            length = shield->closed(bytes, length, fd == rtcp.number);
            bytes = shield->packet.data();
            if (length == 0) return PJ_SUCCESS;
        }
        // Not libc's sendto: it prepares for the thread's cancellation, which nobody asks for, before and after each packet.
        if (syscall(SYS_sendto, fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL, &to, pj_sockaddr_get_len(&to)) >= 0)
            return PJ_SUCCESS;
        return errno == EAGAIN || errno == EWOULDBLOCK ? PJ_SUCCESS : PJ_STATUS_FROM_OS(errno);  // full: lost, as any datagram may be
    }

    void listen() {
        Receiver &receiver = Receiver::instance();
        receiver.watch(rtp);
        try {
            receiver.watch(rtcp);
        } catch (...) {
            receiver.forget(rtp);
            throw;
        }
    }

    void stop() {
        started = false;
        Receiver::instance().forget(rtp);
        Receiver::instance().forget(rtcp);
    }

    struct Addresses {
        pj_sockaddr rtp{}, rtcp{};
    };

    pjmedia_transport base{};
    // Guards the address and the sockets' lives: the bridge's thread sends, the receiver's hears that the peer has moved.
    std::mutex way_out;
    std::atomic<bool> started{false};
    Addresses remote;
    Rtp rtp;
    Rtcp rtcp;
    // Guarded by the receiver's mutex.
    void (*rtp_came)(pjmedia_tp_cb_param *) = nullptr;
    void (*rtcp_came)(void *, void *, pj_ssize_t) = nullptr;
    void *stream = nullptr;
    bool g711 = false;  // one of ours
    Addresses heard;
    PeerSource peer;
    Arrivals came;
    std::unique_ptr<Shield> shield;  // none: in the clear. The same from its start to its close
    unsigned media_options = 0;
    const pjmedia_sock_info local;
    pj_pool_t *pool = nullptr;
};

UdpTransport &of(pjmedia_transport *base) { return *static_cast<UdpTransport *>(base->user_data); }

pj_status_t get_info(pjmedia_transport *base, pjmedia_transport_info *info) {
    UdpTransport &transport = of(base);
    std::lock_guard<std::mutex> hold(Receiver::instance().mutex);
    info->sock_info = transport.local;
    info->src_rtp_name = transport.heard.rtp;
    info->src_rtcp_name = transport.heard.rtcp;
    if (info->specific_info_cnt < PJ_ARRAY_SIZE(info->spc_info)) {
        auto &kind = info->spc_info[info->specific_info_cnt++];
        kind.type = PJMEDIA_TRANSPORT_TYPE_UDP;
        kind.cbsize = sizeof transport.came;
        static_assert(sizeof transport.came <= sizeof kind.buffer);
        std::memcpy(kind.buffer, &transport.came, sizeof transport.came);
    }
    return PJ_SUCCESS;
}

pj_status_t attach(pjmedia_transport *base, pjmedia_transport_attach_param *with) {
    UdpTransport &transport = of(base);
    std::lock_guard<std::mutex> hold(Receiver::instance().mutex);
    transport.rtp_came = with->rtp_cb2;
    transport.rtcp_came = with->rtcp_cb;
    transport.stream = with->user_data;
    transport.g711 = with->rtp_cb2 == &G711Stream::on_rtp;
    const pj_sockaddr rtcp = pj_sockaddr_has_addr(&with->rem_rtcp) ? with->rem_rtcp : UdpTransport::beside(with->rem_addr);
    if (!transport.peer.announce(with->rem_addr, rtcp, now_ms())) return PJ_SUCCESS;
    transport.heard = {};
    std::lock_guard<std::mutex> hold_out(transport.way_out);
    transport.remote = {with->rem_addr, rtcp};
    return PJ_SUCCESS;
}

void detach(pjmedia_transport *base, void *) {
    UdpTransport &transport = of(base);
    std::lock_guard<std::mutex> hold(Receiver::instance().mutex);
    transport.stop();
    transport.rtp_came = nullptr;
    transport.rtcp_came = nullptr;
    transport.stream = nullptr;
}

pj_status_t send_rtp(pjmedia_transport *base, const void *packet, pj_size_t size) {
    UdpTransport &transport = of(base);
    std::lock_guard<std::mutex> hold(transport.way_out);
    return transport.send(transport.rtp.number, transport.remote.rtp, packet, size);
}

pj_status_t send_rtcp_to(pjmedia_transport *base, const pj_sockaddr_t *address, unsigned, const void *packet, pj_size_t size) {
    UdpTransport &transport = of(base);
    std::lock_guard<std::mutex> hold(transport.way_out);
    const pj_sockaddr &to = address ? *static_cast<const pj_sockaddr *>(address) : transport.remote.rtcp;
    return transport.send(transport.rtcp.number, to, packet, size);
}

pj_status_t send_rtcp(pjmedia_transport *base, const void *packet, pj_size_t size) {
    return send_rtcp_to(base, nullptr, 0, packet, size);
}

pj_status_t create(pjmedia_transport *base, pj_pool_t *, unsigned options, const pjmedia_sdp_session *, unsigned) {
    of(base).media_options = options;
    return PJ_SUCCESS;
}

// Refuses what is not RTP/AVP, as an offer of SRTP.
pj_status_t encode_sdp(pjmedia_transport *base, pj_pool_t *pool, pjmedia_sdp_session *ours, const pjmedia_sdp_session *theirs,
                       unsigned index) {
    if ((of(base).media_options & PJMEDIA_TPMED_NO_TRANSPORT_CHECKING) != 0) return PJ_SUCCESS;
    const auto plain = [](const pjmedia_sdp_media *media) {
        pj_uint32_t protocol = pjmedia_sdp_transport_get_proto(&media->desc.transport);
        PJMEDIA_TP_PROTO_TRIM_FLAG(protocol, PJMEDIA_TP_PROFILE_RTCP_FB);
        return protocol == PJMEDIA_TP_PROTO_RTP_AVP;
    };
    if (plain(ours->media[index]) && (theirs == nullptr || plain(theirs->media[index]))) return PJ_SUCCESS;
    pjmedia_sdp_media_deactivate(pool, ours->media[index]);
    return PJMEDIA_SDP_EINPROTO;
}

pj_status_t start(pjmedia_transport *base, pj_pool_t *, const pjmedia_sdp_session *, const pjmedia_sdp_session *, unsigned) {
    UdpTransport &transport = of(base);
    std::lock_guard<std::mutex> hold(Receiver::instance().mutex);
    if (transport.started) return PJ_SUCCESS;
    try {
        transport.listen();
    } catch (const std::runtime_error &) {
        return PJ_ETOOMANY;
    }
    transport.started = true;
    return PJ_SUCCESS;
}

pj_status_t stop(pjmedia_transport *base) {
    std::lock_guard<std::mutex> hold(Receiver::instance().mutex);
    of(base).stop();
    return PJ_SUCCESS;
}

pj_status_t lose_some(pjmedia_transport *, pjmedia_dir, unsigned percent) { return percent == 0 ? PJ_SUCCESS : PJ_ENOTSUP; }

void close_sockets(UdpTransport &transport) {
    std::lock_guard<std::mutex> hold(transport.way_out);
    for (int *number : {&transport.rtp.number, &transport.rtcp.number}) {
        pj_sock_close(*number);
        *number = -1;
    }
}

void forget_keys(UdpTransport &transport) {
    std::lock_guard<std::mutex> hold(Receiver::instance().mutex);
    std::lock_guard<std::mutex> hold_out(transport.way_out);
    transport.shield.reset();
}

pj_status_t close(pjmedia_transport *base) {
    stop(base);
    close_sockets(of(base));
    forget_keys(of(base));
    pj_grp_lock_dec_ref(base->grp_lock);
    return PJ_SUCCESS;
}

void free_transport(void *given) {
    auto *transport = static_cast<UdpTransport *>(given);
    pj_pool_t *pool = transport->pool;
    delete transport;
    pj_pool_safe_release(&pool);
}

pjmedia_transport_op *operations() {
    static pjmedia_transport_op table = [] {
        pjmedia_transport_op ops{};
        ops.get_info = &get_info;
        ops.attach2 = &attach;
        ops.detach = &detach;
        ops.send_rtp = &send_rtp;
        ops.send_rtcp = &send_rtcp;
        ops.send_rtcp2 = &send_rtcp_to;
        ops.media_create = &create;
        ops.encode_sdp = &encode_sdp;
        ops.media_start = &start;
        ops.media_stop = &stop;
        ops.simulate_lost = &lose_some;
        ops.destroy = &close;
        return ops;
    }();
    return &table;
}

// What we say we are, where the socket is bound to every address.
pj_sockaddr advertised(const pj_sockaddr &bound) {
    pj_sockaddr out = bound;
    pj_sockaddr host;
    if (!pj_sockaddr_has_addr(&out) && pj_gethostip(out.addr.sa_family, &host) == PJ_SUCCESS)
        pj_sockaddr_copy_addr(&out, &host);
    return out;
}

}  // namespace

pj_status_t open_udp_transport(pjmedia_endpt *endpoint, const pjmedia_sock_info &pair, unsigned options,
                               pjmedia_transport **transport) {
    pj_pool_t *pool = pjmedia_endpt_create_pool(endpoint, "udp%p", 512, 512);
    if (pool == nullptr) return PJ_ENOMEM;
    pjmedia_sock_info known = pair;
    known.rtp_addr_name = advertised(pair.rtp_addr_name);
    known.rtcp_addr_name = advertised(pair.rtcp_addr_name);
    auto made = std::make_unique<UdpTransport>(known, options);
    pjmedia_transport &base = made->base;
    const pj_status_t locked = pj_grp_lock_create_w_handler(pool, nullptr, made.get(), &free_transport, &base.grp_lock);
    if (locked != PJ_SUCCESS) {
        pj_pool_release(pool);
        return locked;
    }
    pj_ansi_strxcpy(base.name, pool->obj_name, sizeof base.name);
    base.type = PJMEDIA_TRANSPORT_TYPE_UDP;
    base.op = operations();
    base.user_data = made.get();
    made->pool = pool;
    pj_grp_lock_add_ref(base.grp_lock);
    *transport = &made.release()->base;
    return PJ_SUCCESS;
}

void protect(pjmedia_transport &transport, int profile, const std::string &rx_key, const std::string &tx_key) {
    of(&transport).shield = std::make_unique<Shield>(profile, rx_key, tx_key);
}

bool arrivals(const pjmedia_transport_info &info, Arrivals &out) {
    for (unsigned i = 0; i < info.specific_info_cnt; ++i) {
        const auto &kind = info.spc_info[i];
        if (kind.type != PJMEDIA_TRANSPORT_TYPE_UDP || kind.cbsize != static_cast<int>(sizeof out)) continue;
        std::memcpy(&out, kind.buffer, sizeof out);
        return true;
    }
    return false;
}

bool vouch_for(pjmedia_transport &transport, const pj_sockaddr &host) {
    if (transport.op != operations()) return false;
    std::lock_guard<std::mutex> hold(Receiver::instance().mutex);
    of(&transport).peer.vouch_for(host);
    return true;
}

}  // namespace patchbay

extern "C" pj_status_t __wrap_pjmedia_transport_udp_attach(pjmedia_endpt *endpoint, const char *, const pjmedia_sock_info *pair,
                                                           unsigned options, pjmedia_transport **transport) {
    return patchbay::open_udp_transport(endpoint, *pair, options, transport);
}
