// The Python face of telephony/native: module `patchbay_media`, in the same shared object as `_pjsua2`.
%module patchbay_media

%{
#include "bridge_plan.hpp"
#include "events.hpp"
#include "media_link.hpp"
#include "owner.hpp"
#include "peer_source.hpp"
#include "player.hpp"
#include "playout.hpp"
#include "reception.hpp"
#include "recorder.hpp"
#include "rest.hpp"
#include "rtp_media.hpp"
#include "names.hpp"
#include "share.hpp"
#include "sip_abilities.hpp"
#include "sip_connections.hpp"
#include "sip_guard.hpp"
#include "sip_held.hpp"
#include "sip_in_dialog.hpp"
#include "sip_info.hpp"
#include "sip_question.hpp"
#include "sip_unreadable.hpp"
#include "srtp_relay.hpp"

#include <cstring>
%}

%include <std_string.i>
%include <std_vector.i>
%include <std_map.i>
%include <std_shared_ptr.i>
%include <pybuffer.i>

// Every complaint of ours is a std::exception with a text for people.
%exception {
    try {
        $action
    } catch (const std::exception &problem) {
        SWIG_PYTHON_THREAD_BEGIN_BLOCK;
        PyObject *text = patchbay_text(problem.what(), std::strlen(problem.what()));
        PyErr_SetObject(PyExc_RuntimeError, text);
        Py_XDECREF(text);
        SWIG_PYTHON_THREAD_END_BLOCK;
        SWIG_fail;
    }
}

%shared_ptr(patchbay::MediaLink)

%template(Paths) std::vector<std::string>;
%template(Descriptors) std::vector<int>;
%template(Counts) std::map<int, long long>;

%pybuffer_binary(const char *bytes, std::size_t length)

