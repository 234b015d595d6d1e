#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "harness/products/products.h"
#include "harness/products/world.h"

namespace harness {

namespace {

using nlohmann::json;

enum class Status { secure, insecure, bogus };
enum class Records { at_target, at_alias, at_both, nowhere };

constexpr std::array statuses{Status::secure, Status::insecure, Status::bogus};
constexpr std::array places{Records::at_target, Records::at_alias, Records::at_both, Records::nowhere};
constexpr const char* alias = "mx.alias.example";
constexpr const char* target = "mx.mail.example";

std::string_view text(Status status) {
    return status == Status::secure ? "secure" : status == Status::insecure ? "insecure" : "bogus";
}

std::string_view text(Records records) {
    switch (records) {
    case Records::at_target: return "at-target";
    case Records::at_alias: return "at-alias";
    case Records::at_both: return "at-both";
    case Records::nowhere: break;
    }
    return "nowhere";
}

struct Cell {
    Status alias, target;
    Records records;
};

std::string tlsa_question(const char* host) { return fmt::format("_25._tcp.{}. TLSA", host); }

// Where TLSA records stand at both names, the target's are another key's: who asks in the wrong order succeeds.
json zones_of_cell(const Cell& cell) {
    json alias_records = json::array({"mx CNAME mx.mail.example."}), target_records = json::array({"mx A 192.0.2.25"});
    if (cell.records == Records::at_alias || cell.records == Records::at_both)
        alias_records.push_back("_25._tcp.mx TLSA ${tlsa:mx 3 1 1}");
    if (cell.records == Records::at_target) target_records.push_back("_25._tcp.mx TLSA ${tlsa:mx 3 1 1}");
    if (cell.records == Records::at_both) target_records.push_back("_25._tcp.mx TLSA ${tlsa:stale 3 1 1}");
    json alias_zone{{"apex", "alias.example."}, {"records", alias_records}};
    json target_zone{{"apex", "mail.example."}, {"records", target_records}};
    if (cell.alias == Status::insecure) alias_zone["signing"] = false;
    if (cell.target == Status::insecure) target_zone["signing"] = false;
    return json::array({json{{"apex", "shop.example."}, {"records", json::array({"@ MX 10 mx.alias.example."})}},
                        std::move(alias_zone), std::move(target_zone)});
}

json faults_of_cell(const Cell& cell) {
    json faults = json::array();
    const auto expire = [&](const char* owner, const char* type) {
        faults.push_back(json{{"rrsig-expired", json{{"owner", owner}, {"type", type}}}});
    };
    if (cell.alias == Status::bogus) expire("mx.alias.example.", "CNAME");
    if (cell.target == Status::bogus) expire("mx.mail.example.", "A");
    return faults;
}

json with_questions(json expect, std::vector<std::string> asked, std::vector<std::string> not_asked) {
    asked.insert(asked.begin(), "mx.alias.example. A");
    expect["asked"] = asked;
    expect["not_asked"] = not_asked;
    return expect;
}

// RFC 7672 §2.2.2: a lookup with a bogus step fails as a whole; an insecure alias ends DANE; a secure one with an insecure
// target leaves the alias alone as base domain; otherwise the target is asked first, and the first secure RRset counts.
json expectation_of(const Cell& cell) {
    const auto at_target = tlsa_question(target), at_alias = tlsa_question(alias);
    json expect;
    if (cell.alias == Status::bogus || cell.target == Status::bogus) {
        expect = with_questions(expect_failure("rrsig-expired"), {}, {at_target, at_alias});
        expect["connections"] = json::array();
        return expect;
    }
    const bool has_alias = cell.records == Records::at_alias || cell.records == Records::at_both;
    if (cell.alias == Status::insecure) {
        expect = with_questions(expect_fallback(), {}, {at_target, at_alias});
    } else if (cell.target == Status::insecure) {
        expect = with_questions(has_alias ? expect_verified() : expect_fallback(), {at_alias}, {at_target});
        if (has_alias) expect["sni"]["192.0.2.25"] = alias;
    } else if (cell.records == Records::at_target) {
        expect = with_questions(expect_verified(), {at_target}, {at_alias});
        expect["sni"]["192.0.2.25"] = target;
    } else if (cell.records == Records::at_both) {
        expect = with_questions(expect_failure("certificate-no-match"), {at_target}, {at_alias});
        expect["sni"]["192.0.2.25"] = target;
    } else {
        expect = with_questions(has_alias ? expect_verified() : expect_fallback(), {at_target, at_alias}, {});
        if (has_alias) expect["sni"]["192.0.2.25"] = alias;
    }
    expect["connections"] = json::array({"192.0.2.25"});
    return expect;
}

json rules_of(const Cell& cell) {
    json rules = json::array({"D-043"});
    if (cell.alias == Status::bogus || cell.target == Status::bogus) {
        rules.push_back("D-011");
        rules.push_back("D-055");
    } else if (cell.alias == Status::insecure) {
        rules.push_back("D-051");
        if (cell.target == Status::secure) rules.push_back("D-012");
    } else if (cell.target == Status::insecure) {
        rules.push_back("D-050");
    } else {
        rules.push_back("D-049");
        if (cell.records == Records::at_both) rules.push_back("D-159");
    }
    return rules;
}

Scenario scenario_of(const Cell& cell, zones::Seed seed) {
    auto document = product_world(seed,
                                  fmt::format("The MX host is an alias ({}), its target {}; TLSA records {}",
                                              text(cell.alias), text(cell.target), text(cell.records)),
                                  target);
    document["rules"] = rules_of(cell);
    document["zones"] = zones_of_cell(cell);
    document["faults"] = faults_of_cell(cell);
    document["client"]["profile"] = "rfc7672"; // the published tables have no row for aliases
    document["expect"] = expectation_of(cell);
    return product_scenario(
        document, fmt::format("aliases/product/{}-{}/{}", text(cell.alias), text(cell.target), text(cell.records)));
}

} // namespace

std::vector<Scenario> alias_product(zones::Seed seed) {
    std::vector<Scenario> out;
    for (const auto of_alias : statuses)
        for (const auto of_target : statuses)
            for (const auto records : places) out.push_back(scenario_of({of_alias, of_target, records}, seed));
    return out;
}

} // namespace harness
