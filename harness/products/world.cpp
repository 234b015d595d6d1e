#include "harness/products/world.h"

#include "harness/products/observations.h"
#include "harness/products/products.h"

namespace harness {

using nlohmann::json;

json product_world(zones::Seed seed, const std::string& about, const std::string& host) {
    const auto certificate = [&](const char* name, const char* root) {
        return json{{"name", name}, {"dns_names", json::array({host})}, {"authority", root}, {"key_label", name}};
    };
    return json{
        {"about", about},
        {"now", "2026-06-01T00:00:00Z"},
        {"seed", seed},
        {"certificates", json::array({certificate("mx", "Mail Root"), certificate("stale", "Other Root")})},
        {"servers",
         json::array({json{{"address", "192.0.2.25"}, {"certificate", "mx"}, {"behaviour", json{{"host", host}}}}})},
        {"client", json{{"domain", "shop.example."}, {"mode", "opportunistic"}}}};
}

json expect_verified() {
    return json{{"action", "dane-success"}, {"delivered", true}, {"delivered_in_tls", true}, {"authenticated", true}};
}

json expect_fallback() {
    return json{
        {"action", "opportunistic-tls"}, {"delivered", true}, {"delivered_in_tls", true}, {"authenticated", false}};
}

json expect_failure(const std::string& reason) {
    return json{
        {"action", "dane-fail"}, {"delivered", false}, {"authenticated", false}, {"reasons", json::array({reason})}};
}

Scenario product_scenario(const json& document, const std::string& id) {
    return parse_scenario(document.dump(), id.substr(0, id.rfind('/')), id);
}

std::vector<Scenario> product_scenarios(zones::Seed seed) {
    auto all = observation_product(seed);
    for (const auto make : {record_product, alias_product, time_product, delivery_product, resolver_product})
        for (auto& scenario : make(seed)) all.push_back(std::move(scenario));
    return all;
}

} // namespace harness
