#include "sip_unreadable.hpp"

#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <functional>
#include <vector>

#include "sip_connections.hpp"
#include "sip_guard.hpp"
#include "words.hpp"

namespace patchbay {
namespace {

constexpr std::size_t LONGEST_HEAD = 8192;
constexpr std::size_t MOST_VIAS = 10;
constexpr int TOO_LONG = 513;

struct Header {
    std::string name;   // long form, lower case
    std::string lines;  // as received, folded lines included
};

std::string long_name(std::string name) {
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.pop_back();
    name = lower(name);
    if (name == "v") return "via";
    if (name == "f") return "from";
    if (name == "t") return "to";
    if (name == "i") return "call-id";
    return name;
}

// RFC 3261 §7.3.1: a line that begins with white space goes on with the one before.
std::vector<Header> headers_of(const std::string &head) {
    std::vector<Header> out;
    for (std::size_t at = 0; at < head.size();) {
        const std::size_t end = std::min(head.find('\n', at), head.size());
        std::string line = head.substr(at, end - at);
        while (!line.empty() && line.back() == '\r') line.pop_back();
        at = end + 1;
        if (line.empty()) break;
        if (line[0] == ' ' || line[0] == '\t') {
            if (!out.empty()) out.back().lines += "\r\n" + line;
            continue;
        }
        const std::size_t colon = line.find(':');
        out.push_back({colon == std::string::npos ? "" : long_name(line.substr(0, colon)), line});
    }
    return out;
}

const Header *find(const std::vector<Header> &headers, const char *name) {
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const Header &header) { return header.name == name; });
    return found == headers.end() ? nullptr : &*found;
}

// RFC 3986 §3.1: letters and digits before a colon, and none of SIP's.
bool is_of_another_kind(const std::string &uri) {
    const std::string scheme = lower(uri.substr(0, uri.find(':')));
    if (scheme.empty() || scheme.size() == uri.size() || scheme == "sip" || scheme == "sips" || scheme == "tel") return false;
    return std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '+'); });
}

const char *first_line(int status) {
    if (status == 505) return "SIP/2.0 505 Version Not Supported\r\n";
    if (status == TOO_LONG) return "SIP/2.0 513 Message Too Large\r\n";
    return status == 416 ? "SIP/2.0 416 Unsupported URI Scheme\r\n" : "SIP/2.0 400 Bad Request\r\n";
}

// What a request line says is wrong, as far as it is one: a method, an address, and at last the version. 0: it is none, or that of an
// ACK, which nobody answers.
int status_of(const std::string &line) {
    const std::size_t method = line.find(' '), version = line.rfind(" SIP/");
    if (method == std::string::npos || version == std::string::npos || version < method || method == 0) return 0;
    if (line.compare(0, method, "ACK") == 0) return 0;
    const bool token = std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(method), [](unsigned char c) {
        return std::isalnum(c) || std::string("-.!%*_+`'~").find(static_cast<char>(c)) != std::string::npos;
    });
    if (!token) return 0;
    if (lower(line.substr(version + 5)) != "2.0") return 505;
    return is_of_another_kind(line.substr(method + 1, version - method)) ? 416 : 400;
}

// RFC 3261 §8.2.6.2: a tag for To, the same one for the same request.
std::string tag_of(const std::string &call_id) {
    char text[32];
    std::snprintf(text, sizeof text, ";tag=%zx", std::hash<std::string>{}(call_id));
    return text;
}

bool is_broken(const pjsip_rx_data &rdata) {
    const auto &info = rdata.msg_info;
    return info.msg == nullptr || !pj_list_empty(&info.parse_err) || info.cid == nullptr || info.cid->id.slen == 0 ||
           info.from == nullptr || info.to == nullptr || info.via == nullptr || info.cseq == nullptr;
}

