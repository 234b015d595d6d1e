#include "zones/authority.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/zones/samples.h"

namespace {

using dns::Rcode;
using dns::RrType;
using samples::count;
using samples::lines;
using samples::name;
using samples::query;
using Lines = std::vector<std::string>;

dns::Message ask(std::string_view owner, RrType type, zones::Denial denial = zones::Denial::nsec, bool dnssec = true) {
    return zones::answer_authoritatively(samples::hierarchy({}, denial), query(owner, type, dnssec));
}

} // namespace

TEST_CASE("authority: answers stand with their signatures, without DO they stand alone (RFC 4035 §3.1.1)") {
    const auto with = ask("mx.mail.example.", RrType::A);
    CHECK(with.header.authoritative);
    CHECK(lines(with.answer, RrType::A) == Lines{"mx.mail.example. A 192.0.2.1"});
    CHECK(count(with.answer, RrType::RRSIG) == 1);
    REQUIRE(with.edns);
    CHECK(with.edns->dnssec_ok);
    const auto without = ask("mx.mail.example.", RrType::A, zones::Denial::nsec, false);
    CHECK(lines(without.answer, RrType::A) == Lines{"mx.mail.example. A 192.0.2.1"});
    CHECK(count(without.answer, RrType::RRSIG) == 0);
    REQUIRE(without.edns);
    CHECK_FALSE(without.edns->dnssec_ok);
}

TEST_CASE("authority: a query without EDNS gets a response without (RFC 6891 §7)") {
    auto plain = query("mx.mail.example.", RrType::A);
    plain.edns.reset();
    const auto response = zones::answer_authoritatively(samples::hierarchy(), plain);
    CHECK_FALSE(response.edns);
    CHECK(count(response.answer, RrType::RRSIG) == 0);
}

TEST_CASE("authority: each kind of denial carries its proof and the SOA (RFC 4035 §3.1.3, RFC 5155 §7.2)") {
    struct Row {
        const char* about;
        const char* owner;
        RrType type;
        Rcode rcode;
        std::size_t nsec, nsec3;
    };
    // One record may prove two things, as hashes fall: here the wildcard's own NSEC3 also spans any.wild.
    const Row table[] = {
        {"no data", "mx.mail.example.", RrType::AAAA, Rcode::NOERROR, 1, 1},
        {"name error", "nothing.mx.mail.example.", RrType::A, Rcode::NXDOMAIN, 2, 3},
        {"empty non-terminal", "ent.below.mail.example.", RrType::A, Rcode::NOERROR, 1, 1},
        {"wildcard no data", "any.wild.mail.example.", RrType::MX, Rcode::NOERROR, 1, 2},
        {"no DS at a cut", "insecure.sub.mail.example.", RrType::DS, Rcode::NOERROR, 1, 1},
    };
    for (const auto& row : table) {
        for (const auto denial : {zones::Denial::nsec, zones::Denial::nsec3}) {
            DYNAMIC_SECTION(row.about << (denial == zones::Denial::nsec ? ", NSEC" : ", NSEC3")) {
                const auto response = ask(row.owner, row.type, denial);
                CHECK(response.rcode == row.rcode);
                CHECK(response.answer.empty());
                CHECK(count(response.authority, RrType::SOA) == 1);
                const auto nsec = count(response.authority, RrType::NSEC);
                const auto nsec3 = count(response.authority, RrType::NSEC3);
                CHECK(nsec == (denial == zones::Denial::nsec ? row.nsec : 0));
                CHECK(nsec3 == (denial == zones::Denial::nsec ? 0 : row.nsec3));
                CHECK(count(response.authority, RrType::RRSIG) == 1 + nsec + nsec3);
            }
        }
    }
}

