#include <catch2/catch_test_macros.hpp>

#include "tests/zones/samples.h"
#include "zones/authority.h"

namespace {

using dns::Rcode;
using dns::RrType;
using samples::count;
using samples::lines;
using samples::name;
using samples::query;
using zones::FaultKind;
using zones::Recursion;
using Lines = std::vector<std::string>;

bool any_dnssec(const dns::Message& message) {
    for (const auto type : {RrType::RRSIG, RrType::NSEC, RrType::NSEC3, RrType::DNSKEY, RrType::DS}) {
        if (count(message.answer, type) + count(message.authority, type) > 0) return true;
    }
    return false;
}

} // namespace

TEST_CASE("recursor: aliases are followed across zones, and the answer is never called authentic") {
    const auto hierarchy = samples::hierarchy();
    const auto away = zones::answer_recursively(hierarchy, query("away.mail.example.", RrType::A), Recursion::dnssec);
    CHECK(away.header.recursion_available);
    CHECK_FALSE(away.header.authentic_data);
    CHECK_FALSE(away.header.authoritative);
    CHECK(lines(away.answer, RrType::A) == Lines{"mx.plain.example. A 192.0.2.9"});
    CHECK(count(away.answer, RrType::RRSIG) == 1);
    const auto tree =
        zones::answer_recursively(hierarchy, query("_25._tcp.mx.tree.mail.example.", RrType::TLSA), Recursion::dnssec);
    CHECK(count(tree.answer, RrType::DNAME) == 1);
    CHECK(count(tree.answer, RrType::CNAME) == 1);
    CHECK(count(tree.answer, RrType::TLSA) == 1);
    CHECK(count(tree.answer, RrType::RRSIG) == 2);
}

TEST_CASE("recursor: a loop of aliases ends with what was found of it") {
    const auto hierarchy = zones::Hierarchy::build(
        {{name("loop.example."), "a CNAME b\nb CNAME a\n", samples::policy()}}, samples::policy(), {}, 1);
    const auto response = zones::answer_recursively(hierarchy, query("a.loop.example.", RrType::A), Recursion::dnssec);
    CHECK(count(response.answer, RrType::CNAME) == 2);
    CHECK(response.rcode == Rcode::NOERROR);
}

TEST_CASE("recursor: a delegation to nowhere is SERVFAIL") {
    const auto hierarchy = samples::hierarchy();
    const auto response =
        zones::answer_recursively(hierarchy, query("x.insecure.sub.mail.example.", RrType::A), Recursion::dnssec);
    CHECK(response.rcode == Rcode::SERVFAIL);
    CHECK(response.authority.empty());
}

