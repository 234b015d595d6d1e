#include "harness/profile_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/states_json.h"

namespace harness {

namespace {

using tlsa::Action;
using tlsa::CertificateState;
using tlsa::Column;
using tlsa::Decision;
using tlsa::DecisionTable;
using tlsa::Mode;
using tlsa::State;
using tlsa::States;

std::optional<Column> wanted(const DecisionTable& table, const States& states) {
    const auto step = tlsa::decide(table, states);
    const auto* undecided = step ? std::get_if<tlsa::Undecided>(&*step) : nullptr;
    return undecided != nullptr ? std::optional(undecided->next) : std::nullopt;
}

Decision decision(const DecisionTable& table, const States& states) {
    const auto step = tlsa::decide(table, states);
    const auto* decided = step ? std::get_if<Decision>(&*step) : nullptr;
    return decided != nullptr ? *decided : Decision{Action::dane_fail, nullptr};
}

// Goes from left to right through the columns, as far as one of the two tables asks.
class Comparer {
  public:
    Comparer(ProfileComparison& out, const DecisionTable& ours, const DecisionTable& theirs)
        : out_(out)
        , ours_(ours)
        , theirs_(theirs) {}

    void visit(const States& states) {
        const auto ours = wanted(ours_, states), theirs = wanted(theirs_, states);
        if (!ours && !theirs) return judge(states);
        const Column next = ours && theirs ? std::min(*ours, *theirs) : ours.value_or(theirs.value_or(Column::mx));
        if (next == Column::certificate) {
            for (const auto state : {CertificateState::success, CertificateState::failed}) {
                States further = states;
                further.certificate = state;
                visit(further);
            }
            return;
        }
        for (const auto state : {State::secure, State::insecure, State::bogus, State::nxdomain, State::unusable}) {
            const bool of_tlsa = state == State::nxdomain || state == State::unusable;
            if (of_tlsa && next != Column::tlsa) continue;
            States further = states;
            (next == Column::mx ? further.mx : next == Column::a ? further.a : further.tlsa) = state;
            visit(further);
        }
    }

  private:
    void judge(const States& states) {
        ++out_.cells;
        const Decision ours = decision(ours_, states), theirs = decision(theirs_, states);
        if (ours.action == theirs.action) return;
        const auto [section, says] = rfc7672_saying(ours_.mode, states);
        out_.differences.push_back({ours_.mode, states, ours, theirs, section, says});
    }

