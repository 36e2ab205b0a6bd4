#include "media_link.hpp"

#include <sys/socket.h>

#include <stdexcept>

namespace patchbay {

void MediaLink::join(Side side, LinkEnd &end) {
    Place &place = places_[side];
    std::lock_guard<std::mutex> hold(place.mutex);
    if (place.end != nullptr) throw std::runtime_error("this end of the link is taken");
    place.end = &end;
}

void MediaLink::leave(Side side, const LinkEnd &end) {
    Place &place = places_[side];
    std::lock_guard<std::mutex> hold(place.mutex);
    if (place.end == &end) place.end = nullptr;
}

bool MediaLink::pass_to(Side side, const char *bytes, std::size_t length) {
    Place &place = places_[side];
    std::lock_guard<std::mutex> hold(place.mutex);
    if (place.end == nullptr) return false;
    place.end->on_packet(bytes, length);
    return true;
}

LinkSocket::LinkSocket(std::shared_ptr<MediaLink> link, int fd) : link_(std::move(link)), fd_(fd) {
    link_->join(MediaLink::ENGINE, *this);
}

LinkSocket::~LinkSocket() { link_->leave(MediaLink::ENGINE, *this); }

void LinkSocket::say(const char *bytes, std::size_t length) { link_->pass_to(MediaLink::BROWSER, bytes, length); }

void LinkSocket::on_packet(const char *bytes, std::size_t length) {
    [[maybe_unused]] const ssize_t sent = send(fd_, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace patchbay
