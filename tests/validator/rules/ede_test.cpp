// Which verdict gives which Extended DNS Error, root cause first (RFC 8914 §4, RFC 9276 §3.2).
#include <algorithm>

#include "tests/validator/rules/desk.h"

using namespace test;
using dns::EdeCode;
using zones::FaultKind;

namespace {

using Codes = std::vector<EdeCode>;

// Each once, in the order of the reasons.
Codes codes(const validator::Verdict& verdict) {
    Codes all;
    for (const auto& reason : verdict.reasons) {
        const auto code = validator::info(reason.code).ede;
        if (code && std::find(all.begin(), all.end(), *code) == all.end()) all.push_back(*code);
    }
    return all;
}

bool has(const validator::Verdict& verdict, EdeCode code) {
    const Codes all = codes(verdict);
    return std::find(all.begin(), all.end(), code) != all.end();
}

// A question into a signed zone below a signed parent, with this fault in the zone.
validator::Verdict with_fault(FaultKind kind, std::string_view owner = "sub.example.",
                              std::optional<RrType> type = {}) {
    const auto tree =
        build({zone("example.", ""), zone("sub.example.", "www A 192.0.2.1\n")}, {fault(kind, owner, type)});
    return look_up(tree, ask("www.sub.example.", RrType::A)).verdict;
}

validator::Verdict signed_at(Desk& desk, std::int64_t from, std::int64_t until) {
    const auto at = [](std::int64_t seconds) { return dns::SerialTime::of(dns::UnixTime{now.seconds + seconds}); };
    const auto set = desk.zone().sign(rrset("www.example.", RrType::A, {"192.0.2.1"}), [&](dns::Rrsig& r) {
        r.inception = at(from);
        r.expiration = at(until);
    });
    return desk.judge(ask("www.example.", RrType::A), desk.answer({set}));
}

} // namespace

TEST_CASE("V-239 options are accepted with any RCODE, in any number (RFC 8914 §3)", "[rules]") {
    Desk desk;
    const auto www = ask("www.example.", RrType::A);
    SECTION("obeys: thirty unlikely codes beside good data, and beside a good denial") {
        auto positive = desk.answer({desk.sign("www.example.", RrType::A, {"192.0.2.1"})});
        auto negative = desk.name_error({desk.nsec("example.", "z.example. SOA NS RRSIG NSEC")});
        for (std::uint16_t code = 0; code <= 30; ++code) {
            positive.add_extended_error({static_cast<EdeCode>(code), "from upstream"});
            negative.add_extended_error({static_cast<EdeCode>(50000 + code), ""});
        }
        expect_secure(desk.judge(www, positive));
        expect_secure(desk.judge(www, negative), AnswerKind::name_error);
    }
    SECTION("breaks: rrsig-missing, an upstream's code neither excuses nor replaces our own reason") {
        auto reply = desk.answer({unsigned_set("www.example.", RrType::A, {"192.0.2.1"})});
        reply.add_extended_error({EdeCode::stale_answer, "never mind"});
        const auto verdict = desk.judge(www, reply);
        expect_bogus(verdict, "rrsig-missing");
        CHECK_FALSE(has(verdict, EdeCode::stale_answer));
    }
}

