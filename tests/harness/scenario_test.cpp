// Strict loading of scenario files: what does not fit is one line with file, line, JSON pointer and what was expected.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

#include "harness/catalogue.h"
#include "harness/data_dir.h"
#include "harness/scenario.h"
#include "harness/strict_json.h"

using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* good = R"({
  "about": "A good one",
  "rules": ["D-008", "V-025"], "breaks": ["D-009"],
  "now": "2026-06-01T00:00:00Z",
  "zones": [
    {"apex": "shop.example.", "records": ["@ MX 10 mx", "mx A 192.0.2.25", "_25._tcp.mx TLSA ${tlsa:mx 3 1 1}"],
     "signing": {"denial": "nsec3", "iterations": 1, "salt": "8b", "inception": "now-2h", "expiration": "now+1d"}},
    {"apex": "plain.example.", "signing": false, "parent_ds": "omit"}
  ],
  "faults": [{"rrsig-expired": {"owner": "mx.shop.example.", "type": "A"}},
             {"dnskey-wrong-algorithm": {"owner": "shop.example.", "key": "zsk", "number": 7, "edited": true}}],
  "resolvers": [{"address": "127.0.0.2", "priority": 3, "recursion": "no-edns",
                 "exceptions": [{"question": "shop.example. MX", "recursion": "servfail"}]}],
  "certificates": [{"name": "mx", "dns_names": ["mx.shop.example."], "self_signed": true, "not_after": "now-1d"}],
  "servers": [{"address": "192.0.2.25", "certificate": "mx", "behaviour": {"tls": "1.2", "replies": {"mail": ["450 later"]}}}],
  "client": {"domain": "shop.example.", "mode": "opportunistic", "families": "ipv6-first", "deliver": false},
  "ask": "mx.shop.example. A",
  "judged": [{"question": "mx.shop.example. A", "security": "bogus", "reasons": ["rrsig-expired"]}],
  "timeouts": {"resolver_try_ms": 50},
  "expect": {"states": {"mx": "secure", "a": "bogus"}, "action": "dane-fail", "security": "bogus", "reasons": ["rrsig-expired"],
             "never": ["no-answer"], "asked": ["mx.shop.example. A"], "not_asked": [], "connections": ["192.0.2.25:25", ["::1"]],
             "sni": {"[::1]:465": null}, "ede": [7, 6]}
})";

