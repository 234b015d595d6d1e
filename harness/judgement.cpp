// Compares what was seen with what a scenario expects.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/runner.h"
#include "harness/transcript.h"

namespace harness {

namespace {

std::string_view text(bool value) { return value ? "true" : "false"; }
std::string_view text(tlsa::State value) { return tlsa::to_text(value); }
std::string_view text(tlsa::CertificateState value) { return tlsa::to_text(value); }
std::string_view text(tlsa::Action value) { return tlsa::to_text(value); }
std::string_view text(tlsa::Outcome value) { return tlsa::to_text(value); }
std::string_view text(tlsa::WalkStatus value) { return to_text(value); }
std::string_view text(validator::Security value) { return validator::to_text(value); }
std::string text(dns::Rcode value) { return dns::to_text(value); }
std::string text(unsigned value) { return std::to_string(value); }

std::string text(const std::vector<dns::EdeCode>& codes) {
    std::string out;
    for (const auto code : codes) out += (out.empty() ? "" : ", ") + std::to_string(static_cast<unsigned>(code));
    return out.empty() ? "none" : out;
}

template <class T>
std::string text(const std::optional<T>& value) {
    return value ? std::string(text(*value)) : "nothing";
}

class Comparison {
  public:
    template <class T>
    void equal(std::string_view what, const std::optional<T>& expected, const std::optional<T>& seen) {
        if (expected != seen) say("{}: expected {}, saw {}", what, text(expected), text(seen));
    }
    // Compared only where something is expected.
    template <class T>
    void as_expected(std::string_view what, const std::optional<T>& expected, const std::optional<T>& seen) {
        if (expected) equal(what, expected, seen);
    }
    void reasons(std::string_view what, const std::vector<std::string>& expected,
                 const std::vector<std::string>& seen) {
        for (const auto& id : expected) {
            if (std::find(seen.begin(), seen.end(), id) == seen.end())
                say("{}: expected {}, saw {}", what, id,
                    seen.empty() ? "none" : fmt::format("{}", fmt::join(seen, ", ")));
        }
    }
    // The first one expected is to be the first one seen, the others are to be there; none expected: none seen.
    void extended_errors(std::string_view what, const std::optional<std::vector<dns::EdeCode>>& expected,
                         const std::vector<dns::EdeCode>& seen) {
        if (!expected) return;
        const auto missing = [&](dns::EdeCode code) { return std::find(seen.begin(), seen.end(), code) == seen.end(); };
        const bool first = expected->empty() ? seen.empty() : !seen.empty() && seen.front() == expected->front();
        if (!first || std::any_of(expected->begin(), expected->end(), missing))
            say("{}: expected {}, saw {}", what, text(*expected), text(seen));
    }
    template <class... Arguments>
    void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        lines_.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
    }
    std::vector<std::string> take() && { return std::move(lines_); }

