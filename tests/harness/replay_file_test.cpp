// The reader of replay files: what is not known is an error with its line; expressions; the servers' search order.
#include <catch2/catch_test_macros.hpp>

#include "harness/replay/rpl_macro.h"
#include "harness/replay/rpl_oracle.h"
#include "tests/harness/replay_support.h"

namespace {

using dns::RrType;
using harness::replay::Dialect;
using harness::replay::Oracle;
using harness::replay::RplError;
using harness::replay::RplScenario;

constexpr std::string_view anchor =
    "trust-anchor: \"example. IN DS 1 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\"\n";

std::string error_of(const std::string& text, const std::string& file = "x.rpl") {
    try {
        (void)harness::replay::read_rpl(file, text);
    } catch (const RplError& error) {
        return error.what();
    }
    return "";
}

std::string with_config(const std::string& lines) {
    return "server:\n" + lines + "CONFIG_END\nSCENARIO_BEGIN t\nSCENARIO_END\n"; // the lines begin with line 2
}

std::string with_entry(const std::string& lines) {
    return "server:\nCONFIG_END\nSCENARIO_BEGIN t\nRANGE_BEGIN 0 9\nENTRY_BEGIN\n" + lines + // line 6
           "ENTRY_END\nRANGE_END\nSCENARIO_END\n";
}

std::string entry(const std::string& question, const std::string& answer) {
    return "ENTRY_BEGIN\nMATCH opcode qtype qname\nADJUST copy_id\nREPLY QR NOERROR\nSECTION QUESTION\n" + question +
           "\nSECTION ANSWER\n" + answer + "\nENTRY_END\n";
}

// The address that the oracle answers with at this step; "" where nobody answers.
std::string answered(const RplScenario& scenario, std::uint64_t step, std::string_view name) {
    Oracle oracle(scenario);
    oracle.set_moment({0}, {step}, {});
    const auto response = oracle.ask({dns::Name::literal(name), RrType::A});
    const auto* message = std::get_if<validator::Answered>(&response);
    if (message == nullptr || message->message.answer.empty()) return "";
    return dns::rdata_to_text(RrType::A, message->message.answer[0].rdata);
}

} // namespace

TEST_CASE("replay file: what is not known is an error with file and line") {
    CHECK(error_of(with_config("no-such-option: yes\n")) == "x.rpl:2: expected a known option, not 'no-such-option:'");
    CHECK(error_of(with_config("verbosity: 4\nval-permissive-mode: maybe\n")) ==
          "x.rpl:3: expected yes or no, not 'maybe'");
    CHECK(error_of(with_config("trust-anchor: \"example. A 192.0.2.1\"\n")).starts_with("x.rpl:2: expected a DS"));
    CHECK(error_of(with_config("val-override-date: \"yesterday\"\n")).starts_with("x.rpl:2: expected a time"));
    CHECK(error_of(with_config("stub-zone:\n\tname: \".\"\n\tstub-adr: 192.0.2.1\n")) ==
          "x.rpl:4: expected a known option, not 'stub-adr:'");
    CHECK(error_of("verbosity: 1\nCONFIG_END\n") == "x.rpl:1: expected a known option, not 'verbosity:'"); // Deckard
    CHECK(error_of(with_entry("MATCH opcode qwerty\n")) == "x.rpl:6: expected something to match, not 'qwerty'");
    CHECK(error_of(with_entry("REPLY QR MAYBE\n")) == "x.rpl:6: expected a flag, RCODE or opcode, not 'MAYBE'");
    CHECK(error_of(with_entry("ADJUST copy_it\n")) == "x.rpl:6: expected an adjustment, not 'copy_it'");
    CHECK(error_of(with_entry("SECTION REST\n")).starts_with("x.rpl:6: expected QUESTION"));
    CHECK(error_of(with_entry("SECTION ANSWER\na. IN A 192.0.2.x\n")) == "x.rpl:7: expected an IPv4 address");
    CHECK(error_of(with_entry("SOMETHING else\n")) == "x.rpl:6: expected a keyword, not 'SOMETHING else'");
    const std::string steps = "server:\nCONFIG_END\nSCENARIO_BEGIN t\n"; // steps begin with line 4
    CHECK(error_of(steps + "STEP 1 JUMP\n") == "x.rpl:4: expected a kind of step, not 'JUMP'");
    CHECK(error_of(steps + "STEP 1 NOTHING\nSTEP 1 NOTHING\nSCENARIO_END\n").starts_with("x.rpl:5: expected another"));
    CHECK(error_of(steps + "STEP 2 NOTHING\nSTEP 1 NOTHING\nSCENARIO_END\n").starts_with("x.rpl:5: expected a step"));
    CHECK(error_of(steps + "WHAT_IS_THIS\nSCENARIO_END\n").starts_with("x.rpl:4: expected RANGE_BEGIN"));
    CHECK(error_of(steps).starts_with("x.rpl:4: expected SCENARIO_END, but the file ends here"));
    CHECK(error_of("") == "x.rpl:1: expected CONFIG_END, but the file ends here");
    // The twin: the same files without the mistake.
    CHECK(error_of(with_config("verbosity: 4\nval-permissive-mode: no\n" + std::string(anchor))) == "");
    CHECK(error_of(with_entry("MATCH opcode\nREPLY QR\nADJUST copy_id\nSECTION ANSWER\na. IN A 192.0.2.1\n")) == "");
}

