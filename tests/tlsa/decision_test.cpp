#include "tlsa/decision.h"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tlsa/test_tables.h"

using namespace tlsa;

namespace {

struct Case {
    unsigned row;
    const char *mx, *a, *tlsa, *certificate, *action;
};

// The published tables (DANE for the Email Security Appliance), written down a second time.
const std::vector<Case> mandatory = {
    {1, "secure", "secure", "secure", "success", "dane-success"},
    {2, "secure", "secure", "secure", "failed", "dane-fail"},
    {3, "secure", "secure", "insecure", "", "dane-fail"},
    {4, "secure", "secure", "nxdomain", "", "dane-fail"},
    {5, "secure", "secure", "bogus", "", "dane-fail"},
    {6, "secure", "insecure", "", "", "dane-fail"},
    {7, "secure", "bogus", "", "", "dane-fail"},
    {8, "insecure", "secure", "secure", "success", "dane-fail"},
    {9, "insecure", "secure", "secure", "failed", "dane-fail"},
    {10, "insecure", "secure", "insecure", "", "dane-fail"},
    {11, "insecure", "secure", "nxdomain", "", "dane-fail"},
    {12, "insecure", "secure", "bogus", "", "dane-fail"},
    {13, "insecure", "insecure", "", "", "dane-fail"},
    {14, "insecure", "bogus", "", "", "dane-fail"},
    {15, "bogus", "", "", "", "dane-fail"},
};
const std::vector<Case> opportunistic = {
    {1, "secure", "secure", "secure", "success", "dane-success"},
    {2, "secure", "secure", "secure", "failed", "dane-fail"},
    {3, "secure", "secure", "insecure", "", "opportunistic-tls"},
    {4, "secure", "secure", "nxdomain", "", "opportunistic-tls"},
    {5, "secure", "secure", "bogus", "", "dane-fail"},
    {6, "secure", "insecure", "", "", "opportunistic-tls"},
    {7, "secure", "bogus", "", "", "dane-fail"},
    {8, "insecure", "secure", "secure", "", "opportunistic-tls"},
    {9, "insecure", "secure", "insecure", "", "opportunistic-tls"},
    {10, "insecure", "secure", "nxdomain", "", "opportunistic-tls"},
    {11, "insecure", "secure", "bogus", "", "dane-fail"},
    {12, "insecure", "insecure", "", "", "opportunistic-tls"},
    {13, "insecure", "bogus", "", "", "dane-fail"},
    {14, "bogus", "", "", "", "dane-fail"},
};

// Finds out column after column what the table asks for, as the walker does.
Decision find_out(const DecisionTable& table, const Case& row) {
    States states;
    for (int asked = 0; asked < 5; ++asked) {
        const auto step = decide(table, states);
        REQUIRE(step);
        if (const auto* decision = std::get_if<Decision>(&*step)) return *decision;
        switch (std::get<Undecided>(*step).next) {
        case Column::mx: states.mx = state_from_text(row.mx).value(); break;
        case Column::a: states.a = state_from_text(row.a).value(); break;
        case Column::tlsa: states.tlsa = state_from_text(row.tlsa).value(); break;
        case Column::certificate: states.certificate = certificate_state_from_text(row.certificate).value(); break;
        }
    }
    FAIL("the table asks for more than four columns");
    return {};
}

} // namespace

TEST_CASE("decision: every row of both published tables is reached by its states, and no column more is asked for") {
    for (const Mode mode : {Mode::mandatory, Mode::opportunistic}) {
        const DecisionTable table = test::load_table("cisco-esa", mode);
        const auto& rows = mode == Mode::mandatory ? mandatory : opportunistic;
        REQUIRE(table.rows.size() == rows.size());
        for (const auto& row : rows) {
            DYNAMIC_SECTION(to_text(mode) << " row " << row.row) {
                const Decision decision = find_out(table, row);
                REQUIRE(decision.row != nullptr);
                CHECK(decision.row->number == row.row);
                CHECK(to_text(decision.action) == row.action);
            }
        }
    }
}

TEST_CASE("decision: unusable records go by the table's own word where it has no row (RFC 7672 §2.2)") {
    States states{State::secure, State::secure, State::unusable, std::nullopt};
    auto table = test::load_table("cisco-esa", Mode::opportunistic);
    auto step = decide(table, states);
    REQUIRE(step);
    CHECK(std::get<Decision>(*step).action == Action::opportunistic_tls);
    CHECK(std::get<Decision>(*step).row == nullptr);
    table.unusable.reset();
    CHECK_FALSE(decide(table, states));
    table.rows.push_back(Row{16, states, Action::dane_fail});
    step = decide(table, states);
    REQUIRE(step);
    CHECK(std::get<Decision>(*step).row->number == 16);
}

TEST_CASE("decision: the shipped profiles have neither holes nor rows out of reach") {
    for (const char* profile : {"cisco-esa", "rfc7672", "postfix", "trend-micro-dane-only"})
        for (const Mode mode : {Mode::mandatory, Mode::opportunistic}) {
            const auto table = test::load_table(profile, mode);
            if (table.rows.empty()) continue; // the profile has no such table
            DYNAMIC_SECTION(profile << " " << to_text(mode)) {
                const TableFaults faults = check(table);
                CHECK(faults.holes.empty());
                CHECK(faults.unreachable.empty());
            }
        }
}

TEST_CASE("decision: check() finds a hole and a row out of reach") {
    auto table = test::load_table("cisco-esa", Mode::mandatory);
    table.rows.erase(table.rows.begin() + 4); // secure, secure, bogus
    table.rows.push_back(
        Row{99, States{State::bogus, State::secure, {}, {}}, Action::dane_fail}); // after "bogus" alone
    const TableFaults faults = check(table);
    REQUIRE(faults.holes.size() == 1);
    CHECK(faults.holes.front() == States{State::secure, State::secure, State::bogus, std::nullopt});
    CHECK(faults.unreachable == std::vector<unsigned>{99});
}

TEST_CASE("decision: words translate both ways, others do not") {
    for (const auto state : {State::secure, State::insecure, State::bogus, State::nxdomain, State::unusable})
        CHECK(state_from_text(to_text(state)) == state);
    for (const auto state : {CertificateState::success, CertificateState::failed})
        CHECK(certificate_state_from_text(to_text(state)) == state);
    for (const auto action : {Action::dane_success, Action::dane_fail, Action::opportunistic_tls, Action::pkix_tls})
        CHECK(action_from_text(to_text(action)) == action);
    for (const auto mode : {Mode::mandatory, Mode::opportunistic}) CHECK(mode_from_text(to_text(mode)) == mode);
    CHECK_FALSE(state_from_text("Secure"));
    CHECK_FALSE(certificate_state_from_text(""));
    CHECK_FALSE(action_from_text("deliver"));
    CHECK_FALSE(mode_from_text("none"));
}
