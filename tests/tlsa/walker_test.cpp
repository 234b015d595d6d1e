#include "tlsa/walker.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/tlsa/test_chain.h"
#include "tests/tlsa/test_lookup.h"
#include "tests/tlsa/test_tables.h"

using namespace tlsa;
using dns::RrType;
using validator::Security;
using Words = std::vector<std::string>;

namespace {

const std::string good_tlsa = "3 1 1 " + std::string(64, 'a');

std::string word(EventKind kind) {
    static const std::map<EventKind, std::string> words = {
        {EventKind::mx_found, "mx"}, {EventKind::mx_bogus, "mx-bogus"}, {EventKind::mx_lookup_failed, "mx-failed"},
        {EventKind::mx_none_implicit, "mx-implicit"}, {EventKind::mx_null, "mx-null"},
        {EventKind::domain_does_not_exist, "no-domain"}, {EventKind::address_found, "address"},
        {EventKind::address_bogus, "address-bogus"}, {EventKind::address_lookup_failed, "address-failed"},
        {EventKind::address_none, "address-none"}, {EventKind::next_address, "next-address"}, {EventKind::next_mx, "next-mx"},
        {EventKind::connecting, "connecting"}, {EventKind::connected, "connected"}, {EventKind::connect_failed, "connect-failed"},
        {EventKind::tlsa_found, "tlsa"}, {EventKind::tlsa_none, "tlsa-none"}, {EventKind::tlsa_insecure, "tlsa-insecure"},
        {EventKind::tlsa_bogus, "tlsa-bogus"}, {EventKind::tlsa_lookup_failed, "tlsa-failed"},
        {EventKind::tlsa_unusable, "tlsa-unusable"}, {EventKind::tls_checking, "tls-checking"},
        {EventKind::tls_established, "tls"}, {EventKind::tls_failed, "tls-failed"},
        {EventKind::certificate_verified, "verified"}, {EventKind::certificate_failed, "not-verified"},
        {EventKind::tls_succeeded, "tls-succeeded"}, {EventKind::delivered, "delivered"}, {EventKind::smtp_failed, "smtp-failed"},
        {EventKind::decided, "decided"},
    };
    return words.at(kind);
}

SmtpOutcome with_tls(AuthenticationResult result) {
    SmtpOutcome outcome;
    outcome.tls = TlsSummary{"TLSv1.3", "TLS_AES_256_GCM_SHA384", {}};
    outcome.authentication = Authentication{};
    outcome.authentication->result = result;
    outcome.step = SmtpStep::quit;
    if (result != AuthenticationResult::match) {
        outcome.failure = SmtpFailure::certificate_no_match;
        outcome.step = SmtpStep::authentication;
        outcome.authentication->reasons = {"certificate-no-match: no TLSA record matches"};
    }
    return outcome;
}
SmtpOutcome failing(SmtpFailure failure, SmtpStep step) {
    SmtpOutcome outcome;
    outcome.failure = failure;
    outcome.step = step;
    return outcome;
}
// A good server: authenticates where asked to, delivers where allowed.
SmtpOutcome good_server(const WantSession& want) {
    SmtpOutcome outcome = with_tls(AuthenticationResult::match);
    if (want.plan.tls != TlsPolicy::dane) outcome.authentication.reset();
    outcome.delivered = want.plan.envelope && (want.plan.tls != TlsPolicy::dane || want.plan.deliver_when_authenticated);
    outcome.delivered_in_tls = outcome.delivered;
    return outcome;
}

// A small Internet of lookups; what is not there is securely absent.
struct World {
    std::map<std::string, validator::Lookup> lookups;
    std::function<SmtpOutcome(const WantSession&)> server = good_server;
    // what happened
    Words asked, events;
    std::vector<WantSession> sessions;
    WalkResult result;

