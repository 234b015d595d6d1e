#include "harness/scenario.h"

#include "harness/scenario_parts.h"
#include "harness/scenario_values.h"
#include "harness/story.h"

namespace harness {

namespace {

constexpr const char* sort = "scenario";

// `signing` is the file's own section; nullptr where it has none.
Stage stage_of(const JsonNode& node, const JsonNode* signing, dns::UnixTime start) {
    JsonObject object(node);
    Stage stage;
    if (const auto* value = object.optional("about")) stage.about = text_of(*value);
    stage.now = time_of(object.required("now"), start);
    stage.signing = default_signing(stage.now);
    if (signing != nullptr) signing_of(*signing, stage.now).apply(stage.signing);
    if (const auto* value = object.optional("zones"))
        for (const auto& part : zones_of(*value, stage.now)) stage.zones.push_back(part.build(stage.signing));
    if (const auto* value = object.optional("faults")) stage.faults = faults_of(*value);
    if (const auto* value = object.optional("servers")) stage.servers = servers_of(*value);
    stage.expect = expectation_of(object.required("expect"));
    object.finish();
    return stage;
}

void read_later(Scenario& scenario, const JsonNode& node, const JsonNode* signing, const JsonNode& root) {
    for (const auto& item : items_of(node)) {
        auto stage = stage_of(item, signing, scenario.now);
        const auto before = scenario.later.empty() ? scenario.now : scenario.later.back().now;
        if (stage.now.seconds <= before.seconds) item.fail("\"now\" is no later than what comes before");
        scenario.later.push_back(std::move(stage));
        check_references(at_stage(scenario, scenario.later.size()), root);
    }
}

// The file with some sections of its world replaced.
JsonNode with_world(const JsonNode& root, const JsonNode& world) {
    JsonObject object(world);
    JsonNode whole = root;
    for (const char* key : {"zones", "faults", "resolvers", "certificates", "servers", "signing"}) {
        const auto* section = object.optional(key);
        if (section == nullptr) continue;
        std::erase_if(whole.members, [&](const auto& member) { return member.first == key; });
        whole.members.emplace_back(key, *section);
    }
    object.finish();
    return whole;
}

Scenario scenario_of(const JsonNode& root, const std::string& file, const std::string& id, bool with_story = true) {
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
    const auto* signing = object.optional("signing");
    if (signing != nullptr) signing_of(*signing, scenario.now).apply(scenario.signing);
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
    const auto* story = object.optional("deliver");
    // A story's steps have their own expectations.
    if (story == nullptr || object.optional("expect") != nullptr)
        scenario.expect = expectation_of(object.required("expect"));
    const auto* later = object.optional("later");
    if (story != nullptr && later != nullptr) later->fail("a story's steps are its stages");
    object.finish();
    if (story != nullptr && with_story)
        scenario.story = std::make_shared<const Story>(story_of(
            *story, [&](const JsonNode& world) { return scenario_of(with_world(root, world), file, id, false); }));
    check_references(scenario, root, story != nullptr);
    if (later != nullptr) read_later(scenario, *later, signing, root);
    return scenario;
}

} // namespace

Scenario at_stage(const Scenario& scenario, std::size_t stages) {
    Scenario out = scenario;
    out.later.clear();
    for (std::size_t i = 0; i < stages; ++i) {
        const auto& stage = scenario.later[i];
        out.now = stage.now;
        out.signing = stage.signing;
        out.expect = stage.expect;
        if (stage.faults) out.faults = *stage.faults;
        if (stage.servers) out.servers = *stage.servers;
        for (const auto& zone : stage.zones) {
            std::erase_if(out.zones, [&](const zones::ZoneSpec& old) { return old.apex == zone.apex; });
            out.zones.push_back(zone);
        }
    }
    return out;
}

Scenario parse_scenario(std::string_view json, const std::string& file_for_messages, const std::string& id) {
    return scenario_of(parse_json(json, sort, file_for_messages), file_for_messages, id);
}

Scenario load_scenario(const std::string& file, const std::string& id) {
    return scenario_of(read_json(sort, file), file, id);
}

} // namespace harness
