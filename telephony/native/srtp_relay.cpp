#include "srtp_relay.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "receiver.hpp"
#include "rtp_packet.hpp"
#include "srtp_session.hpp"

namespace patchbay {
namespace {

constexpr std::size_t HEADER = RtpPacket::HEADER;
static_assert(Datagram::SPARE >= SRTP_SPARE);

bool is_media(const char *packet, std::size_t length) {
    return length > 0 && (static_cast<unsigned char>(packet[0]) & 0xC0) == 0x80;
}

// RFC 5761 §4: with the marker bit, RTCP's packet types are 64–95 as RTP payload types.
bool is_rtcp(const char *packet, std::size_t length) {
    const auto second = length > 1 ? static_cast<unsigned char>(packet[1]) : 0;
    return second >= 192 && second <= 223;
}

// A descriptor of our own for somebody's socket.
class Descriptor {
public:
    explicit Descriptor(int theirs) : number_(fcntl(theirs, F_DUPFD_CLOEXEC, 0)) {
        if (number_ < 0) throw std::runtime_error("a leg's socket is none");
    }
    ~Descriptor() { close(number_); }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    operator int() const { return number_; }  // NOLINT: it is one

private:
    const int number_;
};

}  // namespace

struct SrtpRelay::Path final : LinkEnd {
    explicit Path(const RelayOptions &given)
        : link(given.link),
          other_fd(given.other_fd),
          incoming(given.srtp_profile, given.rx_key, ssrc_any_inbound),
          way_out(given.srtp_profile, given.tx_key),
          reception(given.payload_type, given.clock_hz) {
        for (const int fd : given.browser_fds) {
            note_arrivals(fd);
            browser.push_back(std::make_unique<Socket>(*this, fd, static_cast<int>(browser.size())));
        }
    }

    // One of the leg's sockets.
    struct Socket final : MediaSocket {
        Socket(Path &of, int theirs, int place) : path(of), descriptor(theirs), number(place) {}
        int fd() const override { return descriptor; }
        void on_datagram(Datagram &datagram) override { path.from_browser(number, datagram); }
        Path &path;
        const Descriptor descriptor;
        const int number;  // counted from 0
    };

    void from_browser(int socket, Datagram &datagram) {
        char *data = datagram.data();
        if (!is_media(data, datagram.length()) || is_rtcp(data, datagram.length())) {
            aside(socket, datagram.sender(), datagram.arrived_s(), data, datagram.length());
            return;
        }
        int length = static_cast<int>(datagram.length());
        if (datagram.length() < HEADER || !incoming.unprotect(data, length)) {
            ++rejected;
            return;
        }
        reception.on_packet(data, static_cast<std::size_t>(length), datagram.arrived_s());
        if (!link->pass_to(MediaLink::ENGINE, data, static_cast<std::size_t>(length))) ++unheard;
        if (!told_first) {
            told_first = true;
            aside(socket, {}, datagram.arrived_s(), nullptr, 0);
        }
    }

    // The engine's thread.
    void on_packet(const char *bytes, std::size_t received) override {
        std::lock_guard<std::mutex> hold(way_out.mutex);
        if (received < HEADER || received > Datagram::LONGEST || way_out.remote_length == 0) return;
        way_out.sent.packets += 1;
        way_out.sent.octets += received - HEADER;
        const auto *header = reinterpret_cast<const std::uint8_t *>(bytes);
        way_out.sent.timestamp = read32(header + 4);
        way_out.sent.ssrc = read32(header + 8);
        way_out.sent.at_s = wall_clock_s();
        std::array<char, Datagram::LONGEST + SRTP_SPARE> packet;  // encryption appends its tag
        std::memcpy(packet.data(), bytes, received);
        int length = static_cast<int>(received);
        if (!way_out.session.protect(packet.data(), length)) {
            ++way_out.unsent;
            return;
        }
        const auto *to = reinterpret_cast<const sockaddr *>(&way_out.remote);
        if (sendto(browser[way_out.socket]->descriptor, packet.data(), static_cast<std::size_t>(length), MSG_DONTWAIT, to,
                   way_out.remote_length) < 0)
            ++way_out.unsent;
    }

