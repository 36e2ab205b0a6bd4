#include "srtp_relay.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <srtp2/srtp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_set>
#include <vector>

#include "rest.hpp"

namespace patchbay {
namespace {

constexpr std::size_t LONGEST = 2048;  // bytes of a datagram; longer ones are cut, and then refused by their key
constexpr int AT_ONCE = 16;            // datagrams read with one system call
constexpr std::size_t HEADER = 12;
constexpr int READY_AT_ONCE = 64;
constexpr int NICE = -11;

double wall_clock_s() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

unsigned read32(const char *at) {
    std::uint32_t raw;
    std::memcpy(&raw, at, sizeof raw);
    return ntohl(raw);
}

bool is_media(const char *packet, std::size_t length) {
    return length > 0 && (static_cast<unsigned char>(packet[0]) & 0xC0) == 0x80;
}

// RFC 5761 §4: with the marker bit, RTCP's packet types are 64–95 as RTP payload types.
bool is_rtcp(const char *packet, std::size_t length) {
    const auto second = length > 1 ? static_cast<unsigned char>(packet[1]) : 0;
    return second >= 192 && second <= 223;
}

// A batch of datagrams, read with one call; the kernel notes when each came.
class Batch {
public:
    Batch() {
        for (int i = 0; i < AT_ONCE; ++i) {
            parts_[i] = {buffers_[i].data(), LONGEST};
            auto &header = messages_[i].msg_hdr;
            header.msg_iov = &parts_[i];
            header.msg_iovlen = 1;
        }
    }
    int read(int fd) {
        for (int i = 0; i < AT_ONCE; ++i) {
            auto &header = messages_[i].msg_hdr;
            header.msg_name = &senders_[i];
            header.msg_namelen = sizeof senders_[i];
            header.msg_control = control_[i].data();
            header.msg_controllen = control_[i].size();
        }
        return recvmmsg(fd, messages_.data(), AT_ONCE, MSG_DONTWAIT, nullptr);
    }
    char *data(int i) { return buffers_[i].data(); }
    std::size_t length(int i) const { return messages_[i].msg_len; }
    const sockaddr_storage &sender(int i) const { return senders_[i]; }
    double arrived_s(int i) {
        for (cmsghdr *one = CMSG_FIRSTHDR(&messages_[i].msg_hdr); one != nullptr;
             one = CMSG_NXTHDR(&messages_[i].msg_hdr, one)) {
            if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_TIMESTAMPNS) continue;
            timespec at{};
            std::memcpy(&at, CMSG_DATA(one), sizeof at);
            return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
        }
        return wall_clock_s();
    }

private:
    // Room for the authentication tag that encryption appends.
    std::array<std::array<char, LONGEST + SRTP_MAX_TRAILER_LEN>, AT_ONCE> buffers_;
    std::array<iovec, AT_ONCE> parts_{};
    std::array<mmsghdr, AT_ONCE> messages_{};
    std::array<sockaddr_storage, AT_ONCE> senders_{};
    alignas(cmsghdr) std::array<std::array<char, 64>, AT_ONCE> control_{};
};

std::vector<unsigned char> from_hex(const std::string &digits) {
    std::vector<unsigned char> out;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        out.push_back(static_cast<unsigned char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    return out;
}

// libsrtp counts nobody who uses it, and starting it twice is an error. The engine has started it, if there is an engine; else we
// do, and end it with the last session, so that an engine can come later. The carrier's mutex guards this.
class Library {
public:
    static srtp_err_status_t create(srtp_t &session, const srtp_policy_t &policy) {
        srtp_err_status_t made = srtp_create(&session, &policy);
        if (made != srtp_err_status_ok && users_ == 0 && srtp_init() == srtp_err_status_ok) {
            started_ = true;
            made = srtp_create(&session, &policy);
        }
        if (made == srtp_err_status_ok) ++users_;
        return made;
    }
    static void free(srtp_t session) {
        srtp_dealloc(session);
        if (--users_ == 0 && started_) {
            srtp_shutdown();
            started_ = false;
        }
    }

private:
    static inline int users_ = 0;
    static inline bool started_ = false;
};

// One direction's keys.
class Session {
public:
    Session(int profile, const std::string &key, srtp_ssrc_type_t direction) : key_(from_hex(key)) {
        srtp_policy_t policy{};
        const auto known = static_cast<srtp_profile_t>(profile);
        if (srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, known) != srtp_err_status_ok ||
            srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, known) != srtp_err_status_ok ||
            static_cast<std::size_t>(policy.rtp.cipher_key_len) != key_.size())
            throw std::runtime_error("no SRTP keys of profile " + std::to_string(profile));
        policy.ssrc.type = direction;
        policy.key = key_.data();
        policy.window_size = 1024;
        policy.allow_repeat_tx = 1;
        const srtp_err_status_t made = Library::create(session_, policy);
        if (made != srtp_err_status_ok) throw std::runtime_error("SRTP session: libsrtp says " + std::to_string(made));
    }
    ~Session() { Library::free(session_); }
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;
    bool unprotect(char *packet, int &length) { return srtp_unprotect(session_, packet, &length) == srtp_err_status_ok; }
    bool protect(char *packet, int &length) { return srtp_protect(session_, packet, &length) == srtp_err_status_ok; }

private:
    std::vector<unsigned char> key_;
    srtp_t session_ = nullptr;
};

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

