// Certificates that are wrong on purpose: each detail is in the octets, and nothing else is.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <stdexcept>

#include "harness/certificates.h"
#include "harness/scenario.h"
#include "tlsa/certificate.h"

using namespace harness;
using tlsa::SignatureCheck;

namespace {

constexpr dns::UnixTime now{1'780'272'000}; // 2026-06-01T00:00:00Z

CertificatePlan plan() {
    CertificatePlan out;
    out.dns_names = {"mx.example"};
    out.intermediates = 1;
    return out;
}
CertifiedChain make(const CertificatePlan& wanted) { return CertificateMaker(3, now).make(wanted); }
tlsa::Certificate parsed(const CertifiedChain& chain, std::size_t depth) {
    return *tlsa::Certificate::parse(chain.certificates.at(depth).der);
}
bool signed_by_next(const CertifiedChain& chain, std::size_t depth) {
    return parsed(chain, depth).signed_with(parsed(chain, depth + 1).spki()) == SignatureCheck::good;
}

} // namespace

TEST_CASE("odd certificates: an ordinary chain has none of it") {
    const auto chain = make(plan());
    const auto leaf = parsed(chain, 0), issuer = parsed(chain, 1);
    CHECK(leaf.version() == 3);
    CHECK_FALSE(leaf.extensions().unknown_critical);
    CHECK_FALSE(issuer.extensions().name_constraints);
    CHECK(issuer.extensions().basic_constraints->ca);
    CHECK((*issuer.extensions().key_usage & tlsa::Certificate::key_cert_sign) != 0);
    CHECK(signed_by_next(chain, 0));
    CHECK(signed_by_next(chain, 1));
}

TEST_CASE("odd certificates: what is said of an authority stands in that one alone") {
    auto wanted = plan();
    wanted.above.resize(2);
    auto& details = wanted.above[0].details;
    details.ca = false;
    details.signs = false;
    details.path_length = 0;
    details.for_servers = false;
    details.permitted_dns = {"example", "net"};
    details.excluded_dns = {"org"};
    details.critical_extension = true;
    wanted.above[1].validity.not_after = dns::UnixTime{now.seconds - 1};
    const auto chain = make(wanted);
    const auto extensions = parsed(chain, 1).extensions();
    CHECK_FALSE(extensions.basic_constraints->ca);
    CHECK((*extensions.key_usage & tlsa::Certificate::key_cert_sign) == 0);
    CHECK(extensions.serves_tls == false);
    CHECK(extensions.unknown_critical);
    CHECK_FALSE(extensions.malformed);
    REQUIRE(extensions.name_constraints);
    CHECK(extensions.name_constraints->permitted.dns == std::vector<std::string>{"example", "net"});
    CHECK(extensions.name_constraints->excluded.dns == std::vector<std::string>{"org"});
    const auto root = parsed(chain, 2);
    CHECK(root.extensions().basic_constraints->ca);
    CHECK(root.not_after()->seconds == now.seconds - 1);
    CHECK(signed_by_next(chain, 0));
    CHECK(signed_by_next(chain, 1));
}

TEST_CASE("odd certificates: names stand as they are given, of every form (RFC 5280 §4.2.1.6)") {
    auto wanted = plan();
    wanted.dns_names = {"MX.example.", std::string("mx.example\0.net", 15)};
    wanted.details.addresses = {"192.0.2.25"};
    wanted.details.emails = {"a@b.example"};
    const auto names = parsed(make(wanted), 0).extensions().subject_alternative_names;
    REQUIRE(names);
    CHECK(names->dns_ids == wanted.dns_names);
    CHECK(names->addresses == std::vector<dns::Bytes>{{192, 0, 2, 25}});
    CHECK(names->others);
    wanted.details.addresses = {"192.0.2"};
    CHECK_THROWS_AS(make(wanted), std::invalid_argument);
}

TEST_CASE("odd certificates: version 1 has no extensions and a good signature (RFC 5280 §4.1.2.1)") {
    auto wanted = plan();
    wanted.above.resize(1);
    wanted.above[0].details.version_1 = true;
    const auto chain = make(wanted);
    const auto issuer = parsed(chain, 1);
    CHECK(issuer.version() == 1);
    CHECK_FALSE(issuer.extensions().basic_constraints);
    CHECK(signed_by_next(chain, 1));
    CHECK(signed_by_next(chain, 0));
}

TEST_CASE("odd certificates: a broken signature is that of one certificate") {
    auto wanted = plan();
    wanted.above.resize(1);
    wanted.above[0].details.broken_signature = true;
    const auto chain = make(wanted);
    CHECK(signed_by_next(chain, 0));
    CHECK(parsed(chain, 1).signed_with(parsed(chain, 2).spki()) == SignatureCheck::bad);
}

TEST_CASE("odd certificates: every kind of key makes a chain that holds") {
    for (const char* kind : {"ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-1024", "rsa-2048", "ed25519"}) {
        DYNAMIC_SECTION(kind) {
            auto wanted = plan();
            wanted.key = wanted.authority_key = *key_kind_from_text(kind);
            const auto chain = make(wanted);
            CHECK(signed_by_next(chain, 0));
            CHECK(signed_by_next(chain, 1));
        }
    }
    CHECK_FALSE(key_kind_from_text("rsa-1"));
}

TEST_CASE("odd certificates: what is sent is chosen by depth, also out of another chain") {
    auto chain = make(plan());
    auto other_plan = plan();
    other_plan.authority = "Other Root";
    std::map<std::string, CertifiedChain> others;
    others.emplace("other", make(other_plan));
    arrange(chain, {{"", 0}, {"", 2}, {"other", 1}, {"", 1}}, others);
    const std::vector<dns::Bytes> wanted = {chain.certificates[0].der, chain.certificates[2].der,
                                            others.at("other").certificates[1].der, chain.certificates[1].der};
    CHECK(chain.credentials.chain == wanted);
    arrange(chain, {}, others);
    CHECK(chain.credentials.chain == wanted);
    CHECK_THROWS_AS(arrange(chain, {{"", 3}}, others), std::invalid_argument);
    CHECK_THROWS_AS(arrange(chain, {{"nobody", 0}}, others), std::invalid_argument);
}

namespace {

std::string message_for(const std::string& certificate) {
    const std::string file = R"({"about": "x", "now": "2026-06-01T00:00:00Z", "ask": "a.example. A",
        "zones": [{"apex": "a.example.", "records": ["@ A 192.0.2.1"]}],
        "certificates": [{"name": "one", )" +
                             certificate + R"(}, {"name": "two", "dns_names": ["b.example"]}],
        "expect": {"security": "secure"}})";
    try {
        parse_scenario(file, "file.json", "id");
    } catch (const ScenarioError& error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("odd certificates: a scenario file that asks for the impossible is refused with its place") {
    using Catch::Matchers::ContainsSubstring;
    const std::string names = R"("dns_names": ["a.example"])";
    CHECK(message_for(names + R"(, "sends": ["0", "two/1"], "above": [{"version": 1}])").empty());
    CHECK(message_for(R"("nameless": true)").empty());
    CHECK_THAT(message_for(R"("nameless": false)"), ContainsSubstring("/certificates/0: \"dns_names\""));
    CHECK_THAT(message_for(names + R"(, "sends": [])"), ContainsSubstring("/certificates/0/sends: expected \"0\""));
    CHECK_THAT(message_for(names + R"(, "sends": ["1"])"), ContainsSubstring("/certificates/0/sends"));
    CHECK_THAT(message_for(names + R"(, "sends": ["0", "x"])"), ContainsSubstring("/certificates/0/sends/1"));
    CHECK_THAT(message_for(names + R"(, "sends": ["0", "/1"])"), ContainsSubstring("/certificates/0/sends/1"));
    CHECK_THAT(message_for(names + R"(, "sends": ["0", "three/0"])"), ContainsSubstring("\"three\" is not among"));
    CHECK_THAT(message_for(names + R"(, "above": [{}, {}])"), ContainsSubstring("/certificates/0/above: more"));
    CHECK_THAT(message_for(names + R"(, "above": [{"odd": true}])"), ContainsSubstring("/certificates/0/above/0"));
    CHECK_THAT(message_for(names + R"(, "path_length": 256)"), ContainsSubstring("from 0 to 255"));
    CHECK_THAT(message_for(names + R"(, "key": "rsa-1")"), ContainsSubstring("is none of ecdsa-p256"));
}
