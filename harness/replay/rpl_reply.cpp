#include "harness/replay/rpl_reply.h"

#include <algorithm>
#include <limits>

#include "resolver/dns/rdata.h"

namespace harness::replay {

using dns::RrType;

bool has_type(std::span<const dns::Record> records, RrType type) {
    return std::any_of(records.begin(), records.end(), [&](const dns::Record& r) { return r.type == type; });
}

bool is_answer(dns::Rcode rcode) {
    return rcode == dns::Rcode::NOERROR || rcode == dns::Rcode::NXDOMAIN || rcode == dns::Rcode::YXDOMAIN;
}

bool matches(const Entry& entry, const dns::Question& question, bool tcp) {
    const MatchRule& match = entry.match;
    if ((match.tcp && !tcp) || (match.udp && tcp) || match.no_edns || match.serial) return false;
    const bool whole = match.question || match.all;
    if (!whole && !match.qtype && !match.qname && !match.subdomain) return true;
    if (entry.message().questions.empty()) return false;
    const dns::Question& wanted = entry.message().questions.front();
    if ((whole || match.qtype) && wanted.type != question.type) return false;
    if ((whole || match.qname) && !(wanted.name == question.name)) return false;
    if (whole && wanted.rr_class != question.rr_class) return false;
    return !match.subdomain || question.name.is_at_or_below(wanted.name);
}

dns::Message reply_from(const Entry& entry, const dns::Question& question) {
    dns::Message message = entry.message();
    for (std::size_t i = 1; i < entry.messages.size(); ++i) // EXTRA_PACKET
        for (auto section : {&dns::Message::answer, &dns::Message::authority, &dns::Message::additional})
            (message.*section)
                .insert((message.*section).end(), (entry.messages[i].*section).begin(),
                        (entry.messages[i].*section).end());
    message.header.response = true;
    message.header.authoritative = false;
    message.header.recursion_available = true;
    message.header.truncated = false;
    message.questions = {question};
    return message;
}

bool is_bare(const dns::Message& message) {
    const auto counts = [](const dns::Record& record) {
        return record.type == RrType::SOA || record.type == RrType::NSEC || record.type == RrType::NSEC3 ||
               record.type == RrType::DS;
    };
    return message.rcode == dns::Rcode::NOERROR && message.answer.empty() &&
           std::none_of(message.authority.begin(), message.authority.end(), counts);
}

void scrub(dns::Message& message, const dns::Name& zone) {
    const auto is_outside = [&](const dns::Record& record) { return !record.owner.is_at_or_below(zone); };
    std::erase_if(message.answer, is_outside);
    std::erase_if(message.authority, is_outside);
}

// Unbound walks the ANSWER section in its order: once a CNAME has led on, what else stands at the old name is dropped.
void keep_chain(dns::Message& message, const dns::Question& question) {
    if (question.type == RrType::ANY || question.type == RrType::CNAME || question.type == RrType::DNAME ||
        question.type == RrType::RRSIG)
        return;
    dns::Name at = question.name;
    const auto same_set = [](const dns::Record& a, const dns::Record& b) {
        return a.owner == b.owner && a.type == b.type;
    };
    std::vector<dns::Record> kept; // one record of each RRset
    for (const dns::Record& record : message.answer) {
        if (record.type == RrType::RRSIG || record.type == RrType::DNAME) continue;
        const bool known = std::any_of(kept.begin(), kept.end(), [&](const auto& k) { return same_set(k, record); });
        if (known || !(record.owner == at)) continue;
        kept.push_back(record);
        if (record.type != RrType::CNAME) continue;
        if (const auto target = dns::SingleName::parse(record.rdata)) at = target->name;
    }
    const auto is_out_of_chain = [&](const dns::Record& record) {
        if (record.type == RrType::RRSIG || record.type == RrType::DNAME) return false;
        return std::none_of(kept.begin(), kept.end(), [&](const auto& k) { return same_set(k, record); });
    };
    std::erase_if(message.answer, is_out_of_chain);
}

void keep_first_sets(dns::Message& message, std::size_t most) {
    std::vector<dns::SignedRrSet> sets = dns::group(message.answer);
    if (sets.size() <= most) return;
    sets.resize(most);
    std::erase_if(message.answer, [&](const dns::Record& record) {
        return std::none_of(sets.begin(), sets.end(), [&](const dns::SignedRrSet& kept) {
            if (!(kept.set.owner == record.owner)) return false;
            if (record.type == kept.set.type) return true;
            const auto& signatures = kept.signatures;
            return record.type == RrType::RRSIG &&
                   std::find(signatures.begin(), signatures.end(), record.rdata) != signatures.end();
        });
    });
}

void add_missing_cnames(dns::Message& message, const dns::Question& question) {
    constexpr unsigned most_links = 12; // as many as any chain that is judged has (Limits::aliases)
    dns::Name at = question.name;
    for (unsigned links = 0; links < most_links; ++links) {
        const dns::Record* dname = nullptr;
        const dns::Record* next = nullptr;
        for (const dns::Record& record : message.answer) {
            if (record.owner == at && record.type == question.type && record.type != RrType::CNAME) return;
            if (record.owner == at && record.type == RrType::CNAME) next = &record;
            if (record.type == RrType::DNAME && at.is_strictly_below(record.owner)) dname = &record;
        }
        const dns::Record* alias = next != nullptr ? next : dname;
        const auto target = alias == nullptr ? std::nullopt : std::optional(dns::SingleName::parse(alias->rdata));
        if (!target || !*target) return;
        if (next != nullptr) {
            at = (*target)->name;
            continue;
        }
        const auto made = at.replace_suffix(dname->owner, (*target)->name);
        if (!made) return; // too long: YXDOMAIN
        const dns::Ttl ttl = dname->ttl;
        message.answer.emplace_back(at, RrType::CNAME, ttl, dns::SingleName{*made}.build());
        at = *made;
    }
}

dns::Message ds_from_referral(const dns::Message& referral, const dns::Name& cut) {
    dns::Message message = referral;
    message.questions = {dns::Question(cut, RrType::DS)};
    const auto is_ds = [&](const dns::Record& record) {
        if (!(record.owner == cut)) return false;
        if (record.type == RrType::DS) return true;
        if (record.type != RrType::RRSIG) return false;
        const auto rrsig = dns::Rrsig::parse(record.rdata);
        return rrsig && rrsig->type_covered == RrType::DS;
    };
    std::copy_if(message.authority.begin(), message.authority.end(), std::back_inserter(message.answer), is_ds);
    std::erase_if(message.authority,
                  [&](const dns::Record& record) { return is_ds(record) || record.type == RrType::NS; });
    return message;
}

dns::Ttl lifetime(const dns::Message& message) {
    dns::Ttl least = std::numeric_limits<dns::Ttl>::max();
    bool any = false;
    for (const auto* section : {&message.answer, &message.authority})
        for (const dns::Record& record : *section) {
            dns::Ttl ttl = record.ttl;
            if (record.type == RrType::SOA)
                if (const auto soa = dns::Soa::parse(record.rdata)) ttl = std::min(ttl, soa->minimum); // RFC 2308 §5
            least = std::min(least, ttl);
            any = true;
        }
    return any ? least : 0;
}

} // namespace harness::replay