TEST_CASE("authority: the NSEC of a name error spans the name and the wildcard (RFC 4035 §3.1.3.2)") {
    const auto response = ask("zzz.mail.example.", RrType::A);
    bool name_spanned = false;
    bool wildcard_spanned = false;
    for (const auto& record : response.authority) {
        if (record.type != RrType::NSEC) continue;
        const auto next = dns::Nsec::parse(record.rdata)->next;
        const bool last = next == name("mail.example.");
        const auto spans = [&](const dns::Name& n) { return record.owner < n && (last || n < next); };
        name_spanned |= spans(name("zzz.mail.example."));
        wildcard_spanned |= spans(name("*.mail.example."));
    }
    CHECK(name_spanned);
    CHECK(wildcard_spanned);
}

TEST_CASE(
    "authority: a wildcard answers under the asked name, with proof that the name is not there (RFC 4035 §3.1.3.3)") {
    for (const auto denial : {zones::Denial::nsec, zones::Denial::nsec3}) {
        const auto response = ask("some.thing.wild.mail.example.", RrType::A, denial);
        CHECK(lines(response.answer, RrType::A) == Lines{"some.thing.wild.mail.example. A 192.0.2.3"});
        REQUIRE(count(response.answer, RrType::RRSIG) == 1);
        const auto rrsig = dns::Rrsig::parse(response.answer.back().rdata);
        REQUIRE(rrsig);
        CHECK(rrsig->labels == 3);
        CHECK(count(response.authority, RrType::NSEC) + count(response.authority, RrType::NSEC3) == 1);
        CHECK(count(response.authority, RrType::SOA) == 0);
    }
}

TEST_CASE("authority: CNAME and DNAME are followed inside the zone, and the made CNAME is unsigned (RFC 6672 §5.3.1)") {
    const auto alias = ask("alias.mail.example.", RrType::A);
    CHECK(lines(alias.answer, RrType::CNAME) == Lines{"alias.mail.example. CNAME mx.mail.example."});
    CHECK(lines(alias.answer, RrType::A) == Lines{"mx.mail.example. A 192.0.2.1"});
    const auto asked_itself = ask("alias.mail.example.", RrType::CNAME);
    CHECK(asked_itself.answer.size() == 2);
    const auto tree = ask("mx.tree.mail.example.", RrType::A);
    CHECK(lines(tree.answer, RrType::DNAME) == Lines{"tree.mail.example. DNAME other.example."});
    CHECK(lines(tree.answer, RrType::CNAME) == Lines{"mx.tree.mail.example. CNAME mx.other.example."});
    CHECK(count(tree.answer, RrType::RRSIG) == 1);
    CHECK(count(tree.answer, RrType::A) == 0); // another zone
}

TEST_CASE("authority: DNAME substitution beyond 255 octets is YXDOMAIN (RFC 6672 §2.2)") {
    std::string owner;
    for (int i = 0; i < 3; ++i) owner += std::string(63, 'a') + ".";
    owner += std::string(40, 'b') + ".d.example.";
    const auto target = std::string(60, 'c') + ".example.";
    const auto hierarchy = zones::Hierarchy::build(
        {{name("d.example."), "@ DNAME " + target + "\n", samples::policy()}}, samples::policy(), {}, 1);
    const auto response = zones::answer_authoritatively(hierarchy, query(owner, RrType::A));
    CHECK(response.rcode == Rcode::YXDOMAIN);
    CHECK(count(response.answer, RrType::DNAME) == 1);
}

