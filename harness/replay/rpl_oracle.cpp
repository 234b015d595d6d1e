#include "harness/replay/rpl_oracle.h"

#include <algorithm>
#include <limits>

#include "harness/replay/rpl_reply.h"
#include "resolver/dns/address_text.h"
#include "resolver/dns/rdata.h"

namespace harness::replay {

namespace {

constexpr unsigned most_referrals = 30;       // Unbound's MAX_REFERRAL_COUNT is 130; no scenario needs many
constexpr unsigned most_walks = 200;          // for one question, server names included (Unbound's MAX_GLOBAL_QUOTA)
constexpr std::size_t most_sets_for_any = 24; // what Unbound hands out of an answer to ANY
constexpr unsigned most_depth = 5;            // names of name servers that have to be looked up themselves

using dns::RrType;

} // namespace

std::string normal_address(std::string_view text) {
    if (const auto v4 = dns::ipv4_from_text(text)) return std::string(v4->begin(), v4->end());
    if (const auto v6 = dns::ipv6_from_text(text)) return std::string(v6->begin(), v6->end());
    return std::string(text);
}

Oracle::Oracle(const RplScenario& scenario)
    : scenario_(scenario) {
    for (const Range& range : scenario.ranges)
        for (const std::string& address : range.addresses) named_addresses_.insert(normal_address(address));
    for (const ServerZone& zone : scenario.configuration.zones) {
        Servers servers{{}, zone.forwards, {std::numeric_limits<std::int64_t>::max()}, true};
        for (const std::string& address : zone.addresses) servers.addresses.push_back(normal_address(address));
        zones_.insert_or_assign(zone.name, std::move(servers));
    }
}

void Oracle::set_moment(dns::UnixTime now, std::vector<std::uint64_t> steps, std::vector<const Entry*> replies) {
    now_ = now;
    steps_ = std::move(steps);
    replies_ = std::move(replies);
    nth_server_ = 0;
    mark();
}

void Oracle::mark() {
    had_choice_ = false;
    for (auto& [question, answer] : answers_) answer.is_new = false;
}

void Oracle::prefer_server(unsigned nth) {
    nth_server_ = nth;
    std::erase_if(answers_, [](const auto& item) { return item.second.is_new; });
}

void Oracle::distrust_new(std::int64_t seconds) {
    for (auto& [question, answer] : answers_)
        if (answer.is_new) answer.expires = std::min(answer.expires, dns::UnixTime{now_.seconds + seconds});
}

void Oracle::forget(const dns::Question& question) { answers_.erase(question); }

bool Oracle::fits(const Range& range, std::uint64_t step, const std::string& address) const {
    if (step < range.first || step > range.last) return false;
    if (range.addresses.empty()) return true;
    if (scenario_.dialect == Dialect::deckard && !named_addresses_.contains(address)) return true;
    return std::any_of(range.addresses.begin(), range.addresses.end(),
                       [&](const std::string& one) { return normal_address(one) == address; });
}

const Entry* Oracle::find_entry_at(std::uint64_t step, const std::string& address, const dns::Question& question,
                                   bool tcp) const {
    const auto entry_of = [&](const Range& range) -> const Entry* {
        for (const Entry& entry : range.entries)
            if (matches(entry, question, tcp)) return &entry;
        return nullptr;
    };
    if (scenario_.dialect == Dialect::deckard) { // the first range that fits, and no other
        for (const Range& range : scenario_.ranges)
            if (fits(range, step, address)) return entry_of(range);
        return nullptr;
    }
    for (auto range = scenario_.ranges.rbegin(); range != scenario_.ranges.rend(); ++range) { // the last one first
        if (!fits(*range, step, address)) continue;
        if (const Entry* entry = entry_of(*range)) return entry;
    }
    return nullptr;
}

// A question that nobody answers waits until a later step brings an answer.
const Entry* Oracle::find_entry(const std::string& address, const dns::Question& question, bool tcp) const {
    for (const std::uint64_t step : steps_)
        if (const Entry* entry = find_entry_at(step, address, question, tcp)) return entry;
    return nullptr;
}

// An entry for exactly this question at any server: files leave out the way there when their author's resolver did not
// need it.
const Entry* Oracle::find_anywhere(const dns::Question& question) const {
    for (const std::uint64_t step : steps_)
        for (const Range& range : scenario_.ranges) {
            if (step < range.first || step > range.last) continue;
            for (const Entry& entry : range.entries) {
                if (!matches(entry, question, false) || entry.match.subdomain || entry.raw) continue;
                const dns::Message& message = entry.message();
                if (message.questions.empty() || !(message.questions.front() == question)) continue;
                const bool empty_referral = message.answer.empty() && message.rcode == dns::Rcode::NOERROR &&
                                            has_type(message.authority, RrType::NS) &&
                                            !has_type(message.authority, RrType::SOA);
                if (!empty_referral) return &entry;
            }
        }
    return nullptr;
}

Oracle::Reply Oracle::ask_zone(const Zone& zone, const dns::Question& question) {
    const auto& addresses = zone.servers.addresses;
    had_choice_ |= addresses.size() > 1;
    Reply failure;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const std::string& address = addresses[(i + nth_server_) % addresses.size()];
        const Entry* entry = find_entry(address, question, false);
        if (entry != nullptr && entry->message().header.truncated)
            if (const Entry* by_tcp = find_entry(address, question, true)) entry = by_tcp;
        if (entry == nullptr || entry->adjust.do_not_answer) continue;
        if (entry->raw) {
            failure.malformed = true;
            continue;
        }
        const dns::Message message = reply_from(*entry, question);
        if (is_answer(message.rcode)) return {message, false};
        failure.message = message; // another server may do better
    }
    return failure;
}

