#include "harness/record_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "resolver/dns/text.h"
#include "tlsa/certificate.h"
#include "tlsa/digest.h"

namespace harness {

namespace {

using tlsa::Association;
using tlsa::Attempted;
using Role = RecordFinding::Role;

void add_once(std::vector<std::string>& texts, const std::string& text) {
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
}

std::string hexadecimal(const dns::Bytes& octets) {
    std::string text;
    for (const auto octet : octets) text += fmt::format("{:02x}", octet);
    return text;
}

bool finished_handshake(const Attempted& attempt) {
    return attempt.base_domain && attempt.smtp && (attempt.smtp->tls || attempt.smtp->shown);
}

const tlsa::TlsSummary& summary_of(const Attempted& attempt) {
    return attempt.smtp->tls ? *attempt.smtp->tls : *attempt.smtp->shown;
}

// Does this record alone match what the server showed? Names and dates aside: the key is the question here.
bool matches(const tlsa::AssessedRecord& record, const tlsa::TlsSummary& shown) {
    tlsa::AuthenticationRequest request;
    request.records = {record};
    const auto judged = shown.raw_public_key ? tlsa::authenticate_raw_key(*shown.raw_public_key, request)
                                             : tlsa::authenticate(shown.chain, request);
    return judged.record >= 0;
}

// Matching data under which a certificate appears, with what it is: to name records that hold the wrong thing.
struct Known {
    dns::Bytes data;
    std::string what;
};

std::vector<Known> known_data(const std::vector<const Attempted*>& shown, tlsa::MatchingType type) {
    std::vector<Known> known;
    for (const auto* attempt : shown) {
        const auto& chain = summary_of(*attempt).chain;
        for (std::size_t i = 0; i < chain.size(); ++i) {
            const std::string whose = i == 0 ? "the server's own" : "an authority's";
            known.push_back({tlsa::matching_data(type, chain[i]), whose + " certificate"});
            if (const auto certificate = tlsa::Certificate::parse(chain[i]))
                known.push_back({tlsa::matching_data(type, certificate->spki()), whose + " key"});
        }
    }
    return known;
}

// Data that a usable record cannot hold with any sense; "" where there is nothing to say against it.
std::string nonsense(const Association& record, const std::vector<const Attempted*>& shown) {
    if (std::all_of(record.data.begin(), record.data.end(), [&](auto octet) { return octet == record.data.front(); }))
        return "its data are one octet over and over";
    if (record.data == tlsa::matching_data(record.matching_type, {})) return "its data are the digest of nothing";
    for (const auto& [data, what] : known_data(shown, record.matching_type))
        if (data == record.data)
            return fmt::format("its data are those of {}, which usage {} selector {} does not match", what,
                               static_cast<int>(record.usage), static_cast<int>(record.selector));
    return {};
}

RecordFinding judge(const tlsa::AssessedRecord& record, const std::vector<const Attempted*>& shown) {
    RecordFinding finding;
    finding.text = dns::rdata_to_text(dns::RrType::TLSA, record.rdata);
    if (record.unusable) {
        finding.role = Role::unusable;
        finding.why = std::string(describe(*record.unusable));
        return finding;
    }
    for (const auto* attempt : shown)
        if (matches(record, summary_of(*attempt))) add_once(finding.addresses, attempt->address);
    if (!finding.addresses.empty()) {
        finding.role = Role::served;
        return finding;
    }
    finding.why = nonsense(*record.association, shown);
    finding.role = finding.why.empty() ? Role::next : Role::garbage;
    return finding;
}

void add_key(std::vector<ServedKey>& keys, const Attempted& attempt) {
    const auto& shown = summary_of(attempt);
    dns::Bytes spki;
    if (shown.raw_public_key) {
        spki = *shown.raw_public_key;
    } else if (!shown.chain.empty()) {
        if (const auto leaf = tlsa::Certificate::parse(shown.chain.front())) spki = leaf->spki();
    }
    if (spki.empty()) return;
    const bool has_record = std::any_of(attempt.records.begin(), attempt.records.end(),
                                        [&](const auto& record) { return !record.unusable && matches(record, shown); });
    const auto digest = hexadecimal(tlsa::matching_data(tlsa::MatchingType::SHA2_256, spki));
    auto found =
        std::find_if(keys.begin(), keys.end(), [&](const ServedKey& key) { return key.spki_sha256 == digest; });
    if (found == keys.end()) {
        keys.push_back({digest, shown.server_key, {}, true});
        found = keys.end() - 1;
    }
    add_once(found->addresses, attempt.address);
    found->has_record = found->has_record && has_record;
}

RecordCheck check_one(const dns::Name& base_domain, std::uint16_t port, const std::vector<const Attempted*>& shown) {
    RecordCheck check;
    if (const auto owner = tlsa::tlsa_name(base_domain, port)) check.owner = owner->to_text();
    std::set<dns::Bytes> seen;
    bool own_key = false, authority = false, next = false;
    for (const auto& record : shown.front()->records) {
        if (!seen.insert(record.rdata).second) {
            check.records.push_back(
                {dns::rdata_to_text(dns::RrType::TLSA, record.rdata), Role::duplicate, "the same record again", {}});
            continue;
        }
        check.records.push_back(judge(record, shown));
        const bool end_entity = record.association && record.association->usage == tlsa::Usage::DANE_EE;
        const auto role = check.records.back().role;
        own_key = own_key || (role == Role::served && end_entity);
        authority = authority || (role == Role::served && !end_entity);
        next = next || (role == Role::next && end_entity);
    }
    for (const auto* attempt : shown) add_key(check.keys, *attempt);
    check.next_key_published = own_key && next;
    check.key_and_authority = own_key && authority;
    return check;
}

} // namespace

std::string_view to_text(RecordFinding::Role role) {
    switch (role) {
    case Role::served: return "served";
    case Role::next: return "next";
    case Role::duplicate: return "duplicate";
    case Role::unusable: return "unusable";
    case Role::garbage: return "garbage";
    }
    return "";
}

std::vector<RecordCheck> check_records(const tlsa::WalkResult& result, std::uint16_t port) {
    const auto owner_of = [&](const Attempted& attempt) {
        return std::pair(*attempt.base_domain, attempt.port.value_or(port));
    };
    std::vector<std::pair<dns::Name, std::uint16_t>> owners;
    for (const auto& attempt : result.attempts)
        if (finished_handshake(attempt) && std::find(owners.begin(), owners.end(), owner_of(attempt)) == owners.end())
            owners.push_back(owner_of(attempt));
    std::vector<RecordCheck> checks;
    for (const auto& owner : owners) {
        std::vector<const Attempted*> shown;
        for (const auto& attempt : result.attempts)
            if (finished_handshake(attempt) && owner_of(attempt) == owner) shown.push_back(&attempt);
        checks.push_back(check_one(owner.first, owner.second, shown));
    }
    return checks;
}

std::vector<std::string> to_lines(const RecordCheck& check) {
    std::vector<std::string> lines;
    for (const auto& record : check.records) {
        if (record.role == Role::served) continue;
        const std::string what = fmt::format("TLSA record {} of {}", record.text, check.owner);
        if (record.role == Role::next)
            lines.push_back(what + " matches no certificate that was served: the next key, or one that is gone");
        else
            lines.push_back(fmt::format("{} is {}: {}", what, to_text(record.role), record.why));
    }
    for (const auto& key : check.keys)
        if (!key.has_record)
            lines.push_back(fmt::format("{} serves a key ({}, 3 1 1 {}) that no TLSA record of {} matches",
                                        fmt::join(key.addresses, ", "), key.kind, key.spki_sha256, check.owner));
    return lines;
}

} // namespace harness
