// What operators live through: routes, retries, timers, repaired zones, an estate of two, and the report of the day.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "harness/deliver/message.h"
#include "harness/deliver/tls_report.h"
#include "tests/deliver/office.h"

using Catch::Matchers::ContainsSubstring;

namespace {

std::string controls(const std::string& tls, const std::string& dane, const std::string& of_shop = "") {
    return fmt::format(R"("destination_controls": [{{"domain": "default", "tls": "{}", "dane": "{}"}}{}],)", tls, dane,
                       of_shop.empty() ? "" : ", " + of_shop);
}

const std::string shop_by_relay = R"("smtp_routes": [{"domain": "shop.example", "hosts": ["[192.0.2.25]"]}],)";
const std::string quick_timer =
    R"("bounce_profiles": [{"name": "default", "retry_after_s": [60, 600, 3600], "timer_s": 7200}],)";

harness::Scenario insecure_shop() {
    return test::internet(
        R"([{"apex": "shop.example.", "signing": false, "records": ["@ MX 10 mx.mail.example."]},
            {"apex": "mail.example.", "records": ["mx A 192.0.2.25", "_25._tcp.mx TLSA ${tlsa:good 3 1 1}"]}])",
        R"([{"name": "good", "dns_names": ["mx.mail.example"], "self_signed": true}])",
        R"([{"address": "192.0.2.25", "certificate": "good"}])");
}

} // namespace

TEST_CASE("stories: a route without USEDNS stays in the queue under opportunistic DANE until the timer, then bounces") {
    test::Office office(controls("preferred", "opportunistic") + shop_by_relay + quick_timer);
    office.send("you@shop.example", true, "me@client.example");
    const auto began = office.now;
    auto count = office.pass(test::shop("3 1 1"));
    CHECK(count.deferred == 1);
    CHECK(office.sessions.empty()); // nobody was connected to
    CHECK(office.queries == 0);     // and nothing was looked up
    CHECK(office.status("shop.example").active == 1);
    CHECK(office.status("shop.example").next_try == dns::UnixTime{began.seconds + 60});
    CHECK_THAT(office.status("shop.example").last_error, ContainsSubstring("USEDNS"));

    count = office.until_empty(test::shop("3 1 1"));
    CHECK(office.received.empty());
    CHECK(office.now.seconds - began.seconds == 7'200);
    // tries at 0, 60, 660, 4260 and when the timer ends
    CHECK_THAT(office.log(),
               ContainsSubstring("Bounced: DCID 0 MID 1 to RID 0 - 5.4.7 - Delivery expired (message too old) "
                                 "after 5 attempts; the last one: 4.7.5 DANE FAILED for shop.example"));
    CHECK(office.count_in_log("Delayed: DCID 0 MID 1") == 4);
    CHECK_THAT(office.log(), ContainsSubstring("MID 2 was generated for bounce of MID 1"));
    CHECK(office.status("shop.example").bounced == 1);
    CHECK(office.queue.active() == 0); // the notice went nowhere in this Internet, and nobody is told of that
}

TEST_CASE("stories: the cure, DANE none for that domain, delivers what waits in the queue") {
    test::Office office(controls("preferred", "opportunistic") + shop_by_relay);
    office.send("you@shop.example");
    CHECK(office.pass(test::shop("3 1 1")).deferred == 1);
    office.config.controls.push_back(office.config.control_for("default"));
    office.config.controls.back().domain = "shop.example";
    office.config.controls.back().dane = harness::deliver::DaneSupport::none;
    office.now.seconds += 60;
    CHECK(office.pass(test::shop("3 1 1")).delivered == 1);
    REQUIRE(office.received.size() == 1);
    CHECK(office.received[0].in_tls);
    CHECK_THAT(office.log(), ContainsSubstring("delivered to you@shop.example: unauthenticated-tls\n"));
    CHECK(office.sessions[0].sni == std::nullopt); // an address has no name to be sent
}

TEST_CASE("stories: USEDNS is no route for DANE") {
    test::Office office(controls("preferred", "mandatory") +
                        R"("smtp_routes": [{"domain": "all", "hosts": ["relay.example"]},
                                           {"domain": "shop.example", "hosts": ["USEDNS"]}],)");
    office.send("you@shop.example");
    office.send("you@elsewhere.example");
    const auto count = office.pass(test::shop("3 1 1"));
    CHECK(count.delivered == 1);
    CHECK(count.deferred == 1);
    CHECK_THAT(office.log(), ContainsSubstring("delivered to you@shop.example: verified\n"));
    CHECK(office.status("elsewhere.example").active == 1);
}

