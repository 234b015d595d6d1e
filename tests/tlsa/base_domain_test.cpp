#include "tlsa/base_domain.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "tests/tlsa/test_lookup.h"

using validator::Security;

namespace {

std::vector<std::string> candidates(const validator::Lookup& lookup) {
    std::vector<std::string> out;
    for (const auto& name : tlsa::candidate_base_domains(lookup)) out.push_back(name.to_text());
    return out;
}
using Names = std::vector<std::string>;

} // namespace

TEST_CASE("base domain: without an alias it is the host, if its address is secure (RFC 7672 §2.2.2)") {
    const auto question = test::ask("mx.example.", dns::RrType::A);
    CHECK(candidates(test::found(question, {"192.0.2.1"})) == Names{"mx.example."});
    CHECK(candidates(test::found(question, {"192.0.2.1"}, Security::insecure)).empty());
    CHECK(candidates(test::bogus(question)).empty());
    CHECK(candidates(test::unanswered(question)).empty());
}

TEST_CASE("base domain: one alias and its target, each secure, insecure or bogus (RFC 7672 §2.2.2, §2.2.3)") {
    struct Case {
        Security alias, target;
        Names expected;
    };
    const auto question = test::ask("mx.example.", dns::RrType::A);
    for (const auto& row : {
             Case{Security::secure, Security::secure, {"host.example.net.", "mx.example."}},
             Case{Security::secure, Security::insecure, {"mx.example."}},
             Case{Security::secure, Security::bogus, {}},
             Case{Security::insecure, Security::secure, {}},
             Case{Security::insecure, Security::insecure, {}},
             Case{Security::insecure, Security::bogus, {}},
             Case{Security::bogus, Security::secure, {}},
             Case{Security::bogus, Security::insecure, {}},
             Case{Security::bogus, Security::bogus, {}},
         }) {
        DYNAMIC_SECTION("alias " << validator::to_text(row.alias) << ", target " << validator::to_text(row.target)) {
            // The weakest link is the whole lookup's (RFC 7672 §2.1.3).
            const bool any_bogus = row.alias == Security::bogus || row.target == Security::bogus;
            const bool both_secure = row.alias == Security::secure && row.target == Security::secure;
            const Security whole = any_bogus ? Security::bogus : both_secure ? Security::secure : Security::insecure;
            CHECK(candidates(test::found(question, {"192.0.2.1"}, whole, {{"host.example.net.", row.alias}})) ==
                  row.expected);
        }
    }
}

TEST_CASE("base domain: names in the middle of an alias chain never count (RFC 7672 §2.2.3)") {
    const auto question = test::ask("mx.example.", dns::RrType::A);
    CHECK(candidates(test::found(question, {"192.0.2.1"}, Security::secure, {{"middle.example."}, {"end.example."}})) ==
          Names{"end.example.", "mx.example."});
    CHECK(candidates(test::found(question, {"192.0.2.1"}, Security::insecure,
                                 {{"middle.example."}, {"end.example.", Security::insecure}})) == Names{"mx.example."});
    CHECK(candidates(test::found(question, {"192.0.2.1"}, Security::insecure,
                                 {{"middle.example.", Security::insecure}, {"end.example."}}))
              .empty());
}
