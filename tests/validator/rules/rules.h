// What the tests of single rules share: signatures over octets that a test lays out itself, and answers that it edits.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "resolver/dns/text.h"
#include "tests/validator/test_zone.h"
#include "validator/denial.h"

namespace test {

using validator::Security;

// The octets to be signed, field by field, as RFC 4034 §3.1.8.1 wants them; a rule test changes one of them.
struct SignedOctets {
    dns::Rrsig head;
    bool with_head = true;
    dns::Name owner;
    std::uint32_t ttl = 0;
    std::vector<dns::Bytes> rdata; // in the order in which they are hashed

    dns::Bytes octets(const dns::RrSet& set) const {
        dns::Writer out;
        if (with_head) {
            out.u16(static_cast<std::uint16_t>(head.type_covered));
            out.u8(static_cast<std::uint8_t>(head.algorithm));
            out.u8(head.labels);
            out.u32(head.original_ttl);
            out.u32(head.expiration.seconds);
            out.u32(head.inception.seconds);
            out.u16(head.key_tag);
            out.octets(head.signer.wire());
        }
        for (const dns::Bytes& one : rdata) {
            out.octets(owner.wire());
            out.u16(static_cast<std::uint16_t>(set.type));
            out.u16(static_cast<std::uint16_t>(set.rr_class));
            out.u32(ttl);
            out.u16(static_cast<std::uint16_t>(one.size()));
            out.octets(one);
        }
        return std::move(out).take();
    }
};

// `set` with a signature over its octets as they stand, after `alter`; `received` changes the RRSIG after signing.
inline dns::SignedRrSet sign_octets(const TestZone& zone, const dns::RrSet& set,
                                    const std::function<void(SignedOctets&)>& alter = {},
                                    const TestZone::Mutation& received = {}) {
    SignedOctets plan{zone.fields(set), true, set.owner, set.ttl, set.rdata};
    if (alter) alter(plan);
    dns::Rrsig rrsig = plan.head;
    rrsig.signature = zone.key.sign(plan.octets(set));
    if (received) received(rrsig);
    return {set, {rrsig.build()}, set.ttl};
}

// Why the zone's keys do not prove it; "" where they do.
inline std::string why_not(TestZone& zone, const dns::SignedRrSet& set) {
    const validator::Proof proof = zone.prove(set);
    return proof.proven ? "" : first_reason(proof.reasons);
}
inline bool says(const std::vector<validator::Reason>& reasons, std::string_view id) {
    return std::any_of(reasons.begin(), reasons.end(),
                       [&](const validator::Reason& r) { return validator::info(r.code).id == id; });
}

using Edit = std::function<void(dns::Message&)>;
using Edits = std::vector<std::pair<dns::Question, Edit>>;

// The tree's answers, some of them edited on the way.
inline Upstream edited(const zones::Hierarchy& tree, Edits edits) {
    return [&tree, edits = std::move(edits)](const dns::Question& question) {
        validator::Response response = recursive(tree)(question);
        for (const auto& [edited_question, edit] : edits)
            if (edited_question == question) edit(std::get<validator::Answered>(response).message);
        return response;
    };
}
inline validator::Verdict verdict_of(const zones::Hierarchy& tree, const dns::Question& question, Edits edits = {},
                                     const validator::Policy& policy = default_policy()) {
    return look_up(tree, question, edited(tree, std::move(edits)), policy).verdict;
}
inline void drop(std::vector<dns::Record>& section, RrType type) {
    std::erase_if(section, [&](const dns::Record& r) { return r.type == type; });
}
// The RRSIGs over that type alone.
inline void drop_signatures(std::vector<dns::Record>& section, RrType covered) {
    std::erase_if(section, [&](const dns::Record& r) {
        return r.type == RrType::RRSIG && dns::Rrsig::parse(r.rdata)->type_covered == covered;
    });
}

// A record of a zone of the tree, and the RRSIG that this zone's key makes over a set (fields altered before signing).
inline dns::Record record(std::string_view owner, RrType type, const std::string& text, dns::Ttl ttl = 3600) {
    return rrset(owner, type, {text}, ttl).records().front();
}
inline dns::Record signature_by(const zones::Hierarchy& tree, std::string_view apex, const dns::RrSet& set,
                                const TestZone::Mutation& before = {}) {
    const zones::SignedZone& zone = *tree.find(name(apex));
    const zones::SigningKey& key = zone.key_for(set.type);
    dns::Rrsig fields;
    fields.type_covered = set.type;
    fields.algorithm = key.dnskey().algorithm;
    fields.labels = static_cast<std::uint8_t>(set.owner.rrsig_label_count());
    fields.original_ttl = set.ttl;
    fields.inception = dns::SerialTime::of(dns::UnixTime{now.seconds - 86400});
    fields.expiration = dns::SerialTime::of(dns::UnixTime{now.seconds + 86400});
    fields.key_tag = key.tag();
    fields.signer = zone.apex;
    if (before) before(fields);
    return zones::sign_rrset_as(set, fields, key);
}

} // namespace test
