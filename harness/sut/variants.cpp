// Copies of a scenario that ask a client a little more: another key, another port.
#include <algorithm>
#include <sstream>

#include "harness/sut/laboratory.h"

namespace harness {

namespace {

constexpr std::uint16_t smtp = 25, submissions = 465; // RFC 8314 §3.3

// "_25._tcp..." -> "_465._tcp...", and the neighbour that keeps denials apart, "_24._tcp" -> "_464._tcp".
std::string at_465(const std::string& text, bool& changed) {
    for (const auto& [from, to] :
         {std::pair<std::string, std::string>{"_25._tcp", "_465._tcp"}, {"_24._tcp", "_464._tcp"}}) {
        if (!text.starts_with(from)) continue;
        changed = true;
        return to + text.substr(from.size());
    }
    return text;
}

dns::Name at_465(const dns::Name& name, bool& changed) {
    const auto moved = at_465(name.to_text(), changed);
    return changed ? dns::Name::literal(moved) : name;
}

std::string with_twin_lines(const std::string& records) {
    std::istringstream lines(records);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        out += line + "\n";
        bool changed = false;
        const auto moved = at_465(line, changed);
        if (changed) out += moved + "\n";
    }
    return out;
}

} // namespace

Scenario with_implicit_tls(Scenario scenario) {
    const auto zones = scenario.zones;
    for (auto& zone : scenario.zones) zone.records = with_twin_lines(zone.records);
    for (const auto& zone : zones) { // zones of their own below _25._tcp
        bool changed = false;
        auto copy = zone;
        copy.apex = at_465(zone.apex, changed);
        if (changed) scenario.zones.push_back(std::move(copy));
    }
    const auto faults = scenario.faults;
    for (const auto& fault : faults) {
        bool changed = false;
        auto copy = fault;
        copy.owner = at_465(fault.owner, changed);
        if (changed) scenario.faults.push_back(std::move(copy));
    }
    for (auto& resolver : scenario.resolvers) {
        const auto exceptions = resolver.exceptions;
        for (const auto& [question, recursion] : exceptions) {
            bool changed = false;
            auto copy = question;
            copy.name = at_465(question.name, changed);
            if (changed) resolver.exceptions.emplace_back(std::move(copy), recursion);
        }
    }
    const auto servers = scenario.servers;
    for (auto server : servers) {
        if (server.port != smtp) continue;
        server.port = submissions;
        server.behaviour.implicit_tls = true;
        scenario.servers.push_back(std::move(server));
    }
    return scenario;
}

Scenario with_another_key(Scenario scenario) {
    const auto suffix = std::string(" with another key");
    const auto certificates = scenario.certificates;
    for (auto other : certificates) {
        other.name += suffix;
        other.plan.key_label += "another";
        other.plan.authority += " (another)"; // or its root would still match records of usage 2
        scenario.certificates.push_back(std::move(other));
    }
    for (auto& server : scenario.servers) {
        if (!server.certificate.empty()) server.certificate += suffix;
        for (auto& [name, certificate] : server.certificates_by_sni) certificate += suffix;
    }
    return scenario;
}

} // namespace harness