    void add(const validator::Lookup& lookup) { lookups[lookup.question.to_text()] = lookup; }
    void add(const std::string& name, RrType type, const std::vector<std::string>& rdata, Security security = Security::secure,
             const std::vector<test::Hop>& aliases = {}) {
        add(test::found(test::ask(name, type), rdata, security, aliases));
    }
    void run(WalkPlan plan) {
        Walk walk(std::move(plan));
        for (int steps = 0; steps < 200; ++steps) {
            auto step = walk.advance();
            for (const auto& event : walk.take_events()) events.push_back(word(event.kind));
            if (auto* done = std::get_if<WalkResult>(&step)) {
                result = *done;
                return;
            }
            if (auto* want = std::get_if<WantLookups>(&step)) {
                REQUIRE_FALSE(want->questions.empty());
                for (const auto& question : want->questions) {
                    asked.push_back(question.to_text());
                    const auto known = lookups.find(question.to_text());
                    walk.supply(known == lookups.end() ? test::no_data(question) : known->second);
                }
            } else {
                sessions.push_back(std::get<WantSession>(step));
                const auto outcome = server(sessions.back());
                walk.supply(outcome, outcome.step == SmtpStep::connect ? "" : "192.0.2.99");
            }
        }
        FAIL("the walk does not end");
    }
    bool was_asked(const std::string& question) const { return std::ranges::find(asked, question) != asked.end(); }
};

WalkPlan plan(Mode mode, bool with_mail = false, const char* profile = "cisco-esa") {
    WalkPlan out;
    out.domain = dns::Name::literal("example.");
    out.table = test::load_table(profile, mode);
    out.now = test::now;
    if (with_mail) out.envelope = Envelope{"a@example.net", "b@example", "Subject: test\r\n\r\nhello\r\n"};
    return out;
}

// example. with one host at one address and a good TLSA record.
World one_host() {
    World world;
    world.add("example.", RrType::MX, {"10 mx.example."});
    world.add("mx.example.", RrType::A, {"192.0.2.1"});
    world.add("_25._tcp.mx.example.", RrType::TLSA, {good_tlsa});
    return world;
}

unsigned row_of(const WalkResult& result) {
    REQUIRE_FALSE(result.attempts.empty());
    const auto& decision = result.attempts.back().decision;
    REQUIRE(decision);
    return decision->row == nullptr ? 0 : decision->row->number;
}

validator::Lookup with_state(const std::string& state, const std::string& name, RrType type, const std::string& rdata) {
    const auto question = test::ask(name, type);
    if (state == "bogus") return test::bogus(question);
    if (state == "nxdomain") return test::name_error(question);
    return test::found(question, {rdata}, state == "secure" ? Security::secure : Security::insecure);
}

}  // namespace

TEST_CASE("walker: every row of both tables, its queries, its connections, its mail") {
    for (const Mode mode : {Mode::mandatory, Mode::opportunistic}) {
        const auto table = test::load_table("cisco-esa", mode);
        for (const Row& row : table.rows) {
            DYNAMIC_SECTION(to_text(mode) << " row " << row.number) {
                World world = one_host();
                const auto text = [](const std::optional<State>& state) { return std::string(state ? to_text(*state) : "secure"); };
                world.add(with_state(text(row.states.mx), "example.", RrType::MX, "10 mx.example."));
                world.add(with_state(text(row.states.a), "mx.example.", RrType::A, "192.0.2.1"));
                world.add(with_state(text(row.states.tlsa), "_25._tcp.mx.example.", RrType::TLSA, good_tlsa));
                if (row.states.certificate == CertificateState::failed)
                    world.server = [](const WantSession& want) {
                        return want.plan.tls == TlsPolicy::dane ? with_tls(AuthenticationResult::no_match) : good_server(want);
                    };
                world.run(plan(mode, true));
                CHECK(row_of(world.result) == row.number);
                CHECK(world.result.attempts.back().states == row.states);
                CHECK(world.result.action == row.action);
                CHECK(world.result.delivered == (row.action != Action::dane_fail));
                CHECK(world.result.authenticated == (row.action == Action::dane_success));
                CHECK(world.was_asked("_25._tcp.mx.example. TLSA") == row.states.tlsa.has_value());
                const bool connects = row.states.certificate.has_value() || row.action == Action::opportunistic_tls;
                CHECK(world.sessions.empty() != connects);
                if (row.states.certificate) {
                    CHECK(world.sessions.front().plan.tls == TlsPolicy::dane);
                    CHECK(world.sessions.front().plan.deliver_when_authenticated == (row.states.mx == State::secure));
                } else if (connects) {
                    CHECK(world.sessions.front().plan.tls == TlsPolicy::opportunistic);
                }
            }
        }
    }
}

