#include "validator/chain.h"

#include <algorithm>

#include "validator/denial.h"

namespace validator {
namespace {

using dns::RrType;

ChainLink insecure_link(const dns::Name& zone, const Reason& why, dns::UnixTime now) {
    ChainLink link;
    link.zone = zone;
    link.outcome = Security::insecure;
    link.why = to_text(why, now);
    return link;
}

CutOutcome with_insecure(const Vouchers& vouchers, Reason why, dns::UnixTime now) {
    ChainLink link = insecure_link(vouchers.zone, why, now);
    link.ds = vouchers.ds;
    link.signatures = vouchers.ds_signatures;
    return InsecureCut{std::move(why), std::move(link), vouchers.life};
}

bool has_denial(const Sections& sections) {
    return std::any_of(sections.authority.begin(), sections.authority.end(), [](const dns::SignedRrSet& set) {
        return set.set.type == RrType::NSEC || set.set.type == RrType::NSEC3;
    });
}

bool has_dname_above(const Sections& sections, const dns::Name& name) {
    return std::any_of(sections.answer.begin(), sections.answer.end(), [&](const dns::SignedRrSet& set) {
        return set.set.type == RrType::DNAME && name.is_strictly_below(set.set.owner);
    });
}

Reason proof_missing(const dns::Name& name, const dns::Name& zone) {
    Reason why(ReasonCode::delegation_proof_missing, name, RrType::DS);
    why.zone = zone;
    return why;
}

} // namespace

Walk Chain::walk(const dns::Name& target) {
    if (auto end = exempt(target)) return *std::move(end);
    const TrustAnchor* anchor = session_.anchors().closest(target);
    Walk walk;
    bool all_known = true;
    constexpr unsigned most_ahead = 10; // names at once: deep reverse names would fill the budget for nothing
    unsigned asked_ahead = 0;
    for (std::size_t labels = first_label(target, *anchor); labels <= target.label_count(); ++labels) {
        const dns::Name name = target.ancestor(labels);
        const CutOutcome* outcome = all_known ? settle(name, *anchor, walk.keys.get()) : nullptr;
        if (outcome == nullptr) { // once one is pending, those below are only asked for
            all_known = false;
            if (asked_ahead++ == most_ahead) break;
            ask_ahead(name, *anchor);
        } else if (const auto* secure = std::get_if<SecureCut>(outcome)) {
            show(secure->link);
            walk.keys = secure->keys;
            walk.life = shorter(walk.life, secure->life);
        } else if (const auto* insecure = std::get_if<InsecureCut>(outcome)) {
            show(insecure->link);
            walk.life = shorter(walk.life, insecure->life);
            return ended_insecure(std::move(walk), insecure->why);
        } else if (const auto* no_cut = std::get_if<NoCut>(outcome)) {
            walk.life = shorter(walk.life, no_cut->life);
        } else {
            const auto& broken = std::get<BrokenCut>(*outcome);
            show(broken.link);
            walk.security = broken.security;
            walk.reasons = broken.reasons;
            const bool complete =
                broken.security != Security::bogus || add_missing_proofs(target, labels + 1, walk.reasons);
            walk.end = complete ? Walk::End::broken : Walk::End::pending;
            return walk;
        }
    }
    if (all_known) walk.end = Walk::End::secure;
    return walk;
}

// RFC 7646 §2.1: the negative anchor wins at its own node and below, until a positive anchor further down.
std::optional<Walk> Chain::exempt(const dns::Name& target) const {
    const TrustAnchor* anchor = session_.anchors().closest(target);
    Walk walk;
    for (const NegativeAnchor& negative : session_.policy().negative_anchors) {
        if (!negative.counts_at(session_.now()) || !target.is_at_or_below(negative.name)) continue;
        if (anchor != nullptr && anchor->zone.is_strictly_below(negative.name)) continue;
        Reason why(ReasonCode::negative_trust_anchor, target, RrType::DNSKEY);
        why.zone = negative.name;
        if (negative.ends) walk.life.expires = *negative.ends; // what is kept because of it ends with it
        return ended_insecure(std::move(walk), why);
    }
    if (anchor != nullptr && session_.question().rr_class == dns::RrClass::IN) return std::nullopt;
    return ended_insecure(std::move(walk), Reason(ReasonCode::no_trust_anchor, target, RrType::DNSKEY));
}

Walk Chain::ended_insecure(Walk walk, const Reason& why) const {
    walk.end = Walk::End::insecure;
    walk.reasons = {why};
    const dns::UnixTime latest{session_.now().seconds + walk.ttl};
    walk.ttl = static_cast<dns::Ttl>(std::max<std::int64_t>(
        std::min({latest, walk.life.expires, walk.life.window.until}).seconds - session_.now().seconds, 0));
    return walk;
}

// Where to begin: at the anchor, or at the deepest cut that another session has proven. A session that began at the
// anchor goes on from there (all is settled by then), so that the whole chain is told.
std::size_t Chain::first_label(const dns::Name& target, const TrustAnchor& anchor) {
    if (session_.cache() != nullptr && !session_.cuts().contains(anchor.zone)) {
        for (std::size_t labels = target.label_count(); labels > anchor.zone.label_count(); --labels) {
            const CutState* known = session_.cache()->find(target.ancestor(labels), session_.now());
            if (known != nullptr && !std::holds_alternative<NoCut>(*known)) return labels;
        }
    }
    return anchor.zone.label_count();
}

const CutOutcome* Chain::settle(const dns::Name& name, const TrustAnchor& anchor, const ZoneKeys* parent) {
    auto& cuts = session_.cuts();
    if (const auto known = cuts.find(name); known != cuts.end()) return &known->second;
    if (session_.cache() != nullptr) {
        if (const CutState* state = session_.cache()->find(name, session_.now())) {
            CutOutcome copy = std::visit([](const auto& cut) { return CutOutcome(cut); }, *state);
            return &cuts.emplace(name, std::move(copy)).first->second;
        }
    }
    auto outcome = name == anchor.zone ? settle_anchor(anchor) : settle_below(name, *parent);
    if (!outcome) return nullptr;
    remember(name, *outcome);
    return &cuts.emplace(name, *std::move(outcome)).first->second;
}

void Chain::remember(const dns::Name& name, const CutOutcome& outcome) {
    if (session_.cache() == nullptr) return;
    std::visit(
        [&](const auto& cut) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(cut)>, BrokenCut>)
                session_.cache()->store(name, cut, std::min(cut.life.expires, cut.life.window.until));
        },
        outcome);
}

