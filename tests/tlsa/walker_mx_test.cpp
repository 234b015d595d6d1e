#include "tests/tlsa/test_world.h"

using namespace test;

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

TEST_CASE("walker: without MX records the domain is its own host, even if the denial is insecure (RFC 5321 §5.1, RFC "
          "7672 §2.2.2)") {
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

TEST_CASE(
    "walker: a next-hop domain that is an alias is followed, and both names are references (RFC 7672 §2.2.1, §3.2.2)") {
    World world = one_host();
    world.add("example.", RrType::MX, {"10 mx.example."}, Security::secure, {{"mail.example.net."}});
    world.run(plan(Mode::mandatory));
    REQUIRE(world.sessions.size() == 1);
    CHECK(world.sessions[0].plan.authentication.reference_names ==
          std::vector<dns::Name>{dns::Name::literal("mx.example."), dns::Name::literal("example."),
                                 dns::Name::literal("mail.example.net.")});
    World insecure = one_host();
    insecure.add("example.", RrType::MX, {"10 mx.example."}, Security::insecure);
    insecure.run(plan(Mode::mandatory));
    REQUIRE(insecure.sessions.size() == 1);
    CHECK(insecure.sessions[0].plan.authentication.reference_names ==
          std::vector<dns::Name>{dns::Name::literal("mx.example.")});
}

TEST_CASE("walker: hosts by preference, equal ones as received or shuffled, each once (RFC 5321 §5.1)") {
    World world;
    world.add("example.", RrType::MX, {"20 c.example.", "10 b.example.", "10 a.example.", "30 b.example.", "5 ."});
    world.run(plan(Mode::mandatory));
    Words hosts;
    for (const auto& attempt : world.result.attempts) hosts.push_back(attempt.mx);
    CHECK(hosts == Words{"b.example", "a.example", "c.example"});
    CHECK(world.events ==
          Words{"mx", "address-none", "next-mx", "mx", "address-none", "next-mx", "mx", "address-none"});
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