TEST_CASE("stories: an insecure MX waits under mandatory DANE and goes out under opportunistic") {
    test::Office mandatory(controls("preferred", "mandatory")), opportunistic(controls("preferred", "opportunistic"));
    for (auto* office : {&mandatory, &opportunistic}) {
        office->send("you@shop.example");
        office->pass(insecure_shop());
    }
    CHECK(mandatory.received.empty());
    CHECK(mandatory.status("shop.example").active == 1);
    CHECK_THAT(mandatory.status("shop.example").last_error, ContainsSubstring("MX insecure"));
    REQUIRE(opportunistic.received.size() == 1);
    CHECK_THAT(opportunistic.log(), ContainsSubstring("DANE FALLBACK to opportunistic TLS for shop.example"));
}

TEST_CASE("stories: a repaired server delivers at the next retry, once") {
    test::Office office(controls("preferred", "mandatory"));
    office.send("you@shop.example");
    CHECK(office.pass(test::shop("3 1 1", "{}", R"(["mx.shop.example"])", true)).deferred == 1);
    CHECK(office.pass(test::shop("3 1 1")).attempts() == 0); // not due yet
    office.now.seconds += 60;
    CHECK(office.pass(test::shop("3 1 1")).delivered == 1);
    office.now.seconds += 60;
    CHECK(office.pass(test::shop("3 1 1")).attempts() == 0);
    CHECK(office.received.size() == 1);
    CHECK(office.received[0].data.find("Subject: test") != std::string::npos);
    CHECK(office.count_in_log("DANE SUCCESS for shop.example") >= 1);
}

TEST_CASE("stories: a zone whose signatures were lost is repaired, and the mail that waited goes out") {
    auto broken = test::shop("3 1 1");
    harness::ResolverSpec blind; // the resolver without DNSSEC, first in the list: the operators' trap
    blind.upstream = resolver::Upstream(resolver::Endpoint(boost::asio::ip::make_address("127.0.0.2"), 53), 0);
    blind.recursion = zones::Recursion::ignores_do;
    broken.resolvers = {blind};
    test::Office office(controls("required", "opportunistic"));
    office.send("you@shop.example");
    CHECK(office.pass(broken).deferred == 1);
    CHECK_THAT(office.log(), ContainsSubstring("BOGUS MX record found for shop.example"));
    office.now.seconds += 60;
    CHECK(office.pass(test::shop("3 1 1")).delivered == 1);
    CHECK_THAT(office.log(), ContainsSubstring("delivered to you@shop.example: verified\n"));
}

TEST_CASE(
    "stories: a null MX, a domain that is not there and a server's 5yz bounce at once (RFC 7505 §3, RFC 5321 §5.1)") {
    test::Office office(controls("preferred", "opportunistic"));
    const auto scenario = test::internet(R"([{"apex": "shop.example.", "records": ["@ MX 10 mx", "mx A 192.0.2.25"]},
                           {"apex": "null.example.", "records": ["@ MX 0 ."]}])",
                                         R"([{"name": "good", "dns_names": ["mx.shop.example"], "self_signed": true}])",
                                         R"([{"address": "192.0.2.25", "certificate": "good",
                            "behaviour": {"replies": {"rcpt": ["550 5.1.1 no such user"]}}}])");
    for (const char* recipient : {"you@shop.example", "you@null.example", "you@none.example"}) office.send(recipient);
    CHECK(office.pass(scenario).bounced == 3);
    CHECK_THAT(office.log(), ContainsSubstring("MID 1 to RID 0 - 5.1.1 - 550 5.1.1 no such user"));
    CHECK_THAT(office.log(), ContainsSubstring("MID 2 to RID 0 - 5.1.10 - the domain takes no mail (null MX)"));
    CHECK_THAT(office.log(), ContainsSubstring("MID 3 to RID 0 - 5.1.2 - the domain does not exist"));
}