TEST_CASE("V-240 the RCODE is processed as if the options were absent (RFC 8914 §3)", "[rules]") {
    Desk desk;
    const auto www = ask("www.example.", RrType::A);
    const auto both = [&](dns::Message reply, EdeCode code) {
        const auto plain = desk.judge(www, reply);
        reply.add_extended_error({code, "text"});
        const auto told = desk.judge(www, reply);
        CHECK(plain.security == told.security);
        CHECK(plain.rcode == told.rcode);
        CHECK(codes(plain) == codes(told));
        CHECK(root_cause(plain) == root_cause(told));
        return told;
    };
    SECTION("obeys: NOERROR and NXDOMAIN with codes that speak of failure") {
        expect_secure(both(desk.answer({desk.sign("www.example.", RrType::A, {"192.0.2.1"})}), EdeCode::dnssec_bogus));
        expect_secure(both(desk.name_error({desk.nsec("example.", "z.example. SOA NS RRSIG NSEC")}), EdeCode::blocked),
                      AnswerKind::name_error);
    }
    SECTION("breaks: servfail, refused-by-resolver: indeterminate with and without a code that speaks of success") {
        for (const auto& [rcode, root] :
             {std::pair{dns::Rcode::SERVFAIL, "servfail"}, std::pair{dns::Rcode::REFUSED, "refused-by-resolver"}}) {
            dns::Message reply;
            reply.rcode = rcode;
            expect(both(reply, EdeCode::synthesized), Security::indeterminate, root);
        }
    }
}

TEST_CASE("V-242 a code of the upstream is passed on with a text that says where it came from (RFC 8914 §3)",
          "[rules]") {
    Desk desk;
    const auto judge = [&](dns::Rcode rcode) {
        dns::Message reply;
        reply.rcode = rcode;
        reply.add_extended_error({EdeCode::network_error, "no route"});
        return desk.judge(ask("www.example.", RrType::A), reply);
    };
    SECTION("obeys: the resolver is named, and its words are given as its words") {
        const auto verdict = judge(dns::Rcode::SERVFAIL);
        expect(verdict, Security::indeterminate, "servfail");
        CHECK(verdict.reasons.front().passed_on == EdeCode::network_error);
        const std::string text = validator::to_text(verdict.reasons.front(), now);
        CHECK(text.find("the desk") != std::string::npos);
        CHECK(text.find("saying EDE 23") != std::string::npos);
        CHECK(text.find("no route") != std::string::npos);
    }
    SECTION("breaks: denial-unsigned, what we found ourselves is not put into the upstream's mouth") {
        const auto verdict = judge(dns::Rcode::NOERROR);
        expect_bogus(verdict, "denial-unsigned");
        for (const auto& reason : verdict.reasons) CHECK_FALSE(reason.passed_on.has_value());
    }
}

TEST_CASE("V-245 code 1: only unsupported algorithms (RFC 8914 §4.2)", "[rules]") {
    SECTION("obeys: insecure, with the code") {
        const auto verdict = with_fault(FaultKind::ds_algorithm_unknown);
        CHECK(verdict.security == Security::insecure);
        CHECK(codes(verdict) == Codes{EdeCode::unsupported_dnskey_algorithm});
    }
    SECTION("breaks: ds-algorithm-not-in-dnskey, a supported algorithm without its key is code 9") {
        const auto verdict = with_fault(FaultKind::ds_algorithm_wrong);
        expect_bogus(verdict, "ds-algorithm-not-in-dnskey");
        CHECK_FALSE(has(verdict, EdeCode::unsupported_dnskey_algorithm));
    }
}

TEST_CASE("V-246 code 2: only unsupported digest types (RFC 8914 §4.3)", "[rules]") {
    SECTION("obeys: insecure, with the code") {
        const auto verdict = with_fault(FaultKind::ds_digest_unknown);
        CHECK(verdict.security == Security::insecure);
        CHECK(codes(verdict) == Codes{EdeCode::unsupported_ds_digest_type});
    }
    SECTION("breaks: ds-digest-mismatch, a supported digest that does not fit is code 9") {
        const auto verdict = with_fault(FaultKind::ds_digest_wrong);
        expect_bogus(verdict, "ds-digest-mismatch");
        CHECK_FALSE(has(verdict, EdeCode::unsupported_ds_digest_type));
    }
}