namespace patchbay {

enum EventKind { PLAYBACK_FINISHED, DIGIT, RECORDING_FINISHED, RECORDING_FAILED, INVITE_REFUSED, PEER_ANSWERED };
enum DigitWay { BY_RTP, BY_INFO };

struct NativeEvent {
    %immutable;
    int kind;
    int code;
    unsigned long long handle;
    long long v0, v1, v2, v3, v4;
    char text[48];
};

class MediaLink {
public:
    MediaLink();
};

class LinkSocket {
public:
    LinkSocket(std::shared_ptr<MediaLink> link, int fd);
    ~LinkSocket();
    void say(const char *bytes, std::size_t length);
};

unsigned long long wakes_at(unsigned long long now, unsigned long long tick, unsigned long long interval);

struct RtpOptions {
    std::string codec;
    int payload_type;
    int event_payload_type;
    unsigned ptime_ms;
    bool send_only;
    std::string local_host;
    int local_port;
    std::string remote_host;
    int remote_port;
    std::shared_ptr<MediaLink> link;
    int srtp_profile;
    std::string rx_key, tx_key;
    unsigned ssrc;
    unsigned long long handle;
};

struct RtpStatistics {
    %immutable;
    std::string codec;
    unsigned long long packets_sent, packets_received, packets_lost, packets_lost_remote;
    double jitter_ms, rtt_ms;
    bool sound_expected;
    unsigned long long arrivals, strangers;
};

class RtpMedia {
public:
    explicit RtpMedia(const RtpOptions &options);
    ~RtpMedia();
    int slot() const;
    int local_port() const;
    RtpStatistics statistics() const;
    void send_digits(const std::string &digits);
};

class PromptPlayer {
public:
    explicit PromptPlayer(unsigned rate_hz);
    ~PromptPlayer();
    int slot() const;
    void play(unsigned long long handle, const std::vector<std::string> &files, bool loop);
    void stop();
};

class StereoRecorder {
public:
    StereoRecorder(unsigned long long handle, const std::string &path, unsigned rate_hz);
    ~StereoRecorder();
    int left_slot() const;
    int right_slot() const;
    void stop();
};

struct Heard {
    %immutable;
    unsigned long long packets;
    unsigned ssrc;
    long long expected, received;
    unsigned highest_sequence;
    double jitter;
};

class Reception {
public:
    Reception(int payload_type, unsigned clock_hz);
    void on_packet(const char *bytes, std::size_t length, double arrived_s);
    Heard heard() const;
};

struct RelayOptions {
    std::vector<int> browser_fds;
    std::shared_ptr<MediaLink> link;
    int other_fd, srtp_profile;
    std::string rx_key, tx_key;
    int payload_type;
    unsigned clock_hz;
};

struct Sent {
    %immutable;
    unsigned long long packets, octets;
    unsigned ssrc, timestamp;
    double at_s;
};

struct RelayFigures {
    %immutable;
    Heard heard;
    Sent sent;
    unsigned long long rejected, unsent;
};

class SrtpRelay {
public:
    explicit SrtpRelay(const RelayOptions &options);
    ~SrtpRelay();
    void send_to(unsigned socket, const std::string &host, int port);
    RelayFigures figures() const;
    void stop();
};

class SipGuard {
public:
    static SipGuard &install();
    void add_trunk(const std::string &name, const std::string &network);
    std::string trunk_of(const std::string &address) const;
    void limit_legs(unsigned max_legs, unsigned retry_after_s);
    void limit_strangers(unsigned requests_per_s);
    void refuse_all(const std::string &reason, bool questions);
    static std::map<int, long long> counts();
    static void count(int status);
private:
    SipGuard();
};

struct ConnectionLimits {
    unsigned in_all, of_strangers, per_address, per_stranger, message_within_ms, idle_ms;
};

struct ConnectionFigures {
    %immutable;
    unsigned open, of_strangers;
    unsigned long long refused, silent, unfinished, too_long, idle, unread, made_room;
};

struct SlotLevels {
    %immutable;
    unsigned heard, sent;
    bool known;
};

class OwnerWaker {
public:
    OwnerWaker();
    ~OwnerWaker();
    void wake() const;
};

void connect_slots(int source, int sink);
void disconnect_slots(int source, int sink);
SlotLevels slot_levels(int slot);
int call_slot(int call_id);
RtpStatistics call_statistics(int call_id);
void introduce_stream(unsigned long long stream, unsigned long long handle, const std::string &signals_from);
void report_call_digits(int call_id, unsigned long long handle);
void ask_peer(unsigned long long handle, const std::string &uri, const std::string &from);
unsigned call_count();
void keep_python_off_the_bridge();
void log_this_thread_alone();
void trim_memory();
void set_log_level(int level);
void advertise_what_we_do();
void resolve_names_beside(unsigned within_ms, bool ipv6);
void hold_messages_with_names();
void watch_connections(const ConnectionLimits &limits);
void end_overdue_connections();
ConnectionFigures connection_figures();
void deliver_names();
void forget_names();
void forget_held_messages();
int key_of_info(const std::string &content_type, const std::string &body);
std::vector<std::string> names_in_sdp(const std::string &sdp);

}  // namespace patchbay

