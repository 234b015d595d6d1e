#include "resolver/query.h"

namespace resolver {

namespace {

bool is_ascii_letter(std::uint8_t octet) { return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z'); }

// Flips letters at random. Length octets are at most 63 and so never letters.
dns::Name with_random_case(const dns::Name& name, const Random& random) {
    dns::Bytes wire(name.wire().begin(), name.wire().end());
    std::uint64_t bits = 0;
    unsigned left = 0;
    for (auto& octet : wire) {
        if (!is_ascii_letter(octet)) continue;
        if (left == 0) {
            bits = random();
            left = 64;
        }
        if ((bits & 1) != 0) octet ^= 0x20;
        bits >>= 1;
        --left;
    }
    dns::Reader reader(wire);
    auto flipped = dns::Name::read_uncompressed(reader);
    return flipped ? *flipped : name;
}

} // namespace

Query::Query(const dns::Question& question, const QueryForm& form, const Random& random)
    : asked_name_(question.name)
    , sent_(question)
    , id_(static_cast<std::uint16_t>(random()))
    , use_0x20_(form.use_0x20) {
    if (use_0x20_) sent_.name = with_random_case(question.name, random);
    dns::Message message = dns::make_query(sent_, id_, form.udp_payload_size);
    if (message.edns) message.edns->options = form.options;
    if (!form.edns) message.edns.reset();
    octets_ = message.build();
}

bool Query::matches(const dns::Message& message) const {
    if (message.header.id != id_ || !message.header.response || message.header.opcode != dns::Opcode::QUERY)
        return false;
    if (message.questions.empty()) return message.rcode == dns::Rcode::FORMERR || message.rcode == dns::Rcode::NOTIMP;
    if (message.questions.size() != 1 || message.questions.front() != sent_) return false;
    return !use_0x20_ || message.questions.front().name.same_octets(sent_.name);
}

Outcome Query::judge(dns::ByteView received) const {
    auto message = dns::Message::parse(received);
    if (!message) return validator::NoAnswerCause::malformed;
    if (!matches(*message)) return validator::NoAnswerCause::mismatch;
    if (use_0x20_) {
        for (auto& question : message->questions) question.name = asked_name_;
        for (auto* section : {&message->answer, &message->authority, &message->additional})
            for (auto& record : *section)
                if (record.owner == asked_name_) record.owner = asked_name_;
    }
    return std::move(*message);
}

} // namespace resolver