TEST_CASE("V-248 code 6: bogus; first only where no narrower code fits (RFC 8914 §4.7)", "[rules]") {
    SECTION("obeys: a signature that does not fit, a denial that does not cover") {
        CHECK(codes(with_fault(FaultKind::rrsig_wrong_octets, "www.sub.example.", RrType::A)) ==
              Codes{EdeCode::dnssec_bogus});
        Desk desk;
        const auto reply = desk.name_error({desk.nsec("v.example.", "w.example. A RRSIG NSEC")});
        CHECK(codes(desk.judge(ask("www.example.", RrType::A), reply)) == Codes{EdeCode::dnssec_bogus});
    }
    SECTION("breaks: rrsig-missing, rrsig-expired: a narrower code comes first") {
        CHECK(codes(with_fault(FaultKind::rrsig_missing, "www.sub.example.", RrType::A)).at(0) ==
              EdeCode::rrsigs_missing);
        CHECK(codes(with_fault(FaultKind::rrsig_expired, "www.sub.example.", RrType::A)).at(0) ==
              EdeCode::signature_expired);
    }
}

TEST_CASE("V-249 code 7: no signature is valid now, and some have expired (RFC 8914 §4.8)", "[rules]") {
    Desk desk;
    SECTION("obeys: expired") {
        CHECK(codes(signed_at(desk, -7200, -3600)).at(0) == EdeCode::signature_expired);
        const auto expired_and_forged = [&] {
            auto old = desk.zone().sign(rrset("www.example.", RrType::A, {"192.0.2.1"}), [](dns::Rrsig& r) {
                r.expiration = dns::SerialTime::of(dns::UnixTime{now.seconds - 3600});
            });
            auto forged = desk.sign("www.example.", RrType::A, {"192.0.2.1"}).signatures.front();
            forged.back() ^= 1;
            old.signatures.push_back(forged);
            return desk.judge(ask("www.example.", RrType::A), desk.answer({old}));
        }();
        CHECK(codes(expired_and_forged) == Codes{EdeCode::signature_expired, EdeCode::dnssec_bogus});
    }
    SECTION("breaks: rrsig-expires-before-inception has a code of its own, 25") {
        CHECK(codes(signed_at(desk, -3600, -7200)).at(0) == EdeCode::signature_expired_before_valid);
    }
    SECTION("breaks: a valid signature beside the expired one: no code at all") {
        auto set = desk.sign("www.example.", RrType::A, {"192.0.2.1"});
        set.signatures.insert(set.signatures.begin(), desk.zone().rrsig(set.set, [](dns::Rrsig& r) {
            r.expiration = dns::SerialTime::of(dns::UnixTime{now.seconds - 3600});
        }));
        const auto verdict = desk.judge(ask("www.example.", RrType::A), desk.answer({set}));
        expect_secure(verdict);
        CHECK(codes(verdict).empty());
    }
}

TEST_CASE("V-250 code 8: no signature is valid now, and some are not yet (RFC 8914 §4.9)", "[rules]") {
    Desk desk;
    SECTION("obeys: not yet") { CHECK(codes(signed_at(desk, 3600, 7200)).at(0) == EdeCode::signature_not_yet_valid); }
    SECTION("breaks: rrsig-expired, expired is another code") {
        CHECK_FALSE(has(signed_at(desk, -7200, -3600), EdeCode::signature_not_yet_valid));
    }
}

TEST_CASE("V-251 code 9: a DS exists, and no supported DNSKEY matches it (RFC 8914 §4.10)", "[rules]") {
    SECTION("obeys: no DNSKEY at all, another tag, another digest, another algorithm") {
        for (const FaultKind kind : {FaultKind::dnskey_missing, FaultKind::ds_key_tag_wrong, FaultKind::ds_digest_wrong,
                                     FaultKind::ds_algorithm_wrong})
            CHECK(codes(with_fault(kind)).at(0) == EdeCode::dnskey_missing);
    }
    SECTION("breaks: rrsig-no-matching-key, a key that signed data and is not published is code 6") {
        const auto verdict = with_fault(FaultKind::rrsig_wrong_key_tag, "www.sub.example.", RrType::A);
        expect_bogus(verdict, "rrsig-no-matching-key");
        CHECK(codes(verdict) == Codes{EdeCode::dnssec_bogus});
    }
}