TEST_CASE("replay file: both dialects, comments, quotes, temporary files and data that is malformed on purpose") {
    const std::string text =
        "; comment\nserver:\n\ttrust-anchor-file:\nTEMPFILE_NAME key\nTEMPFILE_CONTENTS key\n"
        "example. IN DS 1 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16 ;x\n"
        "TEMPFILE_END\n\tval-override-date: '20070916134226'\n# comment\n"
        "stub-zone:\n\tname: \".\"\n\tstub-addr: 192.0.2.53@5353 # comment\n"
        "AUTOTRUST_FILE example.\nexample. IN DS 1 8 2 00\nAUTOTRUST_END\nCONFIG_END\n"
        "SCENARIO_BEGIN two words\nRANGE_BEGIN 0 5\nADDRESS 192.0.2.1\nADDRESS 192.0.2.2\n"
        "this is passed over\n"
        "ENTRY_BEGIN\nMATCH TCP ede=any serial=3\n; comment\n# comment\nREPLY QR AA NXDOMAIN\n"
        "SECTION QUESTION\nwww.example. IN A\nSECTION AUTHORITY\n$ORIGIN example.\n$TTL 60\n"
        "short 5 IN A \\# 1 0a\nsigned IN RRSIG A RSASHA1 1 5 20070926134150 20070829134150 7 @\n"
        "ENTRY_END\nRANGE_END\n"
        "STEP 1 ASSIGN a = ${1+2}\nSTEP 2 TIME_PASSES EVAL ${$a}\n"
        "STEP 3 CHECK_AUTOTRUST example.\nFILE_BEGIN\nline\nFILE_END\nSCENARIO_END\n";
    const auto scenario = harness::replay::read_rpl("x.rpl", text);
    CHECK(scenario.dialect == Dialect::unbound);
    CHECK(scenario.title == "two words");
    const auto& configuration = scenario.configuration;
    CHECK(configuration.anchors.size() == 1);
    CHECK(configuration.time.seconds == 1189950146);
    REQUIRE(configuration.zones.size() == 1);
    CHECK(configuration.zones[0].addresses == std::vector<std::string>{"192.0.2.53"});
    REQUIRE(configuration.autotrust.size() == 1);
    CHECK(configuration.autotrust[0].lines.size() == 1);
    REQUIRE(scenario.ranges.size() == 1);
    CHECK(scenario.ranges[0].addresses == std::vector<std::string>{"192.0.2.2"}); // the last one counts
    REQUIRE(scenario.ranges[0].entries.size() == 1);
    const auto& read = scenario.ranges[0].entries[0];
    CHECK(read.match.tcp);
    CHECK(read.match.any_ede);
    CHECK(read.match.serial == 3U);
    CHECK(read.message().rcode == dns::Rcode::NXDOMAIN);
    REQUIRE(read.message().authority.size() == 2);
    CHECK(read.message().authority[0].rdata == dns::Bytes{10});
    CHECK(read.message().authority[1].ttl == 60);
    CHECK(dns::Rrsig::parse(read.message().authority[1].rdata)->signature.empty());
    CHECK(scenario.steps.size() == 3);
    CHECK(scenario.notes.size() == 1);

    const auto deckard = harness::replay::read_rpl(
        "y.rpl", std::string(anchor) +
                     "val-override-timestamp: 5\nstub-addr: 192.0.2.53\nCONFIG_END\nSCENARIO_BEGIN d\n"
                     "RANGE_BEGIN 0 5\nADDRESS 192.0.2.1\nADDRESS 192.0.2.2\nRANGE_END\nSCENARIO_END\n");
    CHECK(deckard.dialect == Dialect::deckard);
    CHECK(deckard.configuration.time.seconds == 5);
    CHECK(deckard.ranges[0].addresses.size() == 2);
}

