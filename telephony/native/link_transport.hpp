// The engine's end of a MediaLink, as a stream wants it: a transport of pjmedia without sockets.
#pragma once

#include <pjmedia.h>

#include <memory>

#include "media_link.hpp"

namespace patchbay {

// Freed by pjmedia_transport_close() and the stream's last use. RTCP is not carried: the relay's owner speaks it with the browser.
// `pool` is used only here. Throws std::runtime_error.
pjmedia_transport *open_link_transport(pj_pool_t *pool, std::shared_ptr<MediaLink> link);

}  // namespace patchbay
