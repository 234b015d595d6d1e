// Can the scenarios fail? Expectations turned over one by one, clients that go by the wrong options, and decision
// tables with one action changed: each has to be found out.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "harness/catalogue.h"
#include "harness/data_dir.h"
#include "harness/runner.h"

namespace {

namespace fs = std::filesystem;
using harness::Expectation;
using harness::Scenario;
using harness::Seen;

const std::vector<Scenario>& stories() {
    static const auto all = [] {
        std::vector<Scenario> out;
        for (const char* folder : {"mx", "addresses", "aliases", "records", "time/clock"})
            for (auto& scenario : harness::find_scenarios(folder, 1))
                if (scenario.id.find("/product/") == std::string::npos) out.push_back(std::move(scenario));
        return out;
    }();
    return all;
}

const std::vector<harness::ScenarioResult>& results() {
    static const auto all = harness::run(stories(), {});
    return all;
}

struct Turn {
    const char* about;
    std::function<bool(Expectation&, const Seen&)> change; // false: nothing to turn over
};

bool negate(std::optional<bool>& value) {
    if (value) value = !*value;
    return value.has_value();
}

template <class T>
bool replace(std::optional<T>& value, T one, T other) {
    if (value) value = *value == one ? other : one;
    return value.has_value();
}

const std::vector<Turn> turns{
    {"action", [](Expectation& e,
                  const Seen&) { return replace(e.action, tlsa::Action::dane_fail, tlsa::Action::dane_success); }},
    {"status",
     [](Expectation& e, const Seen&) {
         return replace(e.status, tlsa::WalkStatus::no_starttls, tlsa::WalkStatus::could_not_tell);
     }},
    {"delivered", [](Expectation& e, const Seen&) { return negate(e.delivered); }},
    {"delivered in TLS", [](Expectation& e, const Seen&) { return negate(e.delivered_in_tls); }},
    {"authenticated", [](Expectation& e, const Seen&) { return negate(e.authenticated); }},
    {"MX state",
     [](Expectation& e, const Seen&) {
         return e.states && replace(e.states->mx, tlsa::State::secure, tlsa::State::bogus);
     }},
    {"address state",
     [](Expectation& e, const Seen&) {
         return e.states && replace(e.states->a, tlsa::State::secure, tlsa::State::bogus);
     }},
    {"TLSA state",
     [](Expectation& e, const Seen&) {
         return e.states && replace(e.states->tlsa, tlsa::State::secure, tlsa::State::bogus);
     }},
    {"one connection more",
     [](Expectation& e, const Seen&) {
         if (e.dialed) e.dialed->push_back({"203.0.113.1"});
         return e.dialed.has_value();
     }},
    {"one connection less",
     [](Expectation& e, const Seen&) {
         const bool some = e.dialed && !e.dialed->empty();
         if (some) e.dialed->pop_back();
         return some;
     }},
    {"a question that was asked, forbidden",
     [](Expectation& e, const Seen& seen) {
         if (seen.asked.empty()) return false;
         e.not_asked.push_back(seen.asked.back());
         return true;
     }},
    {"the questions in another order",
     [](Expectation& e, const Seen&) {
         if (e.asked.size() < 2) return false;
         std::ranges::reverse(e.asked);
         return true;
     }},
    {"another name sent",
     [](Expectation& e, const Seen&) {
         for (auto& [server, name] : e.sni) name = "somebody.else.example";
         return !e.sni.empty();
     }},
    {"a reason that was not given",
     [](Expectation& e, const Seen&) {
         e.reasons.emplace_back("budget-ds-records");
         return true;
     }},
};

} // namespace

TEST_CASE("mutation: each expectation of each story, turned over, is found out") {
    std::map<std::string, std::size_t> tried;
    for (std::size_t i = 0; i < stories().size(); ++i) {
        REQUIRE(results()[i].ok);
        for (const auto& turn : turns) {
            auto scenario = stories()[i];
            if (!turn.change(scenario.expect, results()[i].seen)) continue;
            ++tried[turn.about];
            INFO(scenario.id << ": " << turn.about);
            CHECK_FALSE(harness::judge(scenario, results()[i].seen).empty());
        }
    }
    for (const auto& turn : turns) {
        INFO(turn.about);
        CHECK(tried[turn.about] >= 20);
    }
}

