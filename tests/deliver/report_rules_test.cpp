// Rules about the TLS report itself (RFC 8460).
#include <catch2/catch_test_macros.hpp>

#include "harness/deliver/tls_report.h"
#include "tests/deliver/office.h"

namespace {

const std::string mandatory =
    R"("destination_controls": [{"domain": "default", "tls": "preferred", "dane": "mandatory"}],
    "tls_report": {"organization": "Client", "contact": "tls@client.example"},)";

std::vector<harness::deliver::TlsReport> reports_of(const test::Office& office, std::int64_t seconds = 0) {
    return harness::deliver::tls_reports(office.queue, office.config.tls_report, office.config.hostname,
                                         dns::UnixTime{office.now.seconds + seconds});
}

harness::Scenario wrong_key() { return test::shop("3 1 1", "{}", R"(["mx.shop.example"])", true); }

} // namespace

TEST_CASE("D-191 a TLS report lists the policies of one whole UTC day (RFC 8460 §4, §4.1, §4.4)") {
    constexpr std::int64_t hour = 3'600;
    SECTION("obeys: one policy is an array of one, and the day is whole whenever it is asked for") {
        test::Office office(mandatory);
        office.now.seconds += 5 * hour;
        office.send("you@shop.example");
        office.pass(test::shop("3 1 1"));
        for (const std::int64_t at : {-5 * hour, std::int64_t{0}, 18 * hour}) {
            const auto reports = reports_of(office, at);
            REQUIRE(reports.size() == 1);
            const auto& json = reports[0].json;
            CHECK(json["policies"].is_array());
            CHECK(json["policies"].size() == 1);
            CHECK(json["date-range"]["start-datetime"] == "2026-06-01T00:00:00Z");
            CHECK(json["date-range"]["end-datetime"] == "2026-06-01T23:59:59Z");
        }
    }
    SECTION("obeys: a domain in U-labels is reported by its A-labels") {
        test::Office office(mandatory);
        office.send("you@xn--mnchen-3ya.example");
        office.pass(
            test::internet(R"([{"apex": "xn--mnchen-3ya.example.", "records": ["@ MX 10 mx", "mx A 192.0.2.25"]}])",
                           R"([{"name": "good", "dns_names": ["mx.example"]}])",
                           R"([{"address": "192.0.2.25", "certificate": "good"}])"));
        const auto reports = reports_of(office);
        REQUIRE(reports.size() == 1);
        CHECK(reports[0].domain == "xn--mnchen-3ya.example");
        CHECK(reports[0].json["policies"][0]["policy"]["policy-domain"] == "xn--mnchen-3ya.example");
    }
    SECTION("breaks: what happened a second after midnight is in the next day's report alone") {
        test::Office office(mandatory);
        office.now.seconds += 24 * hour;
        office.send("you@shop.example");
        office.pass(test::shop("3 1 1"));
        CHECK(reports_of(office, -1).empty());
        REQUIRE(reports_of(office).size() == 1);
        CHECK(reports_of(office)[0].json["date-range"]["start-datetime"] == "2026-06-02T00:00:00Z");
    }
}

TEST_CASE("D-192 certificate-not-trusted and validation-failure carry a code (RFC 8460 §4.3.1, §4.3.3)") {
    const auto detail_of = [](const harness::Scenario& scenario) {
        test::Office office(mandatory);
        office.send("you@shop.example");
        office.pass(scenario);
        const auto reports = reports_of(office);
        REQUIRE(reports.size() == 1);
        REQUIRE(reports[0].json["policies"][0]["failure-details"].size() == 1);
        return reports[0].json["policies"][0]["failure-details"][0];
    };
    SECTION("obeys: the code says what the certificate and the handshake lacked") {
        const auto certificate = detail_of(wrong_key());
        CHECK(certificate["result-type"] == "certificate-not-trusted");
        CHECK(certificate["failure-reason-code"].get<std::string>().starts_with("certificate-no-match"));
        const auto handshake = detail_of(test::shop("3 1 1", R"({"closes_at": "handshake"})"));
        CHECK(handshake["result-type"] == "validation-failure");
        CHECK(handshake["failure-reason-code"].get<std::string>().starts_with("tls-failed"));
    }
    SECTION("breaks: another result says it all by its type, and a success has no detail") {
        CHECK(detail_of(test::shop(""))["result-type"] == "dane-required");
        test::Office office(mandatory);
        office.send("you@shop.example");
        office.pass(test::shop("3 1 1"));
        CHECK_FALSE(reports_of(office)[0].json["policies"][0].contains("failure-details"));
    }
}