TEST_CASE("walker: the events of a success, in the transcript's order") {
    World world = one_host();
    world.run(plan(Mode::mandatory));
    CHECK(world.events == Words{"mx", "address", "connecting", "connected", "tlsa", "tls-checking", "tls", "verified",
                                "tls-succeeded", "decided"});
    CHECK(world.result.status == WalkStatus::dane_success);
    CHECK(world.asked == Words{"example. MX", "mx.example. A", "mx.example. AAAA", "_25._tcp.mx.example. TLSA"});
    REQUIRE(world.sessions.size() == 1);
    const auto& session = world.sessions.front();
    CHECK(session.address == "192.0.2.1");
    CHECK(session.plan.server_name == dns::Name::literal("mx.example."));
    CHECK_FALSE(session.plan.envelope);
    CHECK(session.plan.authentication.reference_names ==
          std::vector<dns::Name>{dns::Name::literal("mx.example."), dns::Name::literal("example.")});
    CHECK(session.plan.authentication.records.size() == 1);
    CHECK(world.result.events.size() == world.events.size());
}

TEST_CASE("walker: an insecure domain with several hosts is walked to its end without a connection") {
    World world;
    world.add("example.", RrType::MX, {"20 b.example.", "10 a.example."}, Security::insecure);
    world.add("a.example.", RrType::A, {"192.0.2.1", "192.0.2.2"}, Security::insecure);
    world.add("b.example.", RrType::A, {"192.0.2.3"}, Security::insecure);
    world.run(plan(Mode::mandatory));
    CHECK(world.events == Words{"mx", "address", "decided", "next-address", "address", "decided", "next-mx", "mx", "address", "decided"});
    CHECK(world.sessions.empty());
    CHECK(world.result.status == WalkStatus::insecure);
    CHECK(world.result.action == Action::dane_fail);
    CHECK(world.result.attempts.size() == 3);
    CHECK(world.result.events.front().mx == "a.example");
    CHECK_FALSE(world.result.attempts.front().reasons.empty());
}

TEST_CASE("walker: MX lookups that say that there is nothing to walk (RFC 5321 §5.1, RFC 7505 §3, RFC 7672 §2.1.2)") {
    struct Case {
        const char* about;
        validator::Lookup mx;
        Words events;
        WalkStatus status;
    };
    const auto question = test::ask("example.", RrType::MX);
    for (const auto& row : {
             Case{"bogus", test::bogus(question), {"mx-bogus", "decided"}, WalkStatus::bogus},
             Case{"no answer", test::unanswered(question), {"mx-failed", "decided"}, WalkStatus::could_not_tell},
             Case{"no such domain", test::name_error(question), {"no-domain"}, WalkStatus::takes_no_mail},
             Case{"null MX", test::found(question, {"0 ."}), {"mx-null"}, WalkStatus::takes_no_mail},
             Case{"the root twice", test::found(question, {"0 .", "1 ."}), {}, WalkStatus::cannot_connect},
         }) {
        DYNAMIC_SECTION(row.about) {
            World world = one_host();
            world.add(row.mx);
            world.add("example.", RrType::A, {"192.0.2.7"});
            world.run(plan(Mode::opportunistic, true));
            CHECK(world.events == row.events);
            CHECK(world.result.status == row.status);
            CHECK(world.asked == Words{"example. MX"});
            CHECK(world.sessions.empty());
        }
    }
}

TEST_CASE("walker: without MX records the domain is its own host, even if the denial is insecure (RFC 5321 §5.1, RFC 7672 §2.2.2)") {
    for (const auto denial : {Security::secure, Security::insecure}) {
        DYNAMIC_SECTION("denial " << validator::to_text(denial)) {
            World world;
            world.add(test::no_data(test::ask("example.", RrType::MX), denial));
            world.add("example.", RrType::A, {"192.0.2.1"});
            world.add("_25._tcp.example.", RrType::TLSA, {good_tlsa});
            world.run(plan(Mode::mandatory, true));
            CHECK(world.events.front() == "mx-implicit");
            CHECK(world.result.status == WalkStatus::dane_success);
            CHECK(world.result.delivered);
            CHECK(row_of(world.result) == 1);
        }
    }
    World world;
    world.add(test::no_data(test::ask("example.", RrType::MX), Security::insecure));
    world.add("example.", RrType::A, {"192.0.2.1"}, Security::insecure);
    world.run(plan(Mode::mandatory));
    CHECK(row_of(world.result) == 13);
}

