#include "zones/contents.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "resolver/dns/text.h"

namespace zones {
namespace {

void check(const Zone& zone, const dns::Record& record) {
    if (!record.owner.is_at_or_below(zone.apex)) {
        throw std::invalid_argument(
            fmt::format("zone {}: {} is outside the zone", zone.apex.to_text(), record.owner.to_text()));
    }
    if (!dns::check_rdata(record.type, record.rdata)) {
        throw std::invalid_argument(fmt::format("zone {}: the data of {} {} is unfit for its type", zone.apex.to_text(),
                                                record.owner.to_text(), dns::to_text(record.type)));
    }
}

void check_shape(const Contents& contents) {
    const auto apex = contents.nodes.find(contents.apex);
    const bool has_soa = apex != contents.nodes.end() && apex->second.contains(dns::RrType::SOA) &&
                         apex->second.at(dns::RrType::SOA).rdata.size() == 1;
    if (!has_soa) {
        throw std::invalid_argument(fmt::format("zone {}: it needs one SOA at its apex", contents.apex.to_text()));
    }
    for (const auto& [owner, sets] : contents.nodes) {
        if (owner != contents.apex && sets.contains(dns::RrType::SOA)) {
            throw std::invalid_argument(
                fmt::format("zone {}: SOA at {}, which is not its apex", contents.apex.to_text(), owner.to_text()));
        }
        if (sets.contains(dns::RrType::CNAME) && (sets.size() > 1 || sets.at(dns::RrType::CNAME).rdata.size() > 1)) {
            throw std::invalid_argument(fmt::format("zone {}: {} has a CNAME and other data (RFC 1034 §3.6.2)",
                                                    contents.apex.to_text(), owner.to_text()));
        }
    }
}

} // namespace

void Contents::add(const dns::RrSet& set) {
    auto& known =
        nodes[set.owner].try_emplace(set.type, set.owner, set.type, set.ttl, std::vector<dns::Bytes>{}).first->second;
    known.ttl = std::min(known.ttl, set.ttl);
    for (const auto& rdata : set.rdata) {
        if (std::find(known.rdata.begin(), known.rdata.end(), rdata) == known.rdata.end()) known.rdata.push_back(rdata);
    }
}

Contents Contents::of(const Zone& zone) {
    Contents contents;
    contents.apex = zone.apex;
    for (const auto& record : zone.records) {
        check(zone, record);
        contents.add(dns::RrSet(record.owner, record.type, record.ttl, {record.rdata}));
    }
    check_shape(contents);
    return contents;
}

bool Contents::is_cut(const dns::Name& name) const {
    if (name == apex) return false;
    const auto node = nodes.find(name);
    return node != nodes.end() && node->second.contains(dns::RrType::NS);
}

bool Contents::is_occluded(const dns::Name& name) const {
    for (std::size_t labels = name.label_count(); labels-- > apex.label_count();) {
        const auto node = nodes.find(name.ancestor(labels));
        if (node == nodes.end()) continue;
        if (node->second.contains(dns::RrType::DNAME)) return true;
        if (labels > apex.label_count() && node->second.contains(dns::RrType::NS)) return true;
    }
    return false;
}

dns::Ttl Contents::denial_ttl() const {
    const auto& set = nodes.at(apex).at(dns::RrType::SOA);
    const auto soa = dns::Soa::parse(set.rdata.front());
    return soa ? std::min<dns::Ttl>(set.ttl, soa->minimum) : set.ttl;
}

dns::Name nsec3_owner(dns::ByteView hash, const dns::Name& apex) {
    const auto owner = apex.prepend(dns::base32hex(hash));
    if (!owner) throw std::invalid_argument(fmt::format("zone {}: its name is too long for NSEC3", apex.to_text()));
    return *owner;
}

} // namespace zones