%inline %{
namespace patchbay {
int event_fd() { return EventQueue::instance().fd(); }
void clear_event_fd() { EventQueue::instance().clear(); }
bool next_event(NativeEvent &event) { return EventQueue::instance().pop(event); }
unsigned long long events_dropped() { return EventQueue::instance().dropped(); }
// These bytes as text of a stranger: what any std::string and char array becomes on its way to Python.
std::string text_of(const char *bytes, std::size_t length) { return {bytes, length}; }
// The answer to a request that pjsip could not parse; empty: none is possible.
std::string answer_to_unreadable_request(const char *bytes, std::size_t length) {
    return answer_to_unreadable({bytes, length}).text;
}
// Reads a file into the store ahead of its first use; for worker threads, as it may wait for the disk.
void load_prompt(const std::string &path, unsigned rate_hz) { PromptStore::instance().get(path, rate_hz); }
// The bridge's plan of a tick, five numbers a step: what, slot, first, last, sum. `connected`: source, sink, source, sink, …
std::vector<int> plan_of_a_tick(unsigned slots, const std::vector<int> &connected, const std::vector<int> &takers) {
    std::vector<Connection> connections;
    for (std::size_t i = 0; i + 1 < connected.size(); i += 2)
        connections.push_back({static_cast<unsigned>(connected[i]), static_cast<unsigned>(connected[i + 1]), 128});
    BridgePlan plan(slots);
    plan.make(connections, std::vector<unsigned>(takers.begin(), takers.end()));
    std::vector<int> out;
    for (const Step &step : plan.steps())
        out.insert(out.end(), {step.what, static_cast<int>(step.slot), step.first, step.last, step.sum});
    return out;
}
// Whose packets are the peer's, on its own: addresses as `host:port`.
class SourceOfPeer {
public:
    void announce(const std::string &rtp, const std::string &rtcp, unsigned now_ms) {
        source_.announce(address(rtp), address(rtcp), now_ms);
    }
    void vouch_for(const std::string &host) { source_.vouch_for(address(host)); }
    void fix() { source_.fix(); }
    // 0: dropped, 1: taken, 2: taken, and answered there from now on
    int on_rtp(const std::string &from, unsigned ssrc, unsigned sequence, unsigned now_ms) {
        return source_.on_rtp(address(from), {ssrc, static_cast<std::uint16_t>(sequence)}, now_ms);
    }
    int on_rtcp(const std::string &from, unsigned ssrc) { return source_.on_rtcp(address(from), ssrc); }

private:
    static pj_sockaddr address(const std::string &text) {
        const pj_str_t view{const_cast<char *>(text.c_str()), static_cast<pj_ssize_t>(text.size())};
        pj_sockaddr out{};
        if (pj_sockaddr_parse(pj_AF_UNSPEC(), 0, &view, &out) != PJ_SUCCESS) throw std::runtime_error(text + " is no address");
        return out;
    }
    PeerSource source_;
};
// Who may keep a connection open, on its own: addresses without ports, connections by numbers of the test's.
class BookOfConnections {
public:
    explicit BookOfConnections(const ConnectionLimits &limits) : book_(limits) {}
    // -1: refused; 0: let in; else: let in, and this one leaves for it
    long long judge(const std::string &address, bool trunk) const {
        const auto verdict = book_.judge(peer(address), trunk);
        return verdict.admitted ? static_cast<long long>(verdict.leaves) : -1;
    }
    void opened(unsigned id, const std::string &address, bool trunk, unsigned now_ms) { book_.opened(id, peer(address), trunk, now_ms); }
    int heard(unsigned id, unsigned messages, bool anything, unsigned waiting, unsigned unread, unsigned now_ms) {
        return book_.heard(id, messages, anything, waiting, unread, now_ms);
    }
    // id, end, id, end, …
    std::vector<int> overdue(unsigned now_ms) const {
        std::vector<int> out;
        for (const auto &[id, end] : book_.overdue(now_ms)) out.insert(out.end(), {static_cast<int>(id), end});
        return out;
    }
    void leaves(unsigned id) { book_.leaves(id); }
    void closed(unsigned id) { book_.closed(id); }
    unsigned open() const { return book_.open(); }

private:
    static ConnectionBook::Peer peer(const std::string &text) {
        ConnectionBook::Peer out{};
        if (!address_of(text, out)) throw std::runtime_error(text + " is no address");
        return out;
    }
    ConnectionBook book_;
};
// What is served in a second, on its own.
class ShareOfASecond {
public:
    ShareOfASecond(double per_s, double burst) : share_(per_s, burst) {}
    bool take(unsigned now_ms) { return share_.take(now_ms); }

private:
    Share share_;
};
// The jitter buffer of a µ-law stream, on its own. `take` gives 20 ms as samples; none is silence.
class PlayoutOfMuLaw {
public:
    int put(unsigned timestamp, const char *bytes, std::size_t length) {
        return playout_.put(timestamp, reinterpret_cast<const std::uint8_t *>(bytes), static_cast<unsigned>(length));
    }
    std::vector<int> take() {
        std::int16_t frame[160];
        if (!playout_.take(frame, 160)) return {};
        return {frame, frame + 160};
    }
    unsigned waiting() const { return playout_.waiting(); }
    unsigned long long concealed() const { return playout_.concealed(); }
    unsigned long long late() const { return playout_.late(); }

private:
    Playout playout_{G711::mu_law()};
};
}
%}
