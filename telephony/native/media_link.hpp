// Where a browser's relay and the engine's port of its leg meet: each hands the other its packets, as they are, on its own thread.
//
// Invariants: after leave() nothing is handed to that end any more, and a packet on its way to it has been dealt with; a packet for
// an end that is not there is dropped. on_packet() must neither join nor leave.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>

namespace patchbay {

class LinkEnd {
public:
    virtual ~LinkEnd() = default;
    // A whole RTP packet. On the thread of the other end.
    virtual void on_packet(const char *bytes, std::size_t length) = 0;
};

class MediaLink {
public:
    enum Side { ENGINE, BROWSER };
    MediaLink() = default;
    MediaLink(const MediaLink &) = delete;
    MediaLink &operator=(const MediaLink &) = delete;
    // Throws std::runtime_error when another is there already.
    void join(Side side, LinkEnd &end);
    void leave(Side side, const LinkEnd &end);  // not there: no error
    // False: nobody is there.
    bool pass_to(Side side, const char *bytes, std::size_t length);

private:
    struct Place {
        std::mutex mutex;
        LinkEnd *end = nullptr;
    };
    Place places_[2];
};

// The engine's end as a socket: what the browser says is sent there. For tests, and for whoever wants a leg's raw sound.
class LinkSocket : private LinkEnd {
public:
    // `fd` is a connected datagram socket; the caller keeps it open for as long as this lives.
    LinkSocket(std::shared_ptr<MediaLink> link, int fd);
    ~LinkSocket() override;
    void say(const char *bytes, std::size_t length);  // what the engine would say

private:
    void on_packet(const char *bytes, std::size_t length) override;
    const std::shared_ptr<MediaLink> link_;
    const int fd_;
};

}  // namespace patchbay
