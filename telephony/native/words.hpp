// Words of SIP messages, for code that compares them.
#pragma once

#include <pj/types.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace patchbay {

// Of ASCII only, whatever the locale: the words of SIP are (RFC 3261 §25.1).
inline std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return c < 0x80 ? static_cast<char>(std::tolower(c)) : static_cast<char>(c); });
    return text;
}

// Empty also for what pjsip left unset, or set to a negative length.
inline std::string text_of(const pj_str_t &text) {
    return text.slen > 0 ? std::string(text.ptr, static_cast<std::size_t>(text.slen)) : std::string();
}

}  // namespace patchbay
