#include "owner.hpp"

#include <malloc.h>
#include <pjsip.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>

#include "bridge_port.hpp"
#include "g711_stream.hpp"
#include "udp_transport.hpp"

// Exported by libpjsua 2.17, but missing from its header.
extern "C" pj_status_t pjsua_conf_set_op_cb(pjmedia_conf_op_cb cb);

namespace patchbay {

void connect_slots(int source, int sink) { check(pjsua_conf_connect(source, sink), "bridge connection"); }

void disconnect_slots(int source, int sink) { pjsua_conf_disconnect(source, sink); }

SlotLevels slot_levels(int slot) {
    SlotLevels levels;
    levels.known = pjsua_conf_get_signal_level(slot, &levels.sent, &levels.heard) == PJ_SUCCESS;
    return levels;
}

namespace {

bool active_sound(const pjsua_call_media_info &media) {
    return media.type == PJMEDIA_TYPE_AUDIO &&
           (media.status == PJSUA_CALL_MEDIA_ACTIVE || media.status == PJSUA_CALL_MEDIA_REMOTE_HOLD);
}

}  // namespace

int call_slot(int call_id) {
    pjsua_call_info info;
    if (pjsua_call_get_info(call_id, &info) != PJ_SUCCESS) return PJSUA_INVALID_ID;
    for (unsigned i = 0; i < info.media_cnt; ++i)
        if (active_sound(info.media[i])) return info.media[i].stream.aud.conf_slot;
    return PJSUA_INVALID_ID;
}

RtpStatistics call_statistics(int call_id) {
    pjsua_call_info info;
    check(pjsua_call_get_info(call_id, &info), "call information");
    for (unsigned i = 0; i < info.media_cnt; ++i) {
        pjsua_stream_stat stat;
        pjsua_stream_info stream;
        if (info.media[i].type != PJMEDIA_TYPE_AUDIO) continue;
        if (pjsua_call_get_stream_stat(call_id, i, &stat) != PJ_SUCCESS) continue;
        std::string codec;
        if (pjsua_call_get_stream_info(call_id, i, &stream) == PJ_SUCCESS) {
            const pj_str_t &name = stream.info.aud.fmt.encoding_name;
            codec.assign(name.ptr, static_cast<std::size_t>(name.slen));
        }
        RtpStatistics out = to_statistics(stat.rtcp, codec);
        out.sound_expected = (info.media[i].dir & PJMEDIA_DIR_DECODING) != 0;
        pjmedia_transport_info transport;
        Arrivals came;
        if (pjsua_call_get_med_transport_info(call_id, i, &transport) == PJ_SUCCESS && arrivals(transport, came)) {
            out.arrivals = came.sound + came.reports;
            out.strangers = came.strangers;
        }
        return out;
    }
    throw std::runtime_error("the call has no sound");
}

void introduce_stream(unsigned long long stream, unsigned long long handle, const std::string &signals_from) {
    auto *known = reinterpret_cast<pjmedia_stream *>(stream);
    report_digits(known, handle);
    const pj_str_t text{const_cast<char *>(signals_from.c_str()), static_cast<pj_ssize_t>(signals_from.size())};
    pj_sockaddr host;
    if (signals_from.empty() || pj_sockaddr_parse(pj_AF_UNSPEC(), 0, &text, &host) != PJ_SUCCESS) return;
    G711Stream *ours = G711Stream::of(known);
    vouch_for(ours ? ours->transport() : *pjmedia_stream_get_transport(known), host);
}

unsigned call_count() { return pjsua_call_get_count(); }

void keep_python_off_the_bridge() {
    check(pjsua_conf_set_op_cb([](const pjmedia_conf_op_info *) {}), "bridge callback");
}

namespace {

pj_log_func *write_line = nullptr;
thread_local bool writes_log = false;

void write_own_line(int level, const char *text, int length) {
    if (writes_log) write_line(level, text, length);
}

}  // namespace

void log_this_thread_alone() {
    if (pj_log_get_log_func() != &write_own_line) write_line = pj_log_get_log_func();
    writes_log = true;
    pj_log_set_log_func(&write_own_line);
}

void trim_memory() { malloc_trim(0); }

void set_log_level(int level) { pj_log_set_level(level); }

namespace {

std::atomic<int> wakes_owner{-1};

}  // namespace

struct OwnerWaker::Impl {
    int ends[2] = {-1, -1};
    pj_pool_t *pool = nullptr;
    pj_ioqueue_key_t *key = nullptr;
    pj_ioqueue_op_key_t operation;
    char buffer[64];

    void listen() {
        for (;;) {
            pj_ssize_t length = sizeof buffer;
            if (pj_ioqueue_recv(key, &operation, buffer, &length, 0) != PJ_SUCCESS) return;  // pending: the usual case
        }
    }
    static void on_read(pj_ioqueue_key_t *key, pj_ioqueue_op_key_t *, pj_ssize_t) {
        static_cast<Impl *>(pj_ioqueue_get_user_data(key))->listen();
    }
};

OwnerWaker::OwnerWaker() : impl_(new Impl) {
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, impl_->ends) != 0) {
        delete impl_;
        throw std::runtime_error("no socket pair for the owner thread's waker");
    }
    impl_->pool = pjsua_pool_create("waker", 512, 512);
    pj_ioqueue_callback callback;
    pj_bzero(&callback, sizeof callback);
    callback.on_read_complete = &Impl::on_read;
    pj_ioqueue_op_key_init(&impl_->operation, sizeof impl_->operation);
    pj_ioqueue_t *queue = pjsip_endpt_get_ioqueue(pjsua_get_pjsip_endpt());
    check(pj_ioqueue_register_sock(impl_->pool, queue, impl_->ends[0], impl_, &callback, &impl_->key), "owner's waker");
    impl_->listen();
    wakes_owner = impl_->ends[1];
}

OwnerWaker::~OwnerWaker() {
    wakes_owner = -1;
    pj_ioqueue_unregister(impl_->key);  // closes ends[0]
    ::close(impl_->ends[1]);
    pj_pool_release(impl_->pool);
    delete impl_;
}

void OwnerWaker::wake() const { wake_owner(); }

void wake_owner() {
    const int end = wakes_owner;
    if (end < 0) return;
    // A full socket means that the owner has been told already.
    [[maybe_unused]] const ssize_t sent = send(end, "w", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace patchbay
