// The configuration: what is read, and that what cannot be used is refused with its place.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <fmt/format.h>

#include "harness/deliver/config.h"

using Catch::Matchers::ContainsSubstring;
using namespace harness::deliver;

namespace {

std::string refusal(const std::string& members) {
    try {
        parse_config(fmt::format("{{\n\"queue\": \"q.db\",\n{}\n}}", members), "deliver.json");
    } catch (const harness::ScenarioError& error) {
        return error.what();
    }
    return "accepted";
}

} // namespace

TEST_CASE("config: the defaults are the appliance's") {
    const auto config = parse_config(R"({"queue": "q.db"})", "folder/deliver.json");
    CHECK(config.queue == "folder/q.db");
    const auto& control = config.control_for("anything.example");
    CHECK(control.families == tlsa::AddressFamilies::ipv6_first);
    CHECK(control.concurrent_connections == 500);
    CHECK(control.messages_per_connection == 50);
    CHECK(control.tls == TlsSupport::none);
    CHECK(control.dane == DaneSupport::none);
    CHECK(config.bounce_profile_for("anything.example").timer == 259'200);
    CHECK(config.route_for("anything.example") == nullptr);
    CHECK(config.policy("RELAYED")->relay);
    CHECK_FALSE(config.policy("ACCEPTED")->relay);
    CHECK(config.policy("OTHER") == nullptr);
}

TEST_CASE("config: the most particular destination control and route count") {
    const auto config = parse_config(R"({"queue": "/q.db",
        "destination_controls": [{"domain": "default", "tls": "preferred"}, {"domain": ".example", "tls": "required"},
          {"domain": ".shop.example", "tls": "required-verify"}, {"domain": "Shop.Example.", "tls": "preferred-verify"}],
        "smtp_routes": [{"domain": "all", "hosts": ["relay.example:2525", "[2001:db8::1]"]},
                        {"domain": ".example", "hosts": ["USEDNS"]}]})",
                                     "deliver.json");
    CHECK(config.control_for("net").tls == TlsSupport::preferred);
    CHECK(config.control_for("a.example").tls == TlsSupport::required);
    CHECK(config.control_for("a.b.shop.example").tls == TlsSupport::required_verify);
    CHECK(config.control_for("shop.example").tls == TlsSupport::preferred_verify);
    CHECK(config.route_for("a.example")->use_dns);
    REQUIRE(config.route_for("example")->hosts.size() == 2); // ".example" is what stands below it
    CHECK(config.route_for("example")->hosts[0].port == 2525);
    CHECK(config.route_for("example")->hosts[1].literal);
    CHECK(config.route_for("example")->hosts[1].host == "2001:db8::1");
}

TEST_CASE("config: a pattern of an MTA-STS policy stands for one label (RFC 8461 §4.1)") {
    const auto config =
        parse_config(R"({"queue": "/q.db", "destination_controls": [{"domain": "default", "tls": "preferred"}],
        "mta_sts": [{"domain": "Shop.Example.", "mode": "enforce", "mx": ["MX.shop.example", "*.mail.example"]}]})",
                     "deliver.json");
    const auto* policy = config.sts_for("shop.example");
    REQUIRE(policy != nullptr);
    for (const char* host : {"mx.shop.example", "a.mail.example", "MX.Shop.Example", "A.MAIL.example"})
        CHECK(policy->names(host));
    for (const char* host : {"mail.example", "a.b.mail.example", "shop.example", "xmail.example", ".mail.example", ""})
        CHECK_FALSE(policy->names(host));
    CHECK(config.sts_for("www.shop.example") == nullptr); // RFC 8461 §3.4
    CHECK(config.sts_for("example") == nullptr);
}

TEST_CASE("config: authorities are needed where a certificate is judged by them") {
    const auto needed = [](const std::string& members) {
        return parse_config(fmt::format("{{\"queue\": \"/q.db\", {}}}", members), "deliver.json").needs_authorities();
    };
    const auto with_policy = [](const std::string& mode) {
        return fmt::format(R"("destination_controls": [{{"domain": "default", "tls": "preferred"}}],
            "mta_sts": [{{"domain": "shop.example", "mode": "{}", "mx": ["mx.shop.example"]}}])",
                           mode);
    };
    CHECK(needed(with_policy("enforce")));
    CHECK(needed(with_policy("testing"))); // its report accuses servers
    CHECK(needed(R"("destination_controls": [{"domain": "a.example", "tls": "required-verify"}])"));
    CHECK_FALSE(needed(R"("destination_controls": [{"domain": "default", "tls": "required", "dane": "mandatory"}])"));
}

TEST_CASE("config: an attempt ends in time, also where nothing is said of it") {
    const auto limit = [](const std::string& timeouts) {
        return parse_config(R"({"queue": "/q.db", "timeouts": )" + timeouts + "}", "deliver.json").attempt_limit();
    };
    CHECK(limit("{}") == 20 * 60);
    CHECK(limit(R"({"smtp_s": 2})") == 40);
    CHECK(limit(R"({"smtp_s": 2, "attempt_s": 7})") == 7);
}

