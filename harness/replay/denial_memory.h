// NSEC and NSEC3 records seen so far, put together as an answer to a new question (RFC 8198 §5). Nothing is believed
// here: the answer is judged like any other, and used only where it turns out secure.
#pragma once

#include <optional>
#include <vector>

#include "resolver/dns/message.h"
#include "resolver/dns/serial.h"

namespace harness::replay {

class DenialMemory {
  public:
    // Keeps the NSEC, NSEC3 and SOA records of ANSWER and AUTHORITY that are signed, for their TTL.
    void learn(const dns::Message& message, dns::UnixTime now);
    // A negative answer with this RCODE out of what the deepest zone above the name has said; nullopt where no zone has
    // said anything.
    std::optional<dns::Message> answer_for(const dns::Question& question, dns::Rcode rcode, dns::UnixTime now) const;

  private:
    struct Known {
        dns::Name zone; // the signer
        std::vector<dns::Record> records;
        dns::UnixTime expires;
    };
    std::vector<Known> known_; // the latest last
};

} // namespace harness::replay
