#include "receiver.hpp"

#include <pj/os.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <stdexcept>
#include <thread>

#include "look_ahead.hpp"
#include "rest.hpp"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace patchbay {
namespace {

constexpr int READY_AT_ONCE = 64;
constexpr int ROUNDS_AT_ONCE = 64;  // a socket's share; 400 legs are seven rounds
// How many sockets ahead each step of bringing memory near is done.
constexpr int FAR = 6, NEAR = 4, NEXT = 2;
constexpr std::size_t SOCKET = 128;  // bytes of it and of what stands beside it that a datagram needs
constexpr int NICE = -11;  // as favour_the_clock gives the bridge's clock

// With AddressSanitizer, whoever reads on behind a packet meets no other packet's remains there.
template <typename Buffer>
void watch_bounds([[maybe_unused]] Buffer &buffer, [[maybe_unused]] std::size_t length) {
#ifdef __SANITIZE_ADDRESS__
    ASAN_UNPOISON_MEMORY_REGION(buffer.data(), length);
    ASAN_POISON_MEMORY_REGION(buffer.data() + length, buffer.size() - length);
#endif
}

}  // namespace

bool Datagram::read(int fd) {
    watch_bounds(buffer_, LONGEST);
    iovec part{buffer_.data(), LONGEST};
    header_.msg_name = &sender_;
    header_.msg_namelen = sizeof sender_;
    header_.msg_iov = &part;
    header_.msg_iovlen = 1;
    header_.msg_control = control_.data();
    header_.msg_controllen = control_.size();
    const long count = syscall(SYS_recvmsg, fd, &header_, MSG_DONTWAIT);  // as in udp_transport: without thought of cancellation
    length_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    watch_bounds(buffer_, length_);
    return count >= 0;
}

double Datagram::arrived_s() {
    for (cmsghdr *one = CMSG_FIRSTHDR(&header_); one != nullptr; one = CMSG_NXTHDR(&header_, one)) {
        if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec noted{};
        std::memcpy(&noted, CMSG_DATA(one), sizeof noted);
        return static_cast<double>(noted.tv_sec) + static_cast<double>(noted.tv_nsec) * 1e-9;
    }
    return wall_clock_s();
}

double wall_clock_s() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void note_arrivals(int fd) {
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

Receiver &Receiver::instance() {
    static Receiver *receiver = [] {
        auto *made = new Receiver();
        std::thread(&Receiver::run, made).detach();
        return made;
    }();
    return *receiver;
}

Receiver::Receiver() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

void Receiver::watch(MediaSocket &socket) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(places_.size()));
        places_.emplace_back();
    }
    const std::uint32_t number = free_.back();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = std::uint64_t{places_[number].turn} << 32 | number;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.fd(), &event) != 0) throw std::runtime_error("a leg's socket cannot be watched");
    free_.pop_back();
    places_[number].socket = &socket;
    socket.place_ = number;
}

void Receiver::forget(MediaSocket &socket) {
    const std::uint32_t number = socket.place_;
    if (number >= places_.size() || places_[number].socket != &socket) return;
    epoll_ctl(epoll_, EPOLL_CTL_DEL, socket.fd(), nullptr);
    places_[number].socket = nullptr;
    ++places_[number].turn;
    free_.push_back(number);
}

void Receiver::run() {
    pthread_setname_np(pthread_self(), "receiver");
    // Sound first; without the right to it, less evenly.
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), NICE);
    auto datagram = std::make_unique<Datagram>();
    std::array<epoll_event, READY_AT_ONCE> ready{};
    for (;;) {
        int count = epoll_wait(epoll_, ready.data(), READY_AT_ONCE, -1);
        for (int rounds = 0; count > 0 && rounds < ROUNDS_AT_ONCE; ++rounds) {
            {
                std::lock_guard<std::mutex> hold(mutex);
                round(ready.data(), count, *datagram);
            }
            count = epoll_wait(epoll_, ready.data(), READY_AT_ONCE, 0);
        }
        rest();
    }
}

MediaSocket *Receiver::told(std::uint64_t event) const {
    const Place &place = places_[static_cast<std::uint32_t>(event)];
    return place.turn == event >> 32 ? place.socket : nullptr;
}

void Receiver::round(const epoll_event *ready, int count, Datagram &datagram) {
    for (int i = -FAR; i < count; ++i) {
        if (i + FAR < count)
            if (MediaSocket *socket = told(ready[i + FAR].data.u64)) fetch(socket, SOCKET);
        if (i + NEAR >= 0 && i + NEAR < count)
            if (MediaSocket *socket = told(ready[i + NEAR].data.u64)) socket->soon();
        if (i + NEXT >= 0 && i + NEXT < count)
            if (MediaSocket *socket = told(ready[i + NEXT].data.u64)) socket->next();
        if (i < 0) continue;
        MediaSocket *socket = told(ready[i].data.u64);
        if (socket == nullptr) continue;
        if (datagram.read(socket->fd())) socket->on_datagram(datagram);
    }
}

bool introduce_thread_to_pjlib() {
    if (pj_thread_is_registered()) return true;
    thread_local pj_thread_desc description;
    thread_local pj_thread_t *thread;
    return pj_thread_register("receiver", description, &thread) == PJ_SUCCESS;
}

}  // namespace patchbay
