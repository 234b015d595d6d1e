#include "validator/classify.h"

#include <algorithm>

#include "resolver/dns/rdata.h"

namespace validator {
namespace {

using dns::RrType;

bool is_rrsig_over(const dns::Record& record, const std::vector<dns::Record>& section) {
    if (record.type != RrType::RRSIG) return false;
    const auto rrsig = dns::Rrsig::parse(record.rdata);
    return rrsig && std::any_of(section.begin(), section.end(), [&](const dns::Record& r) {
               return r.type == rrsig->type_covered && r.owner == record.owner;
           });
}

// The records of one section, and the RRSIGs over them that strayed into another one.
std::vector<dns::SignedRrSet> group_section(const std::vector<dns::Record>& own, const dns::Message& message,
                                            dns::RrClass rr_class) {
    std::vector<dns::Record> records;
    for (const dns::Record& record : own)
        if (record.rr_class == rr_class) records.push_back(record); // RFC 4035 §5.3.1
    const std::size_t native = records.size();
    constexpr std::size_t most_strays = 64; // each costs a look at the whole section
    for (const auto* other : {&message.answer, &message.authority, &message.additional}) {
        if (other == &own) continue;
        for (const dns::Record& record : *other) {
            if (records.size() - native == most_strays) break;
            if (record.rr_class == rr_class && is_rrsig_over(record, own)) records.push_back(record);
        }
    }
    return dns::group(records);
}

std::optional<dns::Name> single_name(const dns::SignedRrSet& set) {
    const auto rdata = dns::SingleName::parse(set.set.rdata.front());
    if (!rdata) return std::nullopt;
    return rdata->name;
}

// The deepest DNAME strictly above the name (RFC 6672 §2.3: its owner itself is not redirected).
const dns::SignedRrSet* dname_above(const Sections& sections, const dns::Name& name) {
    const dns::SignedRrSet* best = nullptr;
    for (const dns::SignedRrSet& set : sections.answer) {
        if (set.set.type != RrType::DNAME || !name.is_strictly_below(set.set.owner)) continue;
        if (best == nullptr || set.set.owner.label_count() > best->set.owner.label_count()) best = &set;
    }
    return best;
}

std::vector<const dns::SignedRrSet*> wanted_sets(const Sections& sections, const dns::Name& name, RrType type) {
    std::vector<const dns::SignedRrSet*> sets;
    for (const dns::SignedRrSet& set : sections.answer) {
        if (!(set.set.owner == name)) continue;
        const bool any = type == RrType::ANY && set.set.type != RrType::RRSIG;
        // group() leaves RRSIGs over absent sets as a set of their own, and those over present sets beside them.
        const bool rrsigs = type == RrType::RRSIG && (set.set.type == RrType::RRSIG || !set.signatures.empty());
        if (any || rrsigs || set.set.type == type) sets.push_back(&set);
    }
    return sets;
}

// The link that leads on from the name, if the response has one.
std::optional<AliasLink> link_at(const Sections& sections, const dns::Name& name) {
    AliasLink link;
    link.owner = name;
    link.cname = sections.answer_set(name, RrType::CNAME);
    link.dname = dname_above(sections, name);
    if (link.dname != nullptr) {
        if (const auto to = single_name(*link.dname)) {
            if (auto target = name.replace_suffix(link.dname->set.owner, *to)) link.dname_target = *target;
        }
    }
    if (link.cname != nullptr) {
        const auto target = single_name(*link.cname);
        if (!target) return std::nullopt;
        link.target = *target;
        return link;
    }
    if (link.dname == nullptr) return std::nullopt;
    link.target = link.dname_target.value_or(name);
    return link;
}

// RFC 6840 §4.2: to ANY, a CNAME is an answer as it stands. What the server added behind it is judged with it, but not
// asked for.
void add_sets_behind_alias(const Sections& sections, std::size_t most_links, Shape& shape) {
    std::vector<dns::Name> visited{shape.final_name};
    for (std::size_t links = 0; links < most_links; ++links) {
        const auto* cname = sections.answer_set(visited.back(), RrType::CNAME);
        const auto target = cname == nullptr ? std::nullopt : single_name(*cname);
        if (!target || std::find(visited.begin(), visited.end(), *target) != visited.end()) return;
        for (const dns::SignedRrSet* set : wanted_sets(sections, *target, RrType::ANY))
            if (set->set.type != RrType::CNAME || !set->signatures.empty()) shape.sets.push_back(set);
        visited.push_back(*target);
    }
}

bool has_soa(const Sections& sections, const dns::Name& name) {
    return std::any_of(sections.authority.begin(), sections.authority.end(), [&](const dns::SignedRrSet& set) {
        return set.set.type == RrType::SOA && name.is_at_or_below(set.set.owner);
    });
}

Shape::End negative_end(const Sections& sections, const dns::Message& message, const Shape& shape) {
    if (message.rcode == dns::Rcode::NXDOMAIN) return Shape::End::name_error; // of the last name: RFC 8020 §2
    // RFC 2308 §2.2: the SOA tells a denial from a chain whose end this server does not hold.
    if (!shape.links.empty() && !has_soa(sections, shape.final_name)) return Shape::End::unfinished;
    return Shape::End::no_data;
}

} // namespace

Sections Sections::of(const dns::Message& message, dns::RrClass rr_class) {
    return {group_section(message.answer, message, rr_class), group_section(message.authority, message, rr_class)};
}

const dns::SignedRrSet* Sections::answer_set(const dns::Name& owner, dns::RrType type) const {
    for (const dns::SignedRrSet& set : answer)
        if (set.set.type == type && set.set.owner == owner) return &set;
    return nullptr;
}

Shape classify(const Sections& sections, const dns::Message& message, const dns::Name& start, RrType type,
               std::size_t most_links, std::vector<dns::Name>& visited) {
    Shape shape;
    shape.final_name = start;
    for (;;) { // at most most_links + 1 times round
        shape.sets = wanted_sets(sections, shape.final_name, type);
        if (!shape.sets.empty()) {
            shape.end = Shape::End::positive;
            if ((type == RrType::CNAME || type == RrType::ANY) && dname_above(sections, shape.final_name) != nullptr)
                shape.synthesized = link_at(sections, shape.final_name);
            if (type == RrType::ANY) add_sets_behind_alias(sections, most_links, shape);
            return shape;
        }
        const auto link = link_at(sections, shape.final_name);
        if (!link) {
            shape.end = negative_end(sections, message, shape);
            return shape;
        }
        if (shape.links.size() == most_links) {
            shape.end = Shape::End::too_many_links;
            return shape;
        }
        visited.push_back(shape.final_name);
        shape.links.push_back(*link);
        if (link->cname == nullptr && !link->dname_target) {
            shape.end = Shape::End::too_long;
            return shape;
        }
        shape.final_name = link->target;
        if (std::find(visited.begin(), visited.end(), shape.final_name) != visited.end()) {
            shape.end = Shape::End::loop;
            return shape;
        }
    }
}

} // namespace validator