TEST_CASE("walker: a next-hop domain that is an alias is followed, and both names are references (RFC 7672 §2.2.1, §3.2.2)") {
    World world = one_host();
    world.add("example.", RrType::MX, {"10 mx.example."}, Security::secure, {{"mail.example.net."}});
    world.run(plan(Mode::mandatory));
    REQUIRE(world.sessions.size() == 1);
    CHECK(world.sessions[0].plan.authentication.reference_names ==
          std::vector<dns::Name>{dns::Name::literal("mx.example."), dns::Name::literal("example."), dns::Name::literal("mail.example.net.")});
    World insecure = one_host();
    insecure.add("example.", RrType::MX, {"10 mx.example."}, Security::insecure);
    insecure.run(plan(Mode::mandatory));
    REQUIRE(insecure.sessions.size() == 1);
    CHECK(insecure.sessions[0].plan.authentication.reference_names == std::vector<dns::Name>{dns::Name::literal("mx.example.")});
}

TEST_CASE("walker: hosts by preference, equal ones as received or shuffled, each once (RFC 5321 §5.1)") {
    World world;
    world.add("example.", RrType::MX, {"20 c.example.", "10 b.example.", "10 a.example.", "30 b.example.", "5 ."});
    world.run(plan(Mode::mandatory));
    Words hosts;
    for (const auto& attempt : world.result.attempts) hosts.push_back(attempt.mx);
    CHECK(hosts == Words{"b.example", "a.example", "c.example"});
    CHECK(world.events == Words{"mx", "address-none", "next-mx", "mx", "address-none", "next-mx", "mx", "address-none"});
    bool other_order = false;
    for (std::uint64_t seed = 0; seed < 32; ++seed) {
        World shuffled;
        shuffled.lookups = world.lookups;
        auto with_seed = plan(Mode::mandatory);
        with_seed.shuffle_seed = seed;
        shuffled.run(with_seed);
        CHECK(shuffled.result.attempts.back().mx == "c.example");
        other_order = other_order || shuffled.result.attempts.front().mx == "a.example";
    }
    CHECK(other_order);
}

TEST_CASE("walker: the next address and the next host after a failure, none after a success (RFC 5321 §5.1, RFC 7672 §2.2)") {
    World world;
    world.add("example.", RrType::MX, {"10 a.example.", "20 b.example.", "30 c.example."});
    world.add("a.example.", RrType::A, {"192.0.2.1", "192.0.2.2"});
    world.add("a.example.", RrType::AAAA, {"2001:db8::1"});
    world.add("b.example.", RrType::A, {"192.0.2.3"});
    world.add("c.example.", RrType::A, {"192.0.2.4"});
    for (const char* host : {"a", "b", "c"}) world.add("_25._tcp." + std::string(host) + ".example.", RrType::TLSA, {good_tlsa});
    world.server = [](const WantSession& want) {
        if (want.address == "192.0.2.1") return failing(SmtpFailure::connection_refused, SmtpStep::connect);
        if (want.address == "192.0.2.2") return with_tls(AuthenticationResult::no_match);
        if (want.ipv6) return failing(SmtpFailure::starttls_not_offered, SmtpStep::ehlo);
        return good_server(want);
    };
    world.run(plan(Mode::mandatory, true));
    CHECK(world.events == Words{"mx", "address", "connecting", "connect-failed",
                                "next-address", "address", "connecting", "connected", "tlsa", "tls-checking", "tls", "not-verified", "decided",
                                "next-address", "address", "connecting", "connected", "tlsa", "tls-checking", "tls-failed", "decided",
                                "next-mx", "mx", "address", "connecting", "connected", "tlsa", "tls-checking", "tls", "verified", "tls-succeeded", "delivered", "decided"});
    CHECK(world.result.status == WalkStatus::dane_success);
    CHECK(world.result.delivered);
    REQUIRE(world.result.attempts.size() == 4);
    CHECK_FALSE(world.result.attempts[0].decision);
    CHECK(world.result.attempts[0].status == WalkStatus::cannot_connect);
    CHECK(world.result.attempts[1].status == WalkStatus::certificate_failed);
    CHECK(world.result.attempts[1].certificate_reasons.size() == 1);
    CHECK(world.result.attempts[2].status == WalkStatus::no_starttls);
    CHECK(world.result.attempts[2].states.certificate == CertificateState::failed);
    CHECK(world.sessions.size() == 4);
    // A TLSA RRset is asked for once, however many addresses the host has.
    CHECK(std::ranges::count(world.asked, std::string("_25._tcp.a.example. TLSA")) == 1);
}

