// The sections of scenario_parts.h about what is expected, and what must hold between sections.
#include <algorithm>

#include "harness/scenario_parts.h"
#include "harness/scenario_values.h"
#include "harness/tlsa_reference.h"
#include "resolver/endpoint.h"

namespace harness {

namespace {

tlsa::States states_of(const JsonNode& node) {
    JsonObject object(node);
    tlsa::States states;
    if (const auto* value = object.optional("srv")) states.srv = state_of(*value);
    if (const auto* value = object.optional("mx")) states.mx = state_of(*value);
    if (const auto* value = object.optional("a")) states.a = state_of(*value);
    if (const auto* value = object.optional("tlsa")) states.tlsa = state_of(*value);
    if (const auto* value = object.optional("certificate")) states.certificate = certificate_state_of(*value);
    object.finish();
    return states;
}

bool needs_reason(std::optional<tlsa::State> state) {
    return state == tlsa::State::insecure || state == tlsa::State::bogus || state == tlsa::State::unusable;
}

// A negative expectation that names no reason would pass for any unrelated breakage.
bool needs_reason(const Expectation& expect) {
    if (expect.security && *expect.security != validator::Security::secure) return true;
    if (expect.status && (*expect.status == tlsa::WalkStatus::bogus || *expect.status == tlsa::WalkStatus::insecure))
        return true;
    if (!expect.states) return false;
    const auto& states = *expect.states;
    return needs_reason(states.srv) || needs_reason(states.mx) || needs_reason(states.a) || needs_reason(states.tlsa) ||
           states.certificate == tlsa::CertificateState::failed;
}

tlsa::Outcome outcome_of(const JsonNode& node) {
    return word_of(node, tlsa::outcome_from_text,
                   "verified, verified-insecure-mx, unauthenticated-tls, cleartext, deferred, bounced");
}

ForOthers others_of(const JsonNode& node) {
    JsonObject object(node);
    ForOthers others;
    const auto& outcomes = object.required("outcomes");
    for (const auto& item : items_of(outcomes)) others.outcomes.push_back(outcome_of(item));
    if (others.outcomes.empty()) outcomes.fail("expected at least one outcome");
    others.because = text_of(object.required("because"));
    object.finish();
    return others;
}

std::string server_of(const JsonNode& node, const std::string& text) {
    constexpr std::uint16_t smtp_port = 25;
    const auto endpoint = resolver::Endpoint::from_text(text, smtp_port);
    if (!endpoint) node.fail(fmt::format("\"{}\": expected an address, as in 192.0.2.25 or [2001:db8::1]:465", text));
    return endpoint->port == smtp_port ? endpoint->address.to_string() : endpoint->to_text();
}

std::vector<std::vector<std::string>> connections_of(const JsonNode& node) {
    std::vector<std::vector<std::string>> groups;
    for (const auto& item : items_of(node)) {
        auto& group = groups.emplace_back();
        if (item.kind != JsonNode::Kind::array) {
            group.push_back(server_of(item, text_of(item)));
            continue;
        }
        for (const auto& one : item.items) group.push_back(server_of(one, text_of(one)));
    }
    return groups;
}

std::map<std::string, std::optional<std::string>> sni_of(const JsonNode& node) {
    if (node.kind != JsonNode::Kind::object) node.fail("expected an object: server to name");
    std::map<std::string, std::optional<std::string>> names;
    for (const auto& [server, name] : node.members)
        names[server_of(name, server)] =
            name.kind == JsonNode::Kind::null ? std::nullopt : std::optional(text_of(name));
    return names;
}

void check_certificate(const Scenario& scenario, const std::string& name, const JsonNode& node) {
    const auto named = [&](const CertificateSpec& spec) { return spec.name == name; };
    if (std::none_of(scenario.certificates.begin(), scenario.certificates.end(), named))
        node.fail(fmt::format("certificate \"{}\" is not among \"certificates\"", name));
}

} // namespace

Expectation expectation_of(const JsonNode& node) {
    JsonObject object(node);
    Expectation expect;
    if (const auto* value = object.optional("states")) expect.states = states_of(*value);
    if (const auto* value = object.optional("action")) expect.action = action_of(*value);
    if (const auto* value = object.optional("status")) expect.status = status_of(*value);
    if (const auto* value = object.optional("delivered")) expect.delivered = flag_of(*value);
    if (const auto* value = object.optional("delivered_in_tls")) expect.delivered_in_tls = flag_of(*value);
    if (const auto* value = object.optional("authenticated")) expect.authenticated = flag_of(*value);
    if (const auto* value = object.optional("outcome")) expect.outcome = outcome_of(*value);
    if (const auto* value = object.optional("security")) expect.security = security_of(*value);
    if (const auto* value = object.optional("rcode")) expect.rcode = rcode_of(*value);
    if (const auto* value = object.optional("reasons")) expect.reasons = reason_ids_of(*value);
    if (const auto* value = object.optional("ede")) expect.ede = ede_codes_of(*value);
    if (const auto* value = object.optional("asked")) expect.asked = questions_of(*value);
    if (const auto* value = object.optional("not_asked")) expect.not_asked = questions_of(*value);
    if (const auto* value = object.optional("connections")) expect.dialed = connections_of(*value);
    if (const auto* value = object.optional("sni")) expect.sni = sni_of(*value);
    if (const auto* value = object.optional("never")) expect.never = reason_ids_of(*value);
    if (const auto* value = object.optional("commands")) expect.commands = texts_of(*value);
    if (const auto* value = object.optional("told")) expect.told = texts_of(*value);
    if (const auto* value = object.optional("others")) expect.others = others_of(*value);
    object.finish();
    if (expect.reasons.empty() && needs_reason(expect))
        node.fail("\"reasons\" is missing: what is not secure, and a certificate that fails, must say why");
    return expect;
}

std::vector<Judged> judged_of(const JsonNode& node) {
    std::vector<Judged> all;
    for (const auto& item : items_of(node)) {
        JsonObject object(item);
        Judged judged;
        judged.question = question_of(object.required("question"));
        judged.security = security_of(object.required("security"));
        if (const auto* value = object.optional("reasons")) judged.reasons = reason_ids_of(*value);
        if (const auto* value = object.optional("ede")) judged.ede = ede_codes_of(*value);
        object.finish();
        if (judged.reasons.empty() && judged.security != validator::Security::secure)
            item.fail("\"reasons\" is missing: what is not secure must say why");
        all.push_back(std::move(judged));
    }
    return all;
}

std::vector<std::string> rules_of(const JsonNode& node) {
    std::vector<std::string> rules = texts_of(node);
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto& rule = rules[i];
        const bool good = rule.size() == 5 && (rule[0] == 'D' || rule[0] == 'V') && rule[1] == '-' &&
                          std::all_of(rule.begin() + 2, rule.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!good)
            items_of(node)[i].fail(fmt::format("\"{}\": expected a rule's number, as in \"D-008\" or \"V-025\"", rule));
    }
    return rules;
}

