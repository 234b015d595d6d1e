// The table of reasons against what is really said: every reason is emitted by some case below, and names its place.
#include <catch2/catch_test_macros.hpp>

#include <set>

#include "tests/validator/rules/rules.h"
#include "validator/crypto.h"

using namespace test;
using validator::NoAnswerCause;
using validator::Reason;
using validator::ReasonCode;
using zones::FaultKind;

namespace {

class Census {
  public:
    void add(const std::vector<Reason>& reasons) {
        for (const Reason& reason : reasons) {
            const std::string text = validator::to_text(reason, now);
            INFO(validator::info(reason.code).id << ": " << text);
            CHECK(text.find("(no tag)") == std::string::npos); // a sentence that speaks of a key has one
            CHECK(text.find("an unknown time") == std::string::npos);
            seen_.insert(reason.code);
        }
    }
    void add(const validator::Proof& proof) { add(proof.reasons); }
    void add(const validator::Verdict& verdict) { add(verdict.reasons); }
    void add(const validator::Denial& denial) { add(denial.reasons); }
    void add(const validator::CutOutcome& outcome) {
        if (const auto* broken = std::get_if<validator::BrokenCut>(&outcome)) add(broken->reasons);
        if (const auto* insecure = std::get_if<validator::InsecureCut>(&outcome)) add({insecure->why});
    }
    bool has(ReasonCode code) const { return seen_.contains(code); }
    std::size_t size() const { return seen_.size(); }

