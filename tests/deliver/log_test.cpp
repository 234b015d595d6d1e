// The log's lines against the appliance's own samples, and the rotation of its files.
#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/deliver/log.h"
#include "harness/deliver/lookups.h"
#include "resolver/dns/text.h"
#include "tests/deliver/office.h"

using namespace harness::deliver;

namespace {

// Mon Feb  4 20:08:48 2019
constexpr dns::UnixTime sample_time{1'549'310'928};

std::string content_of(const std::string& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

struct Lines {
    test::Folder folder;
    LogSettings settings;
    Lines() {
        settings.file = folder.file("mail.log");
        settings.level = LogLevel::debug;
    }
    std::vector<std::string> all() const {
        std::istringstream in(content_of(settings.file));
        std::vector<std::string> lines;
        for (std::string line; std::getline(in, line);) lines.push_back(line);
        return lines;
    }
};

resolver::Exchange exchange_of(const dns::Question& question, validator::NoAnswerCause cause) {
    resolver::Exchange exchange;
    exchange.question = question;
    exchange.upstream = "194.191.40.84:53 (priority 0)";
    exchange.outcome = cause;
    return exchange;
}

validator::Lookup secure(const dns::Question& question, const std::string& rdata, dns::Ttl ttl) {
    validator::Lookup lookup;
    lookup.question = question;
    lookup.verdict.security = validator::Security::secure;
    lookup.verdict.kind = validator::AnswerKind::positive;
    lookup.verdict.final_name = question.name;
    lookup.verdict.ttl = ttl;
    dns::SignedRrSet set;
    set.set = dns::RrSet(question.name, question.type, ttl,
                         {dns::rdata_from_text(question.type, rdata, dns::Name()).value()});
    lookup.verdict.answer.push_back(std::move(set));
    return lookup;
}

} // namespace

TEST_CASE("log: the time pads the day with a blank, and controls do not reach the file") {
    CHECK(log_line({1'549'372'803}, Severity::info, "x") == "Tue Feb  5 13:20:03 2019 Info: x");
    CHECK(log_line({1'550'000'000}, Severity::warning, "x") == "Tue Feb 12 19:33:20 2019 Warning: x");
    CHECK(log_line(sample_time, Severity::debug, "a\r\nb\x1b[31m") == "Mon Feb  4 20:08:48 2019 Debug: a??b?[31m");
    CHECK(message_date(sample_time) == "Mon, 4 Feb 2019 20:08:48 +0000");
}

TEST_CASE("log: a lookup is told octet by octet as in the appliance's sample") {
    const Lines lines;
    {
        Log log(lines.settings, [] { return sample_time; });
        LookupLog lookups(
            log, [] { return sample_time; }, 60);
        const dns::Question mx(dns::Name::literal("ietf.org."), dns::RrType::MX);
        resolver::Exchange answered = exchange_of(mx, validator::NoAnswerCause::timeout);
        answered.outcome = dns::Message{};
        lookups.began(mx, true);
        lookups.exchanged(answered);
        lookups.ended(secure(mx, "0 mail.ietf.org.", 1'800), true);
        const dns::Question tlsa(dns::Name::literal("_25._tcp.mail.ietf.org."), dns::RrType::TLSA);
        lookups.ended(secure(tlsa, "3 1 1 0c72ac70b745ac19998811b131d662c9ac69dbdbe7cb23e5b514b56664c5d3d6", 1'800),
                      true);
        const dns::Question alias(dns::Name::literal("mail.ietf.org."), dns::RrType::CNAME);
        validator::Lookup none;
        none.question = alias;
        none.verdict.security = validator::Security::secure;
        none.verdict.kind = validator::AnswerKind::no_data;
        none.verdict.ttl = 1'800;
        lookups.ended(none, true);
    }
    const std::string when = "Mon Feb  4 20:08:48 2019 Debug: ";
    const std::vector<std::string> expected{
        when + "DNS query: Q('ietf.org', 'MX')",
        when + "DNS query: QN('ietf.org', 'MX', 'recursive_nameserver0.parent')",
        when + "DNS query: QIP ('ietf.org','MX','194.191.40.84',60)",
        when + "DNS query: Q ('ietf.org', 'MX', '194.191.40.84')",
        when + "DNSSEC Response data([(0, 'mail.ietf.org.')], secure, 0, 1800)",
        when + "DNS encache (ietf.org, MX, [(1549312728000000L, 0, 'SECURE', (0, 'mail.ietf.org'))])",
        when +
            "DNSSEC Response data(['0301010c72ac70b745ac19998811b131d662c9ac69dbdbe7cb23e5b514b56664c5d3d6'], secure, "
            "0, 1800)",
        when + "DNS encache (_25._tcp.mail.ietf.org, TLSA, [(1549312728000000L, 0, 'SECURE', "
               "'0301010c72ac70b745ac19998811b131d662c9ac69dbdbe7cb23e5b514b56664c5d3d6')])",
        when + "DNSSEC Response data([], , 0, 1800)",
        when + "Received NODATA for domain mail.ietf.org type CNAME",
        when + "No CNAME record(NoError) found for domain(mail.ietf.org)",
    };
    CHECK(lines.all() == expected);
}

TEST_CASE("log: resolvers that fail are named, and the next one repeats only QIP and Q") {
    const Lines lines;
    {
        Log log(lines.settings, [] { return sample_time; });
        LookupLog lookups(
            log, [] { return sample_time; }, 60);
        const dns::Question aaaa(dns::Name::literal("mail.ietf.org."), dns::RrType::AAAA);
        lookups.began(aaaa, true);
        lookups.exchanged(exchange_of(aaaa, validator::NoAnswerCause::servfail));
        lookups.exchanged(exchange_of(aaaa, validator::NoAnswerCause::timeout));
    }
    const auto all = lines.all();
    REQUIRE(all.size() == 8);
    CHECK(all[4] == "Mon Feb  4 20:08:48 2019 Warning: Received an invalid DNS Response: SERVER FAILED to IP "
                    "194.191.40.84 looking up mail.ietf.org");
    CHECK(all[5].ends_with("QIP ('mail.ietf.org','AAAA','194.191.40.84',60)"));
    CHECK(all[6].ends_with("Q ('mail.ietf.org', 'AAAA', '194.191.40.84')"));
    CHECK(all[7].starts_with("Mon Feb  4 20:08:48 2019 Warning: Received an invalid DNSSEC Response: "
                             "DNSSEC_Error('mail.ietf.org', 'AAAA', '194.191.40.84', 'DNSSEC Error for hostname "
                             "mail.ietf.org (AAAA) while asking 194.191.40.84. Error was: "));
    CHECK(all[7].ends_with("') of qtype AAAA looking up mail.ietf.org"));
}

TEST_CASE("log: info level leaves the debug lines out") {
    Lines lines;
    lines.settings.level = LogLevel::info;
    Log log(lines.settings, [] { return sample_time; });
    log.debug("not this");
    log.info("this");
    CHECK(lines.all() == std::vector<std::string>{"Mon Feb  4 20:08:48 2019 Info: this"});
}

TEST_CASE("log: files are rotated by size, and no more than the limit stay") {
    Lines lines;
    lines.settings.max_bytes = 1'024;
    lines.settings.max_files = 3;
    {
        Log log(lines.settings, [] { return sample_time; }), second(lines.settings, [] { return sample_time; });
        for (int i = 0; i < 100; ++i) (i % 2 == 0 ? log : second).info("line " + std::to_string(1'000 + i));
        CHECK(log.lost() + second.lost() == 0);
    }
    const auto newest = content_of(lines.settings.file), oldest = content_of(lines.settings.file + ".2");
    CHECK(newest.ends_with("line 1099\n"));
    for (const auto& text : {newest, content_of(lines.settings.file + ".1"), oldest}) {
        CHECK(text.size() <= 1'024);
        CHECK(text.size() > 0);
        CHECK(text.ends_with('\n'));
    }
    CHECK(content_of(lines.settings.file + ".1").size() > 900); // none was rotated before its time
    CHECK_FALSE(std::filesystem::exists(lines.settings.file + ".3"));
}

TEST_CASE("log: a place that cannot be written is an error at the start, later lines are counted as lost") {
    LogSettings settings;
    settings.file = "/dev/null/mail.log";
    CHECK_THROWS(Log(settings, [] { return sample_time; }));
    settings.file = "/dev/full";
    settings.max_files = 1;
    Log log(settings, [] { return sample_time; });
    log.info("nobody will read this");
    CHECK(log.lost() == 1);
}
