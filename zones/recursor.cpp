#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "zones/authority.h"
#include "zones/response.h"

namespace zones {
namespace {

constexpr int max_links = 16;

constexpr std::array<std::pair<Recursion, std::string_view>, 13> names{{
    {Recursion::dnssec, "dnssec"},
    {Recursion::unvalidated, "unvalidated"},
    {Recursion::no_edns, "no-edns"},
    {Recursion::formerr_on_edns, "formerr-on-edns"},
    {Recursion::ignores_do, "ignores-do"},
    {Recursion::strips_rrsig, "strips-rrsig"},
    {Recursion::forges_ad, "forges-ad"},
    {Recursion::alias_only, "alias-only"},
    {Recursion::unasked_records, "unasked-records"},
    {Recursion::servfail, "servfail"},
    {Recursion::refuses, "refuses"},
    {Recursion::silent, "silent"},
    {Recursion::garbage, "garbage"},
}};

bool is_dnssec_type(dns::RrType type) {
    switch (type) {
    case dns::RrType::DS:
    case dns::RrType::DNSKEY:
    case dns::RrType::RRSIG:
    case dns::RrType::NSEC:
    case dns::RrType::NSEC3:
    case dns::RrType::NSEC3PARAM:
    case dns::RrType::CDS:
    case dns::RrType::CDNSKEY: return true;
    default: return false;
    }
}

template <class Predicate>
void drop(dns::Message& message, Predicate predicate) {
    for (auto* section : {&message.answer, &message.authority, &message.additional}) {
        std::erase_if(*section, [&](const dns::Record& record) { return predicate(record.type); });
    }
}

// Follows the question through the zones; what a cut without its zone hides cannot be answered (lame delegation).
void resolve(const Hierarchy& hierarchy, dns::Message& response, dns::Question question, bool dnssec, int most_links) {
    std::set<dns::Name> seen;
    for (int link = 0; link <= most_links && seen.insert(question.name).second; ++link) {
        const auto* zone = hierarchy.zone_for(question);
        const auto* index = zone ? hierarchy.index_of(zone->apex) : nullptr;
        const auto finding = index ? look_up(*index, question) : Finding{.kind = Finding::Kind::referral};
        if (finding.kind == Finding::Kind::referral) {
            response.rcode = dns::Rcode::SERVFAIL;
            return;
        }
        if (dnssec)
            for (const auto& set : zone->unsolicited) add(response.authority, set, true);
        add_finding(response, *index, finding, dnssec);
        if (!finding.target) return;
        question.name = *finding.target;
    }
}

// For each address in the answer a TLSA record of nobody's key: who takes it for an answer has DANE where there is
// none.
void add_unasked(dns::Message& response) {
    const auto answer = response.answer;
    for (const auto& record : answer) {
        if (record.type != dns::RrType::A && record.type != dns::RrType::AAAA) continue;
        auto tlsa = record;
        const auto name = dns::Name::from_text("_25._tcp." + record.owner.to_text());
        if (!name) continue;
        tlsa.owner = *name;
        tlsa.type = dns::RrType::TLSA;
        tlsa.rdata = dns::Bytes(35, 1);
        tlsa.rdata[0] = 3;
        response.additional.push_back(std::move(tlsa));
    }
}

dns::Message fail(const dns::Message& query, dns::Rcode rcode) {
    auto response = start_response(query);
    response.header.recursion_available = true;
    response.rcode = rcode;
    return response;
}

bool knows_edns(Recursion recursion) {
    return recursion != Recursion::no_edns && recursion != Recursion::formerr_on_edns;
}

std::optional<dns::Rcode> flat_refusal(const dns::Message& query, Recursion recursion) {
    switch (recursion) {
    case Recursion::servfail:
    case Recursion::silent:
    case Recursion::garbage: return dns::Rcode::SERVFAIL;
    case Recursion::refuses: return dns::Rcode::REFUSED;
    case Recursion::formerr_on_edns: return query.edns ? std::optional(dns::Rcode::FORMERR) : std::nullopt;
    default: return std::nullopt;
    }
}

const Fault* fault_of(const Hierarchy& hierarchy, const dns::Message& query) {
    return query.questions.size() == 1 ? hierarchy.answer_fault(query.questions.front()) : nullptr;
}

// A header that promises 65535 records a section, and nothing behind it.
dns::Bytes nonsense(std::uint16_t id) {
    dns::Writer writer;
    writer.u16(id);
    writer.u16(0x8180); // QR, RD, RA
    for (int section = 0; section < 4; ++section) writer.u16(0xffff);
    return std::move(writer).take();
}

} // namespace

std::string_view to_text(Recursion recursion) {
    const auto found =
        std::find_if(names.begin(), names.end(), [&](const auto& row) { return row.first == recursion; });
    return found == names.end() ? std::string_view() : found->second;
}

std::optional<Recursion> recursion_from_text(std::string_view text) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const auto& row) { return row.second == text; });
    return found == names.end() ? std::nullopt : std::optional(found->first);
}

dns::Message answer_recursively(const Hierarchy& hierarchy, const dns::Message& query, Recursion recursion) {
    auto failure = flat_refusal(query, recursion);
    if (!failure) failure = query_error(query);
    const auto* fault = failure ? nullptr : fault_of(hierarchy, query);
    if (fault) failure = dns::Rcode::SERVFAIL;

    auto response = failure ? fail(query, *failure) : start_response(query);
    if (fault && fault->kind == FaultKind::zone_refuses && response.edns) // RFC 8914 §4.23
        response.add_extended_error(
            {dns::EdeCode::no_reachable_authority, "all servers of " + fault->owner.to_text() + " refuse"});
    response.header.recursion_available = true;
    if (!knows_edns(recursion)) response.edns.reset();
    if (recursion == Recursion::ignores_do && response.edns) response.edns->dnssec_ok = false;
    if (failure) return response;

    const bool dnssec = wants_dnssec(query) && recursion != Recursion::ignores_do &&
                        recursion != Recursion::forges_ad && knows_edns(recursion);
    resolve(hierarchy, response, query.questions.front(), dnssec, recursion == Recursion::alias_only ? 0 : max_links);
    if (recursion == Recursion::forges_ad) response.header.authentic_data = true;
    if (recursion == Recursion::unasked_records) add_unasked(response);
    if (response.rcode == dns::Rcode::SERVFAIL) {
        response.answer.clear();
        response.authority.clear();
    }
    if (!knows_edns(recursion)) drop(response, is_dnssec_type);
    if (recursion == Recursion::strips_rrsig)
        drop(response, [](dns::RrType type) { return type == dns::RrType::RRSIG; });
    return response;
}

std::optional<dns::Bytes> reply_recursively(const Hierarchy& hierarchy, const dns::Message& query, Recursion recursion,
                                            std::size_t limit) {
    if (recursion == Recursion::silent) return std::nullopt;
    if (recursion == Recursion::garbage) return nonsense(query.header.id);
    const auto* fault = fault_of(hierarchy, query);
    if (fault && fault->kind == FaultKind::answer_silent) return std::nullopt;
    return answer_recursively(hierarchy, query, recursion).build(limit);
}

} // namespace zones
