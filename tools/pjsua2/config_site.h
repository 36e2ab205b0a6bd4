/* pjproject's compile-time configuration for a media node. Each value says why it differs from upstream's default. */

#define NDEBUG 1
#define PJ_DEBUG 0
#define PJ_ENABLE_EXTRA_CHECK 1         /* parameter checks stay on although assertions are off */
#define PJ_LOG_MAX_LEVEL 4
#define PJ_OS_HAS_CHECK_STACK 0
#define PJ_HAS_IPV6 1
#define PJ_MAX_HOSTNAME 256
#define PJMEDIA_HAS_VIDEO 0
#define PJMEDIA_CONF_BACKEND 100        /* none of pjmedia's three bridges: ours (telephony/native/bridge.cpp) */
#define PJ_GETHOSTIP_DISABLE_LOCAL_RESOLUTION 1  /* no DNS question for our own name: it can hang every call for 5 s */

/* Hundreds of legs instead of a desktop phone's four. */
#define PJSUA_MAX_CALLS 4096
#define PJSUA_MAX_ACC 256
#define PJSUA_MAX_PLAYERS 4096
#define PJSUA_MAX_RECORDERS 4096
#define PJSUA_MAX_CONF_PORTS 16384      /* an upper bound; the engine asks at run time for what its max_legs needs */
#define PJ_IOQUEUE_MAX_HANDLES 16384
#define PJ_IOQUEUE_HAS_SAFE_UNREG 1
#define PJ_IOQUEUE_DEFAULT_EPOLL_FLAGS 0 /* each poll set has one thread: neither EPOLLEXCLUSIVE nor EPOLLONESHOT is needed */
#define PJ_IOQUEUE_MAX_EVENTS_IN_SINGLE_POLL 16
#define PJSIP_MAX_TSX_COUNT 65535
#define PJSIP_MAX_DIALOG_COUNT 65535
#define PJSIP_MAX_TRANSPORTS 4096       /* one for each TCP connection */
#define PJSIP_TCP_TRANSPORT_BACKLOG 1024 /* who knocks while we do something else tries again after 1, 3, 7 seconds */
#define PJSIP_TRANSPORT_SERVER_IDLE_TIME 86400 /* s; how long connections of others last is ours to say: telephony/native/sip_connections */
#define PJSIP_MAX_NET_EVENTS 16         /* packets handled in one round of the owner thread */

/* Trunks send long URIs and headers; bursts of INVITEs must survive a busy moment. */
#define PJSIP_MAX_PKT_LEN 65535
#define PJSIP_MAX_URL_SIZE 512
#define PJSIP_UDP_SO_SNDBUF_SIZE (8 * 1024 * 1024)
#define PJSIP_UDP_SO_RCVBUF_SIZE (8 * 1024 * 1024)

/* Never define PJ_HASH_USE_OWN_TOLOWER or PJSIP_UNESCAPE_IN_PLACE: Asterisk's build notes report wrong hashes and crashes. */
