#include "validator/nsec3.h"

#include <algorithm>
#include <string_view>

#include "resolver/dns/text.h"

namespace validator {
namespace {

using dns::RrType;
using Hash = std::array<std::uint8_t, 20>;

std::string_view wrong_parameter(const dns::Nsec3& nsec3) {
    if (nsec3.hash_algorithm != 1) return "hash algorithm";              // RFC 5155 §8.1
    if ((nsec3.flags & ~dns::Nsec3::opt_out_flag) != 0) return "flags";  // RFC 5155 §8.2
    if (nsec3.next_hashed_owner.size() != 20) return "length of a hash"; // RFC 5155 §5: SHA-1
    return "";
}

void add_to_chains(std::vector<Nsec3Chain>& chains, const dns::Name& zone, const dns::Nsec3& nsec3, const Hash& owner) {
    constexpr std::size_t most = 4; // parameter sets of one zone in one response: two in a change, more is noise
    auto chain =
        std::find_if(chains.begin(), chains.end(), [&](const Nsec3Chain& c) { return c.has_parameters(nsec3); });
    if (chain == chains.end()) {
        if (chains.size() == most) return;
        chains.emplace_back(zone, nsec3.iterations, nsec3.salt);
        chain = chains.end() - 1;
    }
    Nsec3Chain::Record record{owner, {}, nsec3.types, nsec3.opt_out()};
    std::copy(nsec3.next_hashed_owner.begin(), nsec3.next_hashed_owner.end(), record.next.begin());
    chain->add(std::move(record));
}

} // namespace

std::optional<Hash> nsec3_owner_hash(const dns::Name& owner, const dns::Name& zone) {
    if (owner.label_count() != zone.label_count() + 1 || !owner.is_at_or_below(zone)) return std::nullopt;
    const dns::ByteView label = owner.label(0);
    const auto octets = dns::from_base32hex(std::string(label.begin(), label.end()));
    Hash hash{};
    if (!octets || octets->size() != hash.size()) return std::nullopt;
    std::copy(octets->begin(), octets->end(), hash.begin());
    return hash;
}

Nsec3Records read_nsec3(const dns::Name& zone, std::span<const ProvenRrSet> records) {
    Nsec3Records result;
    for (const ProvenRrSet& proven : records) {
        if (proven.set().type != RrType::NSEC3 || !(proven.zone() == zone) || proven.set().rdata.size() != 1) continue;
        Reason why(ReasonCode::nsec3_parameters_unknown, proven.set().owner, RrType::NSEC3);
        why.zone = zone;
        const auto nsec3 = dns::Nsec3::parse(proven.set().rdata.front());
        const auto owner = nsec3_owner_hash(proven.set().owner, zone);
        if (!nsec3) {
            why.detail = "malformed";
            result.unusable.push_back(why);
        } else if (const auto wrong = wrong_parameter(*nsec3); !wrong.empty()) {
            why.detail = wrong;
            result.unusable.push_back(why);
        } else if (!owner || proven.is_expanded()) {
            why.code = ReasonCode::nsec3_owner_not_under_zone;
            result.unusable.push_back(why);
        } else {
            add_to_chains(result.chains, zone, *nsec3, *owner);
        }
    }
    return result;
}

bool Nsec3Chain::Record::is_ancestor_delegation() const {
    return types.contains(RrType::NS) && !types.contains(RrType::SOA);
}

Nsec3Chain::Found Nsec3Chain::matching(const dns::Name& name, Work work) const {
    const auto hash = work.memo.nsec3_hash(name, salt_, iterations_, work.policy.limits);
    if (!hash) return {nullptr, true};
    for (const Record& record : records_)
        if (record.owner == *hash) return {&record};
    return {};
}

// RFC 5155 §3.1.7: the last record points to the first; a single one covers all but its own hash.
Nsec3Chain::Found Nsec3Chain::covering(const dns::Name& name, Work work) const {
    const auto hash = work.memo.nsec3_hash(name, salt_, iterations_, work.policy.limits);
    if (!hash) return {nullptr, true};
    for (const Record& record : records_) {
        const bool wraps = !(record.owner < record.next);
        const bool behind_owner = record.owner < *hash, before_next = *hash < record.next;
        if (wraps ? (behind_owner || before_next) : (behind_owner && before_next)) return {&record};
    }
    return {};
}

Reason Nsec3Chain::reason(ReasonCode code, const dns::Question& question) const {
    Reason why(code, question.name, question.type);
    why.zone = zone_;
    return why;
}

Reason Nsec3Chain::over_budget(const dns::Question& question, Work work) const {
    Reason why = reason(ReasonCode::budget_nsec3_hashes, question);
    why.detail = std::to_string(work.policy.limits.nsec3_hash_blocks);
    return why;
}

Denial Nsec3Chain::insecure_by_opt_out(const dns::Question& question) const {
    return {Denial::Outcome::insecure, {reason(ReasonCode::nsec3_opt_out_span, question)}};
}

// RFC 5155 §8.3: the longest ancestor that a record matches; its record must not be of a delegation or DNAME; the name
// one label longer is covered. From the apex downwards: what is covered ends the search, for nothing below it exists,
// so that a long name costs no more than the depth of what there is.
std::variant<Nsec3Chain::Encloser, Reason> Nsec3Chain::closest_encloser(const dns::Question& question,
                                                                        Work work) const {
    const dns::Name& name = question.name;
    std::optional<dns::Name> uncovered;
    for (std::size_t labels = zone_.label_count(); labels < name.label_count(); ++labels) {
        const dns::Name candidate = name.ancestor(labels);
        const Found match = matching(candidate, work);
        if (match.over_budget) return over_budget(question, work);
        if (match.record == nullptr) continue;
        if (match.record->is_ancestor_delegation() || match.record->types.contains(RrType::DNAME)) {
            Reason why = reason(ReasonCode::nsec_from_parent_side, question);
            why.detail = "a delegation or DNAME at " + candidate.to_text();
            return why;
        }
        const dns::Name next_closer = name.ancestor(labels + 1);
        const Found cover = covering(next_closer, work);
        if (cover.over_budget) return over_budget(question, work);
        if (cover.record != nullptr) return Encloser{candidate, next_closer, cover.record};
        uncovered = next_closer;
    }
    if (!uncovered) return reason(ReasonCode::nsec3_no_closest_encloser, question);
    Reason why = reason(ReasonCode::nsec3_does_not_cover, question);
    why.detail = uncovered->to_text();
    return why;
}

// RFC 5155 §8.5, §8.6, RFC 6840 §4.1, §4.3.
Denial Nsec3Chain::no_data_at(const Record& record, const dns::Question& question) const {
    Reason why = reason(ReasonCode::nsec3_type_present, question);
    const bool is_ds = question.type == RrType::DS;
    const bool childs = is_ds && record.types.contains(RrType::SOA) && !question.name.is_root();
    if (childs || (record.is_ancestor_delegation() && !is_ds)) {
        why.code = ReasonCode::nsec_from_parent_side;
        why.detail = is_ds ? "it is the child's, DS is the parent's" : "it is the parent's";
        return {Denial::Outcome::not_proven, {why}};
    }
    const auto& types = record.types.types();
    const auto is_data = [](RrType type) { return type != RrType::RRSIG && !dns::is_meta_type(type); };
    if (question.type == RrType::ANY && std::any_of(types.begin(), types.end(), is_data)) {
        why.detail = "data";
        return {Denial::Outcome::not_proven, {why}};
    }
    for (const RrType type : {question.type, RrType::CNAME}) {
        if (!record.types.contains(type)) continue;
        why.detail = dns::to_text(type);
        return {Denial::Outcome::not_proven, {why}};
    }
    return {Denial::Outcome::no_data, {}};
}

// RFC 5155 §8.7: a wildcard stands for the name; §8.6 and §9.2: an opt-out span may hide an unsigned delegation.
Denial Nsec3Chain::no_data_without_match(const dns::Question& question, Work work) const {
    const auto proof = closest_encloser(question, work);
    if (const auto* why = std::get_if<Reason>(&proof)) return {Denial::Outcome::not_proven, {*why}};
    const auto& encloser = std::get<Encloser>(proof);
    const bool opt_out = encloser.cover->opt_out;
    if (opt_out && question.type == RrType::DS) return insecure_by_opt_out(question);
    Reason why = reason(ReasonCode::nsec3_does_not_cover, question);
    const auto wildcard = encloser.name.wildcard_child();
    why.detail = wildcard ? wildcard->to_text() : question.name.to_text();
    const Found match = wildcard ? matching(*wildcard, work) : Found{};
    if (match.over_budget) return {Denial::Outcome::not_proven, {over_budget(question, work)}};
    if (match.record == nullptr) {
        if (opt_out) return insecure_by_opt_out(question);
        return {Denial::Outcome::not_proven, {why}};
    }
    if (match.record->is_ancestor_delegation()) {
        why.code = ReasonCode::nsec_from_parent_side;
        return {Denial::Outcome::not_proven, {why}};
    }
    Denial denial = no_data_at(*match.record, question);
    if (opt_out && denial.outcome == Denial::Outcome::no_data) return insecure_by_opt_out(question);
    return denial; // a wildcard that has the type contradicts the answer, opt-out or not
}

Denial Nsec3Chain::no_data(const dns::Question& question, Work work) const {
    const Found match = matching(question.name, work);
    if (match.over_budget) return {Denial::Outcome::not_proven, {over_budget(question, work)}};
    if (match.record != nullptr) return no_data_at(*match.record, question);
    return no_data_without_match(question, work);
}

Denial Nsec3Chain::name_error(const dns::Question& question, Work work) const {
    const Found match = matching(question.name, work);
    if (match.over_budget) return {Denial::Outcome::not_proven, {over_budget(question, work)}};
    if (match.record != nullptr) {
        // RFC 5155 §7.2.8 and RFC 8020 §2: the name exists. Without any type it is an empty non-terminal.
        if (match.record->types.types().empty()) return {Denial::Outcome::no_data, {}};
        Reason why = reason(ReasonCode::nsec3_does_not_cover, question);
        why.detail = question.name.to_text();
        return {Denial::Outcome::not_proven, {why}};
    }
    const auto proof = closest_encloser(question, work);
    if (const auto* why = std::get_if<Reason>(&proof)) return {Denial::Outcome::not_proven, {*why}};
    const auto& encloser = std::get<Encloser>(proof);
    const auto wildcard = encloser.name.wildcard_child();
    if (wildcard) {
        const Found cover = covering(*wildcard, work);
        if (cover.over_budget) return {Denial::Outcome::not_proven, {over_budget(question, work)}};
        if (cover.record == nullptr) {
            Reason why = reason(ReasonCode::nsec3_wildcard_not_denied, question);
            why.detail = wildcard->to_text();
            return {Denial::Outcome::not_proven, {why}};
        }
    }
    if (encloser.cover->opt_out) return insecure_by_opt_out(question); // RFC 5155 §9.2
    return {Denial::Outcome::name_error, {}};
}

// RFC 5155 §8.8: no match of the closest encloser is needed, the wildcard's own signature shows that it exists.
Denial Nsec3Chain::next_closer(const dns::Question& question, const dns::Name& next_closer, Work work) const {
    const Found cover = covering(next_closer, work);
    if (cover.over_budget) return {Denial::Outcome::not_proven, {over_budget(question, work)}};
    if (cover.record == nullptr) {
        Reason why = reason(ReasonCode::wildcard_expansion_not_proven, question);
        why.detail = next_closer.to_text();
        return {Denial::Outcome::not_proven, {why}};
    }
    if (cover.record->opt_out) return insecure_by_opt_out(question);
    return {Denial::Outcome::name_error, {}};
}

// RFC 5155 §8.9.
CutDenial Nsec3Chain::no_ds(const dns::Name& name, Work work) const {
    const dns::Question question(name, RrType::DS);
    const Found match = matching(name, work);
    if (match.over_budget) return {CutDenial::Outcome::not_proven, {over_budget(question, work)}};
    if (match.record != nullptr) {
        Denial denial = no_data_at(*match.record, question);
        if (denial.outcome == Denial::Outcome::not_proven) return {CutDenial::Outcome::not_proven, denial.reasons};
        if (!match.record->is_ancestor_delegation()) return {CutDenial::Outcome::no_cut, {}}; // RFC 6840 §4.4
        return {CutDenial::Outcome::insecure_delegation, {reason(ReasonCode::delegation_insecure, question)}};
    }
    const auto proof = closest_encloser(question, work);
    if (const auto* why = std::get_if<Reason>(&proof)) return {CutDenial::Outcome::not_proven, {*why}};
    if (!std::get<Encloser>(proof).cover->opt_out) return {CutDenial::Outcome::no_cut, {}}; // the name does not exist
    return {CutDenial::Outcome::insecure_delegation, {reason(ReasonCode::delegation_insecure_opt_out, question)}};
}

} // namespace validator
