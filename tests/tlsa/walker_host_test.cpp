#include "tests/tlsa/test_world.h"

using namespace test;

TEST_CASE("walker: an insecure domain with several hosts is walked to its end without a connection") {
    World world;
    world.add("example.", RrType::MX, {"20 b.example.", "10 a.example."}, Security::insecure);
    world.add("a.example.", RrType::A, {"192.0.2.1", "192.0.2.2"}, Security::insecure);
    world.add("b.example.", RrType::A, {"192.0.2.3"}, Security::insecure);
    world.run(plan(Mode::mandatory));
    CHECK(world.events == Words{"mx", "address", "decided", "next-address", "address", "decided", "next-mx", "mx",
                                "address", "decided"});
    CHECK(world.sessions.empty());
    CHECK(world.result.status == WalkStatus::insecure);
    CHECK(world.result.action == Action::dane_fail);
    CHECK(world.result.attempts.size() == 3);
    CHECK(world.result.events.front().mx == "a.example");
    CHECK_FALSE(world.result.attempts.front().reasons.empty());
}

TEST_CASE("walker: a failed lookup of one address family leaves the other, failures of both leave nothing (RFC 7672 "
          "§2.1.2)") {
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

    for (const auto& aaaa :
         {test::bogus(test::ask("mx.example.", RrType::AAAA)), test::no_data(test::ask("mx.example.", RrType::AAAA))}) {
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
    const std::map<AddressFamilies, Words> expected = {{AddressFamilies::ipv4_first, {"192.0.2.1", "2001:db8::1"}},
                                                       {AddressFamilies::ipv6_first, {"2001:db8::1", "192.0.2.1"}},
                                                       {AddressFamilies::ipv4_only, {"192.0.2.1"}},
                                                       {AddressFamilies::ipv6_only, {"2001:db8::1"}}};
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

TEST_CASE(
    "walker: a host name that is an alias: base domain, TLSA queries, SNI and names (RFC 7672 §2.2.2, §2.2.3, §8.1)") {
    struct Case {
        const char* about;
        Security whole, alias;
        const char* tlsa_at; // where records are
        const char* profile;
        Words tlsa_asked;
        const char* base; // "" where no DANE session comes about
    };
    const std::string expanded = "_25._tcp.host.example.net. TLSA", original = "_25._tcp.mx.example. TLSA";
    for (const auto& row : {
             Case{"both secure, records at the expanded name",
                  Security::secure,
                  Security::secure,
                  "_25._tcp.host.example.net.",
                  "cisco-esa",
                  {expanded},
                  "host.example.net."},
             Case{"both secure, records at the original name",
                  Security::secure,
                  Security::secure,
                  "_25._tcp.mx.example.",
                  "cisco-esa",
                  {expanded, original},
                  "mx.example."},
             Case{"insecure target, by RFC 7672",
                  Security::insecure,
                  Security::secure,
                  "_25._tcp.mx.example.",
                  "rfc7672",
                  {original},
                  "mx.example."},
             Case{"insecure target, by a table without a row for it",
                  Security::insecure,
                  Security::secure,
                  "_25._tcp.mx.example.",
                  "cisco-esa",
                  {},
                  ""},
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
    insecure.add("_25._tcp.mx.example.", RrType::TLSA, {good_tlsa}, Security::insecure,
                 {{"_dane.example.", Security::insecure}});
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
