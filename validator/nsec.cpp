#include "validator/nsec.h"

#include <algorithm>

namespace validator {
namespace {

using dns::RrType;

bool is_opposite_side(const dns::TypeBitmap& types, const dns::Question& question) {
    // RFC 4035 §2.4: DS belongs to the parent; the SOA bit marks the child's own NSEC. The root has no parent.
    return question.type == RrType::DS && types.contains(RrType::SOA) && !question.name.is_root();
}

} // namespace

NsecRecords::NsecRecords(const dns::Name& zone, std::span<const ProvenRrSet> records)
    : zone_(zone) {
    for (const ProvenRrSet& proven : records) {
        if (proven.set().type != RrType::NSEC || !(proven.zone() == zone) || proven.set().rdata.size() != 1) continue;
        const dns::Name owner = proven.original_owner();
        Reason why(ReasonCode::nsec_does_not_cover, owner, RrType::NSEC);
        why.zone = zone;
        const auto nsec = dns::Nsec::parse(proven.set().rdata.front());
        if (!nsec) {
            why.detail = "(malformed NSEC)";
            unusable_.push_back(why);
        } else if (!nsec->next.is_at_or_below(zone)) { // RFC 4034 §4.1.1: the next owner name in the zone
            why.code = ReasonCode::nsec_next_outside_zone;
            unusable_.push_back(why);
        } else {
            records_.push_back({owner, nsec->next, nsec->types});
        }
    }
}

bool NsecRecords::Record::is_ancestor_delegation() const {
    return types.contains(RrType::NS) && !types.contains(RrType::SOA);
}

// RFC 4034 §4.1.1: the last NSEC points back to the apex and covers all names behind it.
bool NsecRecords::Record::covers(const dns::Name& name, const dns::Name& zone) const {
    if (!name.is_at_or_below(zone) || !(owner < name)) return false;
    return name < next || next == zone;
}

const NsecRecords::Record* NsecRecords::matching(const dns::Name& name) const {
    const auto found = std::find_if(records_.begin(), records_.end(), [&](const Record& r) { return r.owner == name; });
    return found == records_.end() ? nullptr : &*found;
}

const NsecRecords::Record* NsecRecords::covering(const dns::Name& name) const {
    for (const Record& record : records_) {
        if (!record.covers(name, zone_)) continue;
        // RFC 6840 §4.1: neither a delegation nor a DNAME denies anything below itself.
        const bool redirects = record.is_ancestor_delegation() || record.types.contains(RrType::DNAME);
        if (redirects && name.is_strictly_below(record.owner)) continue;
        return &record;
    }
    return nullptr;
}

// RFC 4035 §3.1.3.2: the next owner name lies below the name, so the name exists without records.
bool NsecRecords::makes_empty_non_terminal(const Record& covering, const dns::Name& name) {
    return covering.next.is_strictly_below(name);
}

// RFC 7129 §5.5: the longest ancestor that the two ends of the gap show to exist.
dns::Name NsecRecords::closest_encloser(const Record& covering, const dns::Name& name) {
    const dns::Name by_owner = name.common_ancestor(covering.owner);
    const dns::Name by_next = name.common_ancestor(covering.next);
    return by_owner.label_count() > by_next.label_count() ? by_owner : by_next;
}

Reason NsecRecords::reason(ReasonCode code, const dns::Question& question) const {
    Reason why(code, question.name, question.type);
    why.zone = zone_;
    return why;
}

Denial NsecRecords::not_proven(Reason why) const {
    Denial denial{Denial::Outcome::not_proven, {std::move(why)}};
    denial.reasons.insert(denial.reasons.end(), unusable_.begin(), unusable_.end());
    return denial;
}

// RFC 4035 §5.4, RFC 6840 §4.3: neither the type nor a CNAME; and the record must be of the right side of the cut.
Denial NsecRecords::no_data_at(const Record& record, const dns::Question& question) const {
    Reason why = reason(ReasonCode::nsec_type_present, question);
    why.owner = record.owner;
    if (is_opposite_side(record.types, question) || (record.is_ancestor_delegation() && question.type != RrType::DS)) {
        why.code = ReasonCode::nsec_from_parent_side;
        why.detail = question.type == RrType::DS ? "it is the child's, DS is the parent's" : "it is the parent's";
        return not_proven(std::move(why));
    }
    const auto is_data = [](RrType type) {
        return type != RrType::NSEC && type != RrType::RRSIG && !dns::is_meta_type(type);
    };
    const auto& types = record.types.types();
    if (question.type == RrType::ANY && std::any_of(types.begin(), types.end(), is_data)) {
        why.detail = "data"; // RFC 6840 §4.2: then ANY has an answer
        return not_proven(std::move(why));
    }
    for (const RrType type : {question.type, RrType::CNAME}) {
        if (!record.types.contains(type)) continue;
        why.detail = dns::to_text(type);
        return not_proven(std::move(why));
    }
    if (question.type == RrType::NSEC && record.owner == question.name) { // RFC 4035 §5.4: whatever its own bit says
        why.detail = "NSEC";
        return not_proven(std::move(why));
    }
    // Compact denial (RFC 9824): the NXNAME bit, alone, says that the name itself does not exist.
    const bool nxname = record.owner == question.name && record.types.contains(RrType::NXNAME) &&
                        std::none_of(types.begin(), types.end(), is_data);
    return {nxname ? Denial::Outcome::name_error : Denial::Outcome::no_data, {}};
}

Denial NsecRecords::no_data_by_wildcard(const Record& covering, const dns::Question& question) const {
    const auto wildcard = closest_encloser(covering, question.name).wildcard_child();
    Reason why = reason(ReasonCode::nsec_does_not_cover, question);
    if (!wildcard) return not_proven(std::move(why)); // the name would be too long to exist
    why.detail = wildcard->to_text();
    if (const Record* record = matching(*wildcard)) {
        // RFC 4592 §4.2: a wildcard cannot be a zone cut, so its NS bit says nothing of DS either.
        if (record->is_ancestor_delegation()) {
            why.code = ReasonCode::nsec_from_parent_side;
            return not_proven(std::move(why));
        }
        return no_data_at(*record, question);
    }
    const Record* gap = this->covering(*wildcard);
    if (gap != nullptr && makes_empty_non_terminal(*gap, *wildcard)) return {Denial::Outcome::no_data, {}};
    return not_proven(std::move(why));
}

Denial NsecRecords::no_data(const dns::Question& question) const {
    if (const Record* record = matching(question.name)) return no_data_at(*record, question);
    const Record* gap = covering(question.name);
    if (gap == nullptr) {
        Reason why = reason(ReasonCode::nsec_does_not_cover, question);
        why.detail = question.name.to_text();
        return not_proven(std::move(why));
    }
    if (makes_empty_non_terminal(*gap, question.name)) return {Denial::Outcome::no_data, {}};
    return no_data_by_wildcard(*gap, question);
}

Denial NsecRecords::name_error(const dns::Question& question) const {
    Reason why = reason(ReasonCode::nsec_does_not_cover, question);
    why.detail = question.name.to_text();
    if (const Record* record = matching(question.name)) {
        Denial denial = no_data_at(*record, question);
        if (denial.outcome == Denial::Outcome::name_error) return denial;
        return not_proven(std::move(why)); // the name exists
    }
    const Record* gap = covering(question.name);
    if (gap == nullptr) return not_proven(std::move(why));
    if (makes_empty_non_terminal(*gap, question.name)) return {Denial::Outcome::no_data, {}};
    const auto wildcard = closest_encloser(*gap, question.name).wildcard_child();
    if (!wildcard) return {Denial::Outcome::name_error, {}}; // too long to exist
    const Record* wildcard_gap = covering(*wildcard);
    if (wildcard_gap != nullptr && !makes_empty_non_terminal(*wildcard_gap, *wildcard))
        return {Denial::Outcome::name_error, {}};
    why.code = ReasonCode::nsec_wildcard_not_denied;
    why.detail = wildcard->to_text();
    return not_proven(std::move(why));
}

Denial NsecRecords::next_closer(const dns::Question& question, const dns::Name& next_closer) const {
    const Record* gap = covering(next_closer);
    if (gap != nullptr && !makes_empty_non_terminal(*gap, next_closer)) return {Denial::Outcome::name_error, {}};
    Reason why = reason(ReasonCode::wildcard_expansion_not_proven, question);
    why.detail = next_closer.to_text();
    return not_proven(std::move(why));
}

CutDenial NsecRecords::no_ds(const dns::Name& name) const {
    const dns::Question question(name, RrType::DS);
    if (const Record* record = matching(name)) {
        Denial denial = no_data_at(*record, question);
        if (denial.outcome == Denial::Outcome::not_proven) return {CutDenial::Outcome::not_proven, denial.reasons};
        if (!record->is_ancestor_delegation()) return {CutDenial::Outcome::no_cut, {}}; // RFC 6840 §4.4
        return {CutDenial::Outcome::insecure_delegation, {reason(ReasonCode::delegation_insecure, question)}};
    }
    // Nothing at the name itself: an empty non-terminal or no name at all. A wildcard makes no cut (RFC 4592 §4.2).
    if (covering(name) != nullptr) return {CutDenial::Outcome::no_cut, {}};
    Reason why = reason(ReasonCode::nsec_does_not_cover, question);
    why.detail = name.to_text();
    Denial denial = not_proven(std::move(why));
    return {CutDenial::Outcome::not_proven, denial.reasons};
}

} // namespace validator
