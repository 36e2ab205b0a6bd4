#include "peer_source.hpp"

#include <cstring>

namespace patchbay {
namespace {

constexpr pj_uint16_t DISCARD = 9;
constexpr std::uint16_t MOST_LOST = 3000;  // packets: RFC 3550 A.1, MAX_DROPOUT

bool known(const pj_sockaddr &address) { return address.addr.sa_family != 0; }

// On a socket for both versions IPv4 arrives as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2).
pj_sockaddr plain(const pj_sockaddr &address) {
    if (address.addr.sa_family != pj_AF_INET6()) return address;
    static constexpr std::uint8_t MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    const auto *bytes = static_cast<const std::uint8_t *>(pj_sockaddr_get_addr(&address));
    if (std::memcmp(bytes, MAPPED, sizeof MAPPED) != 0) return address;
    pj_sockaddr v4{};
    v4.ipv4.sin_family = static_cast<pj_uint16_t>(pj_AF_INET());
    v4.ipv4.sin_port = address.ipv6.sin6_port;
    std::memcpy(&v4.ipv4.sin_addr, bytes + sizeof MAPPED, sizeof v4.ipv4.sin_addr);
    return v4;
}

bool same(const pj_sockaddr &a, const pj_sockaddr &b) { return known(a) && known(b) && pj_sockaddr_cmp(&a, &b) == 0; }

bool same_host(const pj_sockaddr &a, const pj_sockaddr &b) {
    return known(a) && a.addr.sa_family == b.addr.sa_family &&
           std::memcmp(pj_sockaddr_get_addr(&a), pj_sockaddr_get_addr(&b), pj_sockaddr_get_addr_len(&a)) == 0;
}

bool is_loopback(const pj_sockaddr &address) {
    const auto *bytes = static_cast<const std::uint8_t *>(pj_sockaddr_get_addr(&address));
    if (address.addr.sa_family != pj_AF_INET6()) return bytes[0] == 127;
    static constexpr std::uint8_t ONE[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return std::memcmp(bytes, ONE, sizeof ONE) == 0;
}

struct Network {
    std::uint8_t first, second, mask_of_second;
};

// Addresses that no packet from outside their network carries (RFC 1918, RFC 3927, RFC 6598; RFC 4193, RFC 4291 §2.5.6).
bool is_private(const pj_sockaddr &address) {
    if (is_loopback(address)) return true;
    const auto *bytes = static_cast<const std::uint8_t *>(pj_sockaddr_get_addr(&address));
    if (address.addr.sa_family == pj_AF_INET6()) return (bytes[0] & 0xFE) == 0xFC || (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80);
    static constexpr Network PRIVATE[] = {{10, 0, 0}, {172, 16, 0xF0}, {192, 168, 0xFF}, {169, 254, 0xFF}, {100, 64, 0xC0}};
    for (const Network &network : PRIVATE)
        if (bytes[0] == network.first && (bytes[1] & network.mask_of_second) == network.second) return true;
    return false;
}

}  // namespace

bool PeerSource::announce(const pj_sockaddr &rtp, const pj_sockaddr &rtcp, std::uint32_t now_ms) {
    if (known(announced_) && (!pj_sockaddr_has_addr(&rtp) || same(announced_, rtp))) return false;
    if (standing_ != STRANGER) {
        former_ = source_;
        former_standing_ = standing_;
    }
    announced_ = rtp;
    announced_rtcp_ = rtcp;
    announced_ms_ = now_ms;
    standing_ = STRANGER;
    announced_rtcp_heard_ = false;
    return true;
}

void PeerSource::vouch_for(const pj_sockaddr &host) { signals_ = plain(host); }

PeerSource::Standing PeerSource::standing_of(const pj_sockaddr &arrived) const {
    const pj_sockaddr source = plain(arrived);
    if (same(source, announced_)) return ANNOUNCED;
    if (fixed_) return STRANGER;
    if (same_host(announced_, source) || same_host(signals_, source)) return NEAR;
    if (!known(announced_)) return STRANGER;
    const pj_uint16_t port = pj_sockaddr_get_port(&announced_);
    const bool here = is_loopback(source) && pj_sockaddr_get_port(&source) == port;
    return port == DISCARD || here || (is_private(announced_) && !is_private(source)) ? FAR : STRANGER;
}

bool PeerSource::goes_on(const pj_sockaddr &source, Mark mark, std::uint32_t now_ms) const {
    const auto ahead = static_cast<std::uint16_t>(mark.sequence - last_.sequence);
    return standing_ != ANNOUNCED && now_ms - heard_ms_ >= SILENT_MS && same_host(source_, source) && mark.ssrc == last_.ssrc &&
           ahead > 0 && ahead < MOST_LOST;
}

PeerSource::Verdict PeerSource::take(Mark mark, std::uint32_t now_ms, Verdict verdict) {
    last_ = mark;
    heard_ms_ = now_ms;
    return verdict;
}

PeerSource::Verdict PeerSource::on_rtp(const pj_sockaddr &source, Mark mark, std::uint32_t now_ms) {
    if (standing_ != STRANGER && pj_sockaddr_cmp(&source_, &source) == 0) return take(mark, now_ms, TAKE);
    const Standing standing = standing_of(source);
    if (standing != ANNOUNCED && standing_ == STRANGER && now_ms - announced_ms_ < FORMER_MS) {
        if (same(source, former_)) return TAKE;
        if (standing < former_standing_) return DROP;
    }
    if (standing <= standing_ && !(standing_ != STRANGER && goes_on(source, mark, now_ms))) return DROP;
    if (standing > standing_) standing_ = standing;
    source_ = source;
    return take(mark, now_ms, FOLLOW);
}

PeerSource::Verdict PeerSource::on_rtcp(const pj_sockaddr &source, std::uint32_t ssrc) {
    if (same(plain(source), announced_rtcp_)) {
        const Verdict verdict = announced_rtcp_heard_ ? TAKE : FOLLOW;
        announced_rtcp_heard_ = true;
        return verdict;
    }
    if (fixed_ || standing_ == STRANGER || !same_host(source_, source) || ssrc != last_.ssrc) return DROP;
    return announced_rtcp_heard_ ? TAKE : FOLLOW;
}

}  // namespace patchbay
