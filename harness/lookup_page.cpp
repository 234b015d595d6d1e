// The lookup as one self-contained HTML page: verdict, reasons, the chain as a picture, and every message that it rests
// on. No script and no network: the page forbids itself both.
#include <fmt/format.h>

#include "harness/lookup_report.h"
#include "harness/markup.h"
#include "resolver/dns/text.h"

namespace harness {

namespace {

using validator::Answered;
using validator::NoAnswer;

constexpr std::string_view style_sheet = R"(
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1e21; --dim: #5c6370; --line: #d5d9de; --raised: #f5f6f8;
  --secure: #d7f0dd; --insecure: #fdf3d0; --bogus: #f8d7da; --indeterminate: #e2e3e5; }
@media (prefers-color-scheme: dark) { :root { --paper: #16181c; --ink: #e6e8eb; --dim: #a0a7b1; --line: #3a3f47;
  --raised: #1f2228; --secure: #17452a; --insecure: #4d4110; --bogus: #5a1d23; --indeterminate: #3b3f45; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.verdict { display: inline-block; padding: .15rem .8rem; border-radius: 1rem; font-weight: 600; }
.secure { background: var(--secure); fill: var(--secure); } .insecure { background: var(--insecure); fill: var(--insecure); }
.bogus { background: var(--bogus); fill: var(--bogus); }
.indeterminate { background: var(--indeterminate); fill: var(--indeterminate); }
.dim { color: var(--dim); font-size: .875rem; }
pre, .scroll { overflow-x: auto; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; }
pre { font-size: .8125rem; line-height: 1.45; margin: .25rem 0; } .scroll svg { display: block; }
svg .paper { fill: var(--raised); } svg text { fill: var(--ink); }
svg path { stroke: var(--dim); fill: var(--dim); }
li { margin-bottom: .5rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; } summary { cursor: pointer; }
)";

std::string verdict_part(const LookupReport& report) {
    const auto& verdict = report.lookup.verdict;
    const auto security = validator::to_text(verdict.security);
    std::string out = fmt::format("<h1>{}</h1>\n<p><span class=\"verdict {}\">{}</span> <span class=\"dim\">{}",
                                  escaped_for_markup(report.lookup.question.to_text()), security, security,
                                  escaped_for_markup(dns::to_text(verdict.rcode)));
    if (verdict.kind == validator::AnswerKind::no_data) out += ", no record of this type";
    if (verdict.kind == validator::AnswerKind::name_error) out += ", no such name";
    out += "</span></p>\n";
    std::string records;
    for (const auto& set : verdict.answer)
        for (const auto& record : set.set.records()) records += escaped_for_markup(dns::to_text(record)) + "\n";
    if (!records.empty()) out += fmt::format("<h2>Answer</h2>\n<pre>{}</pre>\n", records);
    return out;
}

std::string reasons_part(const LookupReport& report) {
    const auto& reasons = report.lookup.verdict.reasons;
    if (reasons.empty()) return "";
    std::string out = "<h2>Why, root cause first</h2>\n<ol>\n";
    for (const auto& reason : reasons) {
        const auto& info = validator::info(reason.code);
        const auto ede = validator::ede_code(reason);
        const std::string error =
            ede ? fmt::format(", EDE {} {}", static_cast<int>(*ede), escaped_for_markup(dns::describe(*ede))) : "";
        out += fmt::format("<li>{}<br><span class=\"dim\">{}, {}{}</span></li>\n",
                           escaped_for_markup(validator::to_text(reason, report.now)), info.id, info.rfc, error);
    }
    return out + "</ol>\n";
}

std::string attempts_text(const std::vector<validator::Attempt>& attempts) {
    std::string out;
    for (const auto& attempt : attempts)
        out += fmt::format("<br><span class=\"dim\">before: {}: {}</span>", escaped_for_markup(attempt.source.text),
                           validator::describe(attempt.cause));
    return out;
}

std::string evidence_row(const RecordedResponse& recorded) {
    const std::string begin = fmt::format("<tr><td>{}</td><td>{}</td>", escaped_for_markup(recorded.question.to_text()),
                                          dns::to_rfc3339(recorded.time));
    if (const auto* none = std::get_if<NoAnswer>(&recorded.response))
        return begin + fmt::format("<td>no answer{}</td><td>{}</td></tr>\n", attempts_text(none->attempts),
                                   validator::describe(none->cause));
    const auto& answered = std::get<Answered>(recorded.response);
    const auto& message = answered.message;
    return begin + fmt::format("<td>{} over {}{}</td><td><details><summary>{}, {} records</summary>"
                               "<pre>{}</pre></details></td></tr>\n",
                               escaped_for_markup(answered.source.text), recorded.over_tcp ? "TCP" : "UDP",
                               attempts_text(answered.attempts), escaped_for_markup(dns::to_text(message.rcode)),
                               message.answer.size() + message.authority.size() + message.additional.size(),
                               escaped_for_markup(dns::to_text(message)));
}

std::string evidence_part(const LookupReport& report) {
    if (report.evidence.empty()) return "";
    std::string out =
        "<h2>Evidence</h2>\n<div class=\"scroll\"><table>\n<tr><th>Question</th><th>Time</th><th>Server</th>"
        "<th>Answer</th></tr>\n";
    for (const auto& recorded : report.evidence) out += evidence_row(recorded);
    return out + "</table></div>\n";
}

std::string facts_part(const LookupReport& report) {
    const auto& verdict = report.lookup.verdict;
    std::string out =
        fmt::format("<p class=\"dim\">Judged at {}. {} exchanges with resolvers, {} signatures verified, "
                    "{:.1f} ms.",
                    dns::to_rfc3339(report.now), report.queries, verdict.verifications, report.elapsed_ms);
    if (verdict.window)
        out += fmt::format(" Valid from {} until {}, for {} s.", dns::to_rfc3339(verdict.window->from),
                           dns::to_rfc3339(verdict.window->until), verdict.ttl);
    return out + "</p>\n";
}

} // namespace

std::string lookup_html(const LookupReport& report) {
    const std::string title = escaped_for_markup(
        fmt::format("{}: {}", report.lookup.question.to_text(), validator::to_text(report.lookup.verdict.security)));
    return fmt::format("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                       "style-src 'unsafe-inline'\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
                       title, style_sheet) +
           verdict_part(report) + reasons_part(report) + "<h2>Chain of trust</h2>\n<div class=\"scroll\">" +
           lookup_svg(report) + "</div>\n" + evidence_part(report) + facts_part(report) + "</main>\n</body>\n</html>\n";
}

} // namespace harness
