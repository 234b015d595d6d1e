#include "harness/verify_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/states_json.h"
#include "harness/transcript.h"
#include "tlsa/outcome.h"

namespace harness {

namespace {

using nlohmann::json;

void add_session(json& out, const tlsa::SmtpOutcome& session) {
    if (session.tls) {
        out["tls"] = {{"protocol", session.tls->protocol}, {"cipher", session.tls->cipher}};
        if (!session.tls->server_key.empty()) out["tls"]["server_key"] = session.tls->server_key;
        if (session.tls->raw_public_key) out["tls"]["raw_public_key"] = true;
        out["chain_length"] = session.tls->chain.size();
    }
    if (session.failure != tlsa::SmtpFailure::none)
        out["smtp"] = {
            {"failure", tlsa::id(session.failure)}, {"step", tlsa::to_text(session.step)}, {"detail", session.detail}};
}

json json_of(const tlsa::Attempted& attempt, dns::UnixTime now) {
    json out{{attempt.states.srv ? "target" : "mx", attempt.mx},
             {"address", attempt.address},
             {"states", states_json(attempt.states)},
             {"status", to_text(attempt.status)},
             {"reasons", json::array()}};
    if (attempt.port) out["port"] = *attempt.port;
    if (attempt.decision) {
        out["action"] = tlsa::to_text(attempt.decision->action);
        if (attempt.decision->row != nullptr) out["row"] = attempt.decision->row->number;
    }
    if (attempt.key != tlsa::ServerKey::any) {
        out["key_asked_for"] = tlsa::to_text(attempt.key);
        out["key_served"] = !attempt.key_not_served();
        out["key_proven"] = attempt.smtp && attempt.smtp->tls.has_value();
    }
    for (const auto& reason : attempt.reasons)
        out["reasons"].push_back({{"id", validator::info(reason.code).id}, {"text", validator::to_text(reason, now)}});
    for (const auto& reason : attempt.certificate_reasons)
        out["reasons"].push_back({{"id", reason.substr(0, reason.find(':'))}, {"text", reason}});
    if (attempt.smtp) add_session(out, *attempt.smtp);
    return out;
}

json json_of(const RecordCheck& check) {
    json out{{"owner", check.owner},
             {"records", json::array()},
             {"keys", json::array()},
             {"next_key_published", check.next_key_published},
             {"key_and_authority", check.key_and_authority}};
    for (const auto& record : check.records) {
        json one{{"record", record.text}, {"role", to_text(record.role)}, {"addresses", record.addresses}};
        if (!record.why.empty()) one["why"] = record.why;
        out["records"].push_back(std::move(one));
    }
    for (const auto& key : check.keys)
        out["keys"].push_back({{"spki_sha256", key.spki_sha256},
                               {"kind", key.kind},
                               {"addresses", key.addresses},
                               {"has_record", key.has_record}});
    return out;
}

// The four plugin states, as exit codes.
constexpr int plugin_ok = 0, plugin_warning = 1, plugin_critical = 2, plugin_unknown = 3;

std::string_view plugin_word(int code) {
    switch (code) {
    case plugin_ok: return "OK";
    case plugin_warning: return "WARNING";
    case plugin_critical: return "CRITICAL";
    default: return "UNKNOWN";
    }
}

int plugin_code(const tlsa::WalkResult& result) {
    if (result.status == tlsa::WalkStatus::could_not_tell) return plugin_unknown;
    if (result.status == tlsa::WalkStatus::takes_no_mail) return plugin_warning;
    switch (result.action) {
    case tlsa::Action::dane_success: return plugin_ok;
    case tlsa::Action::opportunistic_tls:
    case tlsa::Action::pkix_tls: return plugin_warning;
    case tlsa::Action::dane_fail: break;
    }
    return plugin_critical;
}

// Critical is worse than unknown, whatever the numbers say.
int severity(int code) { return code == plugin_critical ? 4 : code; }

// The bar begins the performance data, so the text before it has none; one line, whatever a server said.
std::string plugin_text(std::string text) {
    for (char& c : text)
        if (c == '|' || static_cast<unsigned char>(c) < 0x20) c = '/';
    return text;
}

std::string words(const std::vector<tlsa::Outcome>& outcomes) {
    std::string text;
    for (const auto outcome : outcomes) text += (text.empty() ? "" : " or ") + std::string(tlsa::to_text(outcome));
    return text;
}

struct Counts {
    std::size_t passed = 0, visited = 0;
};

// Connections that were to prove something; asking for a kind of key that a server has not got proves nothing.
Counts count(const tlsa::WalkResult& result) {
    Counts counts;
    for (const auto& attempt : result.attempts) {
        if (attempt.address.empty() || attempt.key_not_served() || attempt.key_unproven()) continue;
        ++counts.visited;
        if (attempt.decision && attempt.decision->action == tlsa::Action::dane_success) ++counts.passed;
    }
    return counts;
}

// Why the first attempt that did not pass did not; "" where all did.
std::string first_fault(const tlsa::WalkResult& result, tlsa::WalkStatus status) {
    for (const auto& attempt : result.attempts) {
        if (attempt.status != status || status == tlsa::WalkStatus::dane_success) continue;
        std::string where = attempt.mx;
        if (!attempt.address.empty()) where += fmt::format("[{}]", attempt.address);
        std::string why;
        if (attempt.smtp && !attempt.smtp->detail.empty())
            why = attempt.smtp->detail;
        else if (!attempt.reasons.empty())
            why = validator::info(attempt.reasons.front().code).id;
        return fmt::format(" ({}{}{})", where, where.empty() || why.empty() ? "" : ": ", why);
    }
    return {};
}

} // namespace

json to_json(const VerifiedDomain& domain, dns::UnixTime now) {
    const auto& result = domain.result;
    json out{{"domain", domain.name},
             {"status", to_text(result.status)},
             {"exit_code", exit_code(result.status)},
             {"action", tlsa::to_text(result.action)},
             {"authenticated", result.authenticated},
             {"outcomes", json::array()},
             {"elapsed_ms", domain.elapsed.count()},
             {"attempts", json::array()},
             {"records", json::array()}};
    if (domain.service) out["service"] = tlsa::to_text(*domain.service);
    for (const auto outcome : tlsa::outcomes_of_check(result)) out["outcomes"].push_back(tlsa::to_text(outcome));
    for (const auto& attempt : result.attempts) out["attempts"].push_back(json_of(attempt, now));
    for (const auto& check : domain.records) out["records"].push_back(json_of(check));
    return out;
}

PluginReport plugin_report(const std::vector<VerifiedDomain>& domains) {
    PluginReport report{plugin_ok, ""};
    std::string text;
    Counts total;
    std::chrono::milliseconds elapsed{0};
    std::size_t next = 0;
    for (const auto& domain : domains) {
        const int code = plugin_code(domain.result);
        if (severity(code) > severity(report.exit_code)) report.exit_code = code;
        const Counts counts = count(domain.result);
        total.passed += counts.passed;
        total.visited += counts.visited;
        elapsed += domain.elapsed;
        for (const auto& check : domain.records) next += check.next_key_published ? 1 : 0;
        std::string name = domain.name;
        if (name.size() > 1) name.pop_back();
        text += fmt::format("{}{}: {}, {}, {} of {} connections passed{}", text.empty() ? "" : "; ", name,
                            to_text(domain.result.status), words(tlsa::outcomes_of_check(domain.result)), counts.passed,
                            counts.visited, first_fault(domain.result, domain.result.status));
    }
    report.line =
        fmt::format("DANE {} - {} | time={:.3f}s;;;0 passed={};;;0 failed={};;;0 next_keys={};;;0",
                    plugin_word(report.exit_code), plugin_text(text), static_cast<double>(elapsed.count()) / 1000.0,
                    total.passed, total.visited - total.passed, next);
    return report;
}

PluginReport plugin_failure(const std::string& why) {
    return {plugin_unknown, fmt::format("DANE UNKNOWN - {}", plugin_text(why))};
}

} // namespace harness
