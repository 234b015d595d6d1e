#include "harness/sut/cell.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace harness;
using Catch::Matchers::ContainsSubstring;
using tlsa::Outcome;

namespace {

SessionLog session_with(std::vector<std::string> recipients, bool in_tls) {
    SessionLog session;
    session.server = "192.0.2.25:25";
    session.tls = session.starttls = in_tls;
    if (!recipients.empty()) session.messages.push_back({"a@client.example", std::move(recipients), "x", in_tls});
    return session;
}

Sut probe() {
    Sut sut;
    sut.sends_mail = false;
    return sut;
}

// nullopt: "delivered".
ClaimRule rule_of(std::optional<Word> claim) {
    return {.patterns = {}, .without = {}, .exit = std::nullopt, .outcome = claim};
}

// One contradiction that holds the words; "": none.
std::optional<Outcome> check(const Sut& sut, std::optional<Word> claim, const Witnesses& witnesses,
                             const std::string& words) {
    std::vector<std::string> contradictions;
    const auto rule = rule_of(claim);
    const auto outcome = weigh(sut, &rule, witnesses, contradictions);
    if (words.empty()) {
        CHECK(contradictions.empty());
    } else {
        REQUIRE(contradictions.size() == 1);
        CHECK_THAT(contradictions.front(), ContainsSubstring(words));
    }
    return outcome;
}

} // namespace

TEST_CASE("cell: a probe that asked nothing and connected to nobody does not pass for a careful one") {
    Witnesses witnesses{.sessions = {}, .recipient = {}, .asks_itself = true};
    check(probe(), Outcome::deferred, witnesses, "asked no question and connected to no server");
    check(probe(), Outcome::bounced, witnesses, "asked no question");
    witnesses.asked = true;
    check(probe(), Outcome::deferred, witnesses, "");
    witnesses.asked = false;
    witnesses.sessions = {session_with({}, false)};
    check(probe(), Outcome::deferred, witnesses, "");
    // Where no resolver can be reached there is nothing to be seen of its questions.
    check(probe(), Outcome::deferred, Witnesses{.sessions = {}, .recipient = {}}, "");
}

TEST_CASE("cell: who authenticates by TLSA records has asked for them (RFC 7672 §2.2.3)") {
    Witnesses witnesses{.sessions = {session_with({}, true)}, .recipient = {}, .asked = true, .asks_itself = true};
    check(probe(), Outcome::verified, witnesses, "asked for no TLSA records");
    check(probe(), Outcome::verified_insecure_mx, witnesses, "asked for no TLSA records");
    check(probe(), Outcome::unauthenticated_tls, witnesses, "");
    witnesses.asked_tlsa = true;
    check(probe(), Outcome::verified, witnesses, "");
    witnesses.asked_tlsa = witnesses.asks_itself = false; // it was handed them
    check(probe(), Outcome::verified, witnesses, "");
    check(Sut{}, Outcome::verified,
          {.sessions = {session_with({"case1@a.example"}, true)}, .recipient = {}, .asks_itself = true},
          "asked for no TLSA records");
}

TEST_CASE("cell: a probe's words on TLS are held against the connections") {
    const Witnesses in_tls{.sessions = {session_with({}, true)}, .recipient = {}};
    const Witnesses in_clear{.sessions = {session_with({}, false)}, .recipient = {}};
    check(probe(), Outcome::cleartext, in_tls, "no server saw it without TLS");
    check(probe(), Outcome::cleartext, in_clear, "");
    check(probe(), Outcome::cleartext, {.sessions = {}, .recipient = {}}, "no server saw it without TLS");
    check(probe(), Outcome::verified, in_clear, "begin a handshake");
    check(probe(), Outcome::unauthenticated_tls, in_tls, "");
}

TEST_CASE("cell: a message of an earlier attempt does not count, one to whom the program likes does") {
    const auto weighed = [](std::vector<std::string> recipients) {
        std::vector<std::string> contradictions;
        const auto rule = rule_of(Outcome::cleartext);
        return weigh(Sut{}, &rule,
                     {.sessions = {session_with(std::move(recipients), false)}, .recipient = "case12@a.example"},
                     contradictions);
    };
    CHECK(weighed({"case12@a.example"}) == Outcome::cleartext);
    CHECK(weighed({"case11@a.example", "case12@a.example"}) == Outcome::cleartext);
    CHECK(weighed({"postmaster@a.example"}) == Outcome::cleartext);
    CHECK(weighed({"case11@a.example"}) == Outcome::deferred);
    CHECK(weighed({"case1@a.example"}) == Outcome::deferred);
}

TEST_CASE("cell: of a program that says no more than that it delivered, the servers tell the way") {
    const Witnesses in_tls{.sessions = {session_with({"a@b.example"}, true)}, .recipient = {}};
    const Witnesses in_clear{.sessions = {session_with({"a@b.example"}, false)}, .recipient = {}};
    CHECK(check(Sut{}, std::nullopt, in_tls, "") == Outcome::unauthenticated_tls);
    CHECK(check(Sut{}, std::nullopt, in_clear, "") == Outcome::cleartext);
    CHECK(check(Sut{}, std::nullopt, {.sessions = {}, .recipient = {}}, "says \"delivered\", but no server received") ==
          Outcome::deferred);
    CHECK(check(probe(), std::nullopt, {.sessions = {session_with({}, true)}, .recipient = {}}, "") ==
          Outcome::unauthenticated_tls);
    CHECK(check(probe(), std::nullopt, {.sessions = {session_with({}, false)}, .recipient = {}}, "") ==
          Outcome::cleartext);
}

TEST_CASE("cell: a session's line says whether the envelope went in clear") {
    auto session = session_with({}, false);
    session.commands = {"EHLO a", "MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>"};
    session.mail_from = {"a@b.example"};
    CHECK_THAT(session_line(session), ContainsSubstring("no TLS, MAIL in clear without an accepted message"));
    session.tls = true;
    session.commands = {"EHLO a", "STARTTLS", "TLS", "EHLO a", "mail from:<a@b.example>"};
    CHECK_THAT(session_line(session), ContainsSubstring("MAIL inside TLS without"));
    session.commands = {"EHLO a", "STARTTLS", "TLS", "QUIT"};
    session.mail_from.clear();
    CHECK_THAT(session_line(session), ContainsSubstring("no MAIL, open"));
}
