// SRTP and SRTCP in one direction (RFC 3711), by libsrtp.
#pragma once

#include <srtp2/srtp.h>

#include <cstddef>
#include <string>
#include <vector>

namespace patchbay {

constexpr std::size_t SRTP_SPARE = SRTP_MAX_TRAILER_LEN + 4;  // behind a packet, for its tag and SRTCP's index (§3.4)

class SrtpSession {
public:
    // `profile` is libsrtp's number, `key` key and salt in hexadecimal digits. Throws std::runtime_error when they are none.
    SrtpSession(int profile, const std::string &key, srtp_ssrc_type_t direction);
    ~SrtpSession();
    SrtpSession(const SrtpSession &) = delete;
    SrtpSession &operator=(const SrtpSession &) = delete;
    // In place. False: with another key, replayed or broken, and what is there now is nothing.
    bool unprotect(char *packet, int &length) { return srtp_unprotect(session_, packet, &length) == srtp_err_status_ok; }
    bool unprotect_report(char *packet, int &length) { return srtp_unprotect_rtcp(session_, packet, &length) == srtp_err_status_ok; }
    // In place, with `SRTP_SPARE` bytes behind.
    bool protect(char *packet, int &length) { return srtp_protect(session_, packet, &length) == srtp_err_status_ok; }
    bool protect_report(char *packet, int &length) { return srtp_protect_rtcp(session_, packet, &length) == srtp_err_status_ok; }

private:
    std::vector<unsigned char> key_;
    srtp_t session_ = nullptr;
};

}  // namespace patchbay
