#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "harness/products/products.h"
#include "harness/products/world.h"

namespace harness {

namespace {

using nlohmann::json;

// Which zone's signatures are looked at: the domain's (MX), the host's (address), one of its own for TLSA.
constexpr std::array<std::string_view, 3> zones_by_column{"mx", "a", "tlsa"};

struct Window {
    std::string_view id, inception, expiration;
    std::string_view reason; // "" where the signatures hold (RFC 4034 §3.1.5: both ends belong to the window)
};
constexpr std::array windows{
    Window{"expires-now", "now-7d", "now", ""},
    Window{"expires-in-1s", "now-7d", "now+1s", ""},
    Window{"expired-1s", "now-7d", "now-1s", "rrsig-expired"},
    Window{"expired-5m", "now-7d", "now-5m", "rrsig-expired"},
    Window{"expired-1d", "now-7d", "now-1d", "rrsig-expired"},
    Window{"begins-now", "now", "now+7d", ""},
    Window{"began-1s-ago", "now-1s", "now+7d", ""},
    Window{"begins-in-1s", "now+1s", "now+7d", "rrsig-not-yet-valid"},
    Window{"begins-in-5m", "now+5m", "now+7d", "rrsig-not-yet-valid"},
    Window{"begins-in-1d", "now+1d", "now+7d", "rrsig-not-yet-valid"},
};

// Where the signed and the unsigned reading of 32 bits end.
struct Wrap {
    std::string_view id, now;
};
constexpr std::array wraps{
    Wrap{"2038-before", "2038-01-19T03:14:06Z"},
    Wrap{"2038-after", "2038-01-19T03:14:09Z"},
    Wrap{"2106-before", "2106-02-07T06:28:14Z"},
    Wrap{"2106-after", "2106-02-07T06:28:17Z"},
};

std::string_view words_for(std::string_view column) {
    return column == "mx" ? "MX" : column == "a" ? "address" : "TLSA";
}

json zones_with(std::string_view column, const Window& window) {
    json zones =
        json::array({json{{"apex", "shop.example."}, {"records", json::array({"@ MX 10 mx.mail.example."})}},
                     json{{"apex", "mail.example."}, {"records", json::array({"mx A 192.0.2.25"})}},
                     json{{"apex", "_tcp.mx.mail.example."}, {"records", json::array({"_25 TLSA ${tlsa:mx 3 1 1}"})}}});
    for (std::size_t i = 0; i < zones_by_column.size(); ++i)
        if (zones_by_column[i] == column)
            zones[i]["signing"] = json{{"inception", window.inception}, {"expiration", window.expiration}};
    return zones;
}

json expectation_of(std::string_view column, const Window& window) {
    json expect = window.reason.empty() ? expect_verified() : expect_failure(std::string(window.reason));
    if (window.reason.empty()) {
        expect["connections"] = json::array({"192.0.2.25"});
        return expect;
    }
    expect["connections"] = json::array(); // RFC 7672 §2.1.2: bogus in any column
    auto& states = expect["states"];
    for (const auto before : zones_by_column) {
        states[std::string(before)] = before == column ? "bogus" : "secure";
        if (before == column) break;
    }
    return expect;
}

Scenario scenario_of(std::string_view column, const Window& window, std::string_view now, const std::string& id,
                     zones::Seed seed) {
    auto document = product_world(seed,
                                  fmt::format("It is {}; the signatures of the zone with the {} record are valid from {} to {}",
                                              now, words_for(column), window.inception, window.expiration),
                                  "mx.mail.example");
    document["rules"] = json::array({"D-017"});
    if (!window.reason.empty())
        document["rules"].push_back(column == "mx" ? "D-006" : column == "a" ? "D-055" : "D-008");
    document["now"] = now;
    document["zones"] = zones_with(column, window);
    document["expect"] = expectation_of(column, window);
    return product_scenario(document, id);
}

} // namespace

std::vector<Scenario> time_product(zones::Seed seed) {
    constexpr std::string_view today = "2026-06-01T00:00:00Z";
    std::vector<Scenario> out;
    for (const auto column : zones_by_column)
        for (const auto& window : windows)
            out.push_back(
                scenario_of(column, window, today, fmt::format("time/product/{}/{}", column, window.id), seed));
    // Windows that reach over the wrap, and such as end or begin at its other side.
    for (const auto& wrap : wraps)
        for (const auto& window : windows) {
            const bool near = window.id == "expires-in-1s" || window.id == "expired-5m" ||
                              window.id == "began-1s-ago" || window.id == "begins-in-5m";
            if (near)
                out.push_back(
                    scenario_of("tlsa", window, wrap.now, fmt::format("time/product/{}/{}", wrap.id, window.id), seed));
        }
    return out;
}

} // namespace harness
