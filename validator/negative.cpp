#include <algorithm>

#include "validator/answer.h"

namespace validator {
namespace {

using dns::RrType;

bool is_denial_type(RrType type) { return type == RrType::SOA || type == RrType::NSEC || type == RrType::NSEC3; }

void append(std::vector<Reason>& to, const std::vector<Reason>& from) {
    for (const Reason& reason : from)
        if (std::find(to.begin(), to.end(), reason) == to.end()) to.push_back(reason);
}

dns::Name holder(const dns::Question& question) {
    return question.type == RrType::DS && !question.name.is_root() ? question.name.parent() : question.name;
}

// The zones that signed a SOA, NSEC or NSEC3 of the response and may hold the name, deepest first.
std::vector<dns::Name> denying_zones(const dns::Question& question, const Sections& sections) {
    constexpr std::size_t most = 4;
    std::vector<dns::Name> zones;
    for (const dns::SignedRrSet& set : sections.authority) {
        if (!is_denial_type(set.set.type)) continue;
        for (const dns::Name& signer : plausible_signers(set)) {
            const bool fits = holder(question).is_at_or_below(signer) && zones.size() < most;
            if (fits && std::find(zones.begin(), zones.end(), signer) == zones.end()) zones.push_back(signer);
        }
    }
    std::stable_sort(zones.begin(), zones.end(),
                     [](const dns::Name& a, const dns::Name& b) { return a.label_count() > b.label_count(); });
    return zones;
}

const dns::SignedRrSet* soa_of(const dns::Question& question, const Sections& sections) {
    for (const dns::SignedRrSet& set : sections.authority)
        if (set.set.type == RrType::SOA && question.name.is_at_or_below(set.set.owner)) return &set;
    return nullptr;
}

// RFC 2308 §5 and RFC 9077 §3.4: the lesser of the SOA's TTL and MINIMUM, at most three hours; 0 without an SOA.
dns::Ttl negative_ttl(const dns::SignedRrSet* soa) {
    constexpr dns::Ttl longest = 10800;
    if (soa == nullptr) return 0;
    const auto rdata = dns::Soa::parse(soa->set.rdata.front());
    return rdata ? std::min({soa->set.ttl, rdata->minimum, longest}) : 0;
}

AnswerKind kind_of(Shape::End end) {
    return end == Shape::End::name_error ? AnswerKind::name_error : AnswerKind::no_data;
}

} // namespace

Judgement Judge::negative(const dns::Question& question, Shape::End end, const Part& part) {
    const auto finish = [&](Judgement judgement) {
        judgement.ttl = std::min(judgement.ttl, negative_ttl(soa_of(question, part.sections)));
        return judgement;
    };
    if (const auto exempt = chain_.exempt(holder(question))) {
        Judgement judgement = Judgement::of(*exempt);
        judgement.kind = kind_of(end);
        return finish(judgement);
    }
    std::vector<Reason> reasons;
    bool any_indeterminate = false;
    for (const dns::Name& zone : denying_zones(question, part.sections)) {
        Judgement judgement = denied_by(zone, question, end, part);
        if (judgement.pending) return judgement;
        if (judgement.security == Security::secure || judgement.security == Security::insecure)
            return finish(judgement);
        any_indeterminate |= judgement.security == Security::indeterminate;
        append(reasons, judgement.reasons);
    }
    // More hashing will not be done either on the way to the name itself.
    const bool used_up = std::any_of(reasons.begin(), reasons.end(),
                                     [](const Reason& r) { return r.code == ReasonCode::budget_nsec3_hashes; });
    Judgement judgement = used_up ? Judgement::of(Security::bogus, std::move(reasons))
                                  : undenied(question, std::move(reasons), any_indeterminate, part);
    judgement.kind = kind_of(end);
    return finish(std::move(judgement));
}

Judgement Judge::denied_by(const dns::Name& zone, const dns::Question& question, Shape::End end, const Part& part) {
    const Walk walk = chain_.walk(zone);
    Judgement judgement = Judgement::of(walk);
    judgement.kind = kind_of(end);
    if (walk.end != Walk::End::secure) return judgement;
    if (!(walk.keys->zone() == zone)) {
        Reason why(ReasonCode::rrsig_signer_not_zone, question.name, RrType::NSEC);
        why.zone = walk.keys->zone();
        why.detail = zone.to_text();
        judgement = Judgement::of(Security::bogus, {why});
        judgement.kind = kind_of(end);
        return judgement;
    }
    const Work work = session_.work(part.question);
    const DenialRecords records = prove_denial_records(part.sections.authority, *walk.keys, question.name, work);
    for (const ProvenRrSet& set : records.proven)
        chain_.note(zone, {{set.set().owner, set.set().type, set.rrsig().key_tag, set.rrsig().algorithm,
                            SignatureWindow{set.rrsig().inception, set.rrsig().expiration}, true}});
    judgement = claim(question, end, records, walk, part);
    if (judgement.security == Security::secure || judgement.security == Security::insecure)
        soa_holds(walk, part, judgement);
    return judgement;
}

// The claim that the response makes; behind an alias a server may give either RCODE (RFC 8020 §2 and older servers).
Judgement Judge::claim(const dns::Question& question, Shape::End end, const DenialRecords& records, const Walk& walk,
                       const Part& part) {
    const Work work = session_.work(part.question);
    const dns::Name& zone = walk.keys->zone();
    Denial denial = end == Shape::End::name_error ? prove_name_error(zone, records.proven, question, work)
                                                  : prove_no_data(zone, records.proven, question, work);
    if (denial.outcome == Denial::Outcome::not_proven && end == Shape::End::name_error) {
        // The RCODE is not signed: that the name exists without the type may be proven all the same.
        Denial other = prove_no_data(zone, records.proven, question, work);
        if (other.outcome == Denial::Outcome::no_data) denial = std::move(other);
    } else if (denial.outcome == Denial::Outcome::not_proven && part.behind_alias) {
        Denial other = prove_name_error(zone, records.proven, question, work);
        if (other.outcome != Denial::Outcome::not_proven) denial = std::move(other);
    }
    Judgement judgement = Judgement::of(Security::secure, {});
    judgement.kind = kind_of(end);
    judgement.rest_on(walk.life.window);
    for (const ProvenRrSet& set : records.proven) {
        judgement.rest_on(set.window());
        judgement.ttl = std::min(judgement.ttl, set.ttl());
    }
    switch (denial.outcome) {
    case Denial::Outcome::no_data: judgement.kind = AnswerKind::no_data; break;
    case Denial::Outcome::name_error: judgement.kind = AnswerKind::name_error; break;
    case Denial::Outcome::insecure: judgement.security = Security::insecure; break;
    case Denial::Outcome::not_proven: judgement.security = Security::bogus; break;
    }
    // What failed its signature is the cause of a proof that lacks; beside a good proof it does no harm.
    if (judgement.security == Security::bogus) judgement.reasons = records.reasons;
    append(judgement.reasons, denial.reasons);
    return judgement;
}

// The SOA decides how long the denial is kept (RFC 2308 §5), so it must be authentic too (RFC 4035 §3.2.3).
bool Judge::soa_holds(const Walk& walk, const Part& part, Judgement& judgement) {
    for (const dns::SignedRrSet& set : part.sections.authority) {
        if (set.set.type != RrType::SOA || !(set.set.owner == walk.keys->zone())) continue;
        Proof proof = prove(set, *walk.keys, session_.work(part.question));
        chain_.note(walk.keys->zone(), proof.tried);
        if (!proof.proven) {
            judgement.security = Security::bogus;
            judgement.reasons = std::move(proof.reasons);
            return false;
        }
        judgement.rest_on(proof.proven->window());
        judgement.ttl = std::min(judgement.ttl, proof.proven->ttl());
    }
    return true;
}

// No zone's records denied it. Whether that is bogus depends on the zone that really holds the name.
Judgement Judge::undenied(const dns::Question& question, std::vector<Reason> reasons, bool any_indeterminate,
                          const Part& part) {
    // An unsigned SOA proves nothing, but it tells where to look first.
    Walk walk;
    if (const auto* soa = soa_of(question, part.sections); reasons.empty() && soa != nullptr) {
        walk = chain_.walk(holder(question).common_ancestor(soa->set.owner));
        if (walk.end == Walk::End::pending) return Judgement::waiting();
    }
    if (walk.end == Walk::End::pending || walk.end == Walk::End::secure) walk = chain_.walk(holder(question));
    if (walk.end == Walk::End::pending || walk.end == Walk::End::insecure) return Judgement::of(walk);
    Reason missing(ReasonCode::nsec_missing, question.name, question.type);
    if (walk.end == Walk::End::broken) {
        std::vector<Reason> all = std::move(reasons); // first what the zones that signed something had to say
        append(all, walk.reasons);
        const auto& authority = part.sections.authority;
        const bool none = std::none_of(authority.begin(), authority.end(), [](const dns::SignedRrSet& set) {
            return set.set.type == RrType::NSEC || set.set.type == RrType::NSEC3;
        });
        const bool said =
            std::any_of(all.begin(), all.end(), [](const Reason& r) { return r.code == ReasonCode::nsec_missing; });
        if (none && !said && walk.security == Security::bogus) append(all, {missing});
        return Judgement::of(any_indeterminate ? Security::indeterminate : walk.security, std::move(all));
    }
    missing.zone = walk.keys->zone();
    if (reasons.empty()) {
        const DenialRecords records =
            prove_denial_records(part.sections.authority, *walk.keys, question.name, session_.work(part.question));
        reasons = records.reasons;
        if (!records.any) {
            reasons.push_back(missing);
            reasons.front().code = ReasonCode::denial_unsigned;
        }
        reasons.push_back(missing);
    }
    return Judgement::of(any_indeterminate ? Security::indeterminate : Security::bogus, std::move(reasons));
}

} // namespace validator