TEST_CASE("authority: one zone alone refers to its child, with DS or its denial and with glue (RFC 4035 §3.1.4)") {
    const auto hierarchy = samples::hierarchy();
    const auto secure = zones::answer_from_zone(hierarchy, name("example."), query("mx.mail.example.", RrType::A));
    CHECK_FALSE(secure.header.authoritative);
    CHECK(secure.answer.empty());
    CHECK(count(secure.authority, RrType::NS) == 1);
    CHECK(count(secure.authority, RrType::DS) == 1);
    CHECK(count(secure.authority, RrType::RRSIG) == 1);
    CHECK(count(secure.authority, RrType::NSEC) == 0);
    CHECK(lines(secure.additional, RrType::A) == Lines{"ns.mail.example. A 192.0.2.53"});
    const auto insecure = zones::answer_from_zone(hierarchy, name("example."), query("mx.plain.example.", RrType::A));
    CHECK(count(insecure.authority, RrType::DS) == 0);
    CHECK(count(insecure.authority, RrType::NSEC) == 1);
    CHECK(count(insecure.authority, RrType::SOA) == 0);
    const auto elsewhere = zones::answer_from_zone(hierarchy, name("example."), query("mx.mail.test.", RrType::A));
    CHECK(elsewhere.rcode == Rcode::REFUSED);
}

TEST_CASE("authority: an opted-out delegation is denied a DS by its closest encloser (RFC 5155 §7.2.4)") {
    const auto response = ask("insecure.sub.mail.example.", RrType::DS, zones::Denial::nsec3_opt_out);
    CHECK(response.rcode == Rcode::NOERROR);
    CHECK(count(response.authority, RrType::NSEC3) == 2);
    for (const auto& record : response.authority) {
        if (record.type == RrType::NSEC3) CHECK(dns::Nsec3::parse(record.rdata)->opt_out());
    }
}

TEST_CASE("authority: DS is the parent's, DNSKEY the child's (RFC 4035 §3.1.4.1)") {
    const auto ds = ask("mail.example.", RrType::DS);
    REQUIRE(count(ds.answer, RrType::DS) == 1);
    for (const auto& record : ds.answer) {
        if (record.type == RrType::RRSIG) CHECK(dns::Rrsig::parse(record.rdata)->signer == name("example."));
    }
    CHECK(count(ask("mail.example.", RrType::DNSKEY).answer, RrType::DNSKEY) == 2);
    const auto root = ask(".", RrType::DS);
    CHECK(root.answer.empty());
    CHECK(count(root.authority, RrType::NSEC) == 1);
}

TEST_CASE("authority: ANY gives what is there, RRSIG the signatures") {
    const auto any = ask("mx.mail.example.", RrType::ANY);
    CHECK(count(any.answer, RrType::A) == 1);
    CHECK(count(any.answer, RrType::NSEC) == 1);
    CHECK(count(any.answer, RrType::RRSIG) == 2);
    CHECK(count(ask("mx.mail.example.", RrType::RRSIG).answer, RrType::RRSIG) == 2);
    CHECK(count(ask("mx.mail.example.", RrType::NSEC).answer, RrType::NSEC) == 1);
}

TEST_CASE("authority: queries that are no queries get the error that they earn") {
    const auto hierarchy = samples::hierarchy();
    const auto good = query("mx.mail.example.", RrType::A);
    auto update = good;
    update.header.opcode = dns::Opcode::UPDATE;
    CHECK(zones::answer_authoritatively(hierarchy, update).rcode == Rcode::NOTIMP);
    auto none = good;
    none.questions.clear();
    CHECK(zones::answer_authoritatively(hierarchy, none).rcode == Rcode::FORMERR);
    auto chaos = good;
    chaos.questions.front().rr_class = dns::RrClass::CH;
    CHECK(zones::answer_authoritatively(hierarchy, chaos).rcode == Rcode::REFUSED);
    auto future = good;
    future.edns->version = 1;
    CHECK(zones::answer_authoritatively(hierarchy, future).rcode == Rcode::BADVERS);
}

TEST_CASE("authority: every response survives the wire") {
    const auto hierarchy = samples::hierarchy();
    for (const auto* owner :
         {"mx.mail.example.", "zzz.mail.example.", "a.wild.mail.example.", "mx.tree.mail.example."}) {
        const auto response = zones::answer_authoritatively(hierarchy, query(owner, RrType::A));
        const auto back = dns::Message::parse(response.build());
        REQUIRE(back);
        CHECK(*back == response);
    }
}