// Files for a resolver that asks for one label more at a time (RFC 9156 §2.3) have referrals for those questions only.
std::optional<dns::Message> Oracle::minimised_referral(const Zone& zone, const dns::Question& question) {
    for (std::size_t labels = zone.name.label_count() + 1; labels <= question.name.label_count(); ++labels) {
        for (const RrType type : {RrType::A, RrType::NS, RrType::AAAA}) {
            const dns::Question shorter(question.name.ancestor(labels), type, question.rr_class);
            const Reply reply = ask_zone(zone, shorter);
            if (reply.message && referral_of(*reply.message, zone, shorter)) return reply.message;
        }
    }
    return std::nullopt;
}

std::optional<Oracle::Zone> Oracle::closest_zone(const dns::Question& question, Start start) const {
    // RFC 4035 §3.1.4.1: DS is asked at the parent.
    const bool at_parent = question.type == RrType::DS && !question.name.is_root();
    const dns::Name name = at_parent ? question.name.parent() : question.name;
    const std::pair<const dns::Name, Servers>* best = nullptr;
    for (const auto& zone : zones_) {
        if (!name.is_at_or_below(zone.first) || zone.second.expires < now_ || zone.second.addresses.empty()) continue;
        if (start == Start::configured && !zone.second.is_static) continue;
        if (best == nullptr || zone.first.label_count() > best->first.label_count()) best = &zone;
    }
    if (best == nullptr) return std::nullopt;
    return Zone{best->first, best->second};
}

// The zone that a referral leads to, below the zone that was asked and not below the name that is looked for.
std::optional<dns::Name> Oracle::referral_of(const dns::Message& message, const Zone& zone,
                                             const dns::Question& question) const {
    if (zone.servers.forwards || message.rcode != dns::Rcode::NOERROR || !message.answer.empty()) return std::nullopt;
    if (has_type(message.authority, RrType::SOA)) return std::nullopt;
    for (const dns::Record& record : message.authority)
        if (record.type == RrType::NS && record.owner.is_strictly_below(zone.name) &&
            question.name.is_at_or_below(record.owner))
            return record.owner;
    return std::nullopt;
}

std::optional<Oracle::Zone> Oracle::follow(const dns::Message& message, const dns::Name& cut, unsigned depth) {
    Zone zone{cut, {}};
    std::vector<dns::Name> servers;
    dns::Ttl ttl = std::numeric_limits<dns::Ttl>::max();
    for (const dns::Record& record : message.authority) {
        if (record.type != RrType::NS || !(record.owner == cut)) continue;
        if (const auto name = dns::SingleName::parse(record.rdata)) servers.push_back(name->name);
        ttl = std::min(ttl, record.ttl);
    }
    const auto take_addresses = [&](const std::vector<dns::Record>& records, const dns::Name& server) {
        for (const dns::Record& record : records)
            if ((record.type == RrType::A || record.type == RrType::AAAA) && record.owner == server)
                zone.servers.addresses.emplace_back(record.rdata.begin(), record.rdata.end());
    };
    for (const dns::Name& server : servers) take_addresses(message.additional, server);
    if (zone.servers.addresses.empty() && depth < most_depth) {
        for (const dns::Name& server : servers)
            for (const RrType type : {RrType::A, RrType::AAAA})
                if (const auto reply = walk({server, type}, Start::closest, depth + 1))
                    take_addresses(reply->answer, server);
    }
    if (zone.servers.addresses.empty()) return std::nullopt;
    zone.servers.expires = {now_.seconds + static_cast<std::int64_t>(ttl)};
    const auto known = zones_.find(cut);
    if (known == zones_.end() || !known->second.is_static) zones_.insert_or_assign(cut, zone.servers);
    return zone;
}

