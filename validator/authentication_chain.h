// RFC 9102: everything that proves one RRset, or its absence, in one piece: the records of a "dnssec_chain" TLS extension.
// A chain is evidence like what resolvers answer, and the same Validation judges it.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "validator/validation.h"

namespace validator {

struct AuthenticationChain {
    std::uint16_t support_lifetime = 0; // hours that the server commits itself to (RFC 9102 §7); 0: no promise
    std::vector<dns::Record> records;   // in no particular order (RFC 9102 §2.3)

    // The server's extension_data. The records stand there without a length before them, as in RFC 9102 §A.1; the form
    // that the struct of RFC 9102 §2.3 suggests, with one, is read as well. Error offsets count from the first octet.
    static dns::Result<AuthenticationChain> parse(dns::ByteView extension_data);
    // As in RFC 9102 §A.1. nullopt where the records need more than 65535 octets.
    std::optional<dns::Bytes> build() const;
};

// What this chain says of the question. A chain has no RCODE: where its records deny, they are tried as a denial of the
// type first, then as one of the name. What the chain lacks is NoAnswer{not_recorded}.
Verdict verify(const AuthenticationChain& chain, const dns::Question& question, const TrustAnchors& anchors,
               const Policy& policy, dns::UnixTime now);

// The shortest chain, out of the messages of a finished validation, that says what `verdict` says: every RRset in it is
// needed. nullopt where the verdict is neither secure nor insecure (RFC 9102 §2.1: then the extension is omitted), or
// where the messages do not hold the proof.
std::optional<AuthenticationChain> build_chain(std::span<const dns::Message> messages, const dns::Question& question,
                                               const Verdict& verdict, const TrustAnchors& anchors,
                                               const Policy& policy, dns::UnixTime now);

} // namespace validator
