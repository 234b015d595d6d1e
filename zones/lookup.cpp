#include "zones/lookup.h"

#include "resolver/dns/rdata.h"

namespace zones {
namespace {

using Kind = Finding::Kind;

dns::SignedRrSet with_owner(dns::SignedRrSet set, const dns::Name& owner) {
    set.set.owner = owner;
    return set;
}

std::optional<dns::Name> single_name(const dns::SignedRrSet& set) {
    if (set.set.rdata.empty()) return std::nullopt;
    const auto parsed = dns::SingleName::parse(set.set.rdata.front());
    return parsed ? std::optional(parsed->name) : std::nullopt;
}

std::vector<dns::SignedRrSet> all_at(const ZoneIndex& index, const dns::Name& node) {
    std::vector<dns::SignedRrSet> all;
    if (const auto* sets = index.at(node)) all = *sets;
    if (const auto* nsec = index.nsec_at(node); nsec && !nsec->set.rdata.empty()) all.push_back(*nsec);
    return all;
}

// The RRsets of the node that answer this type; RRSIGs come as a set of their own where they are what is asked.
std::vector<dns::SignedRrSet> matching(const ZoneIndex& index, const dns::Name& node, dns::RrType type) {
    if (type == dns::RrType::ANY) return all_at(index, node);
    if (type == dns::RrType::RRSIG) {
        dns::SignedRrSet signatures;
        for (const auto& set : all_at(index, node)) {
            signatures.set.owner = node;
            signatures.set.type = dns::RrType::RRSIG;
            signatures.set.ttl = set.signature_ttl;
            signatures.set.rdata.insert(signatures.set.rdata.end(), set.signatures.begin(), set.signatures.end());
        }
        if (signatures.set.rdata.empty()) return {};
        return {signatures};
    }
    const auto* found = type == dns::RrType::NSEC ? index.nsec_at(node) : index.find(node, type);
    if (!found || found->set.rdata.empty()) return {};
    return {*found};
}

// What the records at `node` say for the question: an answer, a CNAME, or nothing of that type.
Finding at_node(const ZoneIndex& index, const dns::Name& node, const dns::Question& question) {
    Finding finding;
    for (auto& set : matching(index, node, question.type))
        finding.rrsets.push_back(with_owner(std::move(set), question.name));
    if (!finding.rrsets.empty()) return finding;
    if (const auto* cname = index.find(node, dns::RrType::CNAME)) {
        finding.kind = Kind::alias;
        finding.rrsets.push_back(with_owner(*cname, question.name));
        finding.target = single_name(*cname);
        return finding;
    }
    finding.kind = Kind::no_data;
    return finding;
}

Finding through_dname(const dns::SignedRrSet& dname, const dns::Question& question) {
    Finding finding{.kind = Kind::alias, .rrsets = {dname}, .target = {}, .proof = {}, .cut = nullptr};
    const auto to = single_name(dname);
    const auto target = to ? question.name.replace_suffix(dname.set.owner, *to) : dns::Result<dns::Name>(dns::Name());
    if (!to || !target) {
        finding.kind = Kind::too_long;
        return finding;
    }
    finding.target = *target;
    dns::SignedRrSet cname; // unsigned: the DNAME's signature vouches for it (RFC 6672 §5.3.1)
    cname.set = dns::RrSet(question.name, dns::RrType::CNAME, dname.set.ttl, {dns::SingleName{*target}.build()});
    finding.rrsets.push_back(std::move(cname));
    return finding;
}

Finding refer(const ZoneIndex& index, const dns::SignedRrSet& cut) {
    Finding finding{.kind = Kind::referral, .rrsets = {}, .target = {}, .proof = {}, .cut = &cut};
    if (!index.find(cut.set.owner, dns::RrType::DS)) finding.proof = prove_no_data(index, cut.set.owner);
    return finding;
}

Finding through_wildcard(const ZoneIndex& index, const dns::Question& question) {
    const auto wildcard = index.closest_encloser(question.name).wildcard_child();
    if (!wildcard || !index.exists(*wildcard)) {
        return {.kind = Kind::name_error,
                .rrsets = {},
                .target = {},
                .proof = prove_name_error(index, question.name),
                .cut = nullptr};
    }
    auto finding = at_node(index, *wildcard, question);
    finding.proof = finding.kind == Kind::no_data ? prove_wildcard_no_data(index, question.name)
                                                  : prove_expansion(index, question.name);
    return finding;
}

} // namespace

Finding look_up(const ZoneIndex& index, const dns::Question& question) {
    const auto* cut = index.cut_above(question.name);
    const bool parent_side = cut && question.type == dns::RrType::DS && cut->set.owner == question.name;
    if (cut && !parent_side) return refer(index, *cut);
    if (parent_side) {
        Finding finding;
        if (const auto* ds = index.find(question.name, dns::RrType::DS)) {
            finding.rrsets.push_back(*ds);
        } else {
            finding.kind = Kind::no_data;
            finding.proof = prove_no_data(index, question.name);
        }
        return finding;
    }
    if (const auto* dname = index.dname_above(question.name)) return through_dname(*dname, question);
    if (!index.exists(question.name)) return through_wildcard(index, question);

    auto finding = at_node(index, question.name, question);
    if (finding.kind == Kind::no_data) finding.proof = prove_no_data(index, question.name);
    return finding;
}

} // namespace zones
