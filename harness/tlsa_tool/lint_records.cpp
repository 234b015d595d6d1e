// The lints about the published records alone: codes, digests, sizes, lifetimes.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/tlsa_tool/lint_parts.h"
#include "resolver/dns/text.h"
#include "tlsa/digest.h"

namespace harness::linting {

namespace {

constexpr std::uint16_t smtp_port = 25;
constexpr std::size_t udp_limit = 1232;             // what fits everywhere without fragments (RFC 9715 §3.2)
constexpr dns::Ttl longest_ttl = 86'400;            // a day: an error in the records lasts that long (RFC 7671 §13)
constexpr std::int64_t longest_life = 31 * 86'400L; // "a couple of weeks to a month" (RFC 7671 §11)

bool is(const tlsa::Association& association, tlsa::Usage usage, tlsa::MatchingType type) {
    return association.usage == usage && association.matching_type == type;
}

void unusable_records(const Service& service, Findings& out) {
    for (const auto& record : service.assessed) {
        if (!record.unusable || record.unusable == tlsa::Unusable::weaker_digest_ignored) continue;
        const std::string text = record_text(record);
        if (record.unusable == tlsa::Unusable::usage_pkix_in_smtp)
            out.add(Severity::warning, "usage-pkix", "D-203", "RFC 7672 §3.1.3", service.published->owner,
                    fmt::format("{}: mail clients cannot use usages 0 and 1: publish 3 1 1 or 2 0 1", text));
        else
            out.add(Severity::warning, "record-unusable", "", "RFC 6698 §4.1", service.published->owner,
                    fmt::format("{}: {}: no client can use it; remove it", text, tlsa::describe(*record.unusable)));
    }
}

void duplicates(const Service& service, Findings& out) {
    std::set<dns::Bytes> seen;
    for (const auto& record : service.published->records)
        if (!seen.insert(record).second)
            out.add(Severity::advice, "record-duplicate", "", "RFC 2181 §5", service.published->owner,
                    fmt::format("a record stands there twice: {}", dns::base16(record)));
}

// The digest of nothing is what a script publishes whose file was empty; all octets alike is a placeholder.
void garbage(const Service& service, Findings& out) {
    for (const auto& record : service.assessed) {
        if (!record.association || record.association->data.size() < 2) continue;
        const auto& data = record.association->data;
        const bool nothing = data == tlsa::matching_data(record.association->matching_type, dns::Bytes{});
        const bool alike = std::ranges::all_of(data, [&](std::uint8_t octet) { return octet == data.front(); });
        if (nothing)
            out.add(Severity::error, "digest-of-nothing", "D-201", "RFC 6698 §2.1.3", service.published->owner,
                    fmt::format("{}: the digest of no octets at all: the script that made it read an empty file",
                                record_text(record)));
        else if (alike)
            out.add(Severity::error, "placeholder", "D-201", "RFC 6698 §2.1.3", service.published->owner,
                    fmt::format("{}: a placeholder, which matches nothing", record_text(record)));
    }
}

void digests(const Service& service, Findings& out) {
    struct Count {
        std::set<dns::Bytes> sha256, sha512;
    };
    std::map<std::pair<int, int>, Count> counts;
    for (const auto& record : service.assessed) {
        if (!record.association || !counts_for_clients(record)) continue;
        auto& count =
            counts[{static_cast<int>(record.association->usage), static_cast<int>(record.association->selector)}];
        if (record.association->matching_type == tlsa::MatchingType::SHA2_256)
            count.sha256.insert(record.association->data);
        if (record.association->matching_type == tlsa::MatchingType::SHA2_512)
            count.sha512.insert(record.association->data);
    }
    for (const auto& [key, count] : counts) {
        const std::string kind = fmt::format("{} {}", key.first, key.second);
        if (count.sha256.empty() && !count.sha512.empty())
            out.add(Severity::warning, "sha512-alone", "D-146", "RFC 7671 §8.3", service.published->owner,
                    fmt::format("{0} 2 without {0} 1: a client need not know SHA2-512; publish {0} 1 too", kind));
        else if (!count.sha512.empty() && count.sha256.size() != count.sha512.size())
            out.add(
                Severity::warning, "digests-uneven", "D-205", "RFC 7671 §8.3", service.published->owner,
                fmt::format("{} keys with SHA2-256 and {} with SHA2-512 under {}: a client that knows both looks at "
                            "SHA2-512 alone; publish each digest for every key, or for none",
                            count.sha256.size(), count.sha512.size(), kind));
    }
}

void recommended(const Service& service, Findings& out) {
    bool any = false, good = false;
    for (const auto& record : service.assessed) {
        if (!record.association || !counts_for_clients(record)) continue;
        any = true;
        const auto& association = *record.association;
        const bool key = association.selector == tlsa::Selector::SPKI;
        good = good || (key && is(association, tlsa::Usage::DANE_EE, tlsa::MatchingType::SHA2_256)) ||
               is(association, tlsa::Usage::DANE_TA, tlsa::MatchingType::SHA2_256);
        if (association.matching_type == tlsa::MatchingType::Full)
            out.add(Severity::warning, "full-data", "D-204", "RFC 7671 §10.1", service.published->owner,
                    fmt::format("{} ... has the whole {} in DNS: publish a digest", record_text(record).substr(0, 12),
                                key ? "key" : "certificate"));
        if (association.usage == tlsa::Usage::DANE_TA && key)
            out.add(Severity::advice, "anchor-by-key", "D-204", "RFC 7671 §5.2.1", service.published->owner,
                    fmt::format("{}: a key leaves out the authority's constraints: with usage 2 prefer selector 0",
                                record_text(record)));
        if (association.usage == tlsa::Usage::DANE_EE && !key)
            out.add(
                Severity::advice, "whole-certificate", "D-150", "RFC 7671 §5.1", service.published->owner,
                fmt::format("{}: every renewal of the certificate needs a new record: 3 1 1 lasts as long as the key",
                            record_text(record)));
    }
    if (any && !good && service.published->port == smtp_port)
        out.add(Severity::advice, "not-recommended", "D-203", "RFC 7672 §3.1", service.published->owner,
                "neither 3 1 1 nor 2 0 1 is published, which every client knows");
}

void answer(const Service& service, Findings& out) {
    const auto& published = *service.published;
    if (published.answer_octets > udp_limit)
        out.add(Severity::warning, "answer-too-large", "D-204", "RFC 7671 §10.1", published.owner,
                fmt::format("the answer has {} octets, more than the {} that go over UDP without fragments: publish "
                            "fewer records, and digests",
                            published.answer_octets, udp_limit));
    if (published.ttl > longest_ttl)
        out.add(Severity::warning, "ttl-long", "D-206", "RFC 7671 §13", published.owner,
                fmt::format("TTL {} s: a mistake, and every change of key, takes that long to reach all clients; an "
                            "hour is usual",
                            published.ttl));
    if (published.signature_seconds > longest_life)
        out.add(Severity::warning, "signature-long", "D-206", "RFC 7671 §13", published.owner,
                fmt::format("the signature is good for {} days: that long records that were withdrawn can be played "
                            "again; days to weeks are enough",
                            published.signature_seconds / 86'400));
}

} // namespace

std::string record_text(const tlsa::AssessedRecord& record) {
    return record.association ? record.association->to_text() : "\\# " + dns::base16(record.rdata);
}

bool counts_for_clients(const tlsa::AssessedRecord& record) {
    return !record.unusable || record.unusable == tlsa::Unusable::weaker_digest_ignored;
}

void lint_records(const Service& service, Findings& out) {
    unusable_records(service, out);
    duplicates(service, out);
    garbage(service, out);
    digests(service, out);
    recommended(service, out);
    answer(service, out);
}

} // namespace harness::linting
