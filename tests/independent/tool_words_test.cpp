// What we read out of other tools' output, on output that they really printed.
#include <catch2/catch_test_macros.hpp>

#include "tests/independent/outside_tool.h"

using namespace independent;

namespace {

struct Sample {
    const char* about;
    Tool tool;
    const char* output;
    const char* verdict;
};

constexpr Sample samples[] = {
    {"delv, an answer", Tool::delv, "; fully validated\nmx.good.example.\t3600\tIN\tA\t192.0.2.1\n", "secure"},
    {"delv, no such name", Tool::delv, ";; resolution failed: ncache nxdomain\n; negative response, fully validated\n",
     "secure"},
    {"delv, unsigned", Tool::delv, "; unsigned answer\nmx.plain.example.\t3600\tIN\tA\t192.0.2.1\n", "insecure"},
    {"delv, unsigned, no such name", Tool::delv,
     ";; resolution failed: ncache nxdomain\n; negative response, unsigned answer\n", "insecure"},
    {"delv, a secure alias to an unsigned name", Tool::delv,
     "; fully validated\nto.good.example. 3600 IN CNAME mx.plain.example.\n\n; unsigned answer\nmx.plain.example. 3600 "
     "IN A 192.0.2.1\n",
     "insecure"},
    {"delv, expired", Tool::delv,
     ";; RRSIG has expired resolving 'mx.rrsig-expired.example/A/IN': 127.0.0.1#5399\n;; resolution failed: RRSIG has "
     "expired\n",
     "bogus"},
    {"delv, a secure alias to a broken name", Tool::delv,
     "; fully validated\na.example. 3600 IN CNAME b.example.\n;; resolution failed: RRSIG failed to verify\n", "bogus"},
    {"delv, wrong DS", Tool::delv, ";; resolution failed: broken trust chain\n", "bogus"},
    {"delv, the resolver fails", Tool::delv, ";; resolution failed: SERVFAIL\n", "none"},
    {"delv, nobody answers", Tool::delv, ";; resolution failed: timed out\n", "none"},
    {"unbound-host, an answer", Tool::unbound_host, "mx.good.example has address 192.0.2.1 (secure)\n", "secure"},
    {"unbound-host, no such name", Tool::unbound_host, "Host nope.good.example not found: 3(NXDOMAIN). (secure)\n",
     "secure"},
    {"unbound-host, unsigned", Tool::unbound_host, "mx.plain.example has address 192.0.2.1 (insecure)\n", "insecure"},
    {"unbound-host, expired", Tool::unbound_host,
     "mx.rrsig-expired.example has address 192.0.2.1 (BOGUS (security failure))\nvalidation failure "
     "<mx.rrsig-expired.example. A IN>: "
     "signature expired from 127.0.0.1\n",
     "bogus"},
    {"unbound-host, the resolver fails", Tool::unbound_host, "Host mx.example not found: 2(SERVFAIL). (insecure)\n",
     "none"},
    {"drill, an answer", Tool::drill, "    |---. (DNSKEY keytag: 50403 alg: 13 flags: 257)\n;; Chase successful\n",
     "secure"},
    {"drill, unsigned: it knows failure alone", Tool::drill,
     "<no data>\nNo trusted keys found in tree: first error was: No DNSSEC public key(s)\n;; Chase failed.\n", "bogus"},
    {"nothing at all", Tool::drill, "", "none"},
};

} // namespace

TEST_CASE("independent: the words of delv, unbound-host and drill are read right") {
    for (const auto& sample : samples) {
        DYNAMIC_SECTION(sample.about) { CHECK(verdict_in(sample.tool, sample.output) == sample.verdict); }
    }
}

TEST_CASE("independent: a program that does not end is stopped at its limit") {
    const auto finished = run_program({"sleep", "60"}, std::chrono::milliseconds(50));
    CHECK(finished.status == -1);
    CHECK(run_program({"sh", "-c", "echo words; echo more >&2; exit 3"}, std::chrono::seconds(10)).output ==
          "words\nmore\n");
    CHECK(run_program({"sh", "-c", "exit 3"}, std::chrono::seconds(10)).status == 3);
    CHECK(run_program({"no-such-program-anywhere"}, std::chrono::seconds(1)).status == -1);
}
