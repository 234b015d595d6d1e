// The report as one page that needs nothing else: what was tried, what deviates and why, the matrix, and behind each
// result its witnesses, the zones with the fault marked, and the chain of trust drawn. Readable without the script,
// which filters and moves the focus.
#include <botan/hash.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "harness/data_dir.h"
#include "harness/sut/report_page.h"
#include "resolver/dns/text.h"

namespace harness {

namespace {

std::string data_text(const std::string& name) {
    const auto file = data_file("harness/sut/" + name);
    std::ifstream in(file, std::ios::binary);
    std::string content(std::istreambuf_iterator<char>(in), {});
    if (content.empty()) throw ScenarioError(fmt::format("report: {}: cannot be read", file));
    return content;
}

// What the page's own policy lets run: this script and no other, whatever a report that was read holds.
std::string digest(const std::string& script) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(script);
    const auto octets = hash->final_stdvec();
    return dns::base64(dns::Bytes(octets.begin(), octets.end()));
}

std::string head(const std::string& script) {
    return fmt::format("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                       "base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; script-src 'sha256-{}'\">\n"
                       "<title>DANE conformance report</title>\n<style>\n{}</style>\n</head>\n",
                       digest(script), data_text("report.css"));
}

std::string contents() {
    return "<nav aria-label=\"Contents\"><ul>\n<li><a href=\"#summary\">Summary</a></li>\n"
           "<li><a href=\"#words\">The words</a></li>\n<li><a href=\"#deviations\">Deviations</a></li>\n"
           "<li><a href=\"#results\">All results</a></li>\n<li><a href=\"#cases\">Case by case</a></li>\n"
           "</ul></nav>\n";
}

} // namespace

std::string conformance_html(const Conformance& conformance) {
    const PageIndex index(conformance);
    const auto script = "\n" + data_text("report.js");
    return head(script) + "<body>\n<a class=\"skip-link\" href=\"#results\">Skip to the results</a>\n<header>\n" +
           "<h1>DANE conformance report</h1>\n" + contents() + "</header>\n<main>\n" + page_summary(index) +
           page_words(index) + page_deviations(index) + page_matrices(index) + page_cases(index) + "</main>\n<script>" +
           script + "</script>\n</body>\n</html>\n";
}

} // namespace harness
