#include <algorithm>

#include "validator/answer.h"

namespace validator {
namespace {

void append(std::vector<Reason>& to, const std::vector<Reason>& from) {
    for (const Reason& reason : from)
        if (std::find(to.begin(), to.end(), reason) == to.end()) to.push_back(reason);
}

// Who must have signed it: for DS the parent side (RFC 4035 §2.4).
dns::Name holder(const dns::RrSet& set) {
    return set.type == dns::RrType::DS && !set.owner.is_root() ? set.owner.parent() : set.owner;
}

// RFC 6840 §4.1: an NSEC tells by its bits which side of a cut it belongs to; that side must have signed it.
bool is_nsec_of_other_side(const dns::RrSet& set, const dns::Name& signer) {
    const auto nsec = set.type == dns::RrType::NSEC ? dns::Nsec::parse(set.rdata.front())
                                                    : dns::wire_error(dns::WireErrorCode::bad_rdata);
    if (!nsec) return false;
    const bool is_apex = nsec->types.contains(dns::RrType::SOA);
    return signer == set.owner ? nsec->types.contains(dns::RrType::NS) && !is_apex : is_apex;
}

} // namespace

int severity(Security security) {
    switch (security) {
    case Security::bogus: return 3;
    case Security::indeterminate: return 2;
    case Security::insecure: return 1;
    case Security::secure: return 0;
    }
    return 3;
}

Judgement Judgement::waiting() {
    Judgement judgement;
    judgement.pending = true;
    return judgement;
}

Judgement Judgement::of(Security security, std::vector<Reason> reasons) {
    Judgement judgement;
    judgement.security = security;
    judgement.reasons = std::move(reasons);
    return judgement;
}

Judgement Judgement::of(const Walk& walk) {
    if (walk.end == Walk::End::pending) return waiting();
    if (walk.end != Walk::End::insecure) return of(walk.security, walk.reasons);
    Judgement judgement = of(Security::insecure, walk.reasons);
    judgement.ttl = walk.ttl;
    judgement.rest_on(walk.life.window);
    return judgement;
}

void Judgement::rest_on(const ValidityWindow& more) {
    if (more.until == unlimited_life().window.until) return; // no signature stands behind it
    if (!window) window = more;
    window->from = std::max(window->from, more.from);
    window->until = std::min(window->until, more.until);
}

void Judgement::add(const Judgement& more) {
    pending |= more.pending;
    ttl = std::min(ttl, more.ttl);
    if (more.window) rest_on(*more.window);
    if (severity(more.security) < severity(security)) return;
    if (severity(more.security) > severity(security)) reasons.clear();
    security = more.security;
    append(reasons, more.reasons);
}

// RFC 4035 §5.3.2: the NSEC of a parent and of its child at one owner are two RRsets, each with a signer of its own.
Judgement Judge::positive(const dns::SignedRrSet& set, const Part& part) {
    const auto sets = one_set_per_denial(set);
    Judgement all = positive_of_one(sets.front(), part);
    for (std::size_t i = 1; i < sets.size(); ++i) all.add(positive_of_one(sets[i], part));
    return all;
}

Judgement Judge::positive_of_one(const dns::SignedRrSet& set, const Part& part) {
    if (set.set.type == dns::RrType::RRSIG || dns::is_meta_type(set.set.type)) // RFC 4035 §2.2
        return Judgement::of(Security::insecure,
                             {Reason(ReasonCode::answer_not_signable, set.set.owner, set.set.type)});
    if (const auto exempt = chain_.exempt(holder(set.set))) { // whatever its signer's name says
        Judgement judgement = Judgement::of(*exempt);
        judgement.ttl = std::min(judgement.ttl, set.set.ttl);
        return judgement;
    }
    std::vector<Reason> reasons;
    bool any_indeterminate = false;
    for (const dns::Name& signer : plausible_signers(set)) {
        Judgement judgement = signed_by(signer, set, part);
        if (judgement.pending) return judgement;
        if (judgement.security == Security::secure || judgement.security == Security::insecure) {
            judgement.ttl = std::min(judgement.ttl, set.set.ttl);
            return judgement;
        }
        any_indeterminate |= judgement.security == Security::indeterminate;
        append(reasons, judgement.reasons);
    }
    return unproven(set, std::move(reasons), any_indeterminate, part);
}

Judgement Judge::signed_by(const dns::Name& signer, const dns::SignedRrSet& set, const Part& part) {
    Walk deep; // to the owner itself, where that is asked for: in the same round
    const bool seek = session_.policy().seek_hidden_cuts && set.set.type != dns::RrType::NSEC; // its bits tell
    if (seek) deep = chain_.walk(holder(set.set));
    const Walk walk = chain_.walk(signer);
    if (walk.end != Walk::End::secure) return Judgement::of(walk);
    const bool is_apex_keys = set.set.type == dns::RrType::DNSKEY && walk.keys->dnskey_set().set() == set.set;
    if (is_apex_keys) return proven(walk.keys->dnskey_set(), walk, part); // the walk has verified it already
    Proof proof = prove(set, *walk.keys, session_.work(part.question));
    chain_.note(walk.keys->zone(), proof.tried);
    if (!proof.proven) return Judgement::of(Security::bogus, std::move(proof.reasons));
    if (is_nsec_of_other_side(set.set, signer)) {
        Reason why(ReasonCode::nsec_from_parent_side, set.set.owner, set.set.type);
        why.zone = signer;
        why.detail = "not that of its signer " + signer.to_text();
        return Judgement::of(Security::bogus, {why});
    }
    if (seek && !proof.proven->is_expanded()) { // a wildcard brings the denial of closer names
        if (deep.end == Walk::End::pending) return Judgement::waiting();
        if (deep.end != Walk::End::secure || !(deep.keys->zone() == walk.keys->zone()))
            return refuse_above_cut(set, walk, deep);
    }
    return proven(*proof.proven, walk, part);
}

// RFC 4035 §5.3.1: the signer is the zone that holds the RRset, not one above it. Below an insecure cut the RRset counts
// as unsigned, whoever signed it.
Judgement Judge::refuse_above_cut(const dns::SignedRrSet& set, const Walk& walk, const Walk& deep) const {
    if (deep.end != Walk::End::secure) return Judgement::of(deep);
    Reason why(ReasonCode::rrsig_signer_above_cut, set.set.owner, set.set.type);
    why.zone = walk.keys->zone();
    why.detail = deep.keys->zone().to_text();
    return Judgement::of(Security::bogus, {why});
}

Judgement Judge::proven(const ProvenRrSet& set, const Walk& walk, const Part& part) {
    Judgement judgement = Judgement::of(Security::secure, {});
    judgement.ttl = set.ttl();
    judgement.rest_on(walk.life.window);
    judgement.rest_on(set.window());
    judgement.expanded = set.is_expanded();
    if (!judgement.expanded) return judgement;
    // RFC 4035 §5.3.4: an expanded wildcard needs the proof that nothing closer exists, from this very response.
    const Work work = session_.work(part.question);
    const DenialRecords records = prove_denial_records(part.sections.authority, *walk.keys, set.set().owner, work);
    const Denial denial = prove_wildcard_expansion(set, records.proven, work);
    for (const ProvenRrSet& record : records.proven) {
        judgement.rest_on(record.window());
        judgement.ttl = std::min(judgement.ttl, record.ttl()); // RFC 9077 §4.1
    }
    if (denial.outcome == Denial::Outcome::name_error) return judgement;
    judgement.security = denial.outcome == Denial::Outcome::insecure ? Security::insecure : Security::bogus;
    if (judgement.security == Security::bogus) judgement.reasons = records.reasons;
    append(judgement.reasons, denial.reasons);
    return judgement;
}

// No signature helped. Whether that is bogus depends on the zone that really holds the name.
Judgement Judge::unproven(const dns::SignedRrSet& set, std::vector<Reason> reasons, bool any_indeterminate,
                          const Part& part) {
    const Walk walk = chain_.walk(holder(set.set));
    if (walk.end == Walk::End::pending || walk.end == Walk::End::insecure) {
        Judgement judgement = Judgement::of(walk);
        judgement.ttl = std::min(judgement.ttl, set.set.ttl);
        return judgement;
    }
    Reason missing(ReasonCode::rrsig_missing, set.set.owner, set.set.type);
    if (walk.end == Walk::End::broken) {              // RFC 4035 §4.3: indeterminate where the chain could not be had
        std::vector<Reason> all = std::move(reasons); // first what the zones that signed it had to say
        append(all, walk.reasons);
        if (set.signatures.empty() && walk.security == Security::bogus) append(all, {missing});
        return Judgement::of(any_indeterminate ? Security::indeterminate : walk.security, std::move(all));
    }
    const auto& zone = walk.keys->zone();
    const auto tried = plausible_signers(set);
    if (std::find(tried.begin(), tried.end(), zone) == tried.end()) { // say what the right zone thinks of it, first
        Proof proof = prove(set, *walk.keys, session_.work(part.question));
        if (proof.proven) return proven(*proof.proven, walk, part); // behind more signers than were tried
        append(proof.reasons, reasons);
        reasons = std::move(proof.reasons);
    }
    return Judgement::of(any_indeterminate ? Security::indeterminate : Security::bogus, std::move(reasons));
}

Judgement Judge::link(const AliasLink& link, const Part& part) {
    const bool made_by_dname = link.dname != nullptr && (link.cname == nullptr || link.cname->signatures.empty());
    if (!made_by_dname) return positive(*link.cname, part);
    Judgement judgement = positive(*link.dname, part); // RFC 6672 §5.3.1: its signature covers what it yields
    if (link.cname != nullptr) judgement.ttl = std::min(judgement.ttl, link.cname->set.ttl);
    if (judgement.pending || judgement.security != Security::secure) return judgement;
    const dns::Name& zone = link.dname->set.owner;
    const auto refuse = [&](ReasonCode code, std::string detail) {
        Reason why(code, link.owner, dns::RrType::CNAME);
        why.zone = zone;
        why.detail = std::move(detail);
        judgement.security = Security::bogus;
        judgement.reasons = {why};
    };
    if (judgement.expanded)
        refuse(ReasonCode::dname_from_wildcard, "");
    else if (link.cname != nullptr && !link.dname_target)
        refuse(ReasonCode::dname_substitution_too_long, "");
    else if (link.cname != nullptr && !(link.target == *link.dname_target)) // RFC 6672 §5.3.1
        refuse(ReasonCode::alias_target_differs, "it leads to " + link.dname_target->to_text());
    return judgement;
}

} // namespace validator
