// RTP and RTCP over UDP: what pjproject sends and receives the media of SIP legs with, in place of its own transport.
//
// pjmedia's transport takes every packet through its ioqueue: three locks, two reference counts, several hundred bytes of state a
// packet, and 24 KB of buffers a leg for sends that would block, which UDP's do not. Here the one receiving thread reads the
// sockets (receiver.hpp), and packets leave on the bridge's thread at once. The link step puts this in the place of
// `pjmedia_transport_udp_attach` (tools/pjsua2/build.py).
//
// Like pjmedia's: plain RTP/AVP, unless it was given keys. Unlike it: whose packets are the peer's is decided here, for all kinds of streams alike
// (peer_source.hpp), and a stream never sees another's; RTCP on the RTP port is neither offered nor accepted (RFC 5761 is for browsers, whose packets take another path).
#pragma once

#include <pjmedia.h>

#include <string>

namespace patchbay {

// What has come from the peer, whatever stream there was, and what was dropped because it came from somebody else.
struct Arrivals {
    unsigned long long sound = 0, reports = 0, strangers = 0;  // packets
};

// Takes the pair of bound sockets over; when it fails they are still the caller's. `options`: PJMEDIA_UDP_NO_SRC_ADDR_CHECKING,
// which here means that only the announced address counts.
pj_status_t open_udp_transport(pjmedia_endpt *endpoint, const pjmedia_sock_info &pair, unsigned options,
                               pjmedia_transport **transport);

// From its start on it speaks SRTP and SRTCP only, and takes nothing else. Keys as `SrtpSession` wants them; throws as that does.
void protect(pjmedia_transport &transport, int profile, const std::string &rx_key, const std::string &tx_key);

// Of one of ours; false and nothing for any other.
bool arrivals(const pjmedia_transport_info &info, Arrivals &out);
bool vouch_for(pjmedia_transport &transport, const pj_sockaddr &host);

}  // namespace patchbay