TEST_CASE("stories: a connection lost behind the final dot is not tried at another server, and the log says so") {
    test::Office office(controls("preferred", "none"));
    const auto scenario = test::internet(
        R"([{"apex": "shop.example.", "records": ["@ MX 10 mx", "@ MX 20 spare", "mx A 192.0.2.25", "spare A 192.0.2.26"]}])",
        "[]",
        R"([{"address": "192.0.2.25", "behaviour": {"starttls": false, "closes_at": "message"}},
            {"address": "192.0.2.26", "behaviour": {"starttls": false}}])");
    office.send("you@shop.example");
    CHECK(office.pass(scenario).deferred == 1);
    CHECK(office.received.empty());
    CHECK_THAT(office.log(), ContainsSubstring("Warning: MID 1 RID [0] you@shop.example may have the message"));
    office.now.seconds += 60;
    office.pass(scenario);
    CHECK_THAT(office.log(), ContainsSubstring("this delivery to you@shop.example is the second"));
}

TEST_CASE("stories: in an estate of two only the one that delivers to the outside verifies DANE") {
    // The scanning instance hands everything to its neighbour at 10.0.0.2.
    const auto inside = test::internet(R"([{"apex": "estate.example."}])", "[]",
                                       R"([{"address": "10.0.0.2", "behaviour": {"starttls": false}}])");
    const std::string to_neighbour = R"("smtp_routes": [{"domain": "all", "hosts": ["[10.0.0.2]"]}],)";
    test::Office scanning(controls("preferred", "none") + to_neighbour), delivering(controls("preferred", "mandatory"));
    scanning.send("you@shop.example");
    CHECK(scanning.pass(inside).delivered == 1);
    CHECK(scanning.queries == 0);
    REQUIRE(scanning.received.size() == 1);
    harness::deliver::NewMessage handed_on;
    handed_on.recipients = scanning.received[0].recipients;
    handed_on.content = scanning.received[0].data;
    delivering.queue.accept(handed_on, delivering.now);
    CHECK(delivering.pass(test::shop("3 1 1")).delivered == 1);
    CHECK_THAT(delivering.log(), ContainsSubstring("delivered to you@shop.example: verified\n"));
    REQUIRE(delivering.received.size() == 1);
    CHECK(delivering.received[0].data == scanning.received[0].data);

    // The same estate with DANE on the wrong one: nothing leaves it.
    test::Office wrong(controls("preferred", "mandatory") + to_neighbour);
    wrong.send("you@shop.example");
    CHECK(wrong.pass(inside).deferred == 1);
    CHECK(wrong.sessions.empty());
}

TEST_CASE("stories: the report of the day tells every failed attempt by its result type (RFC 8460 §4.3)") {
    struct Case {
        std::string about, dane, result, policy_type;
        harness::Scenario scenario;
    };
    const std::string name = R"(["mx.shop.example"])";
    auto blind = test::shop("3 1 1");
    harness::ResolverSpec resolver;
    resolver.upstream = resolver::Upstream(resolver::Endpoint(boost::asio::ip::make_address("127.0.0.2"), 53), 0);
    resolver.recursion = zones::Recursion::ignores_do;
    blind.resolvers = {resolver};
    const std::vector<Case> cases{
        {"success", "mandatory", "", "tlsa", test::shop("3 1 1")},
        {"no STARTTLS", "mandatory", "starttls-not-supported", "tlsa", test::shop("3 1 1", R"({"starttls": false})")},
        {"name", "mandatory", "certificate-host-mismatch", "tlsa", test::shop("2 0 1", "{}", R"(["other.example"])")},
        {"certificate", "mandatory", "certificate-not-trusted", "tlsa", test::shop("3 1 1", "{}", name, true)},
        {"handshake", "mandatory", "validation-failure", "tlsa", test::shop("3 1 1", R"({"closes_at": "handshake"})")},
        {"no TLSA", "mandatory", "dane-required", "no-policy-found", test::shop("")},
        {"no DNSSEC data", "opportunistic", "dnssec-invalid", "no-policy-found", blind},
    };
    for (const auto& one : cases) {
        test::Office office(controls("preferred", one.dane) +
                            R"("tls_report": {"organization": "Client", "contact": "tls@client.example"},)");
        office.send("you@shop.example");
        office.pass(one.scenario);
        const auto reports =
            harness::deliver::tls_reports(office.queue, office.config.tls_report, office.config.hostname, office.now);
        INFO(one.about << "\n" << office.log());
        REQUIRE(reports.size() == 1);
        CHECK(reports[0].domain == "shop.example");
        CHECK(reports[0].file_name == "client.example!shop.example!1780272000!1780358399.json");
        const auto& json = reports[0].json;
        CHECK(json["organization-name"] == "Client");
        CHECK(json["date-range"]["start-datetime"] == "2026-06-01T00:00:00Z");
        REQUIRE(json["policies"].size() == 1);
        const auto& policy = json["policies"][0];
        CHECK(policy["policy"]["policy-type"] == one.policy_type);
        CHECK(policy["policy"]["policy-domain"] == (one.policy_type == "tlsa" ? "mx.shop.example" : "shop.example"));
        CHECK(policy["summary"]["total-successful-session-count"] == (one.result.empty() ? 1 : 0));
        if (one.result.empty()) {
            CHECK_FALSE(policy.contains("failure-details"));
            CHECK(policy["policy"]["policy-string"][0].get<std::string>().starts_with("3 1 1 "));
            continue;
        }
        REQUIRE(policy["failure-details"].size() == 1);
        CHECK(policy["failure-details"][0]["result-type"] == one.result);
        CHECK(policy["failure-details"][0]["failed-session-count"] == 1);
    }
}

