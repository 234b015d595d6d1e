#include "zones/authority.h"

#include "resolver/dns/rdata.h"
#include "zones/response.h"

namespace zones {
namespace {

constexpr int max_links = 16;

void add_glue(dns::Message& response, const ZoneIndex& index, const dns::SignedRrSet& cut) {
    for (const auto& rdata : cut.set.rdata) {
        const auto server = dns::SingleName::parse(rdata);
        if (!server) continue;
        for (const auto type : {dns::RrType::A, dns::RrType::AAAA}) {
            if (const auto* glue = index.find(server->name, type)) add(response.additional, *glue, false);
        }
    }
}

void refer(dns::Message& response, const ZoneIndex& index, const Finding& finding, bool dnssec) {
    response.header.authoritative = false;
    add(response.authority, *finding.cut, false);
    if (const auto* ds = index.find(finding.cut->set.owner, dns::RrType::DS); ds && dnssec)
        add(response.authority, *ds, true);
    if (dnssec) add_proof(response.authority, finding.proof);
    add_glue(response, index, *finding.cut);
}

// Answers from this zone, following aliases as long as they stay in it (RFC 1034 §4.3.2).
void answer_in_zone(dns::Message& response, const ZoneIndex& index, dns::Question question, bool dnssec) {
    response.header.authoritative = true;
    for (int link = 0; link <= max_links; ++link) {
        const auto finding = look_up(index, question);
        if (finding.kind == Finding::Kind::referral) {
            if (link == 0) refer(response, index, finding, dnssec);
            return;
        }
        add_finding(response, index, finding, dnssec);
        if (!finding.target || !finding.target->is_at_or_below(index.apex())) return;
        question.name = *finding.target;
    }
}

} // namespace

dns::Message answer_from_zone(const Hierarchy& hierarchy, const dns::Name& apex, const dns::Message& query) {
    auto response = start_response(query);
    if (const auto error = query_error(query)) {
        response.rcode = *error;
        return response;
    }
    const auto* index = hierarchy.index_of(apex);
    const auto& question = query.questions.front();
    if (!index || !question.name.is_at_or_below(apex)) {
        response.rcode = dns::Rcode::REFUSED;
        return response;
    }
    answer_in_zone(response, *index, question, wants_dnssec(query));
    return response;
}

dns::Message answer_authoritatively(const Hierarchy& hierarchy, const dns::Message& query) {
    dns::Name apex;
    if (query.questions.size() == 1) {
        const auto* zone = hierarchy.zone_for(query.questions.front());
        if (zone) apex = zone->apex;
    }
    return answer_from_zone(hierarchy, apex, query);
}

} // namespace zones