TEST_CASE("replay file: expressions are computed from left to right, and only inside ${}") {
    harness::replay::MacroContext context;
    context.variables = {{"t0", "1251100000"}, {"x", "3"}};
    context.time = [] { return dns::UnixTime{1251100000}; };
    context.timeout = [] { return 77; };
    const auto expand = [&](std::string_view text) { return harness::replay::expand_macros(text, context); };
    CHECK(expand("plain $x") == "plain $x");
    CHECK(expand("a${$x}b${time}") == "a3b1251100000");
    CHECK(expand("${1 + 2 * 3}") == "9");
    CHECK(expand("${1 + ${2 * 3}}") == "7");
    CHECK(expand("${30*24*3600}") == "2592000");
    CHECK(expand("${1/4}") == "0.25");
    CHECK(expand("${ctime $t0}") == "Mon Aug 24 07:46:40 2009");
    CHECK(expand("${ctime 0}") == "Thu Jan  1 00:00:00 1970");
    CHECK(expand("${range 70 ${timeout} 80}") == "77");
    for (const auto* bad : {"${range 1 ${timeout} 2}", "${$unknown}", "${1 +", "${1 ^ 2}", "${}", "${1/0}"})
        CHECK_THROWS_AS(expand(bad), harness::replay::MacroError);
}

TEST_CASE("replay file: Unbound's servers answer from the last range that has the question, Deckard's from the first") {
    const std::string ranges = "CONFIG_END\nSCENARIO_BEGIN t\n"
                               "RANGE_BEGIN 0 5\nADDRESS 192.0.2.53\n" +
                               entry("a. IN A", "a. IN A 192.0.2.1") + entry("b. IN A", "b. IN A 192.0.2.2") +
                               "RANGE_END\nRANGE_BEGIN 3 9\nADDRESS 192.0.2.53\n" +
                               entry("a. IN A", "a. IN A 192.0.2.3") + "RANGE_END\nSCENARIO_END\n";
    const auto unbound =
        harness::replay::read_rpl("u.rpl", "forward-zone:\n\tname: .\n\tforward-addr: 192.0.2.53\n" + ranges);
    CHECK(answered(unbound, 2, "a.") == "192.0.2.1");
    CHECK(answered(unbound, 4, "a.") == "192.0.2.3");
    CHECK(answered(unbound, 4, "b.") == "192.0.2.2"); // the next range that is active
    CHECK(answered(unbound, 9, "a.") == "192.0.2.3");
    CHECK(answered(unbound, 10, "a.") == "");
    const auto deckard = harness::replay::read_rpl("d.rpl", "forward-addr: 192.0.2.53\n" + ranges);
    CHECK(answered(deckard, 4, "a.") == "192.0.2.1");
    CHECK(answered(deckard, 9, "a.") == "192.0.2.3");
    CHECK(answered(deckard, 10, "a.") == "");
}

TEST_CASE("replay file: the oracle follows referrals by glue, remembers them, and asks the parent for DS") {
    const auto referral = [](const std::string& zone, const std::string& extra, const std::string& address) {
        return "ENTRY_BEGIN\nMATCH opcode subdomain\nADJUST copy_id copy_query\nREPLY QR NOERROR\nSECTION QUESTION\n" +
               zone + " IN NS\nSECTION AUTHORITY\n" + zone + " IN NS ns." + zone + "\n" + extra +
               "SECTION ADDITIONAL\nns." + zone + " IN A " + address + "\nENTRY_END\n";
    };
    const auto scenario = harness::replay::read_rpl(
        "x.rpl",
        "stub-zone:\n\tname: .\n\tstub-addr: 192.0.2.53\nCONFIG_END\nSCENARIO_BEGIN t\n"
        "RANGE_BEGIN 0 9\nADDRESS 192.0.2.53\n" +
            referral("com.", "", "192.0.2.54") + "RANGE_END\nRANGE_BEGIN 0 9\nADDRESS 192.0.2.54\n" +
            referral("example.com.", "example.com. IN DS 7 8 2 00\n", "192.0.2.55") +
            "RANGE_END\nRANGE_BEGIN 0 9\nADDRESS 192.0.2.55\n" +
            entry("www.example.com. IN A", "www.example.com. IN A 192.0.2.80\nwww.example.net. IN A 192.0.2.81") +
            "RANGE_END\nSCENARIO_END\n");
    Oracle oracle(scenario);
    oracle.set_moment({0}, {1}, {});
    const auto message = [&](std::string_view name, RrType type) {
        const auto response = oracle.ask({dns::Name::literal(name), type});
        const auto* found = std::get_if<validator::Answered>(&response);
        return found == nullptr ? std::optional<dns::Message>() : found->message;
    };
    const auto address = message("www.example.com.", RrType::A);
    REQUIRE(address);
    CHECK(address->answer.size() == 1); // what lies outside the zone that was asked is scrubbed
    const auto ds = message("example.com.", RrType::DS);
    REQUIRE(ds);
    CHECK(ds->answer.size() == 1);
    CHECK(ds->answer[0].type == RrType::DS);
    CHECK_FALSE(message("www.example.com.", RrType::MX));
    CHECK_FALSE(message("www.example.org.", RrType::A));
}
