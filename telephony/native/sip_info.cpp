#include "sip_info.hpp"

#include <algorithm>
#include <cctype>

#include "words.hpp"

namespace patchbay {
namespace {

constexpr char KEYS[] = "0123456789*#ABCD";

std::string trimmed(const std::string &text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

int key_of(const std::string &signal) {
    if (signal.size() == 1) {
        const char key = static_cast<char>(std::toupper(static_cast<unsigned char>(signal[0])));
        return std::string(KEYS).find(key) == std::string::npos ? NO_KEY : key;
    }
    if (signal.size() != 2 || signal[0] != '1' || signal[1] < '0' || signal[1] > '5') return NO_KEY;
    return KEYS[10 + signal[1] - '0'];
}

// The value of "Signal=…", on whatever line; empty when there is none.
std::string signal_of(const std::string &body) {
    for (std::size_t at = 0; at < body.size();) {
        const std::size_t end = std::min(body.find_first_of("\r\n", at), body.size());
        const std::string line = body.substr(at, end - at);
        const std::size_t equals = line.find('=');
        if (equals != std::string::npos && lower(trimmed(line.substr(0, equals))) == "signal") return trimmed(line.substr(equals + 1));
        at = end + 1;
    }
    return "";
}

}  // namespace

int key_of_info(const std::string &content_type, const std::string &body) {
    if (body.empty()) return NO_KEY;
    const std::string type = lower(trimmed(content_type.substr(0, content_type.find(';'))));
    if (type == "application/dtmf-relay") return key_of(signal_of(body));
    if (type != "application/dtmf") return UNKNOWN_BODY;
    const std::string signal = signal_of(body);
    return key_of(signal.empty() ? trimmed(body) : signal);
}

}  // namespace patchbay
