// The SIP stack's door for connections (TCP): who is let in, and who has to go. What is decided is in connection_book.hpp; here are
// the sockets.
//
// pjsip accepts whoever knocks, keeps 64 KB for each, reads one of them for as long as it sends, lets a message take as long as it
// likes, and stops listening for good after fifty failures to accept in a row. The link step puts ours in the place of
// `pj_sock_accept`, so that who is refused costs nothing, of `pj_ioqueue_recv`, so that everybody has his turn, and of
// `pjsip_tpmgr_receive_packet`, which knows what a read was worth (tools/pjsua2/build.py).
//
// A connection is ended by shutdown(2) on its socket: pjsip sees its peer go, and takes everything of it down as it always does.
//
// Owner thread, except figures(), which any thread may call.
#pragma once

#include "connection_book.hpp"

namespace patchbay {

struct ConnectionFigures {
    unsigned open, of_strangers;
    // since the start
    unsigned long long refused, silent, unfinished, too_long, idle, unread, made_room;
};

// After Endpoint.libInit and before sockets are bound; a new book each time.
void watch_connections(const ConnectionLimits &limits);
// Each round: ends those whose time is over.
void end_overdue_connections();
ConnectionFigures connection_figures();

// A message has been read whole, and it is SIP.
void message_came_whole();

}  // namespace patchbay
