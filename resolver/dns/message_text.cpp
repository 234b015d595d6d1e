// Messages as `dig` shows them.
#include "resolver/dns/message.h"
#include "resolver/dns/text.h"

namespace dns {

namespace {

std::string opcode_text(Opcode opcode) {
    switch (opcode) {
    case Opcode::QUERY: return "QUERY";
    case Opcode::NOTIFY: return "NOTIFY";
    case Opcode::UPDATE: return "UPDATE";
    }
    return "OPCODE" + std::to_string(static_cast<unsigned>(opcode));
}

std::string flags_text(const Header& header) {
    std::string out;
    const auto add = [&](bool set, std::string_view flag) {
        if (set) (out += ' ') += flag;
    };
    add(header.response, "qr");
    add(header.authoritative, "aa");
    add(header.truncated, "tc");
    add(header.recursion_desired, "rd");
    add(header.recursion_available, "ra");
    add(header.authentic_data, "ad");
    add(header.checking_disabled, "cd");
    return out;
}

void append_edns(std::string& out, const Message& message) {
    const Edns& edns = *message.edns;
    out += ";; EDNS: version " + std::to_string(edns.version) + ", flags" + (edns.dnssec_ok ? " do" : "") + ", udp " +
           std::to_string(edns.udp_payload_size) + '\n';
    for (const ExtendedError& error : message.extended_errors()) {
        out += ";; EDE: " + std::to_string(static_cast<unsigned>(error.code));
        if (const std::string_view purpose = describe(error.code); !purpose.empty()) ((out += " (") += purpose) += ')';
        if (!error.text.empty()) (out += ": ") += error.text;
        out += '\n';
    }
    constexpr std::uint16_t ede_option = 15;
    for (const EdnsOption& option : edns.options) {
        if (option.code == ede_option) continue;
        out += ";; OPT " + std::to_string(option.code) + ": " + base16(option.data) + '\n';
    }
}

void append_section(std::string& out, std::string_view title, const std::vector<Record>& records) {
    if (records.empty()) return;
    ((out += ";; ") += title) += ":\n";
    for (const Record& record : records) (out += to_text(record)) += '\n';
}

} // namespace

std::string to_text(const Message& message) {
    std::string out = ";; " + opcode_text(message.header.opcode) + ", status " + to_text(message.rcode) + ", id " +
                      std::to_string(message.header.id) + ", flags" + flags_text(message.header) + '\n';
    if (message.edns) append_edns(out, message);
    if (!message.questions.empty()) out += ";; QUESTION:\n";
    for (const Question& question : message.questions) out += ";" + question.to_text() + '\n';
    append_section(out, "ANSWER", message.answer);
    append_section(out, "AUTHORITY", message.authority);
    append_section(out, "ADDITIONAL", message.additional);
    return out;
}

} // namespace dns