    RelayFigures figures() {
        RelayFigures out;
        out.heard = reception.heard();
        out.rejected = rejected;
        std::lock_guard<std::mutex> hold(way_out.mutex);
        out.sent = way_out.sent;
        out.unsent = way_out.unsent + unheard;
        return out;
    }

    // A full socket means that Python is far behind; STUN, DTLS and RTCP repeat what is lost.
    void aside(int socket, const sockaddr_storage &sender, double arrived_s, char *data, std::size_t length) const {
        Aside header{};
        header.arrived_s = arrived_s;
        header.socket = socket;
        if (sender.ss_family == AF_INET) {
            const auto &v4 = reinterpret_cast<const sockaddr_in &>(sender);
            header.port = ntohs(v4.sin_port);
            inet_ntop(AF_INET, &v4.sin_addr, header.host, sizeof header.host);
        } else if (sender.ss_family == AF_INET6) {
            const auto &v6 = reinterpret_cast<const sockaddr_in6 &>(sender);
            header.port = ntohs(v6.sin6_port);
            inet_ntop(AF_INET6, &v6.sin6_addr, header.host, sizeof header.host);
        }
        iovec parts[2] = {{&header, sizeof header}, {data, length}};
        msghdr message{};
        message.msg_iov = parts;
        message.msg_iovlen = 2;
        [[maybe_unused]] const ssize_t sent = sendmsg(other_fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    }

    // What the engine's thread needs has a lock of its own, so that the bridge never waits for the receiver's round.
    struct WayOut {
        WayOut(int profile, const std::string &key) : session(profile, key, ssrc_any_outbound) {}
        std::mutex mutex;
        SrtpSession session;
        std::size_t socket = 0;
        sockaddr_storage remote{};
        socklen_t remote_length = 0;  // 0: nowhere yet
        Sent sent;
        unsigned long long unsent = 0;
    };

    const std::shared_ptr<MediaLink> link;
    std::vector<std::unique_ptr<Socket>> browser;
    const Descriptor other_fd;
    SrtpSession incoming;
    WayOut way_out;
    Reception reception;
    unsigned long long rejected = 0, unheard = 0;
    bool told_first = false;

    void forget_sockets(Receiver &receiver) {
        for (const auto &socket : browser) receiver.forget(*socket);
    }
};

SrtpRelay::SrtpRelay(const RelayOptions &options) {
    if (!options.link) throw std::runtime_error("a relay without a link");
    Receiver &receiver = Receiver::instance();
    std::lock_guard<std::mutex> hold(receiver.mutex);
    path_ = std::make_unique<Path>(options);
    try {
        for (const auto &socket : path_->browser) receiver.watch(*socket);
        path_->link->join(MediaLink::BROWSER, *path_);
    } catch (...) {
        path_->forget_sockets(receiver);
        path_.reset();
        throw;
    }
}

SrtpRelay::~SrtpRelay() { stop(); }

void SrtpRelay::stop() {
    if (!path_) return;
    path_->link->leave(MediaLink::BROWSER, *path_);  // before the receiver's lock: the engine's thread may be on its way in
    last_ = figures();
    Receiver &receiver = Receiver::instance();
    std::lock_guard<std::mutex> hold(receiver.mutex);
    path_->forget_sockets(receiver);
    path_.reset();
}

void SrtpRelay::send_to(unsigned socket, const std::string &host, int port) {
    sockaddr_storage remote{};
    auto &v4 = reinterpret_cast<sockaddr_in &>(remote);
    auto &v6 = reinterpret_cast<sockaddr_in6 &>(remote);
    socklen_t length = 0;
    if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(static_cast<std::uint16_t>(port));
        length = sizeof v4;
    } else if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(static_cast<std::uint16_t>(port));
        length = sizeof v6;
    } else {
        throw std::runtime_error("no address to send to");
    }
    if (!path_) return;
    if (socket >= path_->browser.size()) throw std::runtime_error("no such socket of this leg");
    Path::WayOut &out = path_->way_out;
    std::lock_guard<std::mutex> hold(out.mutex);
    out.socket = socket;
    out.remote = remote;
    out.remote_length = length;
}

RelayFigures SrtpRelay::figures() const {
    std::lock_guard<std::mutex> hold(Receiver::instance().mutex);
    return path_ ? path_->figures() : last_;
}

}  // namespace patchbay