void note_arrivals(int fd) {
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

// One of a path's sockets; its address is what epoll gives back.
struct Watched {
    Watched(void *of, int theirs, int place) : path(of), fd(theirs), socket(place) {}
    void *const path;
    const Descriptor fd;
    const int socket;  // which of the browser's, counted from 0
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
            browser.push_back(std::make_unique<Watched>(this, fd, static_cast<int>(browser.size())));
        }
    }

    void on_readable(const Watched &watched, Batch &batch) {
        const int count = batch.read(watched.fd);
        for (int i = 0; i < count; ++i) from_browser(watched.socket, batch, i);
    }

    void from_browser(int socket, Batch &batch, int i) {
        char *data = batch.data(i);
        if (!is_media(data, batch.length(i)) || is_rtcp(data, batch.length(i))) {
            aside(socket, batch.sender(i), batch.arrived_s(i), data, batch.length(i));
            return;
        }
        int length = static_cast<int>(batch.length(i));
        if (batch.length(i) < HEADER || !incoming.unprotect(data, length)) {
            ++rejected;
            return;
        }
        reception.on_packet(data, static_cast<std::size_t>(length), batch.arrived_s(i));
        if (!link->pass_to(MediaLink::ENGINE, data, static_cast<std::size_t>(length))) ++unheard;
        if (!told_first) {
            told_first = true;
            aside(socket, {}, batch.arrived_s(i), nullptr, 0);
        }
    }

    // The engine's thread.
    void on_packet(const char *bytes, std::size_t received) override {
        std::lock_guard<std::mutex> hold(way_out.mutex);
        if (received < HEADER || received > LONGEST || way_out.remote_length == 0) return;
        way_out.sent.packets += 1;
        way_out.sent.octets += received - HEADER;
        way_out.sent.timestamp = read32(bytes + 4);
        way_out.sent.ssrc = read32(bytes + 8);
        way_out.sent.at_s = wall_clock_s();
        std::array<char, LONGEST + SRTP_MAX_TRAILER_LEN> packet;  // encryption appends its tag
        std::memcpy(packet.data(), bytes, received);
        int length = static_cast<int>(received);
        if (!way_out.session.protect(packet.data(), length)) {
            ++way_out.unsent;
            return;
        }
        const auto *to = reinterpret_cast<const sockaddr *>(&way_out.remote);
        if (sendto(browser[way_out.socket]->fd, packet.data(), static_cast<std::size_t>(length), MSG_DONTWAIT, to,
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

    // What the engine's thread needs has a lock of its own, so that the bridge never waits for the carrier's round.
    struct WayOut {
        WayOut(int profile, const std::string &key) : session(profile, key, ssrc_any_outbound) {}
        std::mutex mutex;
        Session session;
        std::size_t socket = 0;
        sockaddr_storage remote{};
        socklen_t remote_length = 0;  // 0: nowhere yet
        Sent sent;
        unsigned long long unsent = 0;
    };

    const std::shared_ptr<MediaLink> link;
    std::vector<std::unique_ptr<Watched>> browser;
    const Descriptor other_fd;
    Session incoming;
    WayOut way_out;
    Reception reception;
    unsigned long long rejected = 0, unheard = 0;
    bool told_first = false;
};

namespace {

// The thread that carries browsers' packets. Its mutex guards every path but its `way_out`.
class Carrier {
public:
    static Carrier &instance() {
        static Carrier *carrier = new Carrier();  // lives as long as the process
        return *carrier;
    }
    std::mutex mutex;

    void watch(Watched &watched) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &watched;
        if (epoll_ctl(epoll_, EPOLL_CTL_ADD, watched.fd, &event) != 0) throw std::runtime_error("a leg's socket cannot be watched");
        watched_.insert(&watched);
    }
    void forget(Watched &watched) {
        epoll_ctl(epoll_, EPOLL_CTL_DEL, watched.fd, nullptr);
        watched_.erase(&watched);
    }

    // For each readable socket of a round.
    using OnReadable = void (*)(const Watched &, Batch &);
    void start(OnReadable on_readable) {
        std::call_once(started_, [&] { std::thread(&Carrier::run, this, on_readable).detach(); });
    }

private:
    Carrier() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

    [[noreturn]] void run(OnReadable on_readable) {
        pthread_setname_np(pthread_self(), "relay");
        // Sound first, as for the engine's own threads (favour_media_threads); without the right to it, less evenly.
        setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), NICE);
        auto batch = std::make_unique<Batch>();
        std::array<epoll_event, READY_AT_ONCE> ready{};
        for (;;) {
            const int count = epoll_wait(epoll_, ready.data(), READY_AT_ONCE, -1);
            {
                std::lock_guard<std::mutex> hold(mutex);
                for (int i = 0; i < count; ++i) {
                    auto *watched = static_cast<Watched *>(ready[static_cast<std::size_t>(i)].data.ptr);
                    if (watched_.count(watched) != 0) on_readable(*watched, *batch);  // it may have gone meanwhile
                }
            }
            if (count < READY_AT_ONCE) patchbay_rest();
        }
    }

    const int epoll_;
    std::unordered_set<const Watched *> watched_;
    std::once_flag started_;
};

