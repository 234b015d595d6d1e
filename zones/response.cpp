#include "zones/response.h"

#include <algorithm>

#include "resolver/dns/rdata.h"

namespace zones {
namespace {

constexpr std::uint16_t our_payload_size = 1232;

} // namespace

dns::Message start_response(const dns::Message& query) {
    dns::Message response;
    response.header.id = query.header.id;
    response.header.response = true;
    response.header.opcode = query.header.opcode;
    response.header.recursion_desired = query.header.recursion_desired;
    response.header.checking_disabled = query.header.checking_disabled;
    response.questions = query.questions;
    if (query.edns) {
        response.edns.emplace();
        response.edns->udp_payload_size = our_payload_size;
        response.edns->dnssec_ok = query.edns->dnssec_ok;
    }
    return response;
}

std::optional<dns::Rcode> query_error(const dns::Message& query) {
    if (query.edns && query.edns->version != 0) return dns::Rcode::BADVERS;
    if (query.header.opcode != dns::Opcode::QUERY) return dns::Rcode::NOTIMP;
    if (query.header.response || query.questions.size() != 1) return dns::Rcode::FORMERR;
    if (query.questions.front().rr_class != dns::RrClass::IN) return dns::Rcode::REFUSED;
    return std::nullopt;
}

bool wants_dnssec(const dns::Message& query) { return query.edns && query.edns->dnssec_ok; }

void add(std::vector<dns::Record>& section, const dns::SignedRrSet& set, bool dnssec) {
    const bool there = std::any_of(section.begin(), section.end(), [&](const dns::Record& record) {
        return record.owner == set.set.owner && record.type == set.set.type;
    });
    if (there && set.set.type != dns::RrType::RRSIG) return;
    for (const auto& rdata : set.set.rdata) section.emplace_back(set.set.owner, set.set.type, set.set.ttl, rdata);
    if (!dnssec) return;
    for (const auto& rrsig : set.signatures)
        section.emplace_back(set.set.owner, dns::RrType::RRSIG, set.signature_ttl, rrsig);
}

void add_proof(std::vector<dns::Record>& section, const Proof& proof) {
    for (const auto* set : proof) add(section, *set, true);
}

void add_soa(std::vector<dns::Record>& section, const ZoneIndex& index, bool dnssec) {
    const auto* soa = index.find(index.apex(), dns::RrType::SOA);
    if (!soa) return;
    auto set = *soa;
    if (const auto parsed = dns::Soa::parse(set.set.rdata.front())) {
        set.set.ttl = std::min<dns::Ttl>(set.set.ttl, parsed->minimum);
        set.signature_ttl = std::min<dns::Ttl>(set.signature_ttl, parsed->minimum);
    }
    add(section, set, dnssec);
}

void add_finding(dns::Message& response, const ZoneIndex& index, const Finding& finding, bool dnssec) {
    for (const auto& set : finding.rrsets) add(response.answer, set, dnssec);
    if (dnssec) add_proof(response.authority, finding.proof);
    switch (finding.kind) {
    case Finding::Kind::name_error: response.rcode = dns::Rcode::NXDOMAIN; [[fallthrough]];
    case Finding::Kind::no_data: add_soa(response.authority, index, dnssec); break;
    case Finding::Kind::too_long: response.rcode = dns::Rcode::YXDOMAIN; break;
    case Finding::Kind::answer:
    case Finding::Kind::alias:
    case Finding::Kind::referral: break;
    }
}

} // namespace zones
