#include "resolver/dns/record.h"

#include <algorithm>
#include <bit>
#include <compare>
#include <numeric>

#include "resolver/dns/bytes.h"

namespace dns {

namespace {

constexpr std::size_t none = ~std::size_t{0};

// Finds the group of (owner, class, type) in constant time on average: open addressing over positions in `groups`.
class GroupIndex {
  public:
    explicit GroupIndex(std::size_t records)
        : slots_(std::bit_ceil(records * 2 + 2), none) {}

    std::size_t find(const std::vector<SignedRrSet>& groups, const Name& owner, RrClass rr_class, RrType type) const {
        const std::size_t position = slots_[slot(groups, owner, rr_class, type)];
        return position;
    }
    std::size_t find_or_add(std::vector<SignedRrSet>& groups, const Record& like, RrType type) {
        const std::size_t at = slot(groups, like.owner, like.rr_class, type);
        if (slots_[at] == none) {
            slots_[at] = groups.size();
            SignedRrSet fresh;
            fresh.set = RrSet(like.owner, type, like.ttl, {}, like.rr_class);
            groups.push_back(std::move(fresh));
        }
        return slots_[at];
    }

  private:
    std::size_t slot(const std::vector<SignedRrSet>& groups, const Name& owner, RrClass rr_class, RrType type) const {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = owner.hash() + static_cast<std::size_t>(type) * 0x9E3779B1;
        for (at &= mask; slots_[at] != none; at = (at + 1) & mask) { // at most half full: an empty slot is near
            const RrSet& set = groups[slots_[at]].set;
            if (set.type == type && set.rr_class == rr_class && set.owner == owner) break;
        }
        return at;
    }

    std::vector<std::size_t> slots_;
};

// Each RDATA once, where it first stood. By sorting: a message may hold thousands of records of one RRset.
void drop_repeats(std::vector<Bytes>& items) {
    if (items.size() < 2) return;
    std::vector<std::size_t> order(items.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const auto by_octets = items[a] <=> items[b];
        return by_octets != 0 ? by_octets < 0 : a < b;
    });
    std::vector<bool> repeated(items.size());
    for (std::size_t i = 1; i < order.size(); ++i) repeated[order[i]] = items[order[i]] == items[order[i - 1]];
    std::size_t kept = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (repeated[i]) continue;
        if (kept != i) items[kept] = std::move(items[i]);
        ++kept;
    }
    items.resize(kept);
}

} // namespace

std::string Question::to_text() const {
    std::string out = name.to_text();
    if (rr_class != RrClass::IN) out += ' ' + dns::to_text(rr_class);
    return out + ' ' + dns::to_text(type);
}

std::vector<Record> RrSet::records() const {
    std::vector<Record> out;
    out.reserve(rdata.size());
    for (const Bytes& one : rdata) out.emplace_back(owner, type, ttl, one, rr_class);
    return out;
}

std::vector<SignedRrSet> group(std::span<const Record> records) {
    std::vector<SignedRrSet> groups;
    GroupIndex index(records.size());
    for (const Record& record : records) {
        if (record.type == RrType::RRSIG) continue;
        RrSet& set = groups[index.find_or_add(groups, record, record.type)].set;
        set.ttl = std::min(set.ttl, record.ttl);
        set.rdata.push_back(record.rdata);
    }
    for (const Record& record : records) {
        if (record.type != RrType::RRSIG) continue;
        std::size_t covered = none;
        Reader reader(record.rdata);
        if (const auto type = reader.u16(); type && static_cast<RrType>(*type) != RrType::RRSIG) {
            covered = index.find(groups, record.owner, record.rr_class, static_cast<RrType>(*type));
        }
        if (covered == none) {
            RrSet& set = groups[index.find_or_add(groups, record, RrType::RRSIG)].set;
            set.ttl = std::min(set.ttl, record.ttl);
            set.rdata.push_back(record.rdata);
            continue;
        }
        SignedRrSet& target = groups[covered];
        target.signature_ttl = target.signatures.empty() ? record.ttl : std::min(target.signature_ttl, record.ttl);
        target.signatures.push_back(record.rdata);
    }
    for (SignedRrSet& group : groups) {
        drop_repeats(group.set.rdata);
        drop_repeats(group.signatures);
    }
    return groups;
}

} // namespace dns
