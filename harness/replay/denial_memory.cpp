#include "harness/replay/denial_memory.h"

#include <algorithm>

#include "resolver/dns/rdata.h"

namespace harness::replay {

namespace {

using dns::RrType;

constexpr std::size_t most_kept = 200; // of a scenario, which has a handful
constexpr std::size_t most_given = 10; // one answer may cost 16 verifications (Limits::verifications)

bool is_denial(RrType type) { return type == RrType::NSEC || type == RrType::NSEC3; }

} // namespace

void DenialMemory::learn(const dns::Message& message, dns::UnixTime now) {
    std::vector<dns::Record> all = message.authority;
    all.insert(all.end(), message.answer.begin(), message.answer.end());
    for (const dns::SignedRrSet& set : dns::group(all)) {
        if ((!is_denial(set.set.type) && set.set.type != RrType::SOA) || set.signatures.empty()) continue;
        const auto rrsig = dns::Rrsig::parse(set.signatures.front());
        if (!rrsig || !set.set.owner.is_at_or_below(rrsig->signer)) continue;
        if (set.set.owner.rrsig_label_count() > rrsig->labels) continue; // made from a wildcard: not its own name
        const auto ttl = std::min({set.set.ttl, set.signature_ttl, rrsig->original_ttl});
        Known known{rrsig->signer, set.set.records(), {now.seconds + static_cast<std::int64_t>(ttl)}};
        for (const dns::Bytes& rdata : set.signatures)
            known.records.emplace_back(set.set.owner, RrType::RRSIG, set.signature_ttl, rdata, set.set.rr_class);
        const dns::Record& first = known.records.front();
        std::erase_if(known_, [&](const Known& old) {
            return old.records.front().owner == first.owner && old.records.front().type == first.type &&
                   old.zone == known.zone;
        });
        known_.push_back(std::move(known));
    }
    if (known_.size() > most_kept)
        known_.erase(known_.begin(), known_.begin() + static_cast<std::ptrdiff_t>(known_.size() - most_kept));
}

std::optional<dns::Message> DenialMemory::answer_for(const dns::Question& question, dns::Rcode rcode,
                                                     dns::UnixTime now) const {
    const bool at_parent = question.type == RrType::DS && !question.name.is_root();
    const dns::Name holder = at_parent ? question.name.parent() : question.name;
    std::optional<dns::Name> zone;
    for (const Known& known : known_)
        if (now < known.expires && holder.is_at_or_below(known.zone) &&
            (!zone || known.zone.label_count() > zone->label_count()))
            zone = known.zone;
    if (!zone) return std::nullopt;
    dns::Message message;
    message.header.response = message.header.recursion_available = true;
    message.rcode = rcode;
    message.questions = {question};
    std::size_t given = 0;
    for (auto known = known_.rbegin(); known != known_.rend() && given < most_given; ++known) {
        if (known->expires <= now || !(known->zone == *zone)) continue;
        message.authority.insert(message.authority.end(), known->records.begin(), known->records.end());
        if (is_denial(known->records.front().type)) ++given;
    }
    return given == 0 ? std::nullopt : std::optional(std::move(message));
}

} // namespace harness::replay
