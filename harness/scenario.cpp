#include "harness/scenario.h"

#include "harness/scenario_parts.h"
#include "harness/scenario_values.h"

namespace harness {

namespace {

constexpr const char* sort = "scenario";

Scenario scenario_of(const JsonNode& root, const std::string& file, const std::string& id) {
    JsonObject object(root);
    Scenario scenario;
    object.optional("$schema");
    scenario.id = id;
    scenario.file = file;
    scenario.about = text_of(object.required("about"));
    if (const auto* value = object.optional("rules")) scenario.rules = rules_of(*value);
    if (const auto* value = object.optional("breaks")) scenario.breaks = breaks_of(*value, scenario.rules);
    const auto& now = object.required("now");
    if (text_of(now).starts_with("now")) now.fail("expected a point in time, as in 2026-06-01T00:00:00Z");
    scenario.now = time_of(now, dns::UnixTime{});
    if (const auto* value = object.optional("seed"))
        scenario.seed = static_cast<zones::Seed>(whole_number_of(*value, 0, INT64_MAX));
    scenario.signing = default_signing(scenario.now);
    if (const auto* value = object.optional("signing")) signing_of(*value, scenario.now).apply(scenario.signing);
    for (const auto& part : zones_of(object.required("zones"), scenario.now))
        scenario.zones.push_back(part.build(scenario.signing));
    if (const auto* value = object.optional("faults")) scenario.faults = faults_of(*value);
    if (const auto* value = object.optional("resolvers")) scenario.resolvers = resolvers_of(*value);
    if (const auto* value = object.optional("certificates"))
        scenario.certificates = certificates_of(*value, scenario.now);
    if (const auto* value = object.optional("servers")) scenario.servers = servers_of(*value);
    if (const auto* value = object.optional("client")) scenario.client = client_of(*value);
    if (const auto* value = object.optional("ask")) scenario.ask = question_of(*value);
    if (const auto* value = object.optional("judged")) scenario.judged = judged_of(*value);
    if (const auto* value = object.optional("timeouts")) scenario.timeouts = timeouts_of(*value);
    scenario.expect = expectation_of(object.required("expect"));
    object.finish();
    check_references(scenario, root);
    return scenario;
}

} // namespace

Scenario parse_scenario(std::string_view json, const std::string& file_for_messages, const std::string& id) {
    return scenario_of(parse_json(json, sort, file_for_messages), file_for_messages, id);
}

Scenario load_scenario(const std::string& file, const std::string& id) {
    return scenario_of(read_json(sort, file), file, id);
}

} // namespace harness
