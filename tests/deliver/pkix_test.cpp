// The verify levels' judgement of a chain: authority, dates and names, each broken alone.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "harness/certificates.h"
#include "tlsa/pkix.h"

using Catch::Matchers::StartsWith;
using tlsa::AuthenticationResult;

namespace {

constexpr dns::UnixTime now{1'780'272'000};
constexpr std::int64_t day = 86'400;

struct Judged {
    harness::CertificatePlan plan;
    tlsa::NameRule rule = tlsa::NameRule::all_names;
    std::string wanted = "shop.example.";
    bool trusted = true;

    tlsa::Authentication judge() const {
        const auto chain = harness::CertificateMaker(1, now).make(plan);
        tlsa::PkixRequest request;
        if (trusted) request.roots = {chain.certificates.back().der};
        request.reference_names = {dns::Name::literal(wanted)};
        request.rule = rule;
        request.now = now;
        return tlsa::verify_pkix(chain.credentials.chain, request);
    }
};

Judged good() {
    Judged judged;
    judged.plan.dns_names = {"shop.example"};
    judged.plan.intermediates = 1;
    return judged;
}

} // namespace

TEST_CASE("pkix: a chain to a trusted authority with the right name is good, sent root or not") {
    auto judged = good();
    auto outcome = judged.judge();
    CHECK(outcome.result == AuthenticationResult::match);
    CHECK(outcome.matched_name == "shop.example");
    CHECK(outcome.depth == 2);
    judged.plan.send_root = false;
    CHECK(judged.judge().result == AuthenticationResult::match);
}

TEST_CASE("pkix: an unknown authority, a missing intermediate and a broken signature are untrusted") {
    auto unknown = good();
    unknown.trusted = false;
    CHECK(unknown.judge().result == AuthenticationResult::untrusted);
    auto missing = good();
    missing.plan.send_intermediates = false;
    CHECK(missing.judge().result == AuthenticationResult::untrusted);
    auto broken = good();
    broken.plan.broken_signature = true;
    CHECK(broken.judge().result == AuthenticationResult::untrusted);
    auto no_authority = good();
    no_authority.plan.authority_flag = false;
    CHECK(no_authority.judge().result == AuthenticationResult::untrusted);
    tlsa::PkixRequest request;
    CHECK(tlsa::verify_pkix({}, request).result == AuthenticationResult::untrusted);
    CHECK(tlsa::verify_pkix({{0x30, 0x01}}, request).result == AuthenticationResult::untrusted);
}

TEST_CASE("pkix: dates count, at the time given") {
    auto expired = good();
    expired.plan.validity.not_after = dns::UnixTime{now.seconds - day};
    CHECK(expired.judge().result == AuthenticationResult::expired);
    CHECK_THAT(expired.judge().reasons.at(0), StartsWith("certificate-expired"));
    auto early = good();
    early.plan.validity.not_before = dns::UnixTime{now.seconds + day};
    CHECK(early.judge().result == AuthenticationResult::expired);
}

TEST_CASE("pkix: the CN counts beside DNS-IDs by the one rule, in their absence alone by the other") {
    auto judged = good();
    judged.wanted = "other.example.";
    CHECK(judged.judge().result == AuthenticationResult::name_mismatch);
    judged.plan.common_name = "other.example";
    CHECK(judged.judge().result == AuthenticationResult::match);
    judged.rule = tlsa::NameRule::dns_ids_else_cn;
    CHECK(judged.judge().result == AuthenticationResult::name_mismatch);
    judged.plan.dns_names.clear();
    CHECK(judged.judge().result == AuthenticationResult::match);
    judged.plan.common_name = "*.example";
    CHECK(judged.judge().result == AuthenticationResult::name_mismatch); // a wildcard above one label
}