TEST_CASE("walker: what a session that fails says of itself in the exit status") {
    struct Case {
        SmtpFailure failure;
        SmtpStep step;
        WalkStatus status;
    };
    for (const auto& row : {Case{SmtpFailure::connection_refused, SmtpStep::connect, WalkStatus::cannot_connect},
                            Case{SmtpFailure::connection_timeout, SmtpStep::connect, WalkStatus::cannot_connect},
                            Case{SmtpFailure::timeout, SmtpStep::banner, WalkStatus::cannot_connect},
                            Case{SmtpFailure::reply_refused, SmtpStep::banner, WalkStatus::cannot_connect},
                            Case{SmtpFailure::reply_refused, SmtpStep::ehlo, WalkStatus::no_starttls},
                            Case{SmtpFailure::starttls_not_offered, SmtpStep::ehlo, WalkStatus::no_starttls},
                            Case{SmtpFailure::starttls_refused, SmtpStep::starttls, WalkStatus::no_starttls},
                            Case{SmtpFailure::injection_after_starttls, SmtpStep::starttls, WalkStatus::tls_failed},
                            Case{SmtpFailure::tls_failed, SmtpStep::handshake, WalkStatus::tls_failed},
                            Case{SmtpFailure::timeout, SmtpStep::handshake, WalkStatus::tls_failed}}) {
        DYNAMIC_SECTION(id(row.failure) << " at " << to_text(row.step)) {
            World world = one_host();
            world.server = [&row](const WantSession&) { return failing(row.failure, row.step); };
            world.run(plan(Mode::mandatory, true));
            CHECK(world.result.status == row.status);
            CHECK(world.result.action == Action::dane_fail);
            CHECK_FALSE(world.result.delivered);
            CHECK(world.sessions.size() == 1);
        }
    }
}

TEST_CASE("walker: a failed lookup of one address family leaves the other, failures of both leave nothing (RFC 7672 §2.1.2)") {
    World world = one_host();
    world.add(test::bogus(test::ask("mx.example.", RrType::AAAA)));
    world.run(plan(Mode::mandatory));
    CHECK(world.result.status == WalkStatus::dane_success);

    World reversed = one_host();
    reversed.add(test::bogus(test::ask("mx.example.", RrType::A)));
    reversed.add("mx.example.", RrType::AAAA, {"2001:db8::1"});
    reversed.run(plan(Mode::mandatory));
    CHECK(reversed.result.status == WalkStatus::dane_success);
    CHECK(reversed.events[1] == "address-bogus");

    for (const auto& aaaa : {test::bogus(test::ask("mx.example.", RrType::AAAA)), test::no_data(test::ask("mx.example.", RrType::AAAA))}) {
        World neither = one_host();
        neither.add(test::bogus(test::ask("mx.example.", RrType::A)));
        neither.add(aaaa);
        neither.run(plan(Mode::opportunistic, true));
        CHECK(neither.result.status == WalkStatus::bogus);
        CHECK(row_of(neither.result) == 7);
        CHECK(neither.sessions.empty());
    }

    World unanswered = one_host();
    unanswered.add(test::unanswered(test::ask("mx.example.", RrType::A)));
    unanswered.add(test::unanswered(test::ask("mx.example.", RrType::AAAA)));
    unanswered.run(plan(Mode::mandatory));
    CHECK(unanswered.result.status == WalkStatus::could_not_tell);
}