std::string message_for(const std::string& json) {
    try {
        harness::parse_scenario(json, "file.json", "id");
    } catch (const harness::ScenarioError& error) {
        return error.what();
    }
    return "";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("scenario: every section of a good file arrives") {
    const auto scenario = harness::parse_scenario(good, "file.json", "id");
    const auto now = *dns::from_rfc3339("2026-06-01T00:00:00Z");
    CHECK(scenario.id == "id");
    CHECK(scenario.rules == std::vector<std::string>{"D-008", "V-025"});
    CHECK(scenario.breaks == std::vector<std::string>{"D-009"});
    CHECK(scenario.now == now);
    REQUIRE(scenario.zones.size() == 2);
    REQUIRE(scenario.zones[0].signing);
    CHECK(scenario.zones[0].signing->denial == zones::Denial::nsec3);
    CHECK(scenario.zones[0].signing->nsec3_iterations == 1);
    CHECK(scenario.zones[0].signing->nsec3_salt == dns::Bytes{0x8b});
    CHECK(scenario.zones[0].signing->inception.seconds == now.seconds - 7200);
    CHECK(scenario.zones[0].signing->expiration.seconds == now.seconds + 86400);
    CHECK_FALSE(scenario.zones[1].signing);
    CHECK(scenario.zones[1].parent_ds == zones::ZoneSpec::ParentDs::omit);
    REQUIRE(scenario.faults.size() == 2);
    CHECK(scenario.faults[0].kind == zones::FaultKind::rrsig_expired);
    CHECK(scenario.faults[1].kind == zones::FaultKind::dnskey_wrong_algorithm);
    REQUIRE(scenario.resolvers.size() == 1);
    CHECK(scenario.resolvers[0].upstream.to_text() == "127.0.0.2:53 (priority 3)");
    CHECK(scenario.resolvers[0].recursion == zones::Recursion::no_edns);
    REQUIRE(scenario.resolvers[0].exceptions.size() == 1);
    CHECK(scenario.resolvers[0].exceptions[0].second == zones::Recursion::servfail);
    CHECK(scenario.certificates.at(0).plan.dns_names == std::vector<std::string>{"mx.shop.example"});
    CHECK(scenario.certificates[0].plan.validity.not_after->seconds == now.seconds - 86400);
    CHECK(scenario.servers.at(0).behaviour.versions == harness::TlsVersions::only_1_2);
    CHECK(scenario.servers[0].behaviour.replies.at(tlsa::SmtpStep::mail) == std::vector<std::string>{"450 later"});
    REQUIRE(scenario.client);
    CHECK(scenario.client->families == tlsa::AddressFamilies::ipv6_first);
    CHECK_FALSE(scenario.client->deliver);
    CHECK(scenario.judged.at(0).reasons == std::vector<std::string>{"rrsig-expired"});
    CHECK(scenario.timeouts.resolver_try == std::chrono::milliseconds(50));
    CHECK(scenario.expect.states->a == tlsa::State::bogus);
    CHECK(scenario.expect.security == validator::Security::bogus);
    CHECK(scenario.expect.ede == std::vector{dns::EdeCode::signature_expired, dns::EdeCode::dnssec_bogus});
    CHECK_FALSE(scenario.judged[0].ede);
    CHECK(scenario.faults.at(1).details.key == zones::KeyRole::zsk);
    CHECK(scenario.faults[1].details.number == 7U);
    CHECK(scenario.faults[1].details.edited);
    CHECK_FALSE(scenario.faults[0].details.edited);
    CHECK(scenario.expect.asked.size() == 1);
    CHECK(scenario.expect.dialed == std::vector<std::vector<std::string>>{{"192.0.2.25"}, {"::1"}});
    CHECK(scenario.expect.sni.at("[::1]:465") == std::nullopt);
    CHECK(scenario.expect.never == std::vector<std::string>{"no-answer"});
}

TEST_CASE("scenario: a file that does not fit is refused with its line, its JSON pointer and what was expected") {
    struct Case {
        std::string about, from, to, message;
    };
    const std::vector<Case> cases{
        {"no JSON", "\"about\":", "about:", "scenario: file.json:2: not JSON: syntax error"},
        {"cut off", "\"ede\": [7, 6]}\n}", "\"ede\": [7, 6]", "file.json:22: not JSON"},
        {"unknown key",
         "\"now\":", "\"nwo\":", "scenario: file.json:1: \"now\" is missing; found here: about, rules, breaks, nwo, zones"},
        {"unknown key in a section", "\"denial\"", "\"denail\"",
         "scenario: file.json:7: /zones/0/signing/denail: unknown key \"denail\"; known here: algorithm, csk, denial"},
        {"key twice", "\"rules\"", "\"about\"", "scenario: file.json:3: /about: the key stands twice in this object"},
        {"wrong type", "\"A good one\"", "17", "scenario: file.json:2: /about: expected a string, found a number"},
        {"number on its own line", "\"priority\": 3", "\"priority\":\n 3.5",
         "scenario: file.json:12: /resolvers/0/priority: expected a whole number from 0 to 65535"},
        {"no rule", "D-008", "X-8", "/rules/0: \"X-8\": expected a rule's number"},
        {"rule both obeyed and broken", "D-009", "D-008", "/breaks/0: \"D-008\" stands in \"rules\" too"},
        {"no server", "192.0.2.25:25", "192.0.2", "/expect/connections/0: \"192.0.2\": expected an address"},
        {"no time", "now-2h", "yesterday", "/zones/0/signing/inception: \"yesterday\" is no time"},
        {"relative clock", "\"2026-06-01T00:00:00Z\"", "\"now\"", "file.json:4: /now: expected a point in time"},
        {"bad record", "mx A 192.0.2.25\"", "mx A 192.0.2\"",
         "file.json:6: /zones/0/records/1: no zone-file line: column"},
        {"record without an owner", "\"mx A 192", "\" A 192",
         "/zones/0/records/1: expected a record with its owner name in front"},
        {"record outside its zone", "\"mx A 192", "\"mx.example. A 192",
         "mx.example. is outside the zone shop.example."},
        {"zone twice", "\"plain.example.\"", "\"shop.example.\"",
         "file.json:8: /zones/1: zone shop.example. stands twice"},
        {"bad TLSA reference", "${tlsa:mx 3 1 1}", "${tlsa:mx 3 1}",
         "/zones/0/records/2: \"${tlsa:mx 3 1}\": expected ${tlsa:CERTIFICATE"},
        {"TLSA reference to nothing", "${tlsa:mx 3 1 1}", "${tlsa:my 3 1 1}",
         "certificate \"my\" is not among \"certificates\""},
        {"server with no such certificate", "\"certificate\": \"mx\"", "\"certificate\": \"my\"",
         "certificate \"my\" is not among \"certificates\""},
        {"no fault", "rrsig-expired\": {", "rrsig-broken\": {",
         "file.json:10: /faults/0/rrsig-broken: \"rrsig-broken\" is no fault"},
        {"fault without its type", ", \"type\": \"A\"}},", "}},", "/faults/0/rrsig-expired: \"type\" is missing"},
        {"fault with a detail of another", ", \"type\": \"A\"}}", ", \"type\": \"A\", \"number\": 7}}",
         "/faults/0/rrsig-expired/number: rrsig-expired has no \"number\""},
        {"fault with no key", "\"zsk\"", "\"csk\"",
         "/faults/1/dnskey-wrong-algorithm/key: \"csk\" is none of ksk, zsk"},
        {"fault with a number too large", "\"number\": 7", "\"number\": 256",
         "/faults/1/dnskey-wrong-algorithm/number: expected a whole number from 0 to 255"},
        {"no EDE code", "[7, 6]", "[\"bogus\"]", "/expect/ede/0: expected a number, found a string"},
        {"no address", "127.0.0.2", "127.0.0", "/resolvers/0/address: \"127.0.0\" is no IP address"},
        {"no behaviour", "no-edns", "no-ends", "/resolvers/0/recursion: \"no-ends\" is none of dnssec, unvalidated"},
        {"no mode", "\"opportunistic\"", "\"always\"", "/client/mode: \"always\" is none of mandatory, opportunistic"},
        {"no service", "\"families\": \"ipv6-first\"", "\"srv\": \"imap\"",
         "/client/srv: \"imap\" is none of submission, submissions"},
        {"an SRV service with MX states", "\"families\": \"ipv6-first\"", "\"srv\": \"submission\"",
         "\"mx\" among the states of an SRV service"},
        {"a port beside SRV records", "\"families\": \"ipv6-first\"", "\"srv\": \"submission\", \"port\": 25",
         "/client/port: unknown key \"port\"; known here: domain, mode, families, deliver, digests, shuffle_seed, srv"},
        {"SRV states of an MX", "\"mx\": \"secure\"", "\"srv\": \"secure\"",
         "\"srv\" among the states, but the client has no \"srv\""},
        {"no SMTP step", "\"mail\": [", "\"male\": [",
         "/servers/0/behaviour/replies/male: \"male\" is none of connect, banner"},
        {"no question", "\"ask\": \"mx.shop.example. A\"", "\"ask\": \"mx.shop.example.\"",
         "/ask: \"mx.shop.example.\": expected a name and a type"},
        {"no reason", "\"reasons\": [\"rrsig-expired\"],\n", "\"reasons\": [\"rrsig-broken\"],\n",
         "/expect/reasons/0: \"rrsig-broken\" is the id of no reason"},
        {"bogus without a reason", "\"reasons\": [\"rrsig-expired\"],\n", "",
         "file.json:20: /expect: \"reasons\" is missing"},
        {"judged bogus without a reason", ", \"reasons\": [\"rrsig-expired\"]}]", "}]",
         "/judged/0: \"reasons\" is missing"},
        {"delivery without its action", "\"action\": \"dane-fail\",", "",
         "\"client\" without \"action\" in \"expect\""},
        {"question without its security", "\"security\": \"bogus\", \"reasons\": [\"rrsig-expired\"],\n",
         "\"reasons\": [\"rrsig-expired\"],\n", "\"ask\" without \"security\" in \"expect\""},
        {"timeout too long", "50}", "60001}", "/timeouts/resolver_try_ms: expected a whole number from 1 to 60000"},
    };
    for (const auto& one : cases) {
        DYNAMIC_SECTION(one.about) {
            const auto message = message_for(replaced(good, one.from, one.to));
            CHECK_THAT(message, ContainsSubstring(one.message));
            CHECK(message.find('\n') == std::string::npos);
        }
    }
    CHECK(message_for(good).empty());
}

TEST_CASE("scenario: nesting is bounded, and so is what a file may do to the messages") {
    CHECK_THAT(message_for(std::string(200'000, '[')), ContainsSubstring("more than 32 levels deep"));
    CHECK(message_for("{\"a\\nb\": 1, \"a\\nb\": 2}").find('\n') == std::string::npos);
    CHECK_THAT(message_for(""), ContainsSubstring("scenario: file.json:1: not JSON"));
    CHECK_THAT(message_for("[]"), ContainsSubstring("expected an object, found an array"));
}

TEST_CASE("scenario: a file that is not there is one clear line") {
    CHECK_THROWS_AS(harness::load_scenario("/nonexistent/x.json", "x"), harness::ScenarioError);
}

TEST_CASE("scenario: every file in the catalogue loads, and says what it is about") {
    const auto scenarios = harness::file_scenarios();
    CHECK(scenarios.size() >= 90);
    for (const auto& scenario : scenarios) {
        INFO(scenario.id);
        CHECK_FALSE(scenario.about.empty());
        CHECK((scenario.ask || scenario.client || scenario.story));
    }
}

namespace {

// The keys that the loader knows at a place: what it lists when it meets one that it does not know.
std::vector<std::string> known_keys(nlohmann::json scenario, const nlohmann::json::json_pointer& place) {
    if (!scenario.contains(place)) scenario[place] = nlohmann::json::object();
    scenario[place]["zzz"] = 1;
    // Of several faults the loader names the first; values already there are good, so it comes to "zzz".
    const auto message = message_for(scenario.dump());
    const std::string marker = "unknown key \"zzz\"; known here: ";
    const auto at = message.find(marker);
    INFO(message);
    REQUIRE(at != std::string::npos);
    std::vector<std::string> keys;
    std::string rest = message.substr(at + marker.size());
    for (std::size_t comma; (comma = rest.find(", ")) != std::string::npos; rest = rest.substr(comma + 2))
        keys.push_back(rest.substr(0, comma));
    keys.push_back(rest);
    std::sort(keys.begin(), keys.end());
    return keys;
}

std::vector<std::string> schema_keys(const nlohmann::json& object) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.at("properties").items()) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    return keys;
}

} // namespace

TEST_CASE("scenario: the published JSON Schema and the loader know the same keys") {
    const auto schema = nlohmann::json::parse(std::ifstream(harness::data_file("harness/scenario.schema.json")));
    const auto& parts = schema.at("$defs");
    const auto scenario = nlohmann::json::parse(good);
    const std::vector<std::pair<std::string, const nlohmann::json*>> places{
        {"", &schema},
        {"/signing", &parts.at("signing")},
        {"/zones/0", &parts.at("zone")},
        {"/faults/0/rrsig-expired", &parts.at("fault").at("additionalProperties")},
        {"/resolvers/0", &parts.at("resolver")},
        {"/resolvers/0/exceptions/0", &parts.at("resolver").at("properties").at("exceptions").at("items")},
        {"/certificates/0", &parts.at("certificate")},
        {"/servers/0", &parts.at("server")},
        {"/servers/0/behaviour", &parts.at("behaviour")},
        {"/client", &parts.at("client")},
        {"/judged/0", &parts.at("judged")},
        {"/timeouts", &schema.at("properties").at("timeouts")},
        {"/expect", &parts.at("expect")},
        {"/expect/states", &parts.at("expect").at("properties").at("states")},
    };
    for (const auto& [place, object] : places) {
        DYNAMIC_SECTION("at \"" << place << "\"") {
            CHECK(known_keys(scenario, nlohmann::json::json_pointer(place)) == schema_keys(*object));
            CHECK(object->at("additionalProperties") == false);
        }
    }
    std::vector<std::string> faults;
    for (const auto kind : zones::all_fault_kinds()) faults.emplace_back(zones::to_text(kind));
    std::sort(faults.begin(), faults.end());
    CHECK(parts.at("fault").at("propertyNames").at("enum").get<std::vector<std::string>>() == faults);
}
