#include "g711_stream.hpp"

#include <pjlib.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

#include "look_ahead.hpp"
#include "rtp_packet.hpp"

namespace patchbay {
namespace {

constexpr char OURS = 0;  // its address marks our streams
constexpr pj_uint32_t SIGNATURE = PJMEDIA_SIG_CLASS_PORT_AUD('7', '1');
constexpr std::size_t HEADER = RtpPacket::HEADER;
constexpr unsigned DIGIT_MS = 200;
constexpr unsigned FRAMES_TO_FIRST_REPORT = 25, LEAST_FRAMES_TO_REPORT = 225, SPREAD_OF_REPORTS = 50;  // about 5 s (RFC 3550 §6.2)
constexpr unsigned LARGEST_REPORT = 512;
constexpr std::size_t LINE = 64, TRANSPORT_STATE = 192;  // bytes to look ahead for

double now_s() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

unsigned packet_samples(const pjmedia_codec_param &param) {
    const unsigned frames = std::max<unsigned>(param.setting.frm_per_pkt, 1);
    const unsigned ms = param.info.enc_ptime ? param.info.enc_ptime / std::max<unsigned>(param.info.enc_ptime_denum, 1)
                                             : param.info.frm_ptime * frames / std::max<unsigned>(param.info.frm_ptime_denum, 1);
    return ms * G711Stream::RATE_HZ / 1000;
}

bool named(const pj_str_t &name, const char *codec) { return pj_stricmp2(&name, codec) == 0; }

unsigned frames_to_report() { return LEAST_FRAMES_TO_REPORT + static_cast<unsigned>(pj_rand()) % SPREAD_OF_REPORTS; }

void fetch_span(const void *from, const void *to, std::size_t more) {
    fetch(from, static_cast<std::size_t>(static_cast<const char *>(to) - static_cast<const char *>(from)) + more);
}

std::string text(const pj_str_t &string) { return {string.ptr, static_cast<std::size_t>(string.slen)}; }

}  // namespace

// --- life ---------------------------------------------------------------------------------------------------------------

bool G711Stream::suits(const pjmedia_stream_info &info) {
    if (info.type != PJMEDIA_TYPE_AUDIO || info.param == nullptr || info.param->setting.vad != 0) return false;
    if (!named(info.fmt.encoding_name, "PCMU") && !named(info.fmt.encoding_name, "PCMA")) return false;
    const unsigned samples = packet_samples(*info.param);
    return info.fmt.clock_rate == RATE_HZ && info.fmt.channel_cnt == 1 && info.rx_red_pt == 0 && info.tx_red_pt == 0 &&
           samples > 0 && samples <= LONGEST_PACKET;
}

G711Stream *G711Stream::of(const void *stream) {
    if (*static_cast<const void *const *>(stream) != &OURS) return nullptr;
    return static_cast<G711Stream *>(const_cast<void *>(stream));
}

bool G711Stream::is_ours(const pjmedia_port &port) { return port.info.signature == SIGNATURE; }

pj_status_t G711Stream::create(pjmedia_endpt *endpoint, const pjmedia_stream_info &info, pjmedia_transport *transport,
                               pjmedia_stream **stream) {
    pj_pool_t *pool = pjmedia_endpt_create_pool(endpoint, "g711%p", 1024, 1024);
    if (pool == nullptr) return PJ_ENOMEM;
    auto *made = new (std::nothrow) G711Stream(info, pool, transport);
    if (made == nullptr) {
        pj_pool_release(pool);
        return PJ_ENOMEM;
    }
    const pj_status_t opened = made->open();
    if (opened != PJ_SUCCESS) return opened;
    *stream = reinterpret_cast<pjmedia_stream *>(made);
    return PJ_SUCCESS;
}

G711Stream::G711Stream(const pjmedia_stream_info &info, pj_pool_t *pool, pjmedia_transport *transport)
    : mark_(&OURS),
      transport_(transport),
      law_(named(info.fmt.encoding_name, "PCMU") ? &G711::mu_law() : &G711::a_law()),
      sent_timestamp_((info.rtp_seq_ts_set & 2) != 0 ? info.rtp_ts : static_cast<std::uint32_t>(pj_rand())),
      sent_sequence_(static_cast<std::uint16_t>((info.rtp_seq_ts_set & 1) != 0 ? info.rtp_seq : pj_rand())),
      packet_samples_(static_cast<std::uint16_t>(packet_samples(*info.param))),
      frames_to_report_(FRAMES_TO_FIRST_REPORT),
      ssrc_(info.ssrc),
      timestamp_(sent_timestamp_),
      payload_type_out_(static_cast<std::uint8_t>(info.tx_pt)),
      payload_type_in_(static_cast<std::uint8_t>(info.rx_pt)),
      event_type_in_(static_cast<std::int16_t>(info.rx_event_pt > 0 ? info.rx_event_pt : -1)),
      reception_(payload_type_in_, RATE_HZ),
      playout_(*law_),
      info_(info),
      codec_(*info.param),
      name_(pool->obj_name),
      cname_(text(info.cname)),
      pool_(pool) {
    pj_strdup(pool, &info_.fmt.encoding_name, &info.fmt.encoding_name);
    pjmedia_rtcp_fb_info_dup(pool, &info_.loc_rtcp_fb, &info.loc_rtcp_fb);
    pjmedia_rtcp_fb_info_dup(pool, &info_.rem_rtcp_fb, &info.rem_rtcp_fb);
    info_.param = &codec_;
    if (cname_.empty()) {  // RFC 7022 §4.2: chance, 96 bits of it
        cname_.resize(24);
        pj_create_random_string(cname_.data(), cname_.size());
    }

    pjmedia_rtcp_session_setting setting;
    pjmedia_rtcp_session_setting_default(&setting);
    setting.name = name_.data();
    setting.ssrc = ssrc_;
    setting.rtp_ts_base = timestamp_;
    setting.clock_rate = RATE_HZ;
    setting.samples_per_frame = packet_samples_;
    pjmedia_rtcp_init2(&rtcp_, &setting);

    pj_str_t name{name_.data(), static_cast<pj_ssize_t>(name_.size())};
    pjmedia_port_info_init(&port_.info, &name, SIGNATURE, RATE_HZ, 1, 16, FRAME);
    port_.port_data.pdata = this;
    port_.get_frame = &G711Stream::hear;
    port_.put_frame = &G711Stream::give;
}

pj_status_t G711Stream::open() {
    const pj_status_t locked = pj_grp_lock_create_w_handler(pool_, nullptr, this, &G711Stream::free_stream, &port_.grp_lock);
    if (locked != PJ_SUCCESS) {
        free_stream(this);
        return locked;
    }
    pj_grp_lock_add_ref(port_.grp_lock);
    if (transport_->grp_lock != nullptr) pj_grp_lock_add_ref(transport_->grp_lock);
    pjmedia_transport_attach_param with;
    pj_bzero(&with, sizeof with);
    with.stream = with.user_data = this;
    with.media_type = PJMEDIA_TYPE_AUDIO;
    with.rem_addr = info_.rem_addr;
    if (info_.rtcp_mux) with.rem_rtcp = info_.rem_addr;
    else if (pj_sockaddr_has_addr(&info_.rem_rtcp)) with.rem_rtcp = info_.rem_rtcp;
    with.addr_len = pj_sockaddr_get_len(&info_.rem_addr);
    with.rtp_cb2 = &G711Stream::on_rtp;
    with.rtcp_cb = &G711Stream::on_rtcp;
    const pj_status_t attached = pjmedia_transport_attach2(transport_, &with);
    if (attached != PJ_SUCCESS) pj_grp_lock_dec_ref(port_.grp_lock);
    else if (!info_.rtcp_sdes_bye_disabled) report(false);
    return attached;
}

void G711Stream::start() {
    speaks_ = (info_.dir & PJMEDIA_DIR_ENCODING) != 0;
    std::lock_guard<std::mutex> hold(mutex_);
    hears_ = (info_.dir & PJMEDIA_DIR_DECODING) != 0;
}

// The bridge may hear and give once more before it lets go.
void G711Stream::destroy() {
    over_.store(true, std::memory_order_relaxed);
    {
        std::lock_guard<std::mutex> hold(mutex_);
        hears_ = false;
    }
    if (!info_.rtcp_sdes_bye_disabled) report(true);
    pjmedia_transport_detach(transport_, this);
    pj_grp_lock_dec_ref(port_.grp_lock);
}

void G711Stream::free_stream(void *given) {
    auto *stream = static_cast<G711Stream *>(given);
    if (stream->port_.grp_lock != nullptr && stream->transport_->grp_lock != nullptr)
        pj_grp_lock_dec_ref(stream->transport_->grp_lock);
    pjmedia_rtcp_fini(&stream->rtcp_);
    pj_pool_t *pool = stream->pool_;
    delete stream;
    pj_pool_safe_release(&pool);
}

// --- what comes ---------------------------------------------------------------------------------------------------------

void G711Stream::on_rtp(pjmedia_tp_cb_param *packet) { static_cast<G711Stream *>(packet->user_data)->receive(*packet); }

void G711Stream::receive(pjmedia_tp_cb_param &packet) {
    const auto *bytes = static_cast<const std::uint8_t *>(packet.pkt);
    RtpPacket rtp{};
    if (packet.size < static_cast<pj_ssize_t>(HEADER)) return;  // an error, or a keep-alive that is no RTP
    if (!parse(bytes, static_cast<std::size_t>(packet.size), rtp)) {
        std::lock_guard<std::mutex> hold(mutex_);
        ++discarded_;
        return;
    }
    if (info_.rtcp_mux && rtp.payload_type >= 64 && rtp.payload_type <= 95) return on_rtcp(this, packet.pkt, packet.size);
    const double arrived_s = now_s();
    {
        std::lock_guard<std::mutex> hold(mutex_);
        if (info_.has_rem_ssrc && rtp.ssrc != info_.rem_ssrc) {
            ++discarded_;
            return;
        }
        reception_.on_packet(static_cast<const char *>(packet.pkt), static_cast<std::size_t>(packet.size), arrived_s);
        octets_received_ += rtp.length;
        if (!hears_) return;
        if (rtp.payload_type == payload_type_in_) {
            if (rtp.ssrc != last_ssrc_) playout_.restart();
            last_ssrc_ = rtp.ssrc;
            if (playout_.put(rtp.timestamp, rtp.payload, static_cast<unsigned>(rtp.length)) == Playout::REFUSED) ++discarded_;
            written_next_ = playout_.written_next();
            return;
        }
        if (static_cast<int>(rtp.payload_type) != event_type_in_) {
            ++discarded_;
            return;
        }
    }
    if (const auto news = events_in_.on_event(rtp.ssrc, rtp.timestamp, rtp.payload, rtp.length)) tell(*news, rtp.timestamp);
}

void G711Stream::tell(const EventNews &news, std::uint32_t timestamp) {
    std::unique_lock<std::mutex> hold(mutex_);
    const auto event_callback = event_callback_;
    const auto digit_callback = digit_callback_;
    void *const event_data = event_data_, *const digit_data = digit_data_;
    hold.unlock();
    auto *handle = reinterpret_cast<pjmedia_stream *>(this);
    if (event_callback != nullptr) {
        pjmedia_stream_dtmf_event event{};
        event.digit = news.digit;
        event.timestamp = timestamp / (RATE_HZ / 1000);
        event.duration = static_cast<pj_uint16_t>(news.duration / (RATE_HZ / 1000));
        event.flags = static_cast<pj_uint16_t>((news.update ? PJMEDIA_STREAM_DTMF_IS_UPDATE : 0) |
                                               (news.end ? PJMEDIA_STREAM_DTMF_IS_END : 0));
        event_callback(handle, event_data, &event);
    } else if (digit_callback != nullptr && !news.update) {
        digit_callback(handle, digit_data, news.digit);
    }
}

void G711Stream::on_rtcp(void *given, void *bytes, pj_ssize_t length) {
    if (length <= 0) return;
    auto *stream = static_cast<G711Stream *>(given);
    std::lock_guard<std::mutex> hold(stream->control_);
    stream->bring_up_to_date();
    pjmedia_rtcp_rx_rtcp(&stream->rtcp_, bytes, static_cast<pj_size_t>(length));
}

pj_status_t G711Stream::hear(pjmedia_port *port, pjmedia_frame *frame) {
    auto *stream = static_cast<G711Stream *>(port->port_data.pdata);
    std::lock_guard<std::mutex> hold(stream->mutex_);
    const bool sound = stream->hears_ && stream->playout_.take(static_cast<std::int16_t *>(frame->buf), FRAME);
    stream->read_next_ = stream->playout_.read_next();
    frame->type = sound ? PJMEDIA_FRAME_TYPE_AUDIO : PJMEDIA_FRAME_TYPE_NONE;
    frame->size = sound ? FRAME * 2 : 0;
    return PJ_SUCCESS;
}

// --- what goes ----------------------------------------------------------------------------------------------------------

pj_status_t G711Stream::give(pjmedia_port *port, pjmedia_frame *frame) {
    const bool sound = frame->type == PJMEDIA_FRAME_TYPE_AUDIO && frame->size == FRAME * 2;
    static_cast<G711Stream *>(port->port_data.pdata)->say(sound ? static_cast<const std::int16_t *>(frame->buf) : nullptr);
    return PJ_SUCCESS;
}

void G711Stream::say(const std::int16_t *sound) {
    if (over_.load(std::memory_order_relaxed)) return;
    timestamp_ += FRAME;
    sent_timestamp_.store(timestamp_, std::memory_order_relaxed);
    if (--frames_to_report_ == 0) {
        frames_to_report_ = static_cast<std::uint16_t>(frames_to_report());
        report(false);
    }
    if (!speaks_.load(std::memory_order_relaxed)) {
        unsent_count_ = 0;
        marker_ = true;
        return;
    }
    if (digits_.load(std::memory_order_relaxed) && say_event()) return;
    static constexpr std::array<std::int16_t, FRAME> SILENCE{};
    if (sound == nullptr) sound = SILENCE.data();
    if (packet_samples_ != FRAME) return say_in_packets(sound);
    std::array<std::uint8_t, HEADER + FRAME> packet;
    law_->encode(sound, packet.data() + HEADER, FRAME);
    send(packet.data(), payload_type_out_, timestamp_, marker_, FRAME);
    marker_ = false;
}

// The peer wants longer or shorter packets than a frame of the bridge.
void G711Stream::say_in_packets(const std::int16_t *sound) {
    law_->encode(sound, unsent_.data() + unsent_count_, FRAME);
    unsent_count_ = static_cast<std::uint16_t>(unsent_count_ + FRAME);
    unsigned done = 0;
    for (; unsent_count_ - done >= packet_samples_; done += packet_samples_) {
        std::array<std::uint8_t, HEADER + LONGEST_PACKET> packet;
        std::copy_n(unsent_.data() + done, packet_samples_, packet.data() + HEADER);
        send(packet.data(), payload_type_out_, timestamp_ + FRAME - (unsent_count_ - done), marker_, packet_samples_);
        marker_ = false;
    }
    std::copy(unsent_.begin() + done, unsent_.begin() + unsent_count_, unsent_.begin());
    unsent_count_ = static_cast<std::uint16_t>(unsent_count_ - done);
}

bool G711Stream::say_event() {
    std::optional<EventSender::Packet> event;
    {
        std::lock_guard<std::mutex> hold(control_);
        event = events_out_.next(timestamp_, FRAME);
        if (events_out_.idle()) digits_ = false;
    }
    if (!event) return false;
    std::array<std::uint8_t, HEADER + EventSender::PAYLOAD> packet;
    std::copy(event->payload.begin(), event->payload.end(), packet.begin() + HEADER);
    send(packet.data(), static_cast<unsigned>(info_.tx_event_pt), event->timestamp, event->first, EventSender::PAYLOAD);
    unsent_count_ = 0;
    return true;
}

void G711Stream::send(std::uint8_t *packet, unsigned payload_type, std::uint32_t timestamp, bool marker, unsigned length) {
    const auto sequence = static_cast<std::uint16_t>(sent_sequence_.load(std::memory_order_relaxed) + 1);
    sent_sequence_.store(sequence, std::memory_order_relaxed);
    write({payload_type, marker, sequence, timestamp, ssrc_}, packet);
    pjmedia_transport_send_rtp(transport_, packet, HEADER + length);  // what does not get out is lost, as on any other hop
    packets_sent_.store(packets_sent_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    octets_sent_.store(octets_sent_.load(std::memory_order_relaxed) + length, std::memory_order_relaxed);
}

pj_status_t G711Stream::dial(const std::string &digits, unsigned duration_ms) {
    if (info_.tx_event_pt <= 0) return PJMEDIA_RTP_EREMNORFC2833;
    std::lock_guard<std::mutex> hold(control_);
    const auto asked = events_out_.dial(digits, (duration_ms ? duration_ms : DIGIT_MS) * (RATE_HZ / 1000));
    digits_ = !events_out_.idle();
    if (asked == EventSender::TOO_MANY) return PJ_ETOOMANY;
    return asked == EventSender::TAKEN ? PJ_SUCCESS : PJMEDIA_RTP_EINDTMF;
}

void G711Stream::on_digit(void (*callback)(pjmedia_stream *, void *, int), void *user_data) {
    std::lock_guard<std::mutex> hold(mutex_);
    digit_callback_ = callback;
    digit_data_ = user_data;
}

void G711Stream::on_digit_event(void (*callback)(pjmedia_stream *, void *, const pjmedia_stream_dtmf_event *), void *user_data) {
    std::lock_guard<std::mutex> hold(mutex_);
    event_callback_ = callback;
    event_data_ = user_data;
}

// --- reports and figures ------------------------------------------------------------------------------------------------

// RFC 3550 §6.1: a report, then who we are.
void G711Stream::report(bool goodbye) {
    std::lock_guard<std::mutex> hold(control_);
    bring_up_to_date();
    std::array<std::uint8_t, LARGEST_REPORT> packet;
    void *own = nullptr;
    int length = 0;
    pjmedia_rtcp_build_rtcp(&rtcp_, &own, &length);
    std::memcpy(packet.data(), own, static_cast<std::size_t>(length));
    auto used = static_cast<std::size_t>(length);
    if (!info_.rtcp_sdes_bye_disabled) {
        pjmedia_rtcp_sdes names;
        pj_bzero(&names, sizeof names);
        names.cname = pj_str_t{cname_.data(), static_cast<pj_ssize_t>(cname_.size())};
        pj_size_t more = packet.size() - used;
        if (pjmedia_rtcp_build_rtcp_sdes(&rtcp_, packet.data() + used, &more, &names) == PJ_SUCCESS) used += more;
    }
    if (goodbye) {
        pj_size_t more = packet.size() - used;
        if (pjmedia_rtcp_build_rtcp_bye(&rtcp_, packet.data() + used, &more, nullptr) == PJ_SUCCESS) used += more;
    }
    pjmedia_transport_send_rtcp(transport_, packet.data(), used);
}

// Brings what has been counted into pjmedia's RTCP session, under control_.
void G711Stream::bring_up_to_date() {
    rtcp_.stat.tx.pkt = packets_sent_.load(std::memory_order_relaxed);
    rtcp_.stat.tx.bytes = octets_sent_.load(std::memory_order_relaxed);
    rtcp_.stat.rtp_tx_last_ts = sent_timestamp_.load(std::memory_order_relaxed);
    rtcp_.stat.rtp_tx_last_seq = sent_sequence_.load(std::memory_order_relaxed);
    std::lock_guard<std::mutex> hold(mutex_);
    const Heard heard = reception_.heard();
    rtcp_.stat.rx.pkt = static_cast<pj_uint32_t>(heard.packets);
    rtcp_.stat.rx.bytes = static_cast<pj_uint32_t>(octets_received_);
    rtcp_.stat.rx.discard = static_cast<unsigned>(discarded_);
    if (heard.packets == 0) return;
    rtcp_.stat.rx.loss = static_cast<unsigned>(std::max(0LL, heard.expected - heard.received));
    rtcp_.peer_ssrc = heard.ssrc;
    rtcp_.received = static_cast<pj_uint32_t>(heard.received);
    rtcp_.seq_ctrl.max_seq = static_cast<pj_uint16_t>(heard.highest_sequence);
    rtcp_.seq_ctrl.cycles = heard.highest_sequence & 0xFFFF0000U;
    rtcp_.seq_ctrl.base_seq = heard.highest_sequence - static_cast<std::uint32_t>(heard.expected);
    rtcp_.jitter = static_cast<pj_uint32_t>(std::lround(heard.jitter * 16));
    pj_math_stat_update(&rtcp_.stat.rx.jitter, static_cast<int>(heard.jitter * 1e6 / RATE_HZ));
}

void G711Stream::statistics(pjmedia_rtcp_stat &stat) {
    std::lock_guard<std::mutex> hold(control_);
    bring_up_to_date();
    stat = rtcp_.stat;
}

void G711Stream::buffer(pjmedia_jb_state &state) {
    state = {};
    std::lock_guard<std::mutex> hold(mutex_);
    state.frame_size = FRAME;
    state.size = playout_.waiting() / FRAME;
    state.avg_delay = playout_.waiting() * 1000 / RATE_HZ;
    state.lost = static_cast<unsigned>(playout_.concealed() / FRAME);
    state.discard = static_cast<unsigned>(playout_.late());
}

// --- looking ahead ------------------------------------------------------------------------------------------------------

// Ours are parts of their streams.
const G711Stream &G711Stream::around(const pjmedia_port *port) {
    return *reinterpret_cast<const G711Stream *>(reinterpret_cast<const char *>(port) - offsetof(G711Stream, port_));
}

void G711Stream::fetch_for_packet() const { fetch_span(&mutex_, &playout_, LINE); }

void G711Stream::fetch_packet_place() const { fetch(written_next_, FRAME); }

void G711Stream::fetch_for_hearing(const pjmedia_port *port) {
    const G711Stream &stream = around(port);
    fetch_span(&port->port_data, &stream.mutex_, LINE);
    fetch(&stream.playout_, LINE);
}

void G711Stream::fetch_sound(const pjmedia_port *port) { fetch(around(port).read_next_, FRAME); }

void G711Stream::fetch_for_giving(const pjmedia_port *port) { fetch_span(&port->port_data, &around(port).mutex_, 0); }

void G711Stream::fetch_transport(const pjmedia_port *port) { fetch(around(port).transport_, TRANSPORT_STATE); }

}  // namespace patchbay
