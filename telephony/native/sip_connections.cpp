#include "sip_connections.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pjsip.h>
#include <pjsip/sip_transport_tcp.h>
#include <pjsua-lib/pjsua.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "sip_guard.hpp"
#include "sip_unreadable.hpp"

namespace patchbay {
namespace {

using Id = ConnectionBook::Id;
using End = ConnectionBook::End;
using Ms = ConnectionBook::Ms;

constexpr Ms LOOK_EVERY_MS = 100;
constexpr Ms ACCEPTS_WINDOW_MS = 10;
constexpr unsigned ACCEPTS_IN_WINDOW = 64;  // then whatever else waits has its turn: nobody's knocking keeps a call waiting
constexpr unsigned UNREAD_FOR_MS = 30'000;
constexpr pj_ssize_t AT_A_TIME = 4096;  // some ten messages, then whatever else waits has its turn

ConnectionBook book{ConnectionLimits{}};
std::array<std::atomic<unsigned long long>, ConnectionBook::ENDS> ended;
std::atomic<unsigned> now_open{0}, now_of_strangers{0};
unsigned whole_messages = 0;  // in the read that is going on
Ms looked = 0;
int spare = -1;  // a descriptor to give up when there are no others

struct Accepts {
    Ms since = 0;
    unsigned taken = 0;
    bool take(Ms now) {
        if (now >= since + ACCEPTS_WINDOW_MS) {
            since = now;
            taken = 0;
        }
        return ++taken <= ACCEPTS_IN_WINDOW;
    }
} accepts;

Ms now_ms() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<Ms>(now.tv_sec) * 1000 + static_cast<Ms>(now.tv_nsec) / 1'000'000;
}

Id id_of(const pjsip_transport *transport) { return reinterpret_cast<Id>(transport); }

bool is_tcp(const pjsip_transport &transport) {
    return (transport.key.type & ~PJSIP_TRANSPORT_IPV6) == PJSIP_TRANSPORT_TCP;
}

ConnectionBook::Peer peer_of(const pj_sockaddr &address) {
    ConnectionBook::Peer peer{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const bool ipv4 = address.addr.sa_family == pj_AF_INET();
    std::memcpy(peer.data() + (ipv4 ? 12 : 0), pj_sockaddr_get_addr(&address), ipv4 ? 4 : 16);
    return peer;
}

bool is_of_a_trunk(const pj_sockaddr &address) {
    char text[PJ_INET6_ADDRSTRLEN + 10];
    return SipGuard::lets_in(pj_sockaddr_print(&address, text, sizeof text, 0));
}

void tell() {
    now_open.store(book.open(), std::memory_order_relaxed);
    now_of_strangers.store(book.of_strangers(), std::memory_order_relaxed);
}

void count(End end) { ended[end].fetch_add(1, std::memory_order_relaxed); }

void end_connection(Id id, End why) {
    count(why);
    book.leaves(id);
    const pj_sock_t sock = pjsip_tcp_transport_get_socket(reinterpret_cast<pjsip_transport *>(id));
    if (sock == PJ_INVALID_SOCKET) return;
    const linger at_once{1, 0};  // nothing waits for a peer that may never answer
    setsockopt(static_cast<int>(sock), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    shutdown(static_cast<int>(sock), SHUT_RDWR);
}

void on_state(pjsip_transport *transport, pjsip_transport_state state, const pjsip_transport_state_info *) {
    if (!is_tcp(*transport) || transport->dir != PJSIP_TP_DIR_INCOMING) return;
    if (state == PJSIP_TP_STATE_CONNECTED) {
        const pj_sockaddr &address = transport->key.rem_addr;
        book.opened(id_of(transport), peer_of(address), is_of_a_trunk(address), now_ms());
    } else if (state == PJSIP_TP_STATE_DESTROY) {
        book.closed(id_of(transport));
    }
    tell();
}

bool let_in(const pj_sockaddr &address) {
    const ConnectionBook::Verdict verdict = book.judge(peer_of(address), is_of_a_trunk(address));
    if (verdict.leaves != 0) end_connection(verdict.leaves, End::MADE_ROOM);
    if (!verdict.admitted) count(End::REFUSED);
    return verdict.admitted;
}

// All descriptors are taken: who knocks is turned away, for what waits at the door would wake us again and again.
void turn_away(int server) {
    if (spare >= 0) close(spare);
    const int taken = accept4(server, nullptr, nullptr, SOCK_CLOEXEC);
    if (taken >= 0) close(taken);
    spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    count(End::REFUSED);
}

End heard(pjsip_rx_data &rdata, std::size_t length, std::size_t eaten) {
    const pjsip_transport &transport = *rdata.tp_info.transport;
    const unsigned unread = static_cast<unsigned>(pj_atomic_get(transport.ref_cnt));
    // What has filled the whole buffer without an end, pjsip drops, and takes the rest of it for the next message.
    const bool dropped = whole_messages == 0 && length >= PJSIP_MAX_PKT_LEN;
    const std::size_t waiting = dropped ? length : length - eaten;
    const End why = book.heard(id_of(&transport), whole_messages, eaten > 0, waiting, unread, now_ms());
    if (why == End::TOO_LONG) refuse_too_long({rdata.pkt_info.packet + (dropped ? 0 : eaten), waiting}, rdata);
    return why;
}

}  // namespace

void watch_connections(const ConnectionLimits &limits) {
    book = ConnectionBook(limits);
    for (auto &each : ended) each.store(0);
    if (spare < 0) spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pjsip_tpmgr_set_state_cb(pjsip_endpt_get_tpmgr(pjsua_get_pjsip_endpt()), &on_state);  // pjsua's calls it
    tell();
}

void end_overdue_connections() {
    const Ms now = now_ms();
    if (now < looked + LOOK_EVERY_MS) return;
    looked = now;
    for (const auto &[id, why] : book.overdue(now)) {
        auto *transport = reinterpret_cast<pjsip_transport *>(id);
        if (why == End::IDLE && pj_atomic_get(transport->ref_cnt) > 0) continue;  // it waits for an answer of ours
        end_connection(id, why);
    }
}

ConnectionFigures connection_figures() {
    const auto times = [](End end) { return ended[end].load(std::memory_order_relaxed); };
    return {now_open.load(std::memory_order_relaxed), now_of_strangers.load(std::memory_order_relaxed),
            times(End::REFUSED), times(End::SILENT), times(End::UNFINISHED), times(End::TOO_LONG), times(End::IDLE),
            times(End::UNREAD), times(End::MADE_ROOM)};
}

void message_came_whole() { ++whole_messages; }

}  // namespace patchbay

extern "C" {

pj_status_t __real_pj_sock_accept(pj_sock_t server, pj_sock_t *sock, pj_sockaddr_t *address, int *length);
pj_status_t __real_pj_ioqueue_recv(pj_ioqueue_key_t *key, pj_ioqueue_op_key_t *operation, void *buffer, pj_ssize_t *length,
                                   unsigned flags);
pj_ssize_t __real_pjsip_tpmgr_receive_packet(pjsip_tpmgr *manager, pjsip_rx_data *rdata);

// Whoever may not come in is gone before pjsip hears of him. Every listener of this process is the SIP stack's.
pj_status_t __wrap_pj_sock_accept(pj_sock_t server, pj_sock_t *sock, pj_sockaddr_t *address, int *length) {
    using namespace patchbay;
    const int room = length == nullptr ? 0 : *length;
    while (accepts.take(now_ms())) {
        if (length != nullptr) *length = room;
        const pj_status_t status = __real_pj_sock_accept(server, sock, address, length);
        if (status == PJ_STATUS_FROM_OS(EMFILE) || status == PJ_STATUS_FROM_OS(ENFILE)) {
            turn_away(static_cast<int>(server));
            continue;
        }
        if (status != PJ_SUCCESS || address == nullptr) return status;
        if (let_in(*static_cast<const pj_sockaddr *>(address))) {
            setsockopt(static_cast<int>(*sock), IPPROTO_TCP, TCP_USER_TIMEOUT, &UNREAD_FOR_MS, sizeof UNREAD_FOR_MS);
            return PJ_SUCCESS;
        }
        close(static_cast<int>(*sock));
        *sock = PJ_INVALID_SOCKET;
    }
    return PJ_STATUS_FROM_OS(EWOULDBLOCK);
}

// pjlib reads a stream fifty times 64 KB before it looks at anything else: nine strangers made SIP stand still for 18 s.
pj_status_t __wrap_pj_ioqueue_recv(pj_ioqueue_key_t *key, pj_ioqueue_op_key_t *operation, void *buffer, pj_ssize_t *length,
                                   unsigned flags) {
    *length = std::min(*length, patchbay::AT_A_TIME);
    return __real_pj_ioqueue_recv(key, operation, buffer, length, flags | PJ_IOQUEUE_ALWAYS_ASYNC);
}

pj_ssize_t __wrap_pjsip_tpmgr_receive_packet(pjsip_tpmgr *manager, pjsip_rx_data *rdata) {
    using namespace patchbay;
    const Id id = id_of(rdata->tp_info.transport);
    if (!is_tcp(*rdata->tp_info.transport) || !book.knows(id)) return __real_pjsip_tpmgr_receive_packet(manager, rdata);
    const pj_ssize_t length = rdata->pkt_info.len;
    if (book.is_leaving(id)) return length;  // what was still on its way
    whole_messages = 0;
    const pj_ssize_t eaten = __real_pjsip_tpmgr_receive_packet(manager, rdata);
    if (eaten < 0) return eaten;
    const End why = heard(*rdata, static_cast<std::size_t>(length), static_cast<std::size_t>(eaten));
    if (why != End::STAYS) end_connection(id, why);
    return eaten;
}
}
