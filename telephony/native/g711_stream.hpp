// A SIP leg's RTP session in G.711, in place of pjmedia's stream: from packets to the bridge's frames and back.
//
// Nearly every trunk speaks G.711, and then the work is a table's. pjmedia's stream goes through a codec interface, a jitter buffer
// of 10 ms frames, a pitch analysis that is fed for the case of loss, and five places in memory; with some hundred legs the waiting
// for that memory costs more than the work. Here what a packet or a frame needs of a stream lies together, and loss costs something
// when there is some. Other codecs, and what is rare (silence suppression, redundancy), stay pjmedia's: suits() says which.
//
// RFC 3550 (RTP; statistics: reception.hpp, reports by pjmedia's RTCP session), RFC 3551 (PCMU, PCMA), RFC 4733 (digits).
// The link step gives pjsua these streams behind pjmedia's interface (g711_stream_api.cpp).
//
// Threads: the clock hears and gives; the receiver brings packets; the owner creates, starts, asks, destroys. After destroy() the
// memory lives until the bridge and the transport have let go (the port's group lock).
#pragma once

#include <pjmedia.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "playout.hpp"
#include "reception.hpp"
#include "telephone_events.hpp"

namespace patchbay {

class G711Stream {
public:
    static constexpr unsigned RATE_HZ = 8000, FRAME = 160;  // samples of the bridge's frame
    static constexpr unsigned LONGEST_PACKET = 800;         // samples sent in one packet: the 100 ms of a tap

    static bool suits(const pjmedia_stream_info &info);
    static pj_status_t create(pjmedia_endpt *endpoint, const pjmedia_stream_info &info, pjmedia_transport *transport,
                              pjmedia_stream **stream);
    // Null: it is one of pjmedia's.
    static G711Stream *of(const void *stream);
    static bool is_ours(const pjmedia_port &port);
    // What pjmedia's transports call with a packet.
    static void on_rtp(pjmedia_tp_cb_param *packet);

    void start();
    void destroy();
    pjmedia_port *port() { return &port_; }
    pjmedia_transport &transport() const { return *transport_; }
    const pjmedia_stream_info &info() const { return info_; }
    void statistics(pjmedia_rtcp_stat &stat);
    void buffer(pjmedia_jb_state &state);
    pj_status_t dial(const std::string &digits, unsigned duration_ms);
    void on_digit(void (*callback)(pjmedia_stream *, void *, int), void *user_data);
    void on_digit_event(void (*callback)(pjmedia_stream *, void *, const pjmedia_stream_dtmf_event *), void *user_data);
    void report(bool goodbye);

    // Hints, see look_ahead.hpp: first what a packet or a frame needs of the stream; then, when that has come, what it points to.
    void fetch_for_packet() const;
    void fetch_packet_place() const;
    static void fetch_for_hearing(const pjmedia_port *port);
    static void fetch_sound(const pjmedia_port *port);
    static void fetch_for_giving(const pjmedia_port *port);
    static void fetch_transport(const pjmedia_port *port);

private:
    G711Stream(const pjmedia_stream_info &info, pj_pool_t *pool, pjmedia_transport *transport);
    ~G711Stream() = default;
    pj_status_t open();
    static const G711Stream &around(const pjmedia_port *port);
    static void free_stream(void *stream);
    static void on_rtcp(void *stream, void *bytes, pj_ssize_t length);
    static pj_status_t hear(pjmedia_port *port, pjmedia_frame *frame);
    static pj_status_t give(pjmedia_port *port, pjmedia_frame *frame);

    void receive(pjmedia_tp_cb_param &packet);
    void tell(const EventNews &news, std::uint32_t timestamp);
    void say(const std::int16_t *sound);
    void say_in_packets(const std::int16_t *sound);
    bool say_event();
    void send(std::uint8_t *packet, unsigned payload_type, std::uint32_t timestamp, bool marker, unsigned length);
    void bring_up_to_date();

    const void *mark_;  // first: tells our streams from pjmedia's
    pjmedia_port port_{};

    // The clock's, with every frame.
    pjmedia_transport *const transport_;
    const G711 *const law_;
    const void *read_next_ = nullptr;
    std::atomic<std::uint32_t> sent_timestamp_, packets_sent_{0}, octets_sent_{0};
    std::atomic<std::uint16_t> sent_sequence_;
    std::uint16_t packet_samples_, unsent_count_ = 0, frames_to_report_;
    const std::uint32_t ssrc_;
    std::uint32_t timestamp_;
    const std::uint8_t payload_type_out_;
    std::atomic<bool> speaks_{false}, digits_{false}, over_{false};
    bool marker_ = true;

    // The receiver's and the clock's, with every packet and frame. The mutex guards what comes from the peer.
    alignas(64) std::mutex mutex_;
    const std::uint8_t payload_type_in_;
    bool hears_ = false;
    const std::int16_t event_type_in_;
    std::uint32_t last_ssrc_ = 0;
    const void *written_next_ = nullptr;  // the receiver's

    // The receiver's, with every packet.
    Reception reception_;
    unsigned long long octets_received_ = 0, discarded_ = 0;

    // Both threads'.
    alignas(64) Playout playout_;

    // The rest, seldom touched.
    EventReader events_in_;  // the receiver's
    std::mutex control_;     // taken before mutex_
    EventSender events_out_;
    pjmedia_rtcp_session rtcp_;
    void (*digit_callback_)(pjmedia_stream *, void *, int) = nullptr;
    void (*event_callback_)(pjmedia_stream *, void *, const pjmedia_stream_dtmf_event *) = nullptr;
    void *digit_data_ = nullptr, *event_data_ = nullptr;
    std::array<std::uint8_t, LONGEST_PACKET + FRAME> unsent_;  // the clock's
    pjmedia_stream_info info_;
    pjmedia_codec_param codec_;
    std::string name_, cname_;
    pj_pool_t *pool_;
};

}  // namespace patchbay
