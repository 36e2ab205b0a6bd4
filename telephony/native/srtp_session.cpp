#include "srtp_session.hpp"

#include <mutex>
#include <stdexcept>

namespace patchbay {
namespace {

std::vector<unsigned char> from_hex(const std::string &digits) {
    std::vector<unsigned char> out;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        out.push_back(static_cast<unsigned char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    return out;
}

// libsrtp counts nobody who uses it, and starting it twice is an error. The engine has started it, if there is an engine; else we
// do, and end it with the last session, so that an engine can come later.
class Library {
public:
    static srtp_err_status_t create(srtp_t &session, const srtp_policy_t &policy) {
        std::lock_guard<std::mutex> hold(mutex_);
        srtp_err_status_t made = srtp_create(&session, &policy);
        if (made != srtp_err_status_ok && users_ == 0 && srtp_init() == srtp_err_status_ok) {
            started_ = true;
            made = srtp_create(&session, &policy);
        }
        if (made == srtp_err_status_ok) ++users_;
        return made;
    }
    static void free(srtp_t session) {
        std::lock_guard<std::mutex> hold(mutex_);
        srtp_dealloc(session);
        if (--users_ == 0 && started_) {
            srtp_shutdown();
            started_ = false;
        }
    }

private:
    static inline std::mutex mutex_;
    static inline int users_ = 0;
    static inline bool started_ = false;
};

}  // namespace

SrtpSession::SrtpSession(int profile, const std::string &key, srtp_ssrc_type_t direction) : key_(from_hex(key)) {
    srtp_policy_t policy{};
    const auto known = static_cast<srtp_profile_t>(profile);
    if (srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, known) != srtp_err_status_ok ||
        srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, known) != srtp_err_status_ok ||
        static_cast<std::size_t>(policy.rtp.cipher_key_len) != key_.size())
        throw std::runtime_error("no SRTP keys of profile " + std::to_string(profile));
    policy.ssrc.type = direction;
    policy.key = key_.data();
    policy.window_size = 1024;
    policy.allow_repeat_tx = 1;
    const srtp_err_status_t made = Library::create(session_, policy);
    if (made != srtp_err_status_ok) throw std::runtime_error("SRTP session: libsrtp says " + std::to_string(made));
}

SrtpSession::~SrtpSession() { Library::free(session_); }

}  // namespace patchbay
