// What the products have in common: a JSON document of one domain, its host, its certificate and its mail server.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "harness/scenario.h"

namespace harness {

// Mail for shop.example. goes to mx.mail.example. at 192.0.2.25; `zones` and `expect` are filled in by the caller. The
// certificate "mx" is below "Mail Root", "stale" below another; both name `host`.
nlohmann::json product_world(zones::Seed seed, const std::string& about, const std::string& host);

// Members of an expectation: delivered and authenticated; delivered in TLS, unauthenticated; not delivered, for
// `reason`.
nlohmann::json expect_verified();
nlohmann::json expect_fallback();
nlohmann::json expect_failure(const std::string& reason);

// Through the reader of scenario files, like any other.
Scenario product_scenario(const nlohmann::json& document, const std::string& id);

} // namespace harness
