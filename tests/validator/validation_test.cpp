#include <catch2/catch_test_macros.hpp>
#include <iostream>

#include "tests/validator/support.h"

using namespace test;
using dns::RrType;
using validator::Security;

TEST_CASE("smoke") {
    const auto tree =
        build({zone("example.", "www A 192.0.2.1\n* TXT \"wild\"\nalias CNAME www\nout CNAME www.other.example.\n"),
               zone("other.example.", "www A 192.0.2.2\n", signing(zones::Denial::nsec3)),
               zone("plain.example.", "www A 192.0.2.3\n", std::nullopt),
               zone("optout.example.", "www A 192.0.2.3\n", signing(zones::Denial::nsec3_opt_out)),
               zone("un.optout.example.", "www A 192.0.2.3\n", std::nullopt)});
    for (const auto& q : {ask("www.example.", RrType::A),
                          ask("www.example.", RrType::AAAA),
                          ask("x.y.example.", RrType::TXT),
                          ask("x.y.example.", RrType::A),
                          ask("alias.example.", RrType::A),
                          ask("out.example.", RrType::A),
                          ask("www.other.example.", RrType::A),
                          ask("nx.other.example.", RrType::A),
                          ask("www.other.example.", RrType::AAAA),
                          ask("www.plain.example.", RrType::A),
                          ask("nx.plain.example.", RrType::A),
                          ask("nx.optout.example.", RrType::A),
                          ask("www.un.optout.example.", RrType::A),
                          ask("example.", RrType::DS),
                          ask("example.", RrType::DNSKEY),
                          ask("plain.example.", RrType::DS),
                          ask(".", RrType::DS),
                          ask(".", RrType::SOA),
                          ask("nx.", RrType::A),
                          ask("www.example.", RrType::ANY)}) {
        for (auto r : {zones::Recursion::dnssec, zones::Recursion::no_edns, zones::Recursion::strips_rrsig}) {
            const auto t = look_up(tree, q, recursive(tree, r));
            std::cout << q.to_text() << " " << zones::to_text(r) << ": rounds " << t.rounds << " q "
                      << t.verdict.questions << " v " << t.verdict.verifications << " kind " << int(t.verdict.kind)
                      << " ttl " << t.verdict.ttl << " " << words(t.verdict) << "\n";
        }
    }
}