  private:
    std::set<ReasonCode> seen_;
};

const dns::RrSet address = rrset("www.example.", RrType::A, {"192.0.2.1"});

dns::SerialTime at(std::int64_t seconds) { return dns::SerialTime::of(dns::UnixTime{now.seconds + seconds}); }

void signatures(Census& census) {
    TestZone zone("example.");
    const auto with = [&](const TestZone::Mutation& before, const TestZone::Mutation& after = {}) {
        census.add(zone.prove(zone.sign(address, before, after)));
    };
    census.add(zone.prove({address, {}, 0}));
    census.add(zone.prove({address, {{1, 2, 3}}, 60}));
    with([](auto& r) { r.expiration = at(-1); });
    with([](auto& r) { r.inception = at(1); });
    with([](auto& r) { std::swap(r.inception, r.expiration); });
    with([](auto& r) { r.signer = name("other."); });
    with({}, [](auto& r) { r.labels = 3; });
    with([](auto& r) { r.labels = 0; });
    with([](auto& r) { ++r.key_tag; });
    with([](auto& r) { r.algorithm = dns::Algorithm::RSAMD5; });
    with({}, [](auto& r) { r.original_ttl = 60; });
    census.add(zone.prove(sign_octets(zone, {name("px.example."), RrType::PX, 3600, {{0, 10, 0}}})));
    census.add(zone.prove(zone.sign({name("x.example."), RrType::OPT, 0, {{}}})));
    dns::SignedRrSet many{address, {}, 3600};
    for (std::uint8_t i = 1; i < 60; ++i)
        many.signatures.push_back(zone.rrsig(address, {}, [&](auto& r) { r.signature[3] ^= i; }));
    census.add(zone.prove(many));                                  // failures
    for (auto& signature : many.signatures) signature[17] ^= 0xFF; // of no key
    census.add(zone.prove(many));
    zone.policy.limits.verifications = 0;
    with([](auto& r) { r.original_ttl = 3599; });
}

void keys(Census& census) {
    TestZone zone("example.");
    const auto ds = zones::make_ds(zone.apex, zone.key.dnskey(), dns::DigestType::SHA256);
    const auto other = zones::SigningKey::make(dns::Algorithm::ED25519, 257, 42, "other");
    const auto judge = [&](std::vector<dns::Ds> records, const zones::SigningKey& key) {
        zone.key = key;
        const validator::Vouchers vouchers{zone.apex, std::move(records), {}, false, validator::unlimited_life()};
        if (auto why = validator::insecure_by_algorithm(vouchers, zone.policy)) census.add({*why});
        const dns::RrSet set(zone.apex, RrType::DNSKEY, 3600, {key.dnskey().build(), other.dnskey().build()});
        census.add(validator::authenticate_keys(vouchers, zone.sign(set), zone.work()));
    };
    const auto good = zone.key;
    const auto with = [&](const std::function<void(dns::Ds&)>& change) {
        dns::Ds changed = ds;
        change(changed);
        judge({changed}, good);
    };
    with([](auto& d) { ++d.key_tag; });
    with([](auto& d) { d.digest[0] ^= 1; });
    with([](auto& d) { d.digest.pop_back(); });
    for (const int algorithm : {8, 100, 253})
        with([&](auto& d) { d.algorithm = static_cast<dns::Algorithm>(algorithm); });
    with([](auto& d) { d.digest_type = dns::DigestType::GOST94; });
    judge({zones::make_ds(zone.apex, other.dnskey(), dns::DigestType::SHA256)}, good);
    for (const auto& bad : {good.with_flags(1), good.with_protocol(2), good.with_flags(257 | 128)})
        judge({zones::make_ds(zone.apex, bad.dnskey(), dns::DigestType::SHA256)}, bad);
    auto late = std::vector<dns::Ds>(20, ds);
    for (auto& one : late) ++one.key_tag;
    judge(late, good);
    zone.policy.limits.same_tag_keys = 0;
    judge({ds}, good);
    zone.policy = default_policy();
    zone.policy.require_all_algorithms = true;
    auto two = ds;
    two.algorithm = dns::Algorithm::ECDSAP256SHA256;
    judge({ds, two}, good);

    TestZone malformed("example.");
    dns::Dnskey broken = other.dnskey();
    broken.public_key.push_back(0);
    malformed.authenticate({malformed.key.dnskey(), broken});
    census.add(malformed.prove(malformed.sign(address, {}, [&](auto& r) { r.key_tag = broken.key_tag(); })));
    census.add(validator::authenticate_keys(
        validator::Vouchers::of(validator::TrustAnchor{malformed.apex, {}, {other.dnskey()}}),
        malformed.sign({malformed.apex, RrType::DNSKEY, 3600, {malformed.key.dnskey().build()}}), malformed.work()));
}

void nsec_denials(Census& census) {
    TestZone zone("example.");
    const auto claim = [&](std::string_view owner, const std::string& rdata, RrType type = RrType::A) {
        const std::vector records{zone.proven(rrset(owner, RrType::NSEC, {rdata}))};
        const auto question = ask("b.example.", type);
        census.add(validator::prove_no_data(zone.apex, records, question, zone.work()));
        census.add(validator::prove_name_error(zone.apex, records, question, zone.work()));
    };
    claim("c.example.", "d.example. A");
    claim("b.example.", "d.example. A");
    claim("b.example.", "d.example. NS");
    claim("a.example.", "d.other. A");
    claim("a.example.", "d.example. A");
}

void nsec3_denials(Census& census) {
    TestZone zone("example.");
    const auto hash = [](std::string_view of) { return dns::base32hex(validator::nsec3_hash(name(of), {}, 0)); };
    // From a hash to the one behind it: covers nothing else.
    const auto record = [&](std::string_view of, const std::string& head, const std::string& types) {
        const std::string label = hash(of);
        return zone.proven(rrset(label + ".example.", RrType::NSEC3, {head + " " + label + " " + types}));
    };
    const std::string plain = "1 0 0 -";
    const auto question = ask("b.example.", RrType::A);
    const auto claim = [&](const std::vector<validator::ProvenRrSet>& records) {
        census.add(validator::prove_no_data(zone.apex, records, question, zone.work()));
        census.add(validator::prove_name_error(zone.apex, records, question, zone.work()));
    };
    claim({record("b.example.", plain, "A")});
    claim({record("example.", "2 0 0 -", "A")});
    claim({record("example.", plain, "SOA NS")}); // a single record covers every other hash
    const std::string low = "00000000000000000000000000000000", next = "00000000000000000000000000000001";
    claim({zone.proven(rrset(low + ".example.", RrType::NSEC3, {plain + " " + next + " A"}))});
    claim({zone.proven(rrset(low + ".sub.example.", RrType::NSEC3, {plain + " " + next + " A"}))});
    const std::string apex = hash("example.");
    claim({zone.proven(rrset(apex + ".example.", RrType::NSEC3, {plain + " " + apex.substr(0, 31) + "v A"}))});
    // The apex is there and b.example. is not, but of the wildcard nothing is said.
    auto below = validator::nsec3_hash(name("b.example."), {}, 0), above = below;
    --below.back(), ++above.back();
    const auto gap =
        rrset(dns::base32hex(below) + ".example.", RrType::NSEC3, {plain + " " + dns::base32hex(above) + " A"});
    claim({zone.proven(rrset(apex + ".example.", RrType::NSEC3, {plain + " " + apex.substr(0, 31) + "v SOA NS"})),
           zone.proven(gap)});
}

zones::Hierarchy tree_with(const std::vector<zones::Fault>& faults = {}, zones::Denial denial = zones::Denial::nsec) {
    return build({zone("example.",
                       "www A 192.0.2.1\nzzz TXT z\n*.wild TXT w\nloop CNAME pool\npool CNAME loop\nold DNAME new\n"
                       "www.new A 192.0.2.2\nalias CNAME www\n",
                       signing(denial)),
                  zone("sub.example.", "mail A 192.0.2.3\n", signing(denial)),
                  zone("plain.example.", "mail A 192.0.2.4\n", std::nullopt)},
                 faults, signing(denial));
}

const auto www = ask("www.example.", RrType::A);
const auto mail = ask("mail.sub.example.", RrType::A);

void delegations(Census& census) {
    for (const auto kind : {FaultKind::dnskey_missing, FaultKind::dnskey_unsigned, FaultKind::ds_digest_wrong})
        census.add(verdict_of(tree_with({fault(kind, "sub.example.")}), mail));
    const auto plain = ask("mail.plain.example.", RrType::A);
    const auto ds = ask("plain.example.", RrType::DS);
    for (const auto denial : {zones::Denial::nsec, zones::Denial::nsec3, zones::Denial::nsec3_opt_out}) {
        const auto tree = tree_with({}, denial);
        census.add(verdict_of(tree, plain));
        census.add(verdict_of(tree, ask("nothing.example.", RrType::A)));
        census.add(verdict_of(tree, plain, {{ds, [](dns::Message& m) { m.authority.clear(); }}}));
        census.add(verdict_of(tree, plain, {{ds, [](dns::Message& m) { m.authority.resize(2); }}}));
        census.add(verdict_of(
            tree, plain, {{ds, [](dns::Message& m) { m.answer = {record("plain.example.", RrType::CNAME, "a.")}; }}}));
        census.add(verdict_of(tree, ask("no.example.", RrType::A),
                              {{ask("no.example.", RrType::A), [](dns::Message& m) {
                                    for (const auto type : {RrType::NSEC, RrType::NSEC3}) {
                                        drop(m.authority, type);
                                        drop_signatures(m.authority, type);
                                    }
                                }}}));
        const auto bare = ask("www.example.", RrType::TXT);
        census.add(verdict_of(tree, bare, {{bare, [](dns::Message& m) { m.authority.clear(); }}}));
        auto policy = default_policy();
        policy.limits.nsec3_hash_blocks = 1;
        census.add(verdict_of(tree, ask("nothing.example.", RrType::A), {}, policy));
        policy = default_policy();
        policy.limits.denial_records = 1;
        census.add(verdict_of(tree, ask("nothing.example.", RrType::A), {}, policy));
    }
    const auto high = tree_with({fault(FaultKind::nsec3_iterations_high, "example.")}, zones::Denial::nsec3);
    census.add(verdict_of(high, ask("nothing.example.", RrType::A)));
    auto policy = default_policy();
    policy.seek_hidden_cuts = true;
    const auto tree = tree_with();
    census.add(verdict_of(tree, mail,
                          {{mail,
                            [&](dns::Message& m) {
                                drop(m.answer, RrType::RRSIG);
                                m.answer.push_back(signature_by(tree, "example.",
                                                                rrset("mail.sub.example.", RrType::A, {"192.0.2.3"})));
                            }}},
                          policy));
    policy = default_policy();
    policy.negative_anchors = {name("example.")};
    census.add(verdict_of(tree, www, {}, policy));
    census.add(drive(validator::Validation(www, {}, default_policy(), now), recursive(tree)).verdict);
}

void aliases(Census& census) {
    const auto tree = tree_with();
    census.add(verdict_of(tree, ask("loop.example.", RrType::A)));
    auto policy = default_policy();
    policy.limits.aliases = 0;
    census.add(verdict_of(tree, ask("alias.example.", RrType::A), {}, policy));
    const auto old = ask("www.old.example.", RrType::A);
    const Edit elsewhere = [](dns::Message& m) {
        drop(m.answer, RrType::CNAME);
        m.answer.push_back(record("www.old.example.", RrType::CNAME, "evil.example."));
    };
    census.add(verdict_of(tree, old, {{old, elsewhere}}));
    // A DNAME to so long a name that nothing below it can be rewritten, and a CNAME all the same.
    std::string longest = "example.";
    while (longest.size() < 230) longest = "0123456789abcdef." + longest;
    const auto below = ask("0123456789.old.example.", RrType::A);
    const auto far = rrset("old.example.", RrType::DNAME, {longest});
    census.add(verdict_of(tree, below, {{below, [&](dns::Message& m) {
                                             m = dns::Message();
                                             m.answer = far.records();
                                             m.answer.push_back(signature_by(tree, "example.", far));
                                             m.answer.push_back(
                                                 record("0123456789.old.example.", RrType::CNAME, "a.example."));
                                         }}}));
    const auto wild = ask("a.b.example.", RrType::A);
    const auto expanded = rrset("b.example.", RrType::DNAME, {"new.example."});
    const auto gap = rrset("alias.example.", RrType::NSEC, {"c.example. CNAME"});
    census.add(verdict_of(tree, wild, {{wild, [&](dns::Message& m) {
                                            m = dns::Message();
                                            m.answer = expanded.records();
                                            m.answer.push_back(signature_by(tree, "example.", expanded,
                                                                            [](auto& r) { r.labels = 1; }));
                                            m.authority = gap.records();
                                            m.authority.push_back(signature_by(tree, "example.", gap));
                                        }}}));
    const auto wildcard = ask("x.wild.example.", RrType::TXT);
    census.add(verdict_of(tree, wildcard, {{wildcard, [](dns::Message& m) { m.authority.clear(); }}}));
}

void failures(Census& census) {
    const auto tree = tree_with();
    const auto losing = [&](const dns::Question& lost, NoAnswerCause cause) {
        census.add(look_up(tree, mail, [&](const dns::Question& q) -> validator::Response {
                       if (q == lost) return validator::NoAnswer{cause, {{{"192.0.2.53"}, cause}}};
                       return recursive(tree)(q);
                   }).verdict);
    };
    for (const auto cause : {NoAnswerCause::timeout, NoAnswerCause::servfail, NoAnswerCause::refused,
                             NoAnswerCause::malformed, NoAnswerCause::mismatch, NoAnswerCause::not_recorded})
        losing(mail, cause);
    losing(ask("sub.example.", RrType::DNSKEY), NoAnswerCause::timeout);
    census.add(verdict_of(tree, mail, {{mail, [](dns::Message& m) { m.rcode = dns::Rcode::NOTIMP; }}}));
    auto policy = default_policy();
    policy.limits.questions = 2;
    census.add(verdict_of(tree, mail, {}, policy));
    census.add(look_up(tree, mail, recursive(tree, zones::Recursion::strips_rrsig)).verdict);
    census.add(look_up(tree, mail, recursive(tree), default_policy(), nullptr, dns::UnixTime{now.seconds + 86400 * 400})
                   .verdict);
}

} // namespace

TEST_CASE("reasons: every one of the table is really emitted, and with its place") {
    Census census;
    signatures(census);
    keys(census);
    nsec_denials(census);
    nsec3_denials(census);
    delegations(census);
    aliases(census);
    failures(census);
    for (const auto& row : validator::all_reasons()) {
        if (row.code == ReasonCode::failure_remembered) continue; // the stub's: tests/resolver/rules_test.cpp, V-129
        INFO(row.id);
        CHECK(census.has(row.code));
    }
    CHECK(census.size() >= 60);
}