void answer_to_where_it_came_from(const AnswerToUnreadable &answer, const pjsip_rx_data &rdata) {
    pjsip_tpselector by;
    pj_bzero(&by, sizeof by);
    by.type = PJSIP_TPSELECTOR_TRANSPORT;
    by.u.transport = rdata.tp_info.transport;
    pjsip_tpmgr_send_raw(pjsip_endpt_get_tpmgr(pjsua_get_pjsip_endpt()),
                         static_cast<pjsip_transport_type_e>(rdata.tp_info.transport->key.type), &by, nullptr, answer.text.data(),
                         answer.text.size(), &rdata.pkt_info.src_addr, rdata.pkt_info.src_addr_len, nullptr, nullptr);
}

// `instead`: the status of what is a request at all; 0: what its first line says.
AnswerToUnreadable answer_to(const std::string &request, int instead) {
    if (request.find('\0') < std::min(request.size(), LONGEST_HEAD)) return {};
    const std::size_t line_end = request.find('\n');
    if (line_end == std::string::npos || line_end > LONGEST_HEAD) return {};
    std::string line = request.substr(0, line_end);
    while (!line.empty() && line.back() == '\r') line.pop_back();
    const int found = status_of(line), status = instead == 0 ? found : instead;
    if (found == 0) return {};
    const std::vector<Header> headers = headers_of(request.substr(line_end + 1, LONGEST_HEAD));
    if (find(headers, "via") == nullptr) return {};  // nobody to answer
    std::string out = first_line(status);
    std::size_t vias = 0;
    for (const Header &header : headers)
        if (header.name == "via" && ++vias <= MOST_VIAS) out += header.lines + "\r\n";
    const Header *call_id = find(headers, "call-id");
    for (const char *name : {"from", "to", "call-id", "cseq"}) {
        const Header *header = find(headers, name);
        if (header == nullptr) continue;
        out += header->lines;
        const bool tagged = lower(header->lines).find(";tag=") != std::string::npos;
        if (header->name == "to" && !tagged) out += tag_of(call_id ? call_id->lines : line);
        out += "\r\n";
    }
    out += "Content-Length: 0\r\n\r\n";
    if (out.size() > request.size() + 64) return {};
    return {status, out};
}

}  // namespace

AnswerToUnreadable answer_to_unreadable(const std::string &request) { return answer_to(request, 0); }

void refuse_too_long(const std::string &request, const pjsip_rx_data &rdata) {
    const AnswerToUnreadable answer = answer_to(request, TOO_LONG);
    SipGuard::count(answer.status);
    if (answer.status != 0) answer_to_where_it_came_from(answer, rdata);
}

}  // namespace patchbay

extern "C" {

pjsip_msg *__real_pjsip_parse_rdata(char *buffer, pj_size_t size, pjsip_rx_data *rdata);

// In the place of pjsip's: what it can make nothing of, it drops after this, and what strangers send too much of.
pjsip_msg *__wrap_pjsip_parse_rdata(char *buffer, pj_size_t size, pjsip_rx_data *rdata) {
    using namespace patchbay;
    const bool is_request = size < 4 || std::string(buffer, 4) != "SIP/";
    if (!SipGuard::hears(rdata->pkt_info.src_name, is_request)) {
        SipGuard::count(TOO_MANY);
        return rdata->msg_info.msg = nullptr;
    }
    const std::string received(buffer, size);  // the parser writes into it
    pjsip_msg *message = __real_pjsip_parse_rdata(buffer, size, rdata);
    rdata->msg_info.msg = message;
    if (!is_broken(*rdata)) {
        message_came_whole();
        return message;
    }
    const AnswerToUnreadable answer = answer_to_unreadable(received);
    if (answer.status == 0) {
        if (received.find_first_not_of("\r\n") != std::string::npos && received.size() > 4) SipGuard::count(UNREADABLE);
        return message;
    }
    SipGuard::count(answer.status);
    answer_to_where_it_came_from(answer, *rdata);
    return message;
}
}