  private:
    std::vector<std::string> lines_;
};

void compare_states(Comparison& out, const tlsa::States& expected, const tlsa::States& seen) {
    out.equal("SRV state", expected.srv, seen.srv);
    out.equal("MX state", expected.mx, seen.mx);
    out.equal("address state", expected.a, seen.a);
    out.equal("TLSA state", expected.tlsa, seen.tlsa);
    out.equal("certificate state", expected.certificate, seen.certificate);
}

// The client's word for what became of the message: it is to be one of those allowed, and the servers' logs bear it
// out.
void compare_outcome(Comparison& out, const Expectation& expect, const Seen& seen) {
    if (!seen.outcome) return;
    if (!expect.outcomes.empty() && std::ranges::find(expect.outcomes, *seen.outcome) == expect.outcomes.end()) {
        std::vector<std::string_view> words;
        for (const auto outcome : expect.outcomes) words.push_back(tlsa::to_text(outcome));
        out.say("outcome: expected {}, saw {}", fmt::join(words, " or "), tlsa::to_text(*seen.outcome));
    }
    const bool in_clear = *seen.outcome == tlsa::Outcome::cleartext;
    const bool undelivered = *seen.outcome == tlsa::Outcome::deferred || *seen.outcome == tlsa::Outcome::bounced;
    if (seen.delivered == undelivered || seen.delivered_in_tls != (!undelivered && !in_clear))
        out.say("the client calls the outcome {}, the servers' logs say otherwise", tlsa::to_text(*seen.outcome));
}

void compare_delivery(Comparison& out, const Scenario& scenario, const Seen& seen) {
    const auto& expect = scenario.expect;
    out.as_expected<bool>("delivered", expect.delivered, seen.delivered);
    out.as_expected<bool>("delivered in TLS", expect.delivered_in_tls, seen.delivered_in_tls);
    out.as_expected<bool>("authenticated", expect.authenticated, seen.authenticated);
    if (seen.claims_delivery != seen.delivered)
        out.say("the client says that it {} the message, the servers' logs say otherwise",
                seen.claims_delivery ? "delivered" : "did not deliver");
    out.as_expected("outcome", expect.outcome, seen.outcome);
    compare_outcome(out, expect, seen);
    if (expect.commands && *expect.commands != seen.commands)
        out.say("commands: expected [{}], saw [{}]", fmt::join(*expect.commands, ", "), fmt::join(seen.commands, ", "));
    if (seen.messages > 1) out.say("the message was accepted {} times", seen.messages);
    // RFC 3207 §4.1, RFC 6698 §4.1: where DANE fails, not even the sender is told.
    if (expect.action == tlsa::Action::dane_fail && seen.mail_commands != 0)
        out.say("DANE fails, but {} MAIL command(s) arrived", seen.mail_commands);
}

void compare_questions(Comparison& out, const Expectation& expect, const std::vector<dns::Question>& seen) {
    std::size_t at = 0; // behind the last one found
    for (const auto& wanted : expect.asked) {
        const auto found = std::find(seen.begin(), seen.end(), wanted);
        const auto place = static_cast<std::size_t>(found - seen.begin());
        if (found == seen.end())
            out.say("asked: {} was not asked", wanted.to_text());
        else if (place < at)
            out.say("asked: {} was asked too early", wanted.to_text());
        at = found == seen.end() ? at : std::max(at, place + 1);
    }
    for (const auto& unwanted : expect.not_asked)
        if (std::find(seen.begin(), seen.end(), unwanted) != seen.end())
            out.say("asked: {}, which must not be asked", unwanted.to_text());
}

void compare_connections(Comparison& out, const Expectation& expect, const Seen& seen) {
    if (expect.dialed) {
        std::size_t at = 0;
        bool same = true;
        std::vector<std::string> wanted_texts;
        for (auto group : *expect.dialed) {
            wanted_texts.push_back(group.size() == 1 ? group.front() : fmt::format("({})", fmt::join(group, " | ")));
            std::vector<std::string> part(
                seen.dialed.begin() + static_cast<std::ptrdiff_t>(std::min(at, seen.dialed.size())),
                seen.dialed.begin() + static_cast<std::ptrdiff_t>(std::min(at + group.size(), seen.dialed.size())));
            std::sort(group.begin(), group.end());
            std::sort(part.begin(), part.end());
            same = same && part == group;
            at += group.size();
        }
        if (!same || at != seen.dialed.size())
            out.say("connections: expected [{}], saw [{}]", fmt::join(wanted_texts, ", "),
                    fmt::join(seen.dialed, ", "));
    }
    for (const auto& [server, name] : expect.sni) {
        bool any = false;
        for (const auto& [seen_server, seen_name] : seen.sni) {
            if (seen_server != server) continue;
            any = true;
            if (seen_name != name)
                out.say("SNI at {}: expected {}, saw {}", server, name.value_or("none"), seen_name.value_or("none"));
        }
        if (!any) out.say("SNI at {}: expected {}, no TLS there", server, name.value_or("none"));
    }
}

} // namespace

std::vector<std::string> judge(const Scenario& scenario, const Seen& seen) {
    const auto& expect = scenario.expect;
    Comparison out;
    if (expect.states) compare_states(out, *expect.states, seen.states);
    out.as_expected("action", expect.action, seen.action);
    out.as_expected("status", expect.status, seen.status);
    if (scenario.row != 0) out.equal<unsigned>("table row", scenario.row, seen.row);
    if (scenario.client) compare_delivery(out, scenario, seen);
    compare_questions(out, expect, seen.asked);
    compare_connections(out, expect, seen);
    out.as_expected("security", expect.security, seen.security);
    out.as_expected("rcode", expect.rcode, seen.rcode);
    out.reasons("reason", expect.reasons, seen.reasons);
    out.extended_errors("extended DNS error", expect.ede, seen.ede);
    for (const auto& id : expect.never) {
        if (std::find(seen.reasons.begin(), seen.reasons.end(), id) != seen.reasons.end())
            out.say("reason: {} was given, which must not be", id);
    }
    for (const auto& words : expect.told) {
        const auto holds = [&](const std::string& text) { return text.find(words) != std::string::npos; };
        if (std::none_of(seen.reason_texts.begin(), seen.reason_texts.end(), holds))
            out.say("reason: expected the words \"{}\", saw {}", words,
                    fmt::format("{}", fmt::join(seen.reason_texts, " | ")));
    }
    for (std::size_t i = 0; i < scenario.judged.size() && i < seen.judged.size(); ++i) {
        const auto& wanted = scenario.judged[i];
        const auto question = wanted.question.to_text();
        out.equal<validator::Security>(question, wanted.security, seen.judged[i].security);
        out.reasons(question + " reason", wanted.reasons, seen.judged[i].reasons);
        out.extended_errors(question + " extended DNS error", wanted.ede,
                            seen.judged[i].ede.value_or(std::vector<dns::EdeCode>{}));
    }
    return std::move(out).take();
}

} // namespace harness