template <typename Path>
void forget_all(Carrier &carrier, Path &path) {
    for (const auto &one : path.browser) carrier.forget(*one);
}

}  // namespace

SrtpRelay::SrtpRelay(const RelayOptions &options) {
    if (!options.link) throw std::runtime_error("a relay without a link");
    Carrier &carrier = Carrier::instance();
    carrier.start([](const Watched &watched, Batch &batch) {
        static_cast<Path *>(watched.path)->on_readable(watched, batch);
    });
    std::lock_guard<std::mutex> hold(carrier.mutex);
    path_ = std::make_unique<Path>(options);
    try {
        for (const auto &one : path_->browser) carrier.watch(*one);
        path_->link->join(MediaLink::BROWSER, *path_);
    } catch (...) {
        forget_all(carrier, *path_);
        path_.reset();
        throw;
    }
}

SrtpRelay::~SrtpRelay() { stop(); }

void SrtpRelay::stop() {
    if (!path_) return;
    path_->link->leave(MediaLink::BROWSER, *path_);  // before the carrier's lock: the engine's thread may be on its way in
    last_ = figures();
    Carrier &carrier = Carrier::instance();
    std::lock_guard<std::mutex> hold(carrier.mutex);
    forget_all(carrier, *path_);
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
    std::lock_guard<std::mutex> hold(Carrier::instance().mutex);
    return path_ ? path_->figures() : last_;
}

}  // namespace patchbay
