// Responses put together record by record, from signed zones that have a trust anchor each: what the tests of denial
// and of aliases work on.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <map>
#include <memory>

#include "tests/validator/test_zone.h"
#include "validator/crypto.h"

namespace test {

using validator::AnswerKind;
using validator::Security;
using Sets = std::vector<dns::SignedRrSet>;

inline void append(std::vector<dns::Record>& section, const dns::SignedRrSet& set) {
    for (const dns::Bytes& rdata : set.set.rdata) section.emplace_back(set.set.owner, set.set.type, set.set.ttl, rdata);
    for (const dns::Bytes& rdata : set.signatures)
        section.emplace_back(set.set.owner, RrType::RRSIG, set.set.ttl, rdata);
}

inline dns::SignedRrSet unsigned_set(std::string_view owner, RrType type, const std::vector<std::string>& rdata) {
    dns::SignedRrSet set;
    set.set = rrset(owner, type, rdata);
    return set;
}

// The hash next to this one, in canonical order.
inline std::array<std::uint8_t, 20> neighbour(std::array<std::uint8_t, 20> hash, int by) {
    for (std::size_t i = hash.size(); i-- > 0;) {
        const auto before = hash[i];
        hash[i] = static_cast<std::uint8_t>(hash[i] + by);
        if (by > 0 ? hash[i] > before : hash[i] < before) break;
    }
    return hash;
}

// How an NSEC3 record departs from 0 iterations, the salt abcd, no opt-out.
struct Nsec3Fields {
    std::uint16_t iterations = 0;
    bool opt_out = false;
    dns::Bytes salt{0xab, 0xcd};
};

class Desk {
  public:
    explicit Desk(const std::vector<std::string>& apexes = {"example."}) {
        for (const std::string& apex : apexes) zones_.push_back(std::make_unique<TestZone>(apex));
    }
    TestZone& zone(std::size_t number = 0) { return *zones_.at(number); }

    // Signed by the deepest zone at or above the owner (above, for DS), or by the zone of that number.
    dns::SignedRrSet sign(std::string_view owner, RrType type, const std::vector<std::string>& rdata) {
        return holder(name(owner), type).sign(rrset(owner, type, rdata));
    }
    // Made from the wildcard whose closest encloser has `labels` labels.
    dns::SignedRrSet expand(std::string_view owner, RrType type, const std::vector<std::string>& rdata,
                            std::uint8_t labels) {
        return holder(name(owner), type).sign(rrset(owner, type, rdata), [&](dns::Rrsig& r) { r.labels = labels; });
    }
    // "next types..." at the owner.
    dns::SignedRrSet nsec(std::string_view owner, const std::string& rdata) {
        return sign(owner, RrType::NSEC, {rdata});
    }
    dns::SignedRrSet nsec3_match(std::string_view of, std::vector<RrType> types, Nsec3Fields fields = {}) {
        return nsec3(of, 0, std::move(types), std::move(fields));
    }
    // Covers that name and hardly another.
    dns::SignedRrSet nsec3_cover(std::string_view of, Nsec3Fields fields = {}) {
        return nsec3(of, -1, {RrType::A}, std::move(fields));
    }
    dns::SignedRrSet soa(std::size_t number = 0) {
        const std::string apex = zone(number).apex.to_text();
        return sign(apex, RrType::SOA, {"ns." + apex + " hostmaster." + apex + " 1 3600 600 86400 300"});
    }

    dns::Message answer(const Sets& answer, const Sets& authority = {}) {
        dns::Message message;
        for (const auto& set : answer) append(message.answer, set);
        for (const auto& set : authority) append(message.authority, set);
        return message;
    }
    dns::Message no_data(const Sets& authority, const Sets& before = {}) {
        dns::Message message = answer(before, authority);
        append(message.authority, soa());
        return message;
    }
    dns::Message name_error(const Sets& authority, const Sets& before = {}) {
        dns::Message message = no_data(authority, before);
        message.rcode = dns::Rcode::NXDOMAIN;
        return message;
    }

    void record(const dns::Question& question, dns::Message message) { messages_[question] = std::move(message); }
    // The rest of the world: keys of the zones; no zone cut anywhere else.
    validator::Response respond(const dns::Question& question) {
        dns::Message message;
        if (const auto found = messages_.find(question); found != messages_.end()) {
            message = found->second;
        } else if (question.type == RrType::DS) {
            message = answer({}, {nsec(question.name.to_text(), "\\000." + question.name.to_text() + " A RRSIG NSEC")});
        } else if (question.type == RrType::DNSKEY) {
            append(message.answer, keys(holder(question.name, RrType::DNSKEY)));
        } else {
            return validator::NoAnswer{validator::NoAnswerCause::not_recorded, {}};
        }
        message.questions = {question};
        return validator::Answered{message, {"the desk"}, {}};
    }
    Trial try_it(const dns::Question& question) {
        validator::TrustAnchors anchors;
        for (const auto& zone : zones_) anchors.add({zone->apex, {}, {zone->key.dnskey()}});
        validator::Validation validation(question, anchors, policy, now);
        return drive(std::move(validation), [&](const dns::Question& q) { return respond(q); });
    }
    validator::Verdict judge(const dns::Question& question, dns::Message message) {
        record(question, std::move(message));
        return try_it(question).verdict;
    }

    validator::Policy policy = default_policy();

  private:
    TestZone& holder(const dns::Name& owner, RrType type) {
        TestZone* best = zones_.front().get();
        for (const auto& zone : zones_) {
            const bool fits = owner.is_at_or_below(zone->apex) && !(type == RrType::DS && owner == zone->apex);
            if (fits && zone->apex.label_count() >= best->apex.label_count()) best = zone.get();
        }
        return *best;
    }
    static dns::SignedRrSet keys(TestZone& zone) {
        return zone.sign(dns::RrSet(zone.apex, RrType::DNSKEY, 3600, {zone.key.dnskey().build()}));
    }
    dns::SignedRrSet nsec3(std::string_view of, int by, std::vector<RrType> types, Nsec3Fields fields) {
        TestZone& zone = holder(name(of), RrType::NSEC3);
        const auto hash = validator::nsec3_hash(name(of), fields.salt, fields.iterations);
        const auto next = neighbour(hash, 1);
        dns::Nsec3 record;
        record.flags = fields.opt_out ? 1 : 0;
        record.iterations = fields.iterations;
        record.salt = fields.salt;
        record.next_hashed_owner.assign(next.begin(), next.end());
        record.types = dns::TypeBitmap(std::move(types));
        const dns::Name owner = *zone.apex.prepend(dns::base32hex(by == 0 ? hash : neighbour(hash, by)));
        return zone.sign(dns::RrSet(owner, RrType::NSEC3, 3600, {record.build()}));
    }

    std::vector<std::unique_ptr<TestZone>> zones_;
    std::unordered_map<dns::Question, dns::Message> messages_;
};

inline void expect(const validator::Verdict& verdict, Security security, std::string_view root) {
    INFO(words(verdict));
    CHECK(verdict.security == security);
    CHECK(root_cause(verdict) == root);
}
inline void expect_secure(const validator::Verdict& verdict, AnswerKind kind = AnswerKind::positive) {
    expect(verdict, Security::secure, "");
    CHECK(verdict.kind == kind);
}
inline void expect_insecure(const validator::Verdict& verdict, std::string_view root) {
    expect(verdict, Security::insecure, root);
}
inline void expect_bogus(const validator::Verdict& verdict, std::string_view root) {
    expect(verdict, Security::bogus, root);
}

} // namespace test