TEST_CASE("stories: a message whose attempt cannot even begin waits and expires, and does not stop the others") {
    test::Office office(controls("preferred", "none"));
    office.config.hostname = "no<host"; // as no file may have it; a session refuses to say it
    office.send("a@shop.example");
    office.send("b@shop.example");
    CHECK(office.pass(test::shop("")).deferred == 2);
    CHECK_THAT(office.status("shop.example").last_error, ContainsSubstring("4.3.0"));
    CHECK(office.count_in_log("may have the message") == 0); // nothing was sent
    office.config.hostname = "client.example";
    office.now.seconds += 60;
    CHECK(office.pass(test::shop("")).delivered == 2);
}

TEST_CASE("stories: a server's long refusal is cut, so that notice and report can be sent") {
    test::Office office(controls("preferred", "none"));
    office.send("a@shop.example");
    const std::string reply = "451 4.2.1 " + std::string(1'200, 'x');
    CHECK(office.pass(test::shop("", fmt::format(R"({{"replies": {{"rcpt": ["{}"]}}}})", reply))).deferred == 1);
    const auto error = office.status("shop.example").last_error;
    CHECK_THAT(error, ContainsSubstring("451 4.2.1 xxx"));
    CHECK(error.size() <= 520);

    harness::deliver::Claim claim;
    claim.sender = "me@client.example";
    claim.recipient = "a@shop.example";
    claim.content = "Subject: test\r\n\r\n";
    const auto notice =
        harness::deliver::non_delivery_notice(claim, std::string(5'000, 'x'), "5.4.7", "client.example", office.now);
    std::size_t longest = 0, begin = 0;
    for (auto end = notice.content.find("\r\n"); end != std::string::npos; end = notice.content.find("\r\n", begin)) {
        longest = std::max(longest, end - begin);
        begin = end + 2;
    }
    CHECK(longest > 900);
    CHECK(longest <= 998); // RFC 5322 §2.1.1
}

TEST_CASE(
    "stories: the report of an MTA-STS policy names its patterns as mx-host (RFC 8460 §4.4), that of DANE has none") {
    test::Office office(
        controls("preferred", "opportunistic") +
        R"("mta_sts": [{"domain": "shop.example", "mode": "enforce", "mx": ["*.shop.example", "mx"]}],)");
    const auto policy_of_day = [&](const std::string& tlsa) {
        office.send("a@shop.example");
        office.pass(test::shop(tlsa));
        const auto reports =
            harness::deliver::tls_reports(office.queue, office.config.tls_report, "h.example", office.now);
        REQUIRE(reports.size() == 1);
        return reports[0].json["policies"].back()["policy"];
    };
    const auto sts = policy_of_day("");
    CHECK(sts["policy-type"] == "sts");
    CHECK(sts["mx-host"] == std::vector<std::string>{"*.shop.example", "mx"});
    office.now.seconds += 86'400;
    const auto tlsa = policy_of_day("3 1 1");
    CHECK(tlsa["policy-type"] == "tlsa");
    CHECK_FALSE(tlsa.contains("mx-host"));
}
