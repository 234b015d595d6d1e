// Denial of existence: RFC 4035 §5.4 for NSEC, RFC 5155 §8 for NSEC3, both as corrected by RFC 6840 §4. One function for
// each claim that a response can make. All of them take proven RRsets, so an unverified NSEC cannot reach them.
#pragma once

#include <span>
#include <vector>

#include "validator/budget.h"
#include "validator/rrsig.h"

namespace validator {

// The NSEC and NSEC3 RRsets of a response that a zone's keys prove.
struct DenialRecords {
    std::vector<ProvenRrSet> proven;
    std::vector<Reason> reasons; // of those that failed, and where some were left out
    bool any = false;            // there were some, proven or not
};
// `about` is the name that the response denies, or whose RRset was made from a wildcard: where there are more records
// than Limits::denial_records, those that bear on it are verified (relevance.h), the others ignored.
DenialRecords prove_denial_records(std::span<const dns::SignedRrSet> section, const ZoneKeys& keys,
                                   const dns::Name& about, Work work);

struct Denial {
    enum class Outcome {
        no_data,    // the name exists (or a wildcard stands for it), the type does not
        name_error, // the name does not exist, and no wildcard stands for it
        insecure,   // shown, but only as far as opt-out or the iteration limit allow
        not_proven,
    };
    Outcome outcome = Outcome::not_proven;
    std::vector<Reason> reasons; // of insecure and not_proven
};

// What the records say of a possible zone cut.
struct CutDenial {
    enum class Outcome {
        insecure_delegation, // NS and no DS (RFC 4035 §5.2), or an opt-out span (RFC 5155 §8.9)
        no_cut,              // the name exists without NS, or does not exist
        not_proven,
    };
    Outcome outcome = Outcome::not_proven;
    std::vector<Reason> reasons; // of insecure_delegation and not_proven
};

// "There is no RRset of this type at this name": RFC 4035 §5.4, RFC 5155 §8.5, §8.6, §8.7. May turn out as name_error
// where a compact denial says so.
Denial prove_no_data(const dns::Name& zone, std::span<const ProvenRrSet> records, const dns::Question& question,
                     Work work);
// "There is no such name": RFC 4035 §5.4, RFC 5155 §8.4. Turns out as no_data for an empty non-terminal.
Denial prove_name_error(const dns::Name& zone, std::span<const ProvenRrSet> records, const dns::Question& question,
                        Work work);
// RFC 4035 §5.3.4, RFC 5155 §8.8: nothing closer than the wildcard that made this RRset. Success is name_error ("the
// next closer name does not exist").
Denial prove_wildcard_expansion(const ProvenRrSet& expanded, std::span<const ProvenRrSet> records, Work work);
// RFC 4035 §5.2, RFC 5155 §8.9, RFC 6840 §4.4: no DS at this name, and what that means.
CutDenial prove_no_ds(const dns::Name& zone, std::span<const ProvenRrSet> records, const dns::Name& name, Work work);

} // namespace validator