TEST_CASE("config: what cannot be used is refused with file, line and pointer") {
    struct Case {
        std::string members, place, words;
    };
    const std::vector<Case> cases{
        {R"("colour": "blue")", "deliver.json:3: /colour", "unknown key"},
        {R"("queue": "again")", "deliver.json:3", "twice"},
        {R"("destination_controls": [{"domain": "a.example", "dane": "mandatory"}])", "/destination_controls/0/dane",
         "contradicts TLS none"},
        {R"("destination_controls": [{"domain": "a.example", "tls": "none", "dane": "opportunistic"}])",
         "/destination_controls/0/dane", "contradicts TLS none"},
        {R"("destination_controls": [{"domain": "a.example", "tls": "always"}])", "/destination_controls/0/tls",
         "required-verify-hosted-domains"},
        {R"("destination_controls": [{"domain": "a.example"}, {"domain": "A.example."}])", "/destination_controls/1",
         "twice"},
        {R"("destination_controls": [{"domain": "a.example", "concurrent_connections": 1001}])",
         "/destination_controls/0/concurrent_connections", "1000"},
        {R"("destination_controls": [{"domain": "a..example"}])", "/destination_controls/0/domain", "no domain"},
        {R"("destination_controls": [{"domain": "a.example", "bounce_profile": "slow"}])", "/destination_controls/0",
         "slow"},
        {R"("destination_controls": [{"domain": "a.example", "tls": "required", "dane_failures": "record"}])",
         "/destination_controls/0/dane_failures", "contradicts DANE none"},
        {R"("destination_controls": [{"domain": "a.example", "tls": "required", "dane": "mandatory", "dane_failures": "log"}])",
         "/destination_controls/0/dane_failures", "hold, record"},
        {R"("destination_controls": [{"domain": "a.example", "fallback_host": "[192.0.2.1]"}])",
         "/destination_controls/0/fallback_host", "name of a host"},
        {R"("destination_controls": [{"domain": "a.example", "fallback_host": "USEDNS"}])",
         "/destination_controls/0/fallback_host", "name of a host"},
        {R"("destination_controls": [{"domain": "a.example", "fallback_host": "relay.example:0"}])",
         "/destination_controls/0/fallback_host", "port"},
        {R"("timeouts": {"attempt_s": 0})", "/timeouts/attempt_s", "1"},
        {R"("hostname": "mx<1>.client.example")", "/hostname", "letters, digits"},
        {R"("tls_report": {"contact": "TLS reports@client.example"})", "/tls_report/contact", "without blanks"},
        {R"("tls_report": {"contact": "a@b.example", "dkim": {"domain": "c.example", "selector": "s", "key": "k"}})",
         "/tls_report/dkim/domain", "must be the same"},
        {R"("tls_report": {"contact": "a@b.example", "dkim": {"domain": "b.example", "selector": "s"}})",
         "/tls_report/dkim", "key"},
        {R"("tls_report": {"contact": "a@b.example", "dkim": {"domain": "b.example", "selector": "s", "key": "k", "l": 1}})",
         "/tls_report/dkim/l", "unknown key"},
        {R"("resolvers": [{"address": "127.0.0.1", "priority": 1}, {"address": "127.0.0.2", "priority": 1}])",
         "/resolvers/1/priority", "twice"},
        {R"("resolvers": [])", "/resolvers", "at least one"},
        {R"("resolvers": [{"address": "resolver.example", "priority": 1}])", "/resolvers/0/address", "no address"},
        {R"("smtp_routes": [{"domain": "a.example", "hosts": ["USEDNS", "relay.example"]}])", "/smtp_routes/0/hosts/0",
         "alone"},
        {R"("smtp_routes": [{"domain": "a.example", "hosts": ["relay.example:0"]}])", "/smtp_routes/0/hosts/0", "port"},
        {R"("smtp_routes": [{"domain": "a.example", "hosts": ["[192.0.2.256]"]}])", "/smtp_routes/0/hosts/0",
         "address"},
        {R"("smtp_routes": [{"domain": "a.example", "hosts": []}])", "/smtp_routes/0/hosts", "1 to 100"},
        {R"("mail_flow_policies": [{"name": "in", "action": "REJECT"}])", "/mail_flow_policies/0/action", "ACCEPT"},
        {R"("bounce_profiles": [{"name": "a", "retry_after_s": [0]}])", "/bounce_profiles/0/retry_after_s/0", "1"},
        {R"("bounce_profiles": [{"name": "a"}, {"name": "a"}])", "/bounce_profiles/1", "twice"},
        {R"("mta_sts": [{"domain": "a.example", "mode": "enforce", "mx": ["mx.a.example"]}])", "/mta_sts/0",
         "contradicts TLS none"},
        {R"("mta_sts": [{"domain": "a.example", "mode": "testing"}])", "/mta_sts/0", "\"mx\" is missing"},
        {R"("mta_sts": [{"domain": ".a.example", "mode": "none"}])", "/mta_sts/0", "no domain"},
        {R"("mta_sts": [{"domain": "a.example", "mode": "none"}, {"domain": "A.example.", "mode": "none"}])",
         "/mta_sts/1", "twice"},
        {R"("log": {"level": "trace"})", "/log/level", "debug"},
        {R"("tls_report": {"contact": "nobody"})", "/tls_report/contact", "no address"},
    };
    for (const auto& one : cases) {
        const auto text = refusal(one.members);
        INFO(one.members);
        CHECK_THAT(text, ContainsSubstring("configuration: deliver.json:"));
        CHECK_THAT(text, ContainsSubstring(one.place));
        CHECK_THAT(text, ContainsSubstring(one.words));
        CHECK(text.find('\n') == std::string::npos);
    }
    CHECK(refusal(R"("destination_controls": [{"domain": "a.example", "tls": "preferred", "dane": "mandatory"}])") ==
          "accepted");
    CHECK(
        refusal(R"("resolvers": [{"address": "127.0.0.1", "priority": 1}, {"address": "127.0.0.1", "priority": 2}])") ==
        "accepted");
}