TEST_CASE("recursor: ways of not knowing DNSSEC") {
    const auto hierarchy = samples::hierarchy();
    const auto ask = [&](Recursion recursion, RrType type = RrType::A) {
        return zones::answer_recursively(hierarchy, query("mx.mail.example.", type), recursion);
    };
    SECTION("capable") {
        CHECK(any_dnssec(ask(Recursion::dnssec)));
        CHECK(any_dnssec(ask(Recursion::dnssec, RrType::AAAA)));
    }
    SECTION("without EDNS") {
        const auto response = ask(Recursion::no_edns);
        CHECK_FALSE(response.edns);
        CHECK(count(response.answer, RrType::A) == 1);
        CHECK_FALSE(any_dnssec(response));
        CHECK_FALSE(any_dnssec(
            zones::answer_recursively(hierarchy, query("mail.example.", RrType::DNSKEY), Recursion::no_edns)));
    }
    SECTION("FORMERR to EDNS, an answer without it") {
        CHECK(ask(Recursion::formerr_on_edns).rcode == Rcode::FORMERR);
        CHECK_FALSE(ask(Recursion::formerr_on_edns).edns);
        auto plain = query("mx.mail.example.", RrType::A);
        plain.edns.reset();
        const auto response = zones::answer_recursively(hierarchy, plain, Recursion::formerr_on_edns);
        CHECK(response.rcode == Rcode::NOERROR);
        CHECK(count(response.answer, RrType::A) == 1);
    }
    SECTION("ignores DO") {
        const auto response = ask(Recursion::ignores_do);
        REQUIRE(response.edns);
        CHECK_FALSE(response.edns->dnssec_ok);
        CHECK_FALSE(any_dnssec(response));
        const auto keys =
            zones::answer_recursively(hierarchy, query("mail.example.", RrType::DNSKEY), Recursion::ignores_do);
        CHECK(count(keys.answer, RrType::DNSKEY) == 2);
        CHECK(count(keys.answer, RrType::RRSIG) == 0);
    }
    SECTION("strips RRSIG") {
        const auto response = ask(Recursion::strips_rrsig, RrType::AAAA);
        CHECK(response.edns->dnssec_ok);
        CHECK(count(response.authority, RrType::NSEC) == 1);
        CHECK(count(response.authority, RrType::RRSIG) == 0);
    }
    SECTION("servfail, refused") {
        CHECK(ask(Recursion::servfail).rcode == Rcode::SERVFAIL);
        CHECK(ask(Recursion::refuses).rcode == Rcode::REFUSED);
    }
}

TEST_CASE("recursor: on the wire, silence is nothing and garbage is no message") {
    const auto hierarchy = samples::hierarchy();
    const auto asked = query("mx.mail.example.", RrType::A);
    CHECK_FALSE(zones::reply_recursively(hierarchy, asked, Recursion::silent, 1232));
    const auto garbage = zones::reply_recursively(hierarchy, asked, Recursion::garbage, 1232);
    REQUIRE(garbage);
    CHECK_FALSE(dns::Message::parse(*garbage));
    const auto good = zones::reply_recursively(hierarchy, asked, Recursion::dnssec, 1232);
    REQUIRE(good);
    CHECK(dns::Message::parse(*good));
    const auto cut =
        zones::reply_recursively(hierarchy, query("mail.example.", RrType::DNSKEY), Recursion::dnssec, 100);
    REQUIRE(cut);
    CHECK(cut->size() <= 100);
    CHECK(dns::Message::parse(*cut)->header.truncated);
}

TEST_CASE("recursor: answer faults strike the named question alone") {
    const auto tlsa = name("_25._tcp.mx.mail.example.");
    const auto hierarchy = samples::hierarchy({{FaultKind::answer_servfail, tlsa, RrType::TLSA},
                                               {FaultKind::answer_silent, name("mx2.mail.example."), std::nullopt}});
    const auto ask = [&](std::string_view owner, RrType type) {
        return zones::reply_recursively(hierarchy, query(owner, type), Recursion::dnssec, 4096);
    };
    CHECK(dns::Message::parse(*ask("_25._tcp.mx.mail.example.", RrType::TLSA))->rcode == Rcode::SERVFAIL);
    CHECK(dns::Message::parse(*ask("_25._tcp.mx.mail.example.", RrType::TXT))->rcode == Rcode::NOERROR);
    CHECK(dns::Message::parse(*ask("mx.mail.example.", RrType::A))->rcode == Rcode::NOERROR);
    CHECK_FALSE(ask("mx2.mail.example.", RrType::A));
    CHECK_FALSE(ask("mx2.mail.example.", RrType::AAAA));
}

TEST_CASE("recursor: names of behaviours read back") {
    for (const auto recursion :
         {Recursion::dnssec, Recursion::no_edns, Recursion::formerr_on_edns, Recursion::ignores_do,
          Recursion::strips_rrsig, Recursion::servfail, Recursion::refuses, Recursion::silent, Recursion::garbage})
        CHECK(zones::recursion_from_text(zones::to_text(recursion)) == recursion);
    CHECK_FALSE(zones::recursion_from_text("helpful"));
}
