#include "harness/products/resolver_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace harness {

namespace {

constexpr std::array kinds{ResolverKind::good,         ResolverKind::strips_rrsig, ResolverKind::refuses_edns,
                           ResolverKind::passes_bogus, ResolverKind::down,         ResolverKind::silent};

bool answers(ResolverKind kind) { return kind != ResolverKind::down && kind != ResolverKind::silent; }
bool hides_dnssec(ResolverKind kind) {
    return kind == ResolverKind::strips_rrsig || kind == ResolverKind::refuses_edns;
}

// RFC 7672 §2.1.1: an insecure or missing answer is one thing, a failed lookup another; §2.2: what is secure is
// authenticated. Which of the two a client may choose depends on whether it can see that the domain is secure.
void judge_others(const ResolverRow& row, ResolverExpectation& expected) {
    if (row.bogus) {
        expected.others = {tlsa::Outcome::deferred};
        expected.because =
            "RFC 7672 §2.1.2: the MX records are bogus, whatever the resolver makes of them: the mail waits";
    } else if (row.resolvers.front() == ResolverKind::good) {
        expected.others = {tlsa::Outcome::verified};
        expected.because = "RFC 7672 §2.2: all is secure, and the first resolver says so: the server is authenticated";
    } else {
        expected.others = {tlsa::Outcome::verified, tlsa::Outcome::deferred};
        expected.because = "RFC 7672 §2.1.1: all is secure. A client that delivers unauthenticated here takes the word "
                           "of a resolver that "
                           "does not validate: DANE is silently off";
    }
}

} // namespace

std::string_view to_text(ResolverKind kind) {
    switch (kind) {
    case ResolverKind::good: return "good";
    case ResolverKind::strips_rrsig: return "strips-rrsig";
    case ResolverKind::refuses_edns: return "refuses-edns";
    case ResolverKind::passes_bogus: return "passes-bogus";
    case ResolverKind::down: return "down";
    case ResolverKind::silent: break;
    }
    return "silent";
}

std::string to_text(const ResolverRow& row) {
    std::string list;
    for (const auto kind : row.resolvers) list += (list.empty() ? "" : "-then-") + std::string(to_text(kind));
    return fmt::format("{}/{}/{}", tlsa::to_text(row.mode), row.bogus ? "bogus" : "healthy", list);
}

bool waits(const ResolverRow& row) {
    const auto stop = std::find_if(row.resolvers.begin(), row.resolvers.end(), answers);
    return std::find(row.resolvers.begin(), stop, ResolverKind::silent) != stop;
}

std::vector<ResolverRow> resolver_rows() {
    std::vector<std::vector<ResolverKind>> lists;
    for (const auto one : kinds) lists.push_back({one});
    for (const auto first : kinds)
        for (const auto second : kinds)
            if (first != second) lists.push_back({first, second});
    std::vector<ResolverRow> rows;
    for (const auto mode : {tlsa::Mode::opportunistic, tlsa::Mode::mandatory})
        for (const bool bogus : {false, true})
            for (const auto& list : lists) rows.push_back({list, bogus, mode});
    std::stable_partition(rows.begin(), rows.end(), [](const ResolverRow& row) { return !waits(row); });
    return rows;
}

// An unreachable resolver falls to the next; one that answers without DNSSEC data is not skipped. Neither mode of DANE
// changes that: bogus is bogus.
ResolverExpectation expected_of(const ResolverRow& row) {
    ResolverExpectation expected;
    judge_others(row, expected);
    expected.outcome = tlsa::Outcome::deferred;
    const auto first = std::find_if(row.resolvers.begin(), row.resolvers.end(), answers);
    if (first == row.resolvers.end()) {
        expected.status = tlsa::WalkStatus::could_not_tell;
        expected.reasons = {"no-answer"};
        return expected;
    }
    expected.decides = static_cast<std::size_t>(first - row.resolvers.begin());
    expected.status = tlsa::WalkStatus::bogus;
    if (hides_dnssec(*first)) {
        expected.at_fault = expected.decides;
        expected.reasons = {"resolver-strips-dnssec"};
        if (*first == ResolverKind::strips_rrsig) expected.reasons.insert(expected.reasons.begin(), "rrsig-missing");
    } else if (row.bogus) {
        expected.reasons = {"rrsig-expired"};
    } else {
        expected.status = tlsa::WalkStatus::dane_success;
        expected.outcome = tlsa::Outcome::verified;
    }
    return expected;
}

} // namespace harness