TEST_CASE("walker: A and AAAA of different security are each judged by their own RRset") {
    World world = one_host();
    world.add("mx.example.", RrType::A, {"192.0.2.1"}, Security::insecure);
    world.add("mx.example.", RrType::AAAA, {"2001:db8::1"});
    world.run(plan(Mode::mandatory));
    CHECK(world.result.status == WalkStatus::dane_success);
    REQUIRE(world.result.attempts.size() == 2);
    CHECK(world.result.attempts[0].states.a == State::insecure);
    CHECK(world.result.attempts[1].states.a == State::secure);
    CHECK(world.sessions.size() == 1);
}

TEST_CASE("walker: address families in the order that the plan says") {
    const std::map<AddressFamilies, Words> expected = {
        {AddressFamilies::ipv4_first, {"192.0.2.1", "2001:db8::1"}}, {AddressFamilies::ipv6_first, {"2001:db8::1", "192.0.2.1"}},
        {AddressFamilies::ipv4_only, {"192.0.2.1"}},                 {AddressFamilies::ipv6_only, {"2001:db8::1"}}};
    for (const auto& [families, addresses] : expected) {
        World world = one_host();
        world.add("mx.example.", RrType::AAAA, {"2001:db8::1"});
        world.server = [](const WantSession&) { return failing(SmtpFailure::connection_refused, SmtpStep::connect); };
        auto with_families = plan(Mode::mandatory);
        with_families.families = families;
        world.run(with_families);
        Words tried;
        for (const auto& session : world.sessions) tried.push_back(session.address);
        CHECK(tried == addresses);
    }
}

TEST_CASE("walker: TLSA lookup errors forbid any connection (RFC 7672 §2.1.2)") {
    for (const Mode mode : {Mode::mandatory, Mode::opportunistic}) {
        World world = one_host();
        world.add(test::unanswered(test::ask("_25._tcp.mx.example.", RrType::TLSA)));
        world.run(plan(mode, true));
        CHECK(world.sessions.empty());
        CHECK(world.result.status == WalkStatus::could_not_tell);
        CHECK(world.events == Words{"mx", "address", "tlsa-failed", "decided"});
    }
}

TEST_CASE("walker: insecurely absent TLSA records are insecure, securely absent ones are not there") {
    World world = one_host();
    world.add(test::no_data(test::ask("_25._tcp.mx.example.", RrType::TLSA), Security::insecure));
    world.run(plan(Mode::mandatory));
    CHECK(world.result.status == WalkStatus::tlsa_insecure);
    World absent = one_host();
    absent.add(test::no_data(test::ask("_25._tcp.mx.example.", RrType::TLSA)));
    absent.run(plan(Mode::mandatory));
    CHECK(absent.result.status == WalkStatus::no_tlsa);
    CHECK(row_of(absent.result) == 4);
}

TEST_CASE("walker: a secure RRset without a usable record demands TLS, or fails where DANE is mandatory (RFC 7672 §2.2)") {
    World world = one_host();
    world.add("_25._tcp.mx.example.", RrType::TLSA, {"0 0 1 " + std::string(64, 'b'), "3 1 1 abcd"});
    auto mandatory = world;
    world.run(plan(Mode::opportunistic, true));
    REQUIRE(world.sessions.size() == 1);
    CHECK(world.sessions[0].plan.tls == TlsPolicy::encrypt);
    CHECK(world.result.delivered);
    CHECK(world.result.action == Action::opportunistic_tls);
    CHECK(world.result.status == WalkStatus::tlsa_unusable);
    mandatory.run(plan(Mode::mandatory, true));
    CHECK(mandatory.sessions.empty());
    CHECK(mandatory.events == Words{"mx", "address", "tlsa-unusable", "decided"});
    CHECK(mandatory.result.status == WalkStatus::tlsa_unusable);
}