TEST_CASE("mutation: a client that goes by the wrong option fails the story that is about it") {
    struct Wrong {
        const char* id;
        void (*change)(harness::ClientSpec&);
    };
    const std::vector<Wrong> clients{
        {"mx/relay/records", [](harness::ClientSpec& c) { c.next_hop = tlsa::NextHop::mail_domain; }},
        {"mx/literal/next-hop", [](harness::ClientSpec& c) { c.next_hop = tlsa::NextHop::mail_domain; }},
        {"mx/self/better-left", [](harness::ClientSpec& c) { c.own_names.clear(); }},
        {"mx/self/first", [](harness::ClientSpec& c) { c.own_names.clear(); }},
        {"mx/insecure/elected-host-name", [](harness::ClientSpec& c) { c.profile = "rfc7672"; }},
        {"mx/insecure/left-alone", [](harness::ClientSpec& c) { c.profile = "postfix"; }},
        {"mx/insecure/mandatory", [](harness::ClientSpec& c) { c.mode = tlsa::Mode::opportunistic; }},
        {"records/unusable-mandatory", [](harness::ClientSpec& c) { c.mode = tlsa::Mode::opportunistic; }},
        {"records/agility/weak-matches", [](harness::ClientSpec& c) { std::ranges::reverse(c.digests); }},
        {"records/agility/order-turned", [](harness::ClientSpec& c) { c.digests = tlsa::default_digest_order(); }},
        {"records/agility/too-weak", [](harness::ClientSpec& c) { c.digests = tlsa::default_digest_order(); }},
        {"addresses/family/ipv6-first", [](harness::ClientSpec& c) { c.families = tlsa::AddressFamilies::ipv4_first; }},
        {"addresses/family/ipv4-only", [](harness::ClientSpec& c) { c.families = tlsa::AddressFamilies::ipv4_first; }},
        {"srv/chain/insecure-mandatory", [](harness::ClientSpec& c) { c.mode = tlsa::Mode::opportunistic; }},
        {"srv/service/submissions", [](harness::ClientSpec& c) { c.srv = tlsa::MailService::submission; }},
        {"srv/target/usable", [](harness::ClientSpec& c) { c.srv.reset(); }},
        {"aliases/chain/secure-then-insecure", [](harness::ClientSpec& c) { c.profile = "cisco-esa"; }},
    };
    for (const auto& wrong : clients) {
        auto scenario = harness::find_scenario(wrong.id, 1);
        wrong.change(*scenario.client);
        INFO(wrong.id);
        CHECK_FALSE(harness::run_one(scenario).ok);
    }
}

TEST_CASE("mutation: a decision table with one action changed fails a story that gets to that row") {
    const auto file = fs::temp_directory_path() / fmt::format("danelab-mutant-{}.json", getpid());
    std::ifstream in(harness::data_file("tlsa/profiles/cisco-esa.json"));
    const auto original = nlohmann::json::parse(in);
    std::map<std::pair<std::string, unsigned>, const Scenario*> first_at;
    for (std::size_t i = 0; i < stories().size(); ++i) {
        const auto& client = stories()[i].client;
        if (client && client->profile == "cisco-esa" && results()[i].seen.row != 0)
            first_at.try_emplace({std::string(tlsa::to_text(client->mode)), results()[i].seen.row}, &stories()[i]);
    }
    CHECK(first_at.size() >= 12);
    for (const auto& [place, scenario] : first_at) {
        auto mutant = original;
        auto& action = mutant[place.first]["rows"][place.second - 1]["action"];
        action = action == "dane-fail" ? "opportunistic-tls" : "dane-fail";
        std::ofstream(file) << mutant;
        auto changed = *scenario;
        changed.client->profile = file.string();
        INFO(scenario->id << " at row " << place.second << " of the " << place.first << " table");
        CHECK_FALSE(harness::run_one(changed).ok);
    }
    fs::remove(file);
}
