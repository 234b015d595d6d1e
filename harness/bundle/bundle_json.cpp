// scenario.json and expected.json of a bundle.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness/bundle/bundle.h"
#include "harness/bundle/mail_settings.h"
#include "harness/data_dir.h"
#include "harness/states_json.h"
#include "harness/sut/selection.h"
#include "harness/transcript.h"

namespace harness {

namespace {

using nlohmann::json;

std::vector<std::string> profiles() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(data_file("tlsa/profiles")))
        if (const auto name = entry.path().stem(); !name.has_extension()) names.push_back(name.string());
    std::sort(names.begin(), names.end());
    return names;
}

json json_of(const ExportedCase& exported, const ServerSpec& server) {
    const auto settings = mail_settings_of(server, exported.place() + "/mail/" + mail_folder(server));
    json out{{"address", server.address},     {"port", server.port},
             {"host", server.behaviour.host}, {"files", "mail/" + mail_folder(server)},
             {"does", settings.does},         {"not_stock", settings.not_stock}};
    if (!server.certificate.empty()) out["certificate"] = server.certificate;
    return out;
}

json json_of(const zones::SignedZone& zone) {
    json out{{"apex", zone.apex.to_text()},
             {"file", "zones/" + zones::file_stem(zone.apex) + ".zone"},
             {"signed", zone.is_signed()}};
    if (zone.policy) out["expires"] = dns::to_rfc3339(zone.policy->expiration);
    return out;
}

json numbers(const std::vector<dns::EdeCode>& codes) {
    json out = json::array();
    for (const auto code : codes) out.push_back(static_cast<unsigned>(code));
    return out;
}

json json_of(const Judged& judged) {
    json out{{"question", judged.question.to_text()},
             {"security", validator::to_text(judged.security)},
             {"reasons", judged.reasons}};
    if (judged.ede) out["ede"] = numbers(*judged.ede);
    return out;
}

json words(const std::vector<tlsa::Outcome>& outcomes) {
    json out = json::array();
    for (const auto outcome : outcomes) out.push_back(tlsa::to_text(outcome));
    return out;
}

} // namespace

std::vector<std::string> client_settings(const Scenario& scenario) {
    std::vector<std::string> told;
    if (!scenario.client) return told;
    const auto& client = *scenario.client;
    const auto say = [&](bool so, std::string line) {
        if (so) told.push_back(std::move(line));
    };
    say(client.srv.has_value(), "submits mail by the domain's SRV records (RFC 7673), not by its MX records");
    say(client.next_hop == tlsa::NextHop::host, "has this domain as its relay host, without an MX lookup");
    say(client.next_hop == tlsa::NextHop::address, "sends to the address literal [" + client.address + "]");
    for (const auto& name : client.own_names) told.push_back("is itself the MX host " + without_final_dot(name));
    say(client.port != 25, fmt::format("connects to port {}", client.port));
    say(client.implicit_tls, "speaks TLS from the first octet");
    say(client.families == tlsa::AddressFamilies::ipv6_first, "prefers IPv6 addresses");
    say(client.families == tlsa::AddressFamilies::ipv4_only, "uses IPv4 alone");
    say(client.families == tlsa::AddressFamilies::ipv6_only, "uses IPv6 alone");
    say(client.all_mx, "checks every MX host and delivers nothing");
    say(client.all_addresses, "checks every address and delivers nothing");
    say(!client.key_probes.empty(), "asks for certificates with several kinds of keys");
    say(client.digests != tlsa::default_digest_order(), "prefers other digests than is usual (RFC 7671 §9)");
    return told;
}

std::vector<Allowed> allowed_by_profiles(const Scenario& scenario) {
    std::vector<Allowed> all;
    if (!scenario.client || !is_for_suts(scenario)) return all;
    for (const auto& profile : profiles())
        for (const auto mode : {tlsa::Mode::mandatory, tlsa::Mode::opportunistic}) {
            try {
                auto outcomes = allowed_outcomes(profile, mode, Sut{}, scenario);
                if (!outcomes.empty()) all.push_back({profile, mode, std::move(outcomes)});
            } catch (const ScenarioError&) { // no such table, or none of its rows fits
            }
        }
    return all;
}

std::string scenario_json(const ExportedCase& exported) {
    const auto& scenario = exported.scenario;
    json zones = json::array(), servers = json::array(), faults = json::array();
    for (const auto* zone : exported.zones()) zones.push_back(json_of(*zone));
    for (const auto& server : scenario.servers) servers.push_back(json_of(exported, server));
    for (const auto& fault : scenario.faults) faults.push_back(zones::to_text(fault));
    json out{{"scenario", scenario.id},
             {"about", scenario.about},
             {"rules", scenario.rules},
             {"breaks", scenario.breaks},
             {"top", exported.top.to_text()},
             {"name_server", exported.name_server.to_string()},
             {"signed_at", dns::to_rfc3339(scenario.now)},
             {"expires", dns::to_rfc3339(exported.expires)},
             {"zones", zones},
             {"faults", faults},
             {"servers", servers},
             {"limits", dns_limits(exported)}};
    if (scenario.client) out["domain"] = scenario.client->domain.to_text();
    return out.dump(2) + "\n";
}

std::string expected_json(const ExportedCase& exported) {
    const auto& scenario = exported.scenario;
    const auto& expect = scenario.expect;
    json judged = json::array(), allowed = json::array();
    for (const auto& one : scenario.judged) judged.push_back(json_of(one));
    for (const auto& one : allowed_by_profiles(scenario))
        allowed.push_back(
            {{"profile", one.profile}, {"mode", tlsa::to_text(one.mode)}, {"outcomes", words(one.outcomes)}});
    json out{{"scenario", scenario.id}, {"judged", judged}, {"allowed", allowed}, {"reasons", expect.reasons}};
    if (const auto told = client_settings(scenario); !told.empty()) out["client"] = told;
    if (scenario.client) {
        out["domain"] = scenario.client->domain.to_text();
        out["mode"] = tlsa::to_text(scenario.client->mode);
    }
    if (expect.states) out["states"] = states_json(*expect.states);
    if (expect.action) out["action"] = tlsa::to_text(*expect.action);
    if (scenario.ask) {
        out["question"] = scenario.ask->to_text();
        if (expect.security) out["security"] = validator::to_text(*expect.security);
        if (expect.rcode) out["rcode"] = dns::to_text(*expect.rcode);
        if (expect.ede) out["ede"] = numbers(*expect.ede);
    }
    return out.dump(2) + "\n";
}

} // namespace harness
