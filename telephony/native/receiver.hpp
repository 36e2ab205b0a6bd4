// The thread that receives media: it reads the sockets of all legs, browsers' and SIP's, a batch of datagrams at a time, rests, and
// comes back shortly before the bridge takes what has come (rest.hpp).
//
// Invariants: a socket's on_datagrams() runs on this thread, with the receiver's mutex held; after forget() it runs no more. Neither
// it nor anything below it may watch or forget.
#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace patchbay {

// Datagrams read with one system call; the kernel notes when each came, where that was asked for.
class Batch {
public:
    static constexpr int AT_ONCE = 16;
    static constexpr std::size_t LONGEST = 2048;  // bytes of a datagram; longer ones are cut
    static constexpr std::size_t SPARE = 256;     // behind it, for what decryption wants
    Batch();
    int read(int fd);  // how many; at most as many as fit
    char *data(int i) { return buffers_[at(i)].data(); }
    std::size_t length(int i) const { return messages_[at(i)].msg_len; }
    const sockaddr_storage &sender(int i) const { return senders_[at(i)]; }
    double arrived_s(int i);  // by the wall clock: the kernel's time after note_arrivals(), else now

private:
    static std::size_t at(int i) { return static_cast<std::size_t>(i); }
    std::array<std::array<char, LONGEST + SPARE>, AT_ONCE> buffers_;
    std::array<iovec, AT_ONCE> parts_{};
    std::array<mmsghdr, AT_ONCE> messages_{};
    std::array<sockaddr_storage, AT_ONCE> senders_{};
    alignas(std::max_align_t) std::array<std::array<char, 64>, AT_ONCE> control_{};
};

double wall_clock_s();
void note_arrivals(int fd);

class MediaSocket {
public:
    virtual ~MediaSocket() = default;
    virtual int fd() const = 0;
    virtual void on_datagrams(Batch &batch, int count) = 0;
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
    void round(const epoll_event *ready, int count, Batch &batch);
    static constexpr std::uint32_t EVENTS = EPOLLIN | EPOLLET;
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