std::vector<std::string> breaks_of(const JsonNode& node, const std::vector<std::string>& obeyed) {
    auto rules = rules_of(node);
    for (std::size_t i = 0; i < rules.size(); ++i)
        if (std::find(obeyed.begin(), obeyed.end(), rules[i]) != obeyed.end())
            items_of(node)[i].fail(
                fmt::format("\"{}\" stands in \"rules\" too: a scenario obeys a rule or breaks it", rules[i]));
    return rules;
}

void check_references(const Scenario& scenario, const JsonNode& node, bool is_story) {
    for (const auto& zone : scenario.zones) {
        const auto expanded = expand_tlsa_references(zone.records, [&](const TlsaReference& reference) {
            check_certificate(scenario, reference.certificate, node);
            return std::string();
        });
        if (!expanded) node.fail(expanded.error());
    }
    for (const auto& spec : scenario.certificates)
        for (const auto& sent : spec.plan.sends)
            if (!sent.chain.empty()) check_certificate(scenario, sent.chain, node);
    for (const auto& server : scenario.servers) {
        if (!server.certificate.empty()) check_certificate(scenario, server.certificate, node);
        if (!server.other_certificate.empty()) check_certificate(scenario, server.other_certificate, node);
        for (const auto& [name, certificate] : server.certificates_by_sni)
            check_certificate(scenario, certificate, node);
    }
    if (scenario.ask && !scenario.expect.security) node.fail("\"ask\" without \"security\" in \"expect\"");
    if (scenario.client && !scenario.expect.action) node.fail("\"client\" without \"action\" in \"expect\"");
    if (scenario.expect.outcome && !(scenario.client && scenario.client->deliver))
        node.fail("\"outcome\" in \"expect\", but no message is to be delivered");
    if (scenario.client && scenario.expect.states) {
        const bool by_srv = scenario.client->srv.has_value();
        const auto& states = *scenario.expect.states;
        if (by_srv ? states.mx.has_value() : states.srv.has_value())
            node.fail(by_srv ? "\"mx\" among the states of an SRV service: it has \"srv\""
                             : "\"srv\" among the states, but the client has no \"srv\"");
    }
    if (is_story && (scenario.ask || scenario.client))
        node.fail("\"deliver\" stands alone: \"ask\" and \"client\" are scenarios of their own");
    if (!scenario.ask && !scenario.client && !is_story)
        node.fail("\"ask\", \"client\" or \"deliver\" is missing: nothing would be done");
    if (!scenario.ask && scenario.expect.ede) node.fail("\"ede\" in \"expect\" without \"ask\"");
    if (!scenario.ask && scenario.expect.security) node.fail("\"security\" in \"expect\" without \"ask\"");
    if (!scenario.client &&
        (scenario.expect.states || scenario.expect.action || scenario.expect.status || scenario.expect.delivered ||
         scenario.expect.delivered_in_tls || scenario.expect.authenticated || scenario.expect.outcome || scenario.expect.others))
        node.fail("\"expect\" speaks of a delivery, but there is no \"client\"");
}

} // namespace harness