TEST_CASE("V-252 code 10: an RRset that should be signed has no RRSIG (RFC 8914 §4.11)", "[rules]") {
    SECTION("obeys: data, keys, and a denial without any signature") {
        CHECK(codes(with_fault(FaultKind::rrsig_missing, "www.sub.example.", RrType::A)).at(0) ==
              EdeCode::rrsigs_missing);
        CHECK(codes(with_fault(FaultKind::dnskey_unsigned)).at(0) == EdeCode::rrsigs_missing);
        Desk desk;
        const auto nothing = desk.judge(ask("www.example.", RrType::A), desk.answer({}));
        CHECK(codes(nothing) == Codes{EdeCode::rrsigs_missing, EdeCode::nsec_missing});
        auto nsec = desk.nsec("www.example.", "x.example. TXT RRSIG NSEC");
        nsec.signatures.clear();
        const auto bare = desk.judge(ask("www.example.", RrType::A), desk.no_data({nsec}));
        CHECK(codes(bare).at(0) == EdeCode::rrsigs_missing);
    }
    SECTION("breaks: rrsig-bad-signature, there is one, but it is bad: code 6") {
        CHECK_FALSE(
            has(with_fault(FaultKind::rrsig_wrong_octets, "www.sub.example.", RrType::A), EdeCode::rrsigs_missing));
    }
}

TEST_CASE("V-253 code 11: a DNSKEY lacks the Zone Key bit (RFC 8914 §4.12)", "[rules]") {
    SECTION("obeys: flags 0") {
        CHECK(codes(with_fault(FaultKind::dnskey_flags_zero)).at(0) == EdeCode::no_zone_key_bit_set);
    }
    SECTION("breaks: dnskey-revoked, dnskey-bad-protocol: other faults of a key are code 9") {
        CHECK(codes(with_fault(FaultKind::dnskey_revoked)).at(0) == EdeCode::dnskey_missing);
        CHECK(codes(with_fault(FaultKind::dnskey_bad_protocol)).at(0) == EdeCode::dnskey_missing);
    }
}

TEST_CASE("V-254 code 12: data is missing and no NSEC or NSEC3 was given (RFC 8914 §4.13)", "[rules]") {
    Desk desk;
    const auto www = ask("www.example.", RrType::A);
    SECTION("obeys: a signed SOA alone") {
        CHECK(codes(desk.judge(www, desk.no_data({}))) == Codes{EdeCode::nsec_missing});
        CHECK(codes(desk.judge(www, desk.name_error({}))) == Codes{EdeCode::nsec_missing});
    }
    SECTION("breaks: nsec-does-not-cover, nsec-type-present: what was given does not prove it, code 6") {
        const auto elsewhere = desk.no_data({desk.nsec("a.example.", "b.example. A RRSIG NSEC")});
        CHECK(codes(desk.judge(www, elsewhere)) == Codes{EdeCode::dnssec_bogus});
        const auto present = desk.no_data({desk.nsec("www.example.", "x.example. A RRSIG NSEC")});
        CHECK(codes(desk.judge(www, present)) == Codes{EdeCode::dnssec_bogus});
    }
}

TEST_CASE("V-257 code 27: NSEC3 iterations are not supported (RFC 9276 §3.2, §6)", "[rules]") {
    Desk desk;
    const auto judge = [&](std::uint16_t iterations) {
        return desk.judge(ask("www.example.", RrType::TXT),
                          desk.no_data({desk.nsec3_match("www.example.", {RrType::A}, {iterations})}));
    };
    SECTION("obeys: above the limit, insecure, and 27 alone") {
        CHECK(judge(51).security == Security::insecure);
        CHECK(codes(judge(51)) == Codes{EdeCode::unsupported_nsec3_iterations});
    }
    SECTION("breaks: accepted as secure, no code") {
        expect_secure(judge(50), AnswerKind::no_data);
        CHECK(codes(judge(50)).empty());
    }
}