void Chain::ask_ahead(const dns::Name& name, const TrustAnchor& anchor) {
    if (session_.cache() != nullptr && session_.cache()->find(name, session_.now()) != nullptr) return;
    if (!(name == anchor.zone)) session_.want({name, RrType::DS});
    session_.want({name, RrType::DNSKEY});
}

// Behind a broken link: does a name further down have neither DS nor any proof that there is none? That is what a
// resolver without DNSSEC looks like, and users should read it. False: not known yet.
bool Chain::add_missing_proofs(const dns::Name& target, std::size_t labels, std::vector<Reason>& reasons) {
    bool complete = true, shown = false;
    for (; labels <= target.label_count(); ++labels) {
        const dns::Name name = target.ancestor(labels);
        const dns::Question question(name, RrType::DS);
        const Found found = session_.want(question);
        if (found.is_pending()) complete = false;
        if (found.is_pending() || failure_of(question, found, session_.policy())) continue;
        const Sections& sections = session_.sections(question);
        if (shown || !sections.answer.empty() || has_denial(sections)) continue;
        reasons.push_back(proof_missing(name, target.ancestor(labels - 1)));
        shown = true; // the one nearest to the anchor tells it all
    }
    return complete;
}

CutOutcome Chain::broken(const dns::Name& name, Security security, std::vector<Reason> reasons) const {
    ChainLink link;
    link.zone = name;
    link.outcome = security;
    if (!reasons.empty()) link.why = to_text(reasons.front(), session_.now());
    return BrokenCut{security, std::move(reasons), std::move(link)};
}

std::optional<CutOutcome> Chain::settle_anchor(const TrustAnchor& anchor) {
    const Vouchers vouchers = Vouchers::of(anchor);
    if (auto why = insecure_by_algorithm(vouchers, session_.policy()))
        return with_insecure(vouchers, *std::move(why), session_.now());
    return settle_keys(vouchers);
}

std::optional<CutOutcome> Chain::settle_keys(const Vouchers& vouchers) {
    const dns::Question question(vouchers.zone, RrType::DNSKEY);
    const Found found = session_.want(question);
    if (found.is_pending()) return std::nullopt;
    if (auto why = failure_of(question, found, session_.policy())) { // never "proved bad": RFC 4035 §4.3
        Reason unobtainable(ReasonCode::dnskey_unobtainable, vouchers.zone, RrType::DNSKEY);
        unobtainable.zone = vouchers.zone;
        return broken(vouchers.zone, Security::indeterminate, {*std::move(why), std::move(unobtainable)});
    }
    if (const auto* dnskeys = session_.sections(question).answer_set(vouchers.zone, RrType::DNSKEY))
        return authenticate_keys(vouchers, *dnskeys, session_.work(question));
    Reason why(ReasonCode::dnskey_missing, vouchers.zone, RrType::DNSKEY);
    why.zone = vouchers.zone;
    return broken(vouchers.zone, Security::bogus, {why});
}