TEST_CASE("walker: falling back delivers over whatever TLS there is, and in clear after a failed handshake (RFC 7672 §2.2)") {
    World world = one_host();
    world.add(test::no_data(test::ask("_25._tcp.mx.example.", RrType::TLSA)));
    world.server = [](const WantSession& want) {
        if (want.plan.tls == TlsPolicy::opportunistic) return failing(SmtpFailure::tls_failed, SmtpStep::handshake);
        auto outcome = good_server(want);
        outcome.tls.reset();
        outcome.delivered_in_tls = false;
        return outcome;
    };
    world.run(plan(Mode::opportunistic, true));
    REQUIRE(world.sessions.size() == 2);
    CHECK(world.sessions[1].plan.tls == TlsPolicy::cleartext);
    CHECK(world.result.delivered);
    CHECK_FALSE(world.result.delivered_in_tls);

    // With a secure, unusable RRset clear text is forbidden.
    World encrypt = one_host();
    encrypt.add("_25._tcp.mx.example.", RrType::TLSA, {"0 0 1 " + std::string(64, 'b')});
    encrypt.server = [](const WantSession&) { return failing(SmtpFailure::tls_failed, SmtpStep::handshake); };
    encrypt.run(plan(Mode::opportunistic, true));
    CHECK(encrypt.sessions.size() == 1);
    CHECK_FALSE(encrypt.result.delivered);

    // Verifying delivers nothing, so it connects to nobody.
    World verify = one_host();
    verify.add(test::no_data(test::ask("_25._tcp.mx.example.", RrType::TLSA)));
    verify.run(plan(Mode::opportunistic));
    CHECK(verify.sessions.empty());
    CHECK(verify.result.action == Action::opportunistic_tls);
}

TEST_CASE("walker: after a host that fails DANE the next may be used without it (RFC 7672 §2.2.1)") {
    World world;
    world.add("example.", RrType::MX, {"10 a.example.", "20 b.example."});
    world.add("a.example.", RrType::A, {"192.0.2.1"});
    world.add("b.example.", RrType::A, {"192.0.2.2"});
    world.add("_25._tcp.a.example.", RrType::TLSA, {good_tlsa});
    world.server = [](const WantSession& want) {
        return want.plan.tls == TlsPolicy::dane ? with_tls(AuthenticationResult::no_match) : good_server(want);
    };
    world.run(plan(Mode::opportunistic, true));
    CHECK(world.result.action == Action::opportunistic_tls);
    CHECK(world.result.delivered);
    REQUIRE(world.sessions.size() == 2);
    CHECK(world.sessions[1].address == "192.0.2.2");
}

TEST_CASE("walker: a host name that is an alias: base domain, TLSA queries, SNI and names (RFC 7672 §2.2.2, §2.2.3, §8.1)") {
    struct Case {
        const char* about;
        Security whole, alias;
        const char* tlsa_at;  // where records are
        const char* profile;
        Words tlsa_asked;
        const char* base;     // "" where no DANE session comes about
    };
    const std::string expanded = "_25._tcp.host.example.net. TLSA", original = "_25._tcp.mx.example. TLSA";
    for (const auto& row : {
             Case{"both secure, records at the expanded name", Security::secure, Security::secure, "_25._tcp.host.example.net.", "cisco-esa", {expanded}, "host.example.net."},
             Case{"both secure, records at the original name", Security::secure, Security::secure, "_25._tcp.mx.example.", "cisco-esa", {expanded, original}, "mx.example."},
             Case{"insecure target, by RFC 7672", Security::insecure, Security::secure, "_25._tcp.mx.example.", "rfc7672", {original}, "mx.example."},
             Case{"insecure target, by a table without a row for it", Security::insecure, Security::secure, "_25._tcp.mx.example.", "cisco-esa", {}, ""},
             Case{"insecure alias", Security::insecure, Security::insecure, "_25._tcp.mx.example.", "rfc7672", {}, ""},
         }) {
        DYNAMIC_SECTION(row.about) {
            World world;
            world.add("example.", RrType::MX, {"10 mx.example."});
            world.add("mx.example.", RrType::A, {"192.0.2.1"}, row.whole, {{"host.example.net.", row.alias}});
            world.add(row.tlsa_at, RrType::TLSA, {good_tlsa});
            world.run(plan(Mode::mandatory, false, row.profile));
            Words tlsa_asked;
            for (const auto& question : world.asked)
                if (question.ends_with("TLSA")) tlsa_asked.push_back(question);
            CHECK(tlsa_asked == row.tlsa_asked);
            CHECK(world.sessions.empty() == (*row.base == '\0'));
            if (!world.sessions.empty()) {
                CHECK(world.sessions[0].plan.server_name == dns::Name::literal(row.base));
                CHECK(world.sessions[0].plan.authentication.reference_names.front() == dns::Name::literal(row.base));
            }
        }
    }
    // An error at the first candidate ends the search; the second is never asked (RFC 7672 §2.1.2).
    World world;
    world.add("example.", RrType::MX, {"10 mx.example."});
    world.add("mx.example.", RrType::A, {"192.0.2.1"}, Security::secure, {{"host.example.net."}});
    world.add(test::bogus(test::ask("_25._tcp.host.example.net.", RrType::TLSA)));
    world.add("_25._tcp.mx.example.", RrType::TLSA, {good_tlsa});
    world.run(plan(Mode::opportunistic, true));
    CHECK_FALSE(world.was_asked(original));
    CHECK(world.sessions.empty());
    CHECK(row_of(world.result) == 5);
}

