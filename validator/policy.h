// What the caller decides: algorithms, digests, limits, tolerance. Data, without a clock and without globals.
#pragma once

#include <optional>
#include <vector>

#include "resolver/dns/record.h"
#include "resolver/dns/serial.h"

namespace validator {

enum class AlgorithmProfile { rfc9904, legacy, strict };

struct Limits {
    // Of signatures, for each response, and for the whole question as soon as one signature has failed: the value BIND
    // settled on after KeyTrap (CVE-2023-50387).
    unsigned verifications = 16;
    unsigned verifications_in_all = 64; // for a question in which all is well: as many as it may lead to questions
    unsigned signatures_per_rrset = 32; // RRSIGs looked at (CVE-2026-3104)
    unsigned failures_per_rrset = 4;    // failed verifications per RRset (CVE-2023-50387)
    unsigned same_tag_keys = 4;         // keys of one (tag, algorithm) tried
    unsigned ds_records = 8;            // DS records of one delegation considered
    unsigned nsec3_iterations = 50;     // above: insecure (RFC 9276 §3.2)
    unsigned nsec3_hash_blocks = 5000;  // SHA-1 blocks per session, iterations and salt included (CVE-2023-50868)
    unsigned denial_records = 8; // NSEC and NSEC3 records of a response verified for one claim (three are needed)
    unsigned any_rrsets = 12;    // of an answer to ANY; the others are left out (RFC 8482 §4.1)
    unsigned aliases = 11;       // links of an alias chain (RFC 6672 §2.2 asks for a bound)
    unsigned questions = 64;     // asked of upstreams for one question
};

// RFC 7646: nothing at or below this name is validated, until a positive anchor further down, and until it ends.
struct NegativeAnchor {
    static constexpr std::int64_t longest_life = 7 * 86400; // seconds; RFC 7646 §2.1: "at most a week"

    // `until` is the first second in which it does not count any more. Without one: for as long as the policy is in
    // use, which is for one run of a program that the user is watching.
    NegativeAnchor(dns::Name zone, std::optional<dns::UnixTime> until = {})
        : name(zone)
        , ends(until) {}
    // For a life in seconds from `now`; longer ones are cut to a week.
    static NegativeAnchor lasting(dns::Name zone, dns::UnixTime now, std::int64_t seconds);
    bool counts_at(dns::UnixTime now) const { return !ends || now < *ends; }

    dns::Name name;
    std::optional<dns::UnixTime> ends;
};

struct Policy {
    std::vector<dns::Algorithm> algorithms; // supported; others make a zone insecure (RFC 4035 §5.2)
    std::vector<dns::DigestType> digests;   // supported (RFC 6840 §5.2)
    Limits limits;
    // An anchor's key may have signed the DNSKEY RRset without being in it, as Unbound has it. RFC 4035 §5 wants it there.
    bool anchors_may_be_absent = false;
    // For scenario files that say so, and for nothing else: inception and expiration are not looked at.
    bool ignore_signature_times = false;
    // Every algorithm that the DS records (or the anchor) of a zone list must have signed each of its RRsets. A
    // troubleshooting option, never the default (RFC 6840 §5.11).
    bool require_all_algorithms = false;
    // Beside a stronger digest SHA-1 DS records are ignored (RFC 4509 §3). Only scenario files turn that off.
    bool strongest_digest_only = true;
    std::int64_t clock_skew = 0; // seconds of tolerance on both ends of a signature's window
    std::vector<NegativeAnchor> negative_anchors;
    // Ask for the DS of every label between a signer and what it signed: a zone that signs names below its own
    // delegation is found out, at the price of a question and a signature for each such label. For troubleshooting.
    bool seek_hidden_cuts = false;

    static Policy of(AlgorithmProfile profile);
    // DSA (3 and 6), which no profile has: RFC 8624 §3.1 says MUST NOT. Scenario files of other validators, written
    // when it was common, are replayed with it; nothing else calls this.
    void add_historic_algorithms();
    bool supports(dns::Algorithm algorithm) const;
    bool supports(dns::DigestType digest) const;
};

} // namespace validator
