// The border where bytes of strangers become text: header fields, names, reasons, SDP, log lines. Pure, but for the last step.
//
// Invariant: what comes out is UTF-8 (RFC 3629) without surrogates and without control characters but tab and line ends, at most
// MAX_TEXT bytes long; whatever came in. SIP says UTF-8 (RFC 3261 §7.3.1), older exchanges say ISO 8859-1: a byte that is no UTF-8 is
// read as the latter, so that "M\xfcller" is Müller. What is no character in either is U+FFFD.
#pragma once

#include <cstddef>
#include <string>

namespace patchbay {

constexpr std::size_t MAX_TEXT = 65536;

std::string readable_text(const char *bytes, std::size_t length);

}  // namespace patchbay
