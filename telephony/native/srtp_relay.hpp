// The media path of one browser leg: SRTP on the browser's sockets, plain RTP at the engine's end of a link. One thread reads the
// sockets of all legs; the engine's packets leave on the engine's own thread.
//
// A leg has a socket for each address of this machine, and the browser may send on any of them, whichever it nominated (RFC 8445
// §8.1.1). Python keeps what is rare: whatever arrives there and is no RTP (STUN, DTLS, SRTCP; RFC 7983 §7, RFC 5761 §4)
// goes to it through `other_fd`, a datagram socket, as `Aside` and the datagram.
//
// Invariants: a packet passes unchanged but for encryption; only what the browser's key authenticates reaches the engine; after
// stop() the thread touches none of the sockets. The relay has descriptors of its own for them, so that the caller may close his
// at any time: a number that is free may be another leg's a moment later.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "media_link.hpp"
#include "reception.hpp"

namespace patchbay {

struct RelayOptions {
    std::vector<int> browser_fds;
    std::shared_ptr<MediaLink> link;
    int other_fd = -1;
    int srtp_profile = 0;        // libsrtp's number
    std::string rx_key, tx_key;  // key and salt, in hexadecimal digits
    int payload_type = 0;
    unsigned clock_hz = 8000;
};

// Stands before each datagram on `other_fd`. `port` 0, with no datagram: the browser's first sound has come.
struct Aside {
    double arrived_s;  // the wall clock's
    int port;
    int socket;  // which of the leg's, counted from 0
    char host[48];  // as text, zero-terminated
};

struct Sent {
    unsigned long long packets = 0, octets = 0;
    unsigned ssrc = 0;
    unsigned timestamp = 0;  // of the last packet
    double at_s = 0;         // when it left, by the wall clock
};

struct RelayFigures {
    Heard heard;
    Sent sent;
    unsigned long long rejected = 0;  // wrong key, replayed or broken (RFC 3711 §3.3)
    unsigned long long unsent = 0;    // the system took none at that moment, or there was no engine
};

class SrtpRelay {
public:
    // Throws std::runtime_error when the keys are none, or the link has a browser already.
    explicit SrtpRelay(const RelayOptions &options);
    ~SrtpRelay();
    SrtpRelay(const SrtpRelay &) = delete;
    SrtpRelay &operator=(const SrtpRelay &) = delete;
    // Where the browser is from now on, and which of the leg's sockets leads there. Throws when that is no address.
    void send_to(unsigned socket, const std::string &host, int port);
    RelayFigures figures() const;  // the last ones, after stop()
    void stop();                   // safe to call twice

private:
    struct Path;
    std::unique_ptr<Path> path_;  // none after stop()
    RelayFigures last_;
};

}  // namespace patchbay
