#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "text.hpp"

#include <algorithm>

namespace patchbay {
namespace {

constexpr char UNREADABLE[] = "\xef\xbf\xbd";  // U+FFFD

// How many bytes from here are one character in UTF-8 (RFC 3629 §4); 0: they are none.
unsigned length_of_character(const unsigned char *at, std::size_t left) {
    const unsigned char lead = at[0];
    if (lead < 0x80) return 1;
    const unsigned length = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
    if (length == 0 || left < length) return 0;
    for (unsigned i = 1; i < length; ++i)
        if ((at[i] & 0xc0) != 0x80) return 0;
    const bool overlong = (lead == 0xe0 && at[1] < 0xa0) || (lead == 0xf0 && at[1] < 0x90);
    const bool surrogate = lead == 0xed && at[1] > 0x9f;
    const bool beyond = lead == 0xf4 && at[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : length;
}

bool is_control(unsigned code) {
    return (code < 0x20 && code != '\t' && code != '\r' && code != '\n') || (code >= 0x7f && code <= 0x9f);
}

bool is_plain(const unsigned char *bytes, std::size_t length) {
    return std::all_of(bytes, bytes + length, [](unsigned char byte) { return byte < 0x80 && !is_control(byte); });
}

}  // namespace

std::string readable_text(const char *bytes, std::size_t length) {
    const auto *at = reinterpret_cast<const unsigned char *>(bytes);
    std::size_t left = std::min(length, MAX_TEXT);
    if (is_plain(at, left)) return {bytes, left};
    std::string out;
    out.reserve(left + left / 4);
    for (unsigned used; left > 0 && out.size() < MAX_TEXT; at += used, left -= used) {
        const unsigned character = length_of_character(at, left);
        used = character == 0 ? 1 : character;
        const unsigned code = character == 2 ? (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu) : at[0];
        if (character <= 2 && is_control(code)) {
            out += UNREADABLE;
        } else if (character == 0) {  // ISO 8859-1: the byte is the code point
            out += static_cast<char>(0xc0 | code >> 6);
            out += static_cast<char>(0x80 | (code & 0x3f));
        } else {
            out.append(reinterpret_cast<const char *>(at), character);
        }
    }
    return out;
}

}  // namespace patchbay

// The one way of C and C++ text to Python: the build has both SWIG modules call it (tools/pjsua2/build.py). Holds the GIL.
extern "C" PyObject *patchbay_text(const char *bytes, Py_ssize_t length) {
    const std::string text = patchbay::readable_text(bytes, static_cast<std::size_t>(length));
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "strict");
}
