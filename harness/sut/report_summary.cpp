// The page's beginning: what was tried and how it went, the words, and every deviation with what is known of its cause.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/sut/report_page.h"

namespace harness {

namespace {

struct Entry {
    std::string_view word, meaning;
};

constexpr Entry vocabulary[] = {
    {"verified", "delivered, and the server authenticated by TLSA records below a secure MX"},
    {"verified-insecure-mx",
     "the same below an insecure MX: the server is known, but not that the domain chose it (RFC 7672 §2.2.1)"},
    {"unauthenticated-tls", "delivered inside TLS, to whoever answered"},
    {"cleartext", "delivered without TLS"},
    {"deferred", "not delivered; kept for the next attempt"},
    {"bounced", "not delivered, and returned to the sender"},
    {"secure", "signed, and the chain of signatures from the root holds (RFC 4033 §5)"},
    {"insecure", "provably not signed: nothing protects it, and nothing is wrong with it"},
    {"bogus", "must be signed, but the proof fails: forged, expired or broken; not to be used"},
    {"indeterminate", "no answer that would let one decide"},
    {"nxdomain", "securely proven: there is no such record"},
    {"unusable", "securely published, but no TLSA record that a client could use (RFC 7671 §4.1)"},
    {"success", "the certificate matches a TLSA record"},
    {"failed", "the certificate matches no TLSA record"},
    {"not asked", "this program cannot be asked this; the reason stands with the result"},
    {"contradicted",
     "what the program says is not what the servers saw, or not what it does when the certificate is wrong"},
    {"no verdict", "to this question the program said nothing that is understood"},
    {"trouble", "the program was missing, hung, crashed or said nothing that is understood"},
};

void add_words(std::set<std::string>& words, const std::string& joined) { // "deferred or bounced"
    const std::string_view between = " or ";
    for (std::size_t begin = 0; begin <= joined.size();) {
        const auto end = std::min(joined.find(between, begin), joined.size());
        words.insert(joined.substr(begin, end - begin));
        begin = end + between.size();
    }
}

std::set<std::string> words_in(const Conformance& conformance) {
    std::set<std::string> words;
    for (const auto& cell : conformance.cells) {
        words.insert(word_of(cell));
        if (!cell.contradictions.empty()) words.insert("contradicted");
        add_words(words, words_of(cell.allowed));
        if (cell.twin) words.insert(std::string(tlsa::to_text(*cell.twin)));
        for (const auto& answer : cell.answers)
            words.insert({answer.said ? std::string(validator::to_text(*answer.said)) : "no verdict",
                          std::string(validator::to_text(answer.expected))});
        for (const auto& proof : cell.proofs) words.insert({proof.wanted, proof.seen});
        for (const auto* column : {"mx", "a", "tlsa", "certificate"}) words.insert(state_word(cell.states, column));
    }
    return words;
}

std::string bar(const Tally& tally) {
    return fmt::format(
        "<span class=\"bar\" aria-hidden=\"true\"><i class=\"ok\" style=\"flex-grow:{}\"></i>"
        "<i class=\"bad\" style=\"flex-grow:{}\"></i><i class=\"skip\" style=\"flex-grow:{}\"></i></span>",
        tally.agree, tally.deviate, tally.skipped);
}

std::string counted(std::size_t number, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", number, number == 1 ? one : many);
}

const SutInfo* system_of(const Conformance& conformance, const std::string& name) {
    const auto found = std::find_if(conformance.systems.begin(), conformance.systems.end(),
                                    [&](const SutInfo& one) { return one.name == name; });
    return found == conformance.systems.end() ? nullptr : &*found;
}

std::string about_mode(const SutInfo* system, const std::string& mode) {
    if (system == nullptr) return {};
    for (const auto& [name, about] : system->modes)
        if (name == mode) return about;
    return {};
}

std::string system_row(const PageIndex& index, std::size_t column) {
    const auto& name = index.columns[column].system;
    const auto& mode = index.columns[column].mode;
    const auto* system = system_of(index.conformance, name);
    Tally tally;
    for (std::size_t i = 0; i < index.columns_of.size(); ++i)
        if (index.columns_of[i] == column) tally.add(index.conformance.cells[i]);
    const auto about = about_mode(system, mode);
    return fmt::format("<tr><th scope=\"row\"><b>{}</b> {}</th><td>{}{}</td><td class=\"number\">{}</td><td "
                       "class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td></tr>\n",
                       page_text(name), page_text(mode),
                       page_text(system != nullptr && !system->version.empty() ? system->version : "version unknown"),
                       about.empty() ? "" : "<br><span class=\"dim\">" + page_text(about) + "</span>", tally.agree,
                       tally.deviate, tally.skipped, bar(tally));
}

std::string systems_table(const PageIndex& index) {
    std::string out = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Results of each program\">\n"
                      "<table class=\"systems\">\n<thead><tr><th scope=\"col\">Program and mode</th><th "
                      "scope=\"col\">Version, setting</th><th scope=\"col\">Agree</th><th scope=\"col\">Deviate</th>"
                      "<th scope=\"col\">Not asked</th><td></td></tr></thead>\n<tbody>\n";
    for (std::size_t column = 0; column < index.columns.size(); ++column) out += system_row(index, column);
    return out + "</tbody>\n</table>\n</div>\n";
}

std::string_view about_profile(const std::string& profile) {
    if (profile == "rfc7672")
        return ": what the text of RFC 7672 leaves to a mail server, sometimes more than one outcome";
    if (profile == "cisco-esa") return ": the decision tables that the vendor of a mail appliance has published";
    return "";
}

std::string how_judged(const PageIndex& index) {
    const auto& profile = index.conformance.profile;
    const auto judges = static_cast<std::size_t>(std::ranges::count_if(index.columns, &PageColumn::judges));
    std::string out;
    if (judges < index.columns.size())
        out = fmt::format("A result agrees where the profile <b>{}</b> allows it{}. ", page_text(profile),
                          about_profile(profile));
    if (judges != 0)
        out += "Programs that judge DNSSEC agree where they hold an answer for what it was built to be "
               "(RFC 4035 §4.3). ";
    return out;
}

struct Cause {
    std::string seen;                                        // in one line: what makes the results alike
    const std::optional<Explanation>* explanation = nullptr; // the same for all
    std::vector<std::size_t> cells;
};

std::string seen_in(const Cell& cell) {
    if (!cell.trouble.empty()) return cell.trouble;
    std::string seen;
    for (const auto& contradiction : cell.contradictions) seen += (seen.empty() ? "" : "; ") + contradiction;
    return seen.empty() ? fmt::format("{} where {} is allowed", word_of(cell), words_of(cell.allowed)) : seen;
}

// What is not explained comes first: it is the news.
std::vector<Cause> causes_of(const PageIndex& index, std::size_t column) {
    std::vector<Cause> causes;
    for (const auto& one : index.cases) {
        const auto found = one.results.find(column);
        if (found == one.results.end()) continue;
        const auto& cell = index.conformance.cells[found->second];
        if (look_of(cell) != Look::deviates) continue;
        const auto seen = seen_in(cell);
        auto cause = std::find_if(causes.begin(), causes.end(), [&](const Cause& known) {
            return known.seen == seen && *known.explanation == cell.explanation;
        });
        if (cause == causes.end()) cause = causes.insert(causes.end(), {seen, &cell.explanation, {}});
        cause->cells.push_back(found->second);
    }
    std::stable_partition(causes.begin(), causes.end(), [](const Cause& one) { return !*one.explanation; });
    return causes;
}

std::string cause_part(const PageIndex& index, const Cause& cause) {
    std::string out = fmt::format("<p><b>{}</b> <span class=\"dim\">{}</span><br>{}</p>\n<ul class=\"cases\">\n",
                                  page_text(cause.seen), counted(cause.cells.size(), "case", "cases"),
                                  *cause.explanation ? page_explanation(**cause.explanation) : "Not explained yet.");
    for (const auto number : cause.cells)
        out += fmt::format("<li><a href=\"#r{}\">{}</a></li>\n", number,
                           page_text(case_name(index.conformance.cells[number])));
    return out + "</ul>\n";
}

std::string deviations_of(const PageIndex& index, std::size_t column) {
    const auto causes = causes_of(index, column);
    if (causes.empty()) return {};
    std::size_t count = 0;
    for (const auto& cause : causes) count += cause.cells.size();
    auto out = fmt::format("<h3>{}: {}</h3>\n", page_text(index.columns[column].name()),
                           counted(count, "deviation", "deviations"));
    for (const auto& cause : causes) out += cause_part(index, cause);
    return out;
}

} // namespace

std::string page_summary(const PageIndex& index) {
    const auto& conformance = index.conformance;
    Tally tally;
    std::set<std::string> names;
    for (const auto& cell : conformance.cells) {
        tally.add(cell);
        names.insert(cell.sut);
    }
    std::string notes;
    for (const auto& note : conformance.notes) notes += fmt::format("<li>{}</li>\n", page_text(note));
    return fmt::format(
        "<section id=\"summary\" aria-labelledby=\"summary-title\">\n<h2 id=\"summary-title\">Summary</h2>\n"
        "<p><b>What DANE is.</b> Mail between servers is encrypted by default with nobody checking to whom. With DANE "
        "(RFC 6698, RFC 7671, RFC 7672) a mail domain publishes in signed DNS (DNSSEC) which certificate its servers "
        "show, as TLSA records, so that a sender can be sure, and refuse to deliver where something is wrong.</p>\n"
        "<p><b>What was done.</b> {} went through {}. Each case is a small Internet of its own, with really signed "
        "zones, often one of them broken on purpose, and real mail servers. The programs ran as they are. What became "
        "of the message is read from the servers' records first and from the program's own words second.{}</p>\n"
        "<p><b>How it is judged.</b> {}A deviation need not be a fault; below stands what is known of each.</p>\n"
        "<ul class=\"numbers\"><li><b>{}</b> results</li><li class=\"ok\"><b>{}</b> {}agree</li><li "
        "class=\"bad\"><b>{}</b> {}deviate</li><li class=\"skip\"><b>{}</b> {}not asked</li></ul>\n{}{}</section>\n",
        counted(names.size(), "program", "programs"), counted(index.cases.size(), "case", "cases"),
        conformance.resolver == builtin_resolver
            ? ""
            : fmt::format(" The resolver in front of them was {}.", page_text(conformance.resolver)),
        how_judged(index), tally.all(), tally.agree, "✓ ", tally.deviate, "✗ ", tally.skipped, "– ",
        systems_table(index), notes.empty() ? "" : "<h3>What could not be done</h3>\n<ul>\n" + notes + "</ul>\n");
}

std::string page_words(const PageIndex& index) {
    const auto words = words_in(index.conformance);
    std::string out = "<section id=\"words\" aria-labelledby=\"words-title\">\n<h2 id=\"words-title\">The words</h2>\n"
                      "<dl>\n";
    for (const auto& [word, meaning] : vocabulary)
        if (words.contains(std::string(word))) out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", word, meaning);
    return out + "</dl>\n</section>\n";
}

std::string page_deviations(const PageIndex& index) {
    std::string all;
    for (std::size_t column = 0; column < index.columns.size(); ++column) all += deviations_of(index, column);
    if (all.empty()) all = "<p>None: every result is one that the profile allows.</p>\n";
    return "<section id=\"deviations\" aria-labelledby=\"deviations-title\">\n<h2 id=\"deviations-title\">Deviations"
           "</h2>\n" +
           all + "</section>\n";
}

} // namespace harness
