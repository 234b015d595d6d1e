#include "tlsa/association.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "resolver/dns/text.h"
#include "tlsa/der.h"

namespace tlsa {
namespace {

struct UnusableInfo {
    Unusable why;
    std::string_view id, sentence;
};
constexpr std::array unusable_table = {
    UnusableInfo{Unusable::usage_pkix_in_smtp, "usage-pkix-in-smtp",
                 "certificate usages 0 and 1 are not defined for SMTP (RFC 7672 §3.1.3)"},
    UnusableInfo{Unusable::usage_unknown, "usage-unknown", "the certificate usage is not known (RFC 6698 §4.1)"},
    UnusableInfo{Unusable::selector_unknown, "selector-unknown", "the selector is not known (RFC 6698 §4.1)"},
    UnusableInfo{Unusable::matching_type_unknown, "matching-type-unknown",
                 "the matching type is not known (RFC 6698 §4.1)"},
    UnusableInfo{Unusable::malformed, "malformed",
                 "the record is too short for usage, selector and matching type (RFC 6698 §2.1)"},
    UnusableInfo{Unusable::empty_data, "empty-data", "the certificate association data are empty (RFC 6698 §2.1)"},
    UnusableInfo{Unusable::digest_length_wrong, "digest-length-wrong",
                 "the data do not have the length of the digest (RFC 6698 §2.1.3)"},
    UnusableInfo{Unusable::full_data_not_der, "full-data-not-der",
                 "the data are not exactly one DER certificate or public key (RFC 6698 §2.1.2)"},
    UnusableInfo{Unusable::digest_not_accepted, "digest-not-accepted",
                 "this client takes the digest for too weak (RFC 6698 §4.1)"},
    UnusableInfo{Unusable::weaker_digest_ignored, "weaker-digest-ignored",
                 "a record with a stronger digest exists for this usage and selector (RFC 7671 §9)"},
};
const UnusableInfo& info(Unusable why) { return *std::ranges::find(unusable_table, why, &UnusableInfo::why); }

std::optional<Unusable> judge_usage(Usage usage, UsagePolicy policy) {
    switch (usage) {
    case Usage::PKIX_TA:
    case Usage::PKIX_EE:
        if (policy == UsagePolicy::smtp) return Unusable::usage_pkix_in_smtp;
        return std::nullopt;
    case Usage::DANE_TA:
    case Usage::DANE_EE: return std::nullopt;
    case Usage::PrivCert: break;
    }
    return Unusable::usage_unknown;
}

std::optional<Unusable> judge_data(const Association& association) {
    if (association.data.empty()) return Unusable::empty_data;
    switch (association.matching_type) {
    case MatchingType::Full: {
        const bool good = association.selector == Selector::Cert ? is_certificate(association.data)
                                                                 : is_subject_public_key_info(association.data);
        if (!good) return Unusable::full_data_not_der;
        return std::nullopt;
    }
    case MatchingType::SHA2_256:
        if (association.data.size() != 32) return Unusable::digest_length_wrong;
        return std::nullopt;
    case MatchingType::SHA2_512:
        if (association.data.size() != 64) return Unusable::digest_length_wrong;
        return std::nullopt;
    case MatchingType::PrivMatch: break;
    }
    return Unusable::matching_type_unknown;
}

// Codes first, data last: what a record says of an unknown kind cannot be judged further (RFC 6698 §4.1).
std::optional<Unusable> judge(const Association& association, UsagePolicy policy) {
    if (const auto why = judge_usage(association.usage, policy)) return why;
    if (association.selector != Selector::Cert && association.selector != Selector::SPKI)
        return Unusable::selector_unknown;
    return judge_data(association);
}

AssessedRecord assess_one(const dns::Bytes& rdata, UsagePolicy policy) {
    AssessedRecord record;
    record.rdata = rdata;
    if (rdata.size() < 3) {
        record.unusable = Unusable::malformed;
        return record;
    }
    Association association;
    association.usage = static_cast<Usage>(rdata[0]);
    association.selector = static_cast<Selector>(rdata[1]);
    association.matching_type = static_cast<MatchingType>(rdata[2]);
    association.data.assign(rdata.begin() + 3, rdata.end());
    record.unusable = judge(association, policy);
    if (!association.data.empty()) record.association = std::move(association);
    return record;
}

bool is_digest(MatchingType type) { return type == MatchingType::SHA2_256 || type == MatchingType::SHA2_512; }

// Smaller is stronger; a digest that the order does not name has the greatest rank.
std::ptrdiff_t rank(MatchingType type, const DigestOrder& digests) {
    return std::ranges::find(digests, type) - digests.begin();
}

// RFC 7671 §9: the strongest digest counts; Full takes no part.
void apply_digest_agility(std::vector<AssessedRecord>& records, const DigestOrder& digests) {
    for (auto& record : records) {
        if (!record.unusable && is_digest(record.association->matching_type) &&
            rank(record.association->matching_type, digests) == std::ssize(digests))
            record.unusable = Unusable::digest_not_accepted;
    }
    for (auto& record : records) {
        if (record.unusable || !is_digest(record.association->matching_type)) continue;
        const bool outranked = std::ranges::any_of(records, [&](const AssessedRecord& other) {
            const bool counts = !other.unusable || other.unusable == Unusable::weaker_digest_ignored;
            return counts && other.association->usage == record.association->usage &&
                   other.association->selector == record.association->selector &&
                   is_digest(other.association->matching_type) &&
                   rank(other.association->matching_type, digests) < rank(record.association->matching_type, digests);
        });
        if (outranked) record.unusable = Unusable::weaker_digest_ignored;
    }
}

} // namespace

std::string Association::to_text() const {
    return fmt::format("{} {} {} {}", static_cast<unsigned>(usage), static_cast<unsigned>(selector),
                       static_cast<unsigned>(matching_type), dns::base16(data));
}

std::string_view describe(Unusable why) { return info(why).sentence; }
std::string_view id(Unusable why) { return info(why).id; }

const DigestOrder& default_digest_order() {
    static const DigestOrder order{MatchingType::SHA2_512, MatchingType::SHA2_256};
    return order;
}

std::vector<AssessedRecord> assess(std::span<const dns::Bytes> rdata, UsagePolicy policy, const DigestOrder& digests) {
    std::vector<AssessedRecord> records;
    records.reserve(rdata.size());
    for (const auto& octets : rdata) records.push_back(assess_one(octets, policy));
    apply_digest_agility(records, digests);
    return records;
}

bool any_usable(std::span<const AssessedRecord> records) {
    return std::ranges::any_of(records, [](const AssessedRecord& record) { return !record.unusable; });
}

dns::Result<dns::Name> tlsa_name(const dns::Name& base_domain, std::uint16_t port) {
    const auto protocol = base_domain.prepend("_tcp");
    if (!protocol) return protocol.error_as_failure();
    return protocol->prepend(fmt::format("_{}", port));
}

} // namespace tlsa
