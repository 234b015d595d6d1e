#include "harness/composition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/scenario_parts.h"
#include "harness/scenario_values.h"

namespace harness {

namespace {

constexpr std::array columns{tlsa::Column::mx, tlsa::Column::a, tlsa::Column::tlsa, tlsa::Column::certificate};

bool is_filled(const tlsa::Row& row, tlsa::Column column) {
    switch (column) {
    case tlsa::Column::mx: return row.states.mx.has_value();
    case tlsa::Column::a: return row.states.a.has_value();
    case tlsa::Column::tlsa: return row.states.tlsa.has_value();
    case tlsa::Column::certificate: return row.states.certificate.has_value();
    }
    return false;
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

void append_new(std::vector<std::string>& to, const std::vector<std::string>& more) {
    for (const auto& item : more) {
        if (std::find(to.begin(), to.end(), item) == to.end()) to.push_back(item);
    }
}

void merge_zones(std::vector<ZonePart>& zones, const std::vector<ZonePart>& more) {
    for (const auto& part : more) {
        const auto same =
            std::find_if(zones.begin(), zones.end(), [&](const ZonePart& zone) { return zone.apex == part.apex; });
        if (same == zones.end())
            zones.push_back(part);
        else
            same->merge(part);
    }
}

// Exceptions for single questions add up; what a resolver is like for everything comes from whoever says it.
void merge_resolvers(std::vector<ResolverSpec>& resolvers, const std::vector<ResolverSpec>& more) {
    for (const auto& spec : more) {
        const auto same = std::find_if(resolvers.begin(), resolvers.end(), [&](const ResolverSpec& known) {
            return known.upstream.endpoint == spec.upstream.endpoint;
        });
        if (same == resolvers.end()) {
            resolvers.push_back(spec);
            continue;
        }
        append(same->exceptions, spec.exceptions);
        if (spec.recursion != zones::Recursion::dnssec) same->recursion = spec.recursion;
    }
}

struct Assembly {
    Scenario scenario;
    std::vector<ZonePart> zones;
    bool tls = true; // whether an unauthenticated delivery can be inside TLS
};

// One realization's sections; `counts`: the row has this cell filled, so that its verdict and reasons are expected.
void add(Assembly& assembly, const JsonNode& node, const std::string& default_question, bool counts) {
    JsonObject object(node);
    auto& scenario = assembly.scenario;
    object.required("name");
    object.required("about");
    object.optional("names");
    object.optional("secure_alias");
    if (const auto* value = object.optional("zones")) merge_zones(assembly.zones, zones_of(*value, scenario.now));
    if (const auto* value = object.optional("faults")) append(scenario.faults, faults_of(*value));
    if (const auto* value = object.optional("resolvers")) merge_resolvers(scenario.resolvers, resolvers_of(*value));
    if (const auto* value = object.optional("certificates"))
        append(scenario.certificates, certificates_of(*value, scenario.now));
    if (const auto* value = object.optional("servers")) append(scenario.servers, servers_of(*value));
    if (const auto* value = object.optional("tls")) assembly.tls = flag_of(*value);
    const auto rules = object.optional("rules");
    const auto reasons = object.optional("reasons");
    const auto security = object.optional("security");
    Judged judged;
    if (reasons != nullptr) judged.reasons = reason_ids_of(*reasons);
    if (security != nullptr) judged.security = security_of(*security);
    if (judged.security != validator::Security::secure && judged.reasons.empty()) node.fail("\"reasons\" is missing");
    object.finish();
    if (!counts) return;
    if (rules != nullptr) append_new(scenario.rules, rules_of(*rules));
    append_new(scenario.expect.reasons, judged.reasons);
    if (default_question.empty()) return;
    JsonNode question = node;
    question.kind = JsonNode::Kind::string;
    question.text = default_question;
    judged.question = question_of(question);
    scenario.judged.push_back(std::move(judged));
}

Variables names_for(const Realizations& realizations, const Choice& choice) {
    Variables names = realizations.names;
    for (const auto column : columns) {
        for (const auto& [name, value] : choice.at(column)->names) names[name] = value;
    }
    return names;
}

void expect_row(Assembly& assembly, const tlsa::Row& row) {
    auto& expect = assembly.scenario.expect;
    expect.states = row.states;
    expect.action = row.action;
    expect.delivered = row.action != tlsa::Action::dane_fail;
    expect.authenticated = row.action == tlsa::Action::dane_success;
    expect.delivered_in_tls = *expect.delivered && assembly.tls;
}

// "mx=nsec,a=nsec3,tlsa=rrsig-expired"; a blank cell's realization is named where it differs from the first one.
std::string id_of(const Realizations& realizations, const Choice& choice, const tlsa::Row& row) {
    std::string id;
    for (const auto column : columns) {
        const auto* chosen = choice.at(column);
        const bool blank_and_usual =
            !is_filled(row, column) && (column != tlsa::Column::certificate ||
                                        chosen->name == realizations.of(column, any_certificate).front().name);
        if (!blank_and_usual) id += fmt::format("{}{}={}", id.empty() ? "" : ",", to_text(column), chosen->name);
    }
    return id;
}

} // namespace

Scenario compose(const Realizations& realizations, const Choice& choice, const tlsa::Row& row, tlsa::Mode mode,
                 const std::string& profile, zones::Seed seed) {
    const auto names = names_for(realizations, choice);
    const auto substituted = [&](const JsonNode& node) {
        return with_texts(node, [&](const std::string& text) { return substitute(text, names, node); });
    };
    Assembly assembly;
    auto& scenario = assembly.scenario;
    const auto base = substituted(realizations.base);
    JsonObject object(base);
    scenario.id = fmt::format("table/{}/{:02}/{}", tlsa::to_text(mode), row.number, id_of(realizations, choice, row));
    scenario.file = *base.origin;
    scenario.about = fmt::format("Row {} of the {} table:", row.number, tlsa::to_text(mode));
    scenario.table = mode;
    scenario.row = row.number;
    scenario.seed = seed;
    scenario.now = time_of(object.required("now"), dns::UnixTime{});
    scenario.signing = default_signing(scenario.now);
    assembly.zones = zones_of(object.required("zones"), scenario.now);
    for (const auto column : columns) {
        const auto node = substituted(choice.at(column)->node);
        const auto question = realizations.questions.find(column);
        const bool counts = is_filled(row, column);
        add(assembly, node, question == realizations.questions.end() ? "" : substitute(question->second, names, node),
            counts);
        if (counts)
            scenario.about += fmt::format(" {}: {};", to_text(column), text_of(JsonObject(node).required("about")));
    }
    scenario.about.back() = '.';
    for (const auto& part : assembly.zones) scenario.zones.push_back(part.build(scenario.signing));
    scenario.client.emplace();
    scenario.client->domain = dns::Name::literal(substitute("${domain}", names, base));
    scenario.client->profile = profile;
    scenario.client->mode = mode;
    expect_row(assembly, row);
    check_references(scenario, choice.at(tlsa::Column::certificate)->node);
    return std::move(assembly.scenario);
}

} // namespace harness
