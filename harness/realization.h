// Realizations: the several ways in which each state of a table column comes about, as data in zones/realizations.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/strict_json.h"
#include "tlsa/decision.h"

namespace harness {

using Variables = std::map<std::string, std::string>; // "host" -> "mx.mail.example."

// One way. The sections in `node` are those of scenario files, with ${variables} in their texts.
struct Realization {
    std::string name; // "rrsig-expired"
    Variables names;  // values that differ from the base's
    // A secure alias of an insecure name: no insecure address to tables that count such an alias (RFC 7672 §2.2.2).
    bool secure_alias = false;
    JsonNode node;
};

// What "certificate" realizations of cells that a table leaves blank are filed under.
inline constexpr std::string_view any_certificate = "any";

struct Realizations {
    Variables names; // defaults
    JsonNode base;   // sections that every table scenario has
    std::map<tlsa::Column, std::string> questions;
    std::map<std::pair<tlsa::Column, std::string>, std::vector<Realization>> by_state; // state as in profiles: "bogus"

    // Throws ScenarioError where there are none.
    const std::vector<Realization>& of(tlsa::Column column, std::string_view state) const;
};

// All files of zones/realizations. Throws ScenarioError.
Realizations load_realizations();

// ${name} replaced by its value, which may hold further ones; ${tlsa:...} stays. Throws ScenarioError at `place` for a
// name without value and for a circle.
std::string substitute(const std::string& text, const Variables& names, const JsonNode& place);

std::string_view to_text(tlsa::Column column); // "mx" "a" "tlsa" "certificate"

} // namespace harness
