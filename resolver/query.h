// Query: the octets that are sent for one question, and the judgement whether something received is their answer
// (RFC 5452 §9.1).
#pragma once

#include <cstdint>
#include <functional>
#include <variant>

#include "resolver/dns/message.h"
#include "validator/evidence.h"

namespace resolver {

// The answer, or why there is none.
using Outcome = std::variant<dns::Message, validator::NoAnswerCause>;
using Random = std::function<std::uint64_t()>;

struct QueryForm {
    bool edns = true;                       // false: neither OPT nor DO, for servers from before RFC 6891
    bool use_0x20 = false;                  // random letter case, which the answer has to repeat
    std::uint16_t udp_payload_size = 1232;  // octets, in OPT
    std::vector<dns::EdnsOption> options{}; // in OPT
};

class Query {
  public:
    // `random` gives the id and, with 0x20, the letter case.
    Query(const dns::Question& question, const QueryForm& form, const Random& random);

    dns::ByteView octets() const { return octets_; }
    std::uint16_t id() const { return id_; }

    // The message, if it is a response with this id, opcode and question; else `malformed` (cannot be parsed) or
    // `mismatch`. Only a FORMERR or NOTIMP may lack the question: its sender could not read it (RFC 1035 §4.1.1). The
    // letter case of 0x20 is put back to that of the question asked.
    Outcome judge(dns::ByteView received) const;

  private:
    bool matches(const dns::Message& message) const;

    dns::Name asked_name_; // letter case as the caller wrote it
    dns::Question sent_;
    std::uint16_t id_;
    bool use_0x20_;
    dns::Bytes octets_;
};

} // namespace resolver