TEST_CASE("walker: a TLSA RRset reached over an alias leaves the base domain alone (RFC 7672 §2.2.3)") {
    World world = one_host();
    world.add("_25._tcp.mx.example.", RrType::TLSA, {good_tlsa}, Security::secure, {{"_dane.example."}});
    world.run(plan(Mode::mandatory));
    REQUIRE(world.sessions.size() == 1);
    CHECK(world.sessions[0].plan.server_name == dns::Name::literal("mx.example."));
    World insecure = one_host();
    insecure.add("_25._tcp.mx.example.", RrType::TLSA, {good_tlsa}, Security::insecure, {{"_dane.example.", Security::insecure}});
    insecure.run(plan(Mode::mandatory));
    CHECK(insecure.result.status == WalkStatus::tlsa_insecure);
}

TEST_CASE("walker: another port has its own TLSA name (RFC 6698 §3)") {
    World world = one_host();
    world.add("_2525._tcp.mx.example.", RrType::TLSA, {good_tlsa});
    auto with_port = plan(Mode::mandatory);
    with_port.port = 2525;
    world.run(with_port);
    CHECK(world.was_asked("_2525._tcp.mx.example. TLSA"));
    REQUIRE(world.sessions.size() == 1);
    CHECK(world.sessions[0].port == 2525);
}

TEST_CASE("walker: a server that authenticates but refuses the message is not the end (RFC 5321 §5.1)") {
    World world = one_host();
    world.add("example.", RrType::MX, {"10 mx.example.", "20 b.example."});
    world.add("b.example.", RrType::A, {"192.0.2.2"});
    world.add("_25._tcp.b.example.", RrType::TLSA, {good_tlsa});
    world.server = [](const WantSession& want) {
        auto outcome = good_server(want);
        if (want.address == "192.0.2.1") {
            outcome.delivered = outcome.delivered_in_tls = false;
            outcome.failure = SmtpFailure::reply_refused;
            outcome.step = SmtpStep::rcpt;
        }
        return outcome;
    };
    world.run(plan(Mode::mandatory, true));
    CHECK(world.sessions.size() == 2);
    CHECK(world.result.delivered);
    CHECK(std::ranges::count(world.events, std::string("smtp-failed")) == 1);
}

TEST_CASE("walker: asks again for what it has not been given, and gives its result as often as it is asked") {
    Walk walk(plan(Mode::mandatory));
    for (int i = 0; i < 3; ++i) {
        const auto step = walk.advance();
        REQUIRE(std::holds_alternative<WantLookups>(step));
        CHECK(std::get<WantLookups>(step).questions == std::vector<dns::Question>{test::ask("example.", RrType::MX)});
    }
    walk.supply(test::bogus(test::ask("example.", RrType::MX)));
    for (int i = 0; i < 3; ++i) CHECK(std::holds_alternative<WalkResult>(walk.advance()));
    CHECK(walk.take_events().size() == 2);
    CHECK(walk.take_events().empty());
}
