// Whose sound and reports are the peer's: which source addresses a leg listens to, and where it answers.
//
// A stream's packets say nothing about who sent them, and anybody can send to a port. What vouches for a source is the dialog: it
// announces an address (c= and m= of the SDP) and it comes from a host. A peer behind an address translator announces an address
// that nothing ever comes from, and is answered where it does send from (symmetric RTP, RFC 4961; latching, RFC 7362). So:
//
//   standing    who                                                   is learnt
//   ANNOUNCED   the announced address                                 at once, and for good: nobody displaces it
//   NEAR        another port of the announced host, or of the host    with its first packet, unless one of this standing
//               that signals                                          has been learnt; ANNOUNCED displaces it
//   FAR         a public address, when the announced one is private;  likewise; NEAR and ANNOUNCED displace it
//               anybody, when the announced port is the discard port
//               (RFC 863), that is, nobody knows yet; and the
//               announced port of a loopback address: a peer on this
//               machine, which has several addresses
//   STRANGER    everybody else                                        never
//
// Who has been learnt keeps the leg. It passes to another of no better standing only
//   - when the dialog announces another address (a new offer or answer: RFC 3264 §8). For FORMER_MS what the former source has on
//     its way is still heard, but not answered, and nobody of less standing is learnt: who was heard at the address that he had
//     announced will be again; or
//   - when a translator has given the peer another port: the same host, after SILENT_MS without a packet from the old port, and the
//     packet goes on where that stream stopped (its SSRC, its sequence): 48 bits that only who has seen the stream knows. Not when
//     the announced address itself has been heard: then no translator is in the way.
// An announcement without an address (on hold by 0.0.0.0, RFC 2543) or of the same address changes nothing.
//
// Reports (RTCP) are taken from their announced address, and from the host of the sound when they carry its SSRC (RFC 3550 §6.1).
//
// Assumptions: source addresses are not forged, and nobody on the path is hostile (against both only SRTP helps); whoever signals
// is a trunk. What remains: with a peer behind a translator that has not yet sent anything, somebody on the same host, or, where
// the announced address is private, on any host, may be heard first, until the peer itself sends from a better place.
//
// Pure: time is an argument.
#pragma once

#include <pj/sock.h>

#include <cstdint>

namespace patchbay {

class PeerSource {
public:
    static constexpr std::uint32_t SILENT_MS = 1000, FORMER_MS = 2000;
    enum Standing : std::uint8_t { STRANGER, FAR, NEAR, ANNOUNCED };
    enum Verdict : std::uint8_t {
        DROP,
        TAKE,
        FOLLOW,  // take, and answer there from now on
    };
    struct Mark {  // of an RTP packet
        std::uint32_t ssrc;
        std::uint16_t sequence;
    };

    // What the dialog says. True: it is another address than before, and nobody has been learnt there yet.
    bool announce(const pj_sockaddr &rtp, const pj_sockaddr &rtcp, std::uint32_t now_ms);
    void vouch_for(const pj_sockaddr &host);  // that signals; its port does not matter
    // Only the announced address counts, whatever comes.
    void fix() { fixed_ = true; }

    Verdict on_rtp(const pj_sockaddr &source, Mark mark, std::uint32_t now_ms);
    Verdict on_rtcp(const pj_sockaddr &source, std::uint32_t ssrc);

private:
    Standing standing_of(const pj_sockaddr &arrived) const;
    bool goes_on(const pj_sockaddr &source, Mark mark, std::uint32_t now_ms) const;
    Verdict take(Mark mark, std::uint32_t now_ms, Verdict verdict);

    // Looked at with every packet.
    pj_sockaddr source_{};  // who has been learnt
    Standing standing_ = STRANGER;  // nobody has
    Standing former_standing_ = STRANGER;
    bool fixed_ = false, announced_rtcp_heard_ = false;
    Mark last_{};
    std::uint32_t heard_ms_ = 0;

    std::uint32_t announced_ms_ = 0;
    pj_sockaddr announced_{}, announced_rtcp_{}, signals_{}, former_{};
};

}  // namespace patchbay
