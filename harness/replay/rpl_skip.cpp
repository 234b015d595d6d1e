#include "harness/replay/rpl_skip.h"

#include <fmt/format.h>

#include "harness/replay/rpl_reply.h"

namespace harness::replay {

namespace {

// A question without RD that is answered with a referral: what a server does for other resolvers (RFC 1034 §4.3.1).
bool wants_referral(const Entry& query, const Entry& answer) {
    const dns::Message& wanted = answer.message();
    return !query.message().header.recursion_desired && wanted.rcode == dns::Rcode::NOERROR && wanted.answer.empty() &&
           has_type(wanted.authority, dns::RrType::NS) && !has_type(wanted.authority, dns::RrType::SOA);
}

std::optional<std::string> reason_in_step(const Step& step, const Entry* last_query) {
    const auto at_line = [&](const char* what) { return fmt::format("line {}: {}", step.line, what); };
    switch (step.kind) {
    case StepKind::infra_rtt: return at_line("round-trip times that an iterating resolver keeps");
    case StepKind::check_tempfile: return at_line("a file that another part of a server writes");
    case StepKind::query:
        if (step.entry->raw || step.entry->message().questions.size() != 1)
            return at_line("a query that is no question");
        if (step.entry->message().header.opcode != dns::Opcode::QUERY) return at_line("a query of another opcode");
        if (step.entry->message().questions.front().type == dns::RrType::AXFR ||
            step.entry->message().questions.front().type == dns::RrType::IXFR)
            return at_line("a zone transfer");
        return std::nullopt;
    case StepKind::check_answer:
        if (last_query != nullptr && wants_referral(*last_query, *step.entry))
            return at_line("a referral out of a resolver's cache is expected, for a question without RD");
        return std::nullopt;
    default: return std::nullopt;
    }
}

} // namespace

std::optional<std::string> reason_to_skip(const RplScenario& scenario) {
    const Configuration& configuration = scenario.configuration;
    if (configuration.skip) return configuration.skip;
    if (configuration.anchors.empty() && configuration.autotrust.empty())
        return "no trust anchor is configured: there is nothing to validate";
    const Entry* last_query = nullptr;
    bool any = false;
    for (const Step& step : scenario.steps) {
        if (auto why = reason_in_step(step, last_query)) return why;
        if (step.kind == StepKind::query) last_query = &*step.entry;
        any |= step.kind == StepKind::check_answer || step.kind == StepKind::check_autotrust;
    }
    if (!any) return "nothing is checked";
    return std::nullopt;
}

} // namespace harness::replay
