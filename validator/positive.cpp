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

} // namespace

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
    judgement.rest_on(walk.life.window);
    return judgement;
}

void Judgement::rest_on(const ValidityWindow& more) {
    if (more.until == unlimited_life().window.until) return; // no signature stands behind it
    if (!window) window = more;
    window->from = std::max(window->from, more.from);
    window->until = std::min(window->until, more.until);
}

Judgement Judge::positive(const dns::SignedRrSet& set, const Part& part) {
    if (set.set.type == dns::RrType::RRSIG || dns::is_meta_type(set.set.type)) // RFC 4035 §2.2
        return Judgement::of(Security::insecure,
                             {Reason(ReasonCode::answer_not_signable, set.set.owner, set.set.type)});
    if (const auto exempt = chain_.exempt(holder(set.set))) { // whatever its signer's name says
        Judgement judgement = Judgement::of(*exempt);
        judgement.ttl = set.set.ttl;
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
    const Walk walk = chain_.walk(signer);
    if (walk.end != Walk::End::secure) return Judgement::of(walk);
    const bool is_apex_keys = set.set.type == dns::RrType::DNSKEY && walk.keys->dnskey_set().set() == set.set;
    if (is_apex_keys) return proven(walk.keys->dnskey_set(), walk, part); // the walk has verified it already
    Proof proof = prove(set, *walk.keys, session_.work(part.question));
    chain_.note(walk.keys->zone(), proof.tried);
    if (!proof.proven) return Judgement::of(Security::bogus, std::move(proof.reasons));
    return proven(*proof.proven, walk, part);
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
        judgement.ttl = set.set.ttl;
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