    ProfileComparison& out_;
    const DecisionTable &ours_, &theirs_;
};

const DecisionTable& table_of(const Profile& profile, Mode mode) {
    return mode == Mode::mandatory ? profile.mandatory : profile.opportunistic;
}

// What our file has where the published table has nothing, and the section that it goes by.
ProfileSilence taken_as(Silence silence, const DecisionTable& table) {
    switch (silence) {
    case Silence::unusable:
        return {table.mode, "a secure TLSA RRset of which no record is usable",
                std::string(tlsa::to_text(table.unusable.value_or(Action::dane_fail))), "RFC 7672 §2.2"};
    case Silence::alias:
        return {table.mode, "an MX host that is a secure CNAME of an insecure name",
                table.secure_alias_counts ? "TLSA records of the alias are looked for" : "an insecure address",
                "RFC 7672 §2.2.2"};
    case Silence::servfail:
        return {table.mode, "SERVFAIL, or an answer that cannot be read", "bogus", "RFC 7672 §2.1.1, §2.1.2"};
    case Silence::timeout: return {table.mode, "no answer in time", "bogus", "RFC 7672 §2.1.1, §2.1.2"};
    }
    return {};
}

bool is_silent(const Profile& profile, Silence silence) {
    return std::find(profile.silent_on.begin(), profile.silent_on.end(), silence) != profile.silent_on.end();
}

std::string describe(const States& states) {
    std::string text = fmt::format("MX {}", states.mx ? tlsa::to_text(*states.mx) : "-");
    if (states.a) text += fmt::format(", address {}", tlsa::to_text(*states.a));
    if (states.tlsa) text += fmt::format(", TLSA {}", tlsa::to_text(*states.tlsa));
    if (states.certificate) text += fmt::format(", certificate {}", tlsa::to_text(*states.certificate));
    return text;
}

std::string describe(const Decision& decision, const Profile& profile) {
    const auto action = tlsa::to_text(decision.action);
    if (decision.row == nullptr && is_silent(profile, Silence::unusable))
        return fmt::format("{} (no row: the table is silent)", action);
    if (decision.row == nullptr) return fmt::format("{} (unusable records)", action);
    return fmt::format("{} (row {})", action, decision.row->number);
}

nlohmann::json json_of(const Decision& decision) {
    nlohmann::json out{{"action", tlsa::to_text(decision.action)}};
    if (decision.row != nullptr) out["row"] = decision.row->number;
    return out;
}

} // namespace

// The first that applies.
RfcSaying rfc7672_saying(Mode mode, const States& states) {
    const bool mandatory = mode == Mode::mandatory;
    if (states.mx == State::bogus) return {"RFC 7672 §2.1.2", "a failed MX lookup delays delivery"};
    if (states.a == State::bogus) return {"RFC 7672 §2.1.2", "a host whose addresses cannot be had is unreachable"};
    if (states.mx == State::insecure && mandatory)
        return {"RFC 7672 §2.2.1, §6", "an insecure MX RRset does not meet mandatory DANE: delivery is delayed"};
    if (states.mx == State::insecure)
        return {"RFC 7672 §2.2.1", "DANE need not apply; a client may elect it, and then all of it applies"};
    if (states.a == State::insecure && mandatory)
        return {"RFC 7672 §2.2.2, §6",
                "without a secure address DANE does not apply, which mandatory DANE does not accept"};
    if (states.a == State::insecure)
        return {"RFC 7672 §2.2.2", "without a secure address DANE does not apply: opportunistic TLS"};
    if (states.tlsa == State::bogus)
        return {"RFC 7672 §2.1.2, §2.2", "a failed TLSA lookup makes the host unreachable, clear text included"};
    if (states.tlsa == State::unusable && mandatory)
        return {"RFC 7672 §2.2, §6", "unusable records authenticate nobody: not enough where DANE is mandatory"};
    if (states.tlsa == State::unusable)
        return {"RFC 7672 §2.2", "secure but unusable records: TLS is mandatory, authentication is not done"};
    if ((states.tlsa == State::insecure || states.tlsa == State::nxdomain) && mandatory)
        return {"RFC 7672 §2.2, §6", "no secure TLSA records: not enough where DANE is mandatory"};
    if (states.tlsa == State::insecure || states.tlsa == State::nxdomain)
        return {"RFC 7672 §2.2", "no secure TLSA records: opportunistic TLS, clear text allowed"};
    if (states.certificate == CertificateState::failed)
        return {"RFC 7672 §2.2, §3.2", "usable records and no match: no delivery to this host"};
    return {"RFC 7672 §2.2", "usable records and a match: delivery"};
}

ProfileComparison compare(const Profile& ours, const Profile& theirs) {
    ProfileComparison out;
    for (const auto mode : {Mode::mandatory, Mode::opportunistic}) {
        const auto &mine = table_of(ours, mode), &other = table_of(theirs, mode);
        if (mine.rows.empty() || other.rows.empty()) continue;
        out.compared.push_back(mode);
        Comparer(out, mine, other).visit(States{});
    }
    return out;
}

std::vector<ProfileSilence> silences(const Profile& profile) {
    std::vector<ProfileSilence> out;
    for (const auto mode : {Mode::mandatory, Mode::opportunistic}) {
        const auto& table = table_of(profile, mode);
        if (table.rows.empty()) continue;
        for (const auto silence : profile.silent_on) out.push_back(taken_as(silence, table));
    }
    return out;
}

std::string comparison_text(const Profile& ours, const Profile& theirs) {
    const auto comparison = compare(ours, theirs);
    std::string out = fmt::format("{} against {}: {} of {} cells differ\n", ours.name, theirs.name,
                                  comparison.differences.size(), comparison.cells);
    for (const auto mode : {Mode::mandatory, Mode::opportunistic}) {
        if (std::find(comparison.compared.begin(), comparison.compared.end(), mode) == comparison.compared.end()) {
            out += fmt::format("\n{}: not compared, as one of the two has no such table\n", tlsa::to_text(mode));
            continue;
        }
        out += fmt::format("\n{}:\n", tlsa::to_text(mode));
        std::size_t differences = 0;
        for (const auto& difference : comparison.differences) {
            if (difference.mode != mode) continue;
            ++differences;
            out += fmt::format("  {}\n    {}: {}\n    {}: {}\n    {}: {}\n", describe(difference.states), ours.name,
                               describe(difference.ours, ours), theirs.name, describe(difference.theirs, theirs),
                               difference.section, difference.says);
        }
        if (differences == 0) out += "  no difference\n";
    }
    for (const auto* profile : {&ours, &theirs}) {
        if (profile->silent_on.empty()) continue;
        out += fmt::format("\nno row of {} says what follows from these; our file takes them as\n", profile->name);
        for (const auto& silence : silences(*profile))
            out += fmt::format("  {}: {}: {} ({})\n", tlsa::to_text(silence.mode), silence.about, silence.taken_as,
                               silence.section);
    }
    return out;
}

std::string comparison_json(const Profile& ours, const Profile& theirs) {
    const auto comparison = compare(ours, theirs);
    nlohmann::json out{{"profile", ours.name},
                       {"against", theirs.name},
                       {"cells", comparison.cells},
                       {"differences", nlohmann::json::array()},
                       {"silent", nlohmann::json::array()}};
    for (const auto& difference : comparison.differences)
        out["differences"].push_back({{"mode", tlsa::to_text(difference.mode)},
                                      {"states", states_json(difference.states)},
                                      {"profile", json_of(difference.ours)},
                                      {"against", json_of(difference.theirs)},
                                      {"section", difference.section},
                                      {"says", difference.says}});
    for (const auto* profile : {&ours, &theirs})
        for (const auto& silence : silences(*profile))
            out["silent"].push_back({{"profile", profile->name},
                                     {"mode", tlsa::to_text(silence.mode)},
                                     {"about", silence.about},
                                     {"taken_as", silence.taken_as},
                                     {"section", silence.section}});
    return out.dump(2) + "\n";
}

} // namespace harness
