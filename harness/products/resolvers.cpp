#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "harness/products/products.h"
#include "harness/products/resolver_rows.h"
#include "harness/products/world.h"
#include "harness/transcript.h"

namespace harness {

namespace {

using nlohmann::json;

constexpr unsigned steps = 10; // between priorities

std::string address_of(std::size_t place) { return fmt::format("127.0.0.{}", place + 2); }

json resolver_of(ResolverKind kind, std::size_t place) {
    json resolver{{"address", address_of(place)}, {"priority", place * steps}};
    switch (kind) {
    case ResolverKind::good: break;
    case ResolverKind::strips_rrsig: resolver["recursion"] = "strips-rrsig"; break;
    case ResolverKind::refuses_edns: resolver["recursion"] = "formerr-on-edns"; break;
    case ResolverKind::passes_bogus: resolver["recursion"] = "unvalidated"; break;
    case ResolverKind::down: resolver["reachable"] = false; break;
    case ResolverKind::silent: resolver["recursion"] = "silent"; break;
    }
    return resolver;
}

json expectation_of(const ResolverExpectation& expected) {
    const bool success = expected.outcome == tlsa::Outcome::verified;
    json expect = success ? expect_verified() : expect_failure("");
    expect["status"] = to_text(expected.status);
    expect["outcome"] = tlsa::to_text(expected.outcome);
    expect["reasons"] = expected.reasons;
    expect["states"] = success ? json{{"mx", "secure"}, {"a", "secure"}, {"tlsa", "secure"}, {"certificate", "success"}}
                               : json{{"mx", "bogus"}};
    expect["connections"] = success ? json::array({"192.0.2.25"}) : json::array();
    if (expected.at_fault)
        expect["told"] = json::array({fmt::format("resolver {}:53 (priority {}) strips RRSIG",
                                                  address_of(*expected.at_fault), *expected.at_fault * steps)});
    else
        expect["never"] = json::array({"resolver-strips-dnssec"});
    json others = json::array();
    for (const auto outcome : expected.others) others.push_back(tlsa::to_text(outcome));
    expect["others"] = {{"outcomes", others}, {"because", expected.because}};
    return expect;
}

// RFC 7672 §2.1.2 and D-006: nobody answers, so nothing is delivered; §2.1.1 and D-018: no signatures are no proof.
json rules_of(const ResolverExpectation& expected) {
    json rules = json::array({"D-010"});
    if (!expected.decides) rules.insert(rules.end(), {"D-003", "D-006"});
    if (expected.at_fault) rules.push_back("D-018");
    return rules;
}

std::string about(const ResolverRow& row) {
    std::string list;
    for (const auto kind : row.resolvers) list += (list.empty() ? "" : ", then ") + std::string(to_text(kind));
    return fmt::format("Resolvers: {}; the domain is {}", list, row.bogus ? "bogus" : "healthy");
}

Scenario scenario_of(const ResolverRow& row, zones::Seed seed) {
    const auto expected = expected_of(row);
    auto document = product_world(seed, about(row), "mx.mail.example");
    document["rules"] = rules_of(expected);
    document["client"]["mode"] = tlsa::to_text(row.mode);
    document["zones"] =
        json::array({json{{"apex", "shop.example."}, {"records", json::array({"@ MX 10 mx.mail.example."})}},
                     json{{"apex", "mail.example."},
                          {"records", json::array({"mx A 192.0.2.25", "_25._tcp.mx TLSA ${tlsa:mx 3 1 1}"})}}});
    if (row.bogus)
        document["faults"] = json::array({json{{"rrsig-expired", json{{"owner", "shop.example."}, {"type", "MX"}}}}});
    auto resolvers = json::array();
    for (std::size_t place = 0; place < row.resolvers.size(); ++place)
        resolvers.push_back(resolver_of(row.resolvers[place], place));
    document["resolvers"] = resolvers;
    // One that answers behind a silent one must have the time to, also on a busy machine.
    if (waits(row)) document["timeouts"] = {{"resolver_try_ms", expected.decides ? 100 : 20}};
    document["expect"] = expectation_of(expected);
    return product_scenario(document, "resolvers/product/" + to_text(row));
}

} // namespace

std::vector<Scenario> resolver_product(zones::Seed seed) {
    std::vector<Scenario> out;
    for (const auto& row : resolver_rows()) out.push_back(scenario_of(row, seed));
    return out;
}

} // namespace harness
