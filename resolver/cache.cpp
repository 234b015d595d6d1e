#include "resolver/cache.h"

#include <algorithm>

#include "resolver/dns/rdata.h"

namespace resolver {

namespace {

// The time that is left of an RRSIG, or 0 for one that is malformed or over (RFC 4035 §5.3.3).
dns::Ttl signature_life(const dns::Record& record, dns::UnixTime now) {
    const auto rrsig = dns::Rrsig::parse(record.rdata);
    if (!rrsig) return 0;
    const std::int64_t left = dns::expand(rrsig->expiration, now).seconds - now.seconds;
    const std::int64_t life = std::min<std::int64_t>(left, rrsig->original_ttl);
    return static_cast<dns::Ttl>(std::clamp<std::int64_t>(life, 0, max_positive_life));
}

bool answers_type(const dns::Message& message, dns::RrType type) {
    return type == dns::RrType::ANY || std::any_of(message.answer.begin(), message.answer.end(),
                                                   [&](const dns::Record& record) { return record.type == type; });
}

// RFC 2308 §5: the smaller of the SOA's TTL and MINIMUM; nothing where there is no SOA.
dns::Ttl negative_life(const dns::Message& message) {
    for (const auto& record : message.authority) {
        if (record.type != dns::RrType::SOA) continue;
        const auto soa = dns::Soa::parse(record.rdata);
        return soa ? std::min({record.ttl, soa->minimum, max_negative_life}) : 0;
    }
    return 0;
}

dns::Ttl less(dns::Ttl ttl, dns::Ttl age) { return ttl > age ? ttl - age : 0; }

// What records weigh, allocator overhead left out.
std::size_t octets_of(const std::vector<dns::Record>& records) {
    std::size_t octets = 0;
    for (const auto& record : records) octets += sizeof record + record.rdata.size();
    return octets;
}

std::size_t octets_of(const dns::Message& message) {
    return sizeof message + octets_of(message.answer) + octets_of(message.authority) + octets_of(message.additional);
}

std::size_t octets_of(const validator::Verdict& verdict) {
    std::size_t octets = sizeof verdict;
    for (const auto& reason : verdict.reasons) octets += sizeof reason + reason.detail.size() + reason.resolver.size();
    octets += verdict.aliases.size() * sizeof(validator::AliasHop);
    for (const auto& signed_set : verdict.answer) {
        octets += sizeof signed_set;
        for (const auto& rdata : signed_set.set.rdata) octets += sizeof rdata + rdata.size();
        for (const auto& signature : signed_set.signatures) octets += sizeof signature + signature.size();
    }
    for (const auto& link : verdict.chain) {
        octets += sizeof link + link.why.size() + link.dnskey.size() * sizeof(validator::ChainKey) +
                  link.signatures.size() * sizeof(validator::ChainSignature);
        for (const auto& ds : link.ds) octets += sizeof ds + ds.digest.size();
    }
    return octets;
}

// Seconds since `stored`; nullopt where the entry is over, or where the clock was set back before it began.
std::optional<dns::Ttl> age_of(dns::UnixTime stored, dns::UnixTime expires, dns::UnixTime now) {
    if (now < stored || now >= expires) return std::nullopt;
    return static_cast<dns::Ttl>(now.seconds - stored.seconds);
}

} // namespace

dns::Ttl life_of(const dns::Message& message, const dns::Question& question, dns::UnixTime now) {
    if (message.header.truncated) return 0;
    if (message.rcode != dns::Rcode::NOERROR && message.rcode != dns::Rcode::NXDOMAIN) return 0;
    const bool negative = message.rcode == dns::Rcode::NXDOMAIN || !answers_type(message, question.type);
    dns::Ttl life = negative ? negative_life(message) : max_positive_life;
    for (const auto* section : {&message.answer, &message.authority}) {
        for (const auto& record : *section) {
            life = std::min(life, record.ttl);
            if (record.type == dns::RrType::RRSIG) life = std::min(life, signature_life(record, now));
        }
    }
    return life;
}

void MessageCache::store(const dns::Question& question, const validator::Answered& answered, dns::UnixTime now) {
    const dns::Ttl life = life_of(answered.message, question, now);
    if (life == 0) return;
    Entry entry{answered, now, dns::UnixTime{now.seconds + life}};
    entry.answered.attempts.clear();
    entries_.store(question, std::move(entry), octets_of(answered.message));
}

std::optional<validator::Answered> MessageCache::find(const dns::Question& question, dns::UnixTime now) {
    const Entry* entry = entries_.find(question);
    if (!entry) return std::nullopt;
    const auto age = age_of(entry->stored, entry->expires, now);
    if (!age) {
        entries_.erase(question);
        return std::nullopt;
    }
    validator::Answered answered = entry->answered;
    for (auto* section : {&answered.message.answer, &answered.message.authority, &answered.message.additional})
        for (auto& record : *section) record.ttl = less(record.ttl, *age);
    return answered;
}

void LookupCache::store(const validator::Lookup& lookup, dns::UnixTime now) {
    const auto& verdict = lookup.verdict;
    if (verdict.security != validator::Security::secure && verdict.security != validator::Security::insecure) return;
    if (verdict.ttl == 0) return;
    Entry entry{lookup, now, dns::UnixTime{now.seconds + verdict.ttl}};
    entry.lookup.attempts.clear();
    entry.lookup.verdict.questions = 0;
    entry.lookup.verdict.verifications = 0;
    entry.lookup.verdict.nsec3_hashes = 0;
    entries_.store(lookup.question, std::move(entry), octets_of(verdict));
}

std::optional<validator::Lookup> LookupCache::find(const dns::Question& question, dns::UnixTime now) {
    const Entry* entry = entries_.find(question);
    if (!entry) return std::nullopt;
    const auto age = age_of(entry->stored, entry->expires, now);
    if (!age) {
        entries_.erase(question);
        return std::nullopt;
    }
    validator::Lookup lookup = entry->lookup;
    lookup.question = question; // the asker's letter case
    lookup.verdict.ttl = less(lookup.verdict.ttl, *age);
    for (auto& signed_set : lookup.verdict.answer) {
        signed_set.set.ttl = less(signed_set.set.ttl, *age);
        signed_set.signature_ttl = less(signed_set.signature_ttl, *age);
    }
    return lookup;
}

void MessageCache::forget_below(const dns::Name& name) {
    entries_.erase_if([&](const dns::Question& question) { return question.name.is_at_or_below(name); });
}

void LookupCache::forget_below(const dns::Name& name) {
    entries_.erase_if([&](const dns::Question& question) { return question.name.is_at_or_below(name); });
}

void FailureCache::forget_below(const dns::Name& name) {
    entries_.erase_if([&](const dns::Question& question) { return question.name.is_at_or_below(name); });
}

void FailureCache::note(const validator::Lookup& lookup, dns::UnixTime now) {
    if (lookup.verdict.security != validator::Security::bogus) return entries_.erase(lookup.question);
    const Entry* before = entries_.find(lookup.question);
    const bool goes_on = before && age_of(before->last, dns::UnixTime{before->last.seconds + life}, now);
    Entry entry{lookup, now, goes_on ? before->count + 1 : 1};
    entry.lookup.attempts.clear();
    entry.lookup.verdict.questions = 0;
    entry.lookup.verdict.verifications = 0;
    entry.lookup.verdict.nsec3_hashes = 0;
    const std::size_t octets = octets_of(entry.lookup.verdict);
    entries_.store(lookup.question, std::move(entry), octets);
}

std::optional<validator::Lookup> FailureCache::find(const dns::Question& question, dns::UnixTime now) {
    const Entry* entry = entries_.find(question);
    if (!entry || entry->count < threshold) return std::nullopt;
    if (!age_of(entry->last, dns::UnixTime{entry->last.seconds + life}, now)) {
        entries_.erase(question);
        return std::nullopt;
    }
    validator::Lookup lookup = entry->lookup;
    lookup.question = question; // the asker's letter case
    validator::Reason why(validator::ReasonCode::failure_remembered, question.name, question.type);
    why.detail = std::to_string(entry->count);
    lookup.verdict.reasons.push_back(std::move(why));
    return lookup;
}

} // namespace resolver
