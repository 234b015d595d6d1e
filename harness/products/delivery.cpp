// Every TLS support level with every DANE support level over the rows of the decision tables.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/composition.h"
#include "harness/products/products.h"
#include "harness/profile.h"
#include "harness/story.h"

namespace harness {

namespace {

using deliver::DaneSupport;
using deliver::TlsSupport;

constexpr std::array levels{TlsSupport::none,
                            TlsSupport::preferred,
                            TlsSupport::required,
                            TlsSupport::preferred_verify,
                            TlsSupport::required_verify,
                            TlsSupport::required_verify_hosted_domains};
constexpr const char* profile_name = "cisco-esa";

// Of each state a realization, another one for each level; blank cells look perfect.
Choice choice_for(const Realizations& all, const tlsa::Row& row, std::size_t level) {
    const auto of = [&](tlsa::Column column, const std::optional<tlsa::State>& state) {
        const auto& list = all.of(column, state ? tlsa::to_text(*state) : "secure");
        return &list[state ? level % list.size() : 0];
    };
    Choice choice;
    choice[tlsa::Column::mx] = of(tlsa::Column::mx, row.states.mx);
    choice[tlsa::Column::a] = of(tlsa::Column::a, row.states.a);
    choice[tlsa::Column::tlsa] = of(tlsa::Column::tlsa, row.states.tlsa);
    const auto& certificates = all.of(
        tlsa::Column::certificate, row.states.certificate ? tlsa::to_text(*row.states.certificate) : any_certificate);
    choice[tlsa::Column::certificate] = &certificates[row.states.certificate ? level % certificates.size() : 0];
    return choice;
}

// An authority that the client knows vouches for every server, for its host and the mail domain.
void vouch_for(Scenario& scenario, const std::string& domain) {
    for (auto& certificate : scenario.certificates) {
        certificate.plan.self_signed = false;
        certificate.plan.dns_names.push_back(domain);
    }
}

bool requires_authority(TlsSupport tls) {
    return tls == TlsSupport::required_verify || tls == TlsSupport::required_verify_hosted_domains;
}

// What the level says of a server with TLS, where DANE leaves it to the level.
StoryAttempt by_level(TlsSupport tls, bool vouched) {
    StoryAttempt attempt;
    attempt.outcome = tls == TlsSupport::none ? "cleartext" : "unauthenticated-tls";
    if (requires_authority(tls) && !vouched) {
        attempt.outcome = "deferred";
        attempt.why = "4.7.4 - certificate-untrusted";
    }
    return attempt;
}

StoryAttempt expected(tlsa::Action action, TlsSupport tls, bool vouched) {
    StoryAttempt attempt;
    switch (action) {
    case tlsa::Action::dane_success: attempt.outcome = "verified"; return attempt;
    case tlsa::Action::opportunistic_tls: return by_level(tls, vouched);
    case tlsa::Action::pkix_tls: // in no table
    case tlsa::Action::dane_fail: break;
    }
    attempt.outcome = "deferred";
    attempt.why = "4.7.5 - DANE FAILED";
    return attempt;
}

Scenario story_scenario(Scenario scenario, const std::string& id, TlsSupport tls, DaneSupport dane,
                        StoryAttempt attempt, bool vouched) {
    std::string domain = scenario.client->domain.to_text();
    domain.pop_back();
    if (vouched) vouch_for(scenario, domain);
    scenario.id = id;
    scenario.about = fmt::format("TLS {}, DANE {}. {}", deliver::to_text(tls), deliver::to_text(dane), scenario.about);
    scenario.rules.clear();
    if (attempt.outcome == "deferred") scenario.rules.emplace_back("D-142");
    scenario.table.reset();
    scenario.row = 0;
    scenario.expect = {};
    scenario.judged.clear();
    scenario.client.reset();
    auto story = std::make_shared<Story>();
    story->instances[""] = deliver::parse_config(
        fmt::format(R"({{"queue": "queue.db", "profile": "{}", "timeouts": {{"smtp_s": 10}}, "destination_controls":
                        [{{"domain": "default", "tls": "{}", "dane": "{}", "ip_preference": "ipv4-preferred"}}]}})",
                    profile_name, deliver::to_text(tls), deliver::to_text(dane)),
        id);
    StoryStep step;
    StoryMessage message;
    message.recipients = {"recipient@" + domain};
    step.send = {message};
    step.expect.active = attempt.outcome == "deferred" ? 1 : 0;
    step.expect.attempts = {std::move(attempt)};
    story->steps.push_back(std::move(step));
    scenario.story = std::move(story);
    return scenario;
}

} // namespace

std::vector<Scenario> delivery_product(zones::Seed seed) {
    const auto profile = load_profile(profile_name);
    const auto all = load_realizations();
    std::vector<Scenario> out;
    for (const auto mode : {tlsa::Mode::mandatory, tlsa::Mode::opportunistic}) {
        const auto dane = mode == tlsa::Mode::mandatory ? DaneSupport::mandatory : DaneSupport::opportunistic;
        for (const auto& row : profile.table(mode).rows)
            for (std::size_t i = 1; i < levels.size(); ++i) { // TLS none contradicts DANE
                auto scenario = compose(all, choice_for(all, row, i), row, mode, profile_name, seed);
                const auto id = fmt::format("delivery/product/{}/{}/{:02}", deliver::to_text(levels[i]),
                                            tlsa::to_text(mode), row.number);
                out.push_back(story_scenario(std::move(scenario), id, levels[i], dane,
                                             expected(row.action, levels[i], false), false));
            }
    }
    // Without DANE the DNS's security decides nothing: rows whose servers are there and do TLS.
    for (const auto& row : profile.table(tlsa::Mode::opportunistic).rows) {
        if (row.number != 1 && row.number != 8 && row.number != 14) continue;
        for (const auto level : levels)
            for (const bool vouched : {false, true}) {
                auto scenario =
                    compose(all, choice_for(all, row, 0), row, tlsa::Mode::opportunistic, profile_name, seed);
                const auto id = fmt::format("delivery/product/{}/none/{:02}-{}", deliver::to_text(level), row.number,
                                            vouched ? "vouched" : "unknown");
                out.push_back(story_scenario(std::move(scenario), id, level, DaneSupport::none,
                                             by_level(level, vouched), vouched));
            }
    }
    return out;
}

} // namespace harness