std::optional<dns::Message> Oracle::walk(const dns::Question& question, Start start, unsigned depth) {
    auto zone = closest_zone(question, start);
    if (!zone || walks_left_ == 0) return std::nullopt;
    --walks_left_;
    for (unsigned count = 0; count < most_referrals; ++count) {
        Reply reply = ask_zone(*zone, question);
        if (!reply.message && !reply.malformed) reply.message = minimised_referral(*zone, question);
        if (!reply.message) return std::nullopt;
        const auto cut = referral_of(*reply.message, *zone, question);
        if (!cut) {
            if (!zone->servers.forwards) scrub(*reply.message, zone->name);
            add_missing_cnames(*reply.message, question);
            if (scenario_.dialect == Dialect::unbound) keep_chain(*reply.message, question);
            if (scenario_.dialect == Dialect::unbound && question.type == RrType::ANY)
                keep_first_sets(*reply.message, most_sets_for_any);
            return reply.message;
        }
        referrals_.insert_or_assign(*cut, *reply.message);
        denials_.learn(*reply.message, now_);
        if (question.type == RrType::DS && *cut == question.name) return ds_from_referral(*reply.message, *cut);
        auto next = follow(*reply.message, *cut, depth);
        if (!next) return std::nullopt;
        zone = std::move(next);
    }
    return std::nullopt;
}

std::optional<dns::Message> Oracle::remembered_referral(const dns::Question& question) const {
    if (question.type != RrType::DS) return std::nullopt;
    const auto known = referrals_.find(question.name);
    if (known == referrals_.end()) return std::nullopt;
    return ds_from_referral(known->second, question.name);
}

const dns::Message* Oracle::cached(const dns::Question& question) {
    const auto known = answers_.find(question);
    if (known == answers_.end()) return nullptr;
    if (known->second.expires <= now_) {
        answers_.erase(known);
        return nullptr;
    }
    const auto age = static_cast<dns::Ttl>(now_.seconds - known->second.stored.seconds);
    scratch_ = known->second.message;
    for (auto* section : {&scratch_.answer, &scratch_.authority, &scratch_.additional})
        for (dns::Record& record : *section) record.ttl -= std::min(record.ttl, age);
    return &scratch_;
}

void Oracle::remember(const dns::Question& question, const dns::Message& message) {
    if (!is_answer(message.rcode)) return;
    denials_.learn(message, now_);
    const auto seconds = static_cast<std::int64_t>(lifetime(message));
    answers_.insert_or_assign(question, Cached{message, now_, {now_.seconds + seconds}, true});
}

validator::Response Oracle::ask(const dns::Question& question) {
    using validator::Answered;
    using validator::NoAnswer;
    using validator::NoAnswerCause;
    if (const dns::Message* known = cached(question)) return Answered{*known, {}, {}};
    walks_left_ = most_walks;
    auto message = walk(question, Start::closest, 0);
    if (!message) message = walk(question, Start::configured, 0);
    const bool lacks_proof = message && question.type == RrType::DS && is_bare(*message);
    if (!message || lacks_proof) {
        if (const Entry* entry = find_anywhere(question)) {
            message = reply_from(*entry, question);
        } else if (!message) {
            message = remembered_referral(question);
            if (!message && question.type == RrType::DS) // what another answer's denial says of the name
                message = denials_.answer_for(question, dns::Rcode::NOERROR, now_);
        }
    }
    for (const Entry* reply : replies_)
        if (!message && matches(*reply, question, false)) message = reply_from(*reply, question);
    if (!message) return NoAnswer{NoAnswerCause::timeout, {}};
    remember(question, *message);
    return Answered{*std::move(message), {}, {}};
}

} // namespace harness::replay
