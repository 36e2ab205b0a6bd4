// The thread that receives media: it reads the sockets of all legs, browsers' and SIP's, until nothing is left, rests, and comes
// back shortly before the bridge takes what has come (rest.hpp). Who floods a socket gets no more than a share of that time: what
// his socket cannot hold until the next round is lost.
//
// Invariants: a socket's on_datagram() runs on this thread, with the receiver's mutex held; after forget() it runs no more. Neither
// it nor anything below it may watch or forget.
#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace patchbay {

// One datagram at a time is the cheapest way while each socket has one at a tick; a burst is read in several rounds.
class Datagram {
public:
    static constexpr std::size_t LONGEST = 2048;  // bytes; longer ones are cut
    static constexpr std::size_t SPARE = 256;     // behind it, for what decryption and Opus want (tools/pjsua2/asan.supp)
    bool read(int fd);
    char *data() { return buffer_.data(); }
    std::size_t length() const { return length_; }
    const sockaddr_storage &sender() const { return sender_; }
    double arrived_s();  // by the wall clock: the kernel's time after note_arrivals(), else now

private:
    std::array<char, LONGEST + SPARE> buffer_;
    std::size_t length_ = 0;
    sockaddr_storage sender_{};
    msghdr header_{};
    alignas(cmsghdr) std::array<char, 64> control_{};
};

double wall_clock_s();
void note_arrivals(int fd);

class MediaSocket {
public:
    virtual ~MediaSocket() = default;
    virtual int fd() const = 0;
    virtual void on_datagram(Datagram &datagram) = 0;
    // Its turn is near: whoever has much state brings it into the caches (look_ahead.hpp). First what the socket points to itself, a
    // little later what that points to.
    virtual void soon() const {}
    virtual void next() const {}

private:
    friend class Receiver;
    std::uint32_t place_ = 0;  // in the receiver's table
};

class Receiver {
public:
    // Its thread starts with the first call and lives as long as the process.
    static Receiver &instance();
    // Guards the sockets' owners' state too. Held by the callers of the two below.
    std::mutex mutex;
    void watch(MediaSocket &socket);  // throws std::runtime_error when the system refuses
    void forget(MediaSocket &socket);

private:
    Receiver();
    [[noreturn]] void run();
    MediaSocket *told(std::uint64_t event) const;
    void round(const epoll_event *ready, int count, Datagram &datagram);
    // What epoll gives back is a place and its turn: the socket that had the place may have gone since.
    struct Place {
        MediaSocket *socket = nullptr;
        std::uint32_t turn = 0;
    };
    const int epoll_;
    std::vector<Place> places_;
    std::vector<std::uint32_t> free_;
};

// pjlib's locks want to know the thread that takes them. False: it cannot be told, and must not call into pjmedia.
bool introduce_thread_to_pjlib();

}  // namespace patchbay
