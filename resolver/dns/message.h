// DNS messages (RFC 1035 §4.1) with EDNS (RFC 6891) and Extended DNS Errors (RFC 8914).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "resolver/dns/bytes.h"
#include "resolver/dns/record.h"

namespace dns {

struct Header {
    std::uint16_t id = 0;
    bool response = false; // QR
    Opcode opcode = Opcode::QUERY;
    bool authoritative = false;       // AA
    bool truncated = false;           // TC
    bool recursion_desired = false;   // RD
    bool recursion_available = false; // RA
    bool authentic_data = false;      // AD (RFC 4035 §3.2.3)
    bool checking_disabled = false;   // CD (RFC 4035 §3.2.2)
    friend bool operator==(const Header&, const Header&) = default;
};

struct EdnsOption {
    std::uint16_t code = 0;
    Bytes data;
    friend bool operator==(const EdnsOption&, const EdnsOption&) = default;
};

struct Edns {
    std::uint16_t udp_payload_size = 1232;
    std::uint8_t version = 0;
    bool dnssec_ok = false; // DO (RFC 3225 §3)
    std::vector<EdnsOption> options;
    friend bool operator==(const Edns&, const Edns&) = default;
};

struct ExtendedError {
    EdeCode code{};
    std::string text; // EXTRA-TEXT, UTF-8, a final NUL removed (RFC 8914 §2)
    friend bool operator==(const ExtendedError&, const ExtendedError&) = default;
};

struct Message {
    Header header;
    Rcode rcode = Rcode::NOERROR; // with the upper bits from OPT
    std::vector<Question> questions;
    std::vector<Record> answer, authority, additional; // `additional` without the OPT record
    std::optional<Edns> edns;                          // OPT wherever it stood in ADDITIONAL

    // Strict about structure: counts, record headers and lengths must fit, owner names must be good, nothing may trail.
    // RDATA refuses a message in one case only: OPT must be in ADDITIONAL, once, owned by the root, with options that
    // fill it exactly (bad_opt). Any other RDATA unfit for its type makes one record malformed, and the rest is judged:
    // - Types whose names we have to decompress (may_be_compressed_on_receipt; RFC 3597 §4): where a field is missing, or
    //   a name is bad or runs past the RDATA, what stands before it is kept, which no typed parse takes.
    // - All other types (a compressed signer's name or DNAME, a short DNSKEY, a bad type bit map): kept as it came.
    // Typed parse, check_rdata() and canonical_rdata() of such RDATA fail, so whoever needs it can say which record is
    // at fault. Nothing is ever read beyond the RDATA but where a compression pointer leads back.
    // TTLs above 2^31-1 are read as 0 (RFC 2181 §8). Errors as WireError; offset in octets from the start of the message.
    static Result<Message> parse(ByteView wire);
    // With name compression of owners and of RFC 1035 types' RDATA names, case kept. Never fails: sections are written
    // whole. RDATA that is malformed is written as it is.
    Bytes build() const;
    // As build(), but at most `limit` octets: EDE options are dropped first (RFC 8914 §3), then records from the end, and
    // TC is set where anything was dropped. Header, questions and OPT always stay.
    Bytes build(std::size_t limit) const;

    // EDE options in their order, malformed ones left out. What is not UTF-8, and control characters, come out as
    // U+FFFD: the text is meant for people and for JSON.
    std::vector<ExtendedError> extended_errors() const;  // EDE options, malformed ones left out
    void add_extended_error(const ExtendedError& error); // adds EDNS where it was missing
    friend bool operator==(const Message&, const Message&) = default;
};

// A stub's query: RD=1, DO=1, CD=1, AD=0, EDNS version 0 with this payload size (RFC 4035 §4.9.1, RFC 6840 §5.9).
Message make_query(const Question& question, std::uint16_t id, std::uint16_t udp_payload_size = 1232);
// `dig`-like text of the whole message, for -v and for teaching.
std::string to_text(const Message& message);

} // namespace dns