std::optional<CutOutcome> Chain::settle_below(const dns::Name& name, const ZoneKeys& parent) {
    const dns::Question question(name, RrType::DS);
    const Found found = session_.want(question);
    if (found.is_pending()) return std::nullopt;
    if (auto why = failure_of(question, found, session_.policy()))
        return broken(name, Security::indeterminate, {*std::move(why)});
    const Sections& sections = session_.sections(question);
    const Work work = session_.work(question);
    if (const auto* ds = sections.answer_set(name, RrType::DS)) {
        Proof proof = prove(*ds, parent, work);
        if (!proof.proven) return broken(name, Security::bogus, std::move(proof.reasons));
        if (!proof.proven->is_expanded()) return settle_delegation(*proof.proven, std::move(proof.tried));
        return broken(name, Security::bogus, {Reason(ReasonCode::delegation_proof_invalid, name, RrType::DS)});
    }
    const auto* cname = sections.answer_set(name, RrType::CNAME);
    if (cname != nullptr || has_dname_above(sections, name)) return settle_alias(name, cname, parent, work);
    return settle_denial(name, sections, parent, work);
}

std::optional<CutOutcome> Chain::settle_delegation(const ProvenRrSet& ds, std::vector<ChainSignature> tried) {
    Vouchers vouchers = Vouchers::of(ds, session_.now());
    vouchers.ds_signatures = std::move(tried);
    if (auto why = insecure_by_algorithm(vouchers, session_.policy()))
        return with_insecure(vouchers, *std::move(why), session_.now());
    return settle_keys(vouchers);
}

// RFC 4035 §2.5: a CNAME of this zone at the very name leaves no room for a cut. Anything else proves nothing.
CutOutcome Chain::settle_alias(const dns::Name& name, const dns::SignedRrSet* cname, const ZoneKeys& parent,
                               Work work) {
    Reason why(ReasonCode::ds_answered_by_alias, name, RrType::DS);
    why.zone = parent.zone();
    if (cname == nullptr || cname->signatures.empty()) {
        why.detail = "a DNAME above it, or an unsigned CNAME";
        return broken(name, Security::bogus, {why});
    }
    Proof proof = prove(*cname, parent, work);
    if (proof.proven && !proof.proven->is_expanded()) return NoCut{life_of(*proof.proven, session_.now())};
    why.detail = proof.proven ? "a CNAME made from a wildcard" : "a CNAME whose signature fails";
    std::vector<Reason> reasons = std::move(proof.reasons);
    reasons.push_back(why);
    return broken(name, Security::bogus, std::move(reasons));
}

CutOutcome Chain::settle_denial(const dns::Name& name, const Sections& sections, const ZoneKeys& parent, Work work) {
    DenialRecords records = prove_denial_records(sections.authority, parent, name, work);
    if (!records.any) return broken(name, Security::bogus, {proof_missing(name, parent.zone())});
    CutDenial denial = prove_no_ds(parent.zone(), records.proven, name, work);
    CutLife life = unlimited_life();
    for (const ProvenRrSet& set : records.proven) life = shorter(life, life_of(set, session_.now()));
    if (denial.outcome == CutDenial::Outcome::no_cut) return NoCut{life};
    if (denial.outcome == CutDenial::Outcome::insecure_delegation) {
        ChainLink link = insecure_link(name, denial.reasons.front(), session_.now());
        for (const ProvenRrSet& set : records.proven)
            link.signatures.push_back({set.set().owner, set.set().type, set.rrsig().key_tag, set.rrsig().algorithm,
                                       SignatureWindow{set.rrsig().inception, set.rrsig().expiration}, true});
        return InsecureCut{denial.reasons.front(), std::move(link), life};
    }
    std::vector<Reason> reasons = std::move(records.reasons); // a bad signature is the cause of a proof that lacks
    const std::vector<Reason>& claim = denial.reasons;
    if (!records.proven.empty()) reasons.insert(reasons.end(), claim.begin(), claim.end());
    Reason why(ReasonCode::delegation_proof_invalid, name, RrType::DS);
    why.zone = parent.zone();
    reasons.push_back(why);
    return broken(name, Security::bogus, std::move(reasons));
}

void Chain::show(const ChainLink& link) {
    const auto same = [&](const ChainLink& known) { return known.zone == link.zone; };
    if (std::none_of(links_.begin(), links_.end(), same)) links_.push_back(link);
}

void Chain::note(const dns::Name& zone, const std::vector<ChainSignature>& signatures) {
    for (ChainLink& link : links_)
        if (link.zone == zone) link.signatures.insert(link.signatures.end(), signatures.begin(), signatures.end());
}

} // namespace validator
