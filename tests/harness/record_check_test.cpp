// Which published TLSA records are served, which key is served without one, and what is no next key.
#include "harness/record_check.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/harness/smtp_support.h"
#include "tlsa/certificate.h"

using namespace smtp_support;
using harness::RecordCheck;
using harness::RecordFinding;
using tlsa::MatchingType;
using tlsa::Selector;
using tlsa::Usage;
using Role = RecordFinding::Role;

namespace {

harness::CertifiedChain chain_with(const std::string& label, bool self_signed = true) {
    harness::CertificatePlan plan;
    plan.dns_names = {"mx.example"};
    plan.key_label = label;
    plan.self_signed = self_signed;
    return harness::CertificateMaker(1, now).make(plan);
}

dns::Bytes record_for(const dns::Bytes& der, Usage usage, MatchingType type = MatchingType::SHA2_256,
                      Selector selector = Selector::SPKI) {
    return harness::tlsa_rdata(der, usage, selector, type);
}

// The server at this address showed this chain while these records were published.
tlsa::Attempted shown(const std::string& address, const harness::CertifiedChain& chain,
                      const std::vector<dns::Bytes>& published) {
    tlsa::Attempted attempt;
    attempt.mx = "mx.example";
    attempt.address = address;
    attempt.base_domain = dns::Name::literal("mx.example.");
    attempt.records = records(published);
    attempt.smtp.emplace();
    attempt.smtp->tls.emplace();
    attempt.smtp->tls->chain = chain.credentials.chain;
    attempt.smtp->tls->server_key = "ECDSA 256";
    return attempt;
}

RecordCheck check(const std::vector<tlsa::Attempted>& attempts) {
    tlsa::WalkResult result;
    result.attempts = attempts;
    const auto checks = harness::check_records(result, 25);
    REQUIRE(checks.size() == 1);
    CHECK(checks[0].owner == "_25._tcp.mx.example.");
    return checks[0];
}

std::vector<Role> roles(const RecordCheck& checked) {
    std::vector<Role> out;
    for (const auto& record : checked.records) out.push_back(record.role);
    return out;
}

} // namespace

TEST_CASE("record check: a usable record that matches nothing served is the next key (RFC 7671 §8.1)") {
    const auto current = chain_with("current"), next = chain_with("next");
    const auto own = record_for(current.certificates[0].der, Usage::DANE_EE);
    const auto coming = record_for(next.certificates[0].der, Usage::DANE_EE);

    const auto both = check({shown("192.0.2.1", current, {own, coming}), shown("192.0.2.2", current, {own, coming})});
    CHECK(roles(both) == std::vector{Role::served, Role::next});
    CHECK(both.records[0].addresses == std::vector<std::string>{"192.0.2.1", "192.0.2.2"});
    CHECK(both.next_key_published);
    REQUIRE(both.keys.size() == 1);
    CHECK(both.keys[0].has_record);
    CHECK(both.keys[0].addresses.size() == 2);
    CHECK(to_lines(both).size() == 1);

    const auto alone = check({shown("192.0.2.1", current, {own})});
    CHECK(roles(alone) == std::vector{Role::served});
    CHECK_FALSE(alone.next_key_published);
    CHECK(to_lines(alone).empty());
}

TEST_CASE("record check: copies, records set aside and garbage are no next key (RFC 7671 §8, §9)") {
    const auto current = chain_with("current"), next = chain_with("next");
    const auto& der = current.certificates[0].der;
    const auto own = record_for(der, Usage::DANE_EE);
    struct Row {
        const char* about;
        dns::Bytes record;
        Role role;
    };
    dns::Bytes zeros(35, 0), empty_digest = record_for({}, Usage::DANE_EE, MatchingType::SHA2_256, Selector::Cert);
    zeros[0] = 3;
    zeros[1] = 1;
    zeros[2] = 1;
    dns::Bytes cut = record_for(next.certificates[0].der, Usage::DANE_EE);
    cut.pop_back();
    dns::Bytes wrong_selector = record_for(der, Usage::DANE_EE, MatchingType::SHA2_256, Selector::Cert);
    wrong_selector[1] = 1;
    const Row rows[] = {
        {"the same record again", own, Role::duplicate},
        {"zeros", zeros, Role::garbage},
        {"the digest of nothing", empty_digest, Role::garbage},
        {"a digest that is cut", cut, Role::unusable},
        {"usage 1", record_for(next.certificates[0].der, Usage::PKIX_EE), Role::unusable},
        {"the digest of the certificate under the selector of the key", wrong_selector, Role::garbage},
        {"the server's own key as an authority", record_for(der, Usage::DANE_TA), Role::garbage},
    };
    for (const auto& row : rows) {
        DYNAMIC_SECTION(row.about) {
            const auto checked = check({shown("192.0.2.1", current, {own, row.record})});
            CHECK(roles(checked) == std::vector{Role::served, row.role});
            CHECK_FALSE(checked.records[1].why.empty());
            CHECK_FALSE(checked.next_key_published);
            CHECK(to_lines(checked).size() == 1);
        }
    }
    SECTION("a next key under a weaker digest than the current one: clients that go by the strongest ignore it") {
        const auto checked =
            check({shown("192.0.2.1", current,
                         {record_for(der, Usage::DANE_EE, MatchingType::SHA2_512),
                          record_for(next.certificates[0].der, Usage::DANE_EE, MatchingType::SHA2_256)})});
        CHECK(roles(checked) == std::vector{Role::served, Role::unusable});
        CHECK_FALSE(checked.next_key_published);
    }
}

TEST_CASE("record check: a served key without a record is told, on whichever address it is served (RFC 7672 §8.1)") {
    const auto current = chain_with("current"), stray = chain_with("stray");
    const auto own = record_for(current.certificates[0].der, Usage::DANE_EE);
    const auto checked = check({shown("192.0.2.1", current, {own}), shown("2001:db8::1", stray, {own})});
    CHECK(checked.records[0].addresses == std::vector<std::string>{"192.0.2.1"});
    REQUIRE(checked.keys.size() == 2);
    CHECK(checked.keys[0].has_record);
    CHECK_FALSE(checked.keys[1].has_record);
    CHECK(checked.keys[1].addresses == std::vector<std::string>{"2001:db8::1"});
    const auto lines = to_lines(checked);
    REQUIRE(lines.size() == 1);
    CHECK(contains(lines[0], checked.keys[1].spki_sha256));
}

TEST_CASE("record check: a record for the authority beside one for the key (RFC 7671 §8.2)") {
    const auto issued = chain_with("issued", false);
    const auto own = record_for(issued.certificates.front().der, Usage::DANE_EE);
    const auto anchor = record_for(issued.certificates.back().der, Usage::DANE_TA);
    const auto checked = check({shown("192.0.2.1", issued, {own, anchor})});
    CHECK(roles(checked) == std::vector{Role::served, Role::served});
    CHECK(checked.key_and_authority);
    CHECK_FALSE(checked.next_key_published);
    const auto misplaced =
        check({shown("192.0.2.1", issued, {own, record_for(issued.certificates.back().der, Usage::DANE_EE)})});
    CHECK(roles(misplaced) == std::vector{Role::served, Role::garbage}); // an authority's key as the server's own
    CHECK_FALSE(misplaced.key_and_authority);
}

TEST_CASE("record check: nothing is said of names without a finished handshake") {
    tlsa::WalkResult result;
    result.attempts.emplace_back();
    CHECK(harness::check_records(result, 25).empty());
}
