#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "harness/products/products.h"
#include "harness/products/world.h"

namespace harness {

namespace {

using nlohmann::json;

enum class Data { match, stale, cut_short, too_long, empty, garbage };
struct Word {
    Data data;
    std::string_view id, damage, about;
};
constexpr std::array words{
    Word{Data::match, "match", "", "the data of what the server sends"},
    Word{Data::stale, "stale", "", "the data of another certificate"},
    Word{Data::cut_short, "short", " short", "matching data without their last octet"},
    Word{Data::too_long, "long", " long", "matching data and an octet more"},
    Word{Data::empty, "empty", " empty", "no data"},
    Word{Data::garbage, "garbage", " garbage", "nonsense as long as matching data"},
};

struct Cell {
    unsigned usage, selector, matching_type;
    Word word;
};

enum class Effect { authenticates, fails, unusable };

// Why a record cannot be used, by the first of its fields that is wrong; "" where it can.
std::string unusable_reason(const Cell& cell) {
    if (cell.usage < 2) return "usage-pkix-in-smtp";  // RFC 7672 §3.1.3
    if (cell.selector > 1) return "selector-unknown"; // RFC 6698 §4.1
    if (cell.word.data == Data::empty) return "empty-data";
    if (cell.matching_type > 2) return "matching-type-unknown";
    switch (cell.word.data) {
    case Data::cut_short:
    case Data::too_long:
        return cell.matching_type == 0 ? "full-data-not-der" : "digest-length-wrong"; // RFC 6698 §2.1.3
    case Data::garbage: return cell.matching_type == 0 ? "full-data-not-der" : "";
    case Data::empty:
    case Data::match:
    case Data::stale: break;
    }
    return "";
}

Effect effect_of(const Cell& cell) {
    if (!unusable_reason(cell).empty()) return Effect::unusable;
    return cell.word.data == Data::match ? Effect::authenticates : Effect::fails;
}

// The rules that decide this cell: those that the record obeys, and those that it breaks.
json rules_of(const Cell& cell) {
    json rules = json::array();
    const auto reason = unusable_reason(cell);
    if (reason.empty()) return json::array({"D-061", "D-163"});
    rules.push_back("D-062");
    if (reason == "usage-pkix-in-smtp") {
        rules.push_back("D-066");
        rules.push_back("D-067");
    }
    if (reason == "selector-unknown") rules.push_back("D-070");
    if (reason == "matching-type-unknown") rules.push_back("D-071");
    if (reason == "empty-data") rules.push_back("D-072");
    if (reason == "digest-length-wrong") rules.push_back("D-073");
    if (reason == "full-data-not-der") rules.push_back("D-074");
    return rules;
}

json expectation_of(const Cell& cell) {
    json expect, states{{"mx", "secure"}, {"a", "secure"}};
    switch (effect_of(cell)) {
    case Effect::authenticates:
        expect = expect_verified();
        states.update({{"tlsa", "secure"}, {"certificate", "success"}});
        break;
    case Effect::fails:
        expect = expect_failure("certificate-no-match");
        states.update({{"tlsa", "secure"}, {"certificate", "failed"}});
        break;
    case Effect::unusable: // RFC 7672 §2.2: TLS is a must all the same
        expect = expect_fallback();
        states["tlsa"] = "unusable";
        expect["reasons"] = json::array({unusable_reason(cell)});
        break;
    }
    expect["states"] = std::move(states);
    expect["asked"] = json::array({"shop.example. MX", "mx.mail.example. A", "_25._tcp.mx.mail.example. TLSA"});
    expect["connections"] = json::array({"192.0.2.25"});
    expect["sni"]["192.0.2.25"] = "mx.mail.example";
    return expect;
}

Scenario scenario_of(const Cell& cell, zones::Seed seed) {
    const auto numbers = fmt::format("{} {} {}", cell.usage, cell.selector, cell.matching_type);
    const auto record = fmt::format("_25._tcp.mx TLSA ${{tlsa:{} {}{}}}",
                                    cell.word.data == Data::stale ? "stale" : "mx", numbers, cell.word.damage);
    auto document = product_world(seed, fmt::format("TLSA {}: {}", numbers, cell.word.about), "mx.mail.example");
    document["rules"] = rules_of(cell);
    document["zones"] =
        json::array({json{{"apex", "shop.example."}, {"records", json::array({"@ MX 10 mx.mail.example."})}},
                     json{{"apex", "mail.example."}, {"records", json::array({"mx A 192.0.2.25", record})}}});
    document["expect"] = expectation_of(cell);
    return product_scenario(document, fmt::format("records/product/{}-{}-{}/{}", cell.usage, cell.selector,
                                                  cell.matching_type, cell.word.id));
}

} // namespace

std::vector<Scenario> record_product(zones::Seed seed) {
    std::vector<Scenario> out;
    for (unsigned usage = 0; usage < 4; ++usage)
        for (unsigned selector = 0; selector < 3; ++selector)
            for (unsigned matching_type = 0; matching_type < 4; ++matching_type)
                for (const auto& word : words) out.push_back(scenario_of({usage, selector, matching_type, word}, seed));
    return out;
}

} // namespace harness
