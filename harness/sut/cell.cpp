#include "harness/sut/cell.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <strings.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/states_json.h"
#include "harness/sut/pattern.h"

namespace harness {

namespace {

using nlohmann::json;
using tlsa::Outcome;

enum class Delivered { no, in_clear, in_tls };

Delivered delivered_in(const Witnesses& witnesses) {
    auto best = Delivered::no;
    for (const auto& session : witnesses.sessions)
        for (const auto& message : session.messages)
            if (!is_of_attempt(message, witnesses.recipient))
                continue;
            else if (!message.in_tls)
                return Delivered::in_clear;
            else
                best = Delivered::in_tls;
    return best;
}

// What a rule claims: a way of delivery or none, or merely that it is delivered.
struct Claim {
    explicit Claim(const ClaimRule* rule)
        : understood(rule != nullptr)
        , outcome(understood ? word_as<Outcome>(rule->outcome) : std::nullopt) {}
    bool understood;
    std::optional<Outcome> outcome;

    bool merely_delivered() const { return understood && !outcome; }
    bool delivers() const { return merely_delivered() || (outcome && tlsa::is_delivered(*outcome)); }
    bool by_dane() const { return outcome == Outcome::verified || outcome == Outcome::verified_insecure_mx; }
    std::string text() const {
        if (!understood) return "nothing that is understood";
        return fmt::format("\"{}\"", outcome ? tlsa::to_text(*outcome) : "delivered");
    }
};

std::optional<Outcome> weigh_delivery(const Claim& claim, Delivered delivered,
                                      std::vector<std::string>& contradictions) {
    const auto against = [&](std::string_view what) {
        contradictions.push_back(fmt::format("the program says {}, but {}", claim.text(), what));
    };
    switch (delivered) {
    case Delivered::no:
        if (claim.understood && !claim.delivers()) return claim.outcome;
        against("no server received the message");
        return Outcome::deferred;
    case Delivered::in_clear:
        if (!claim.merely_delivered() && claim.outcome != Outcome::cleartext)
            against("a server received the message in clear");
        return Outcome::cleartext;
    case Delivered::in_tls:
        if (claim.merely_delivered()) return Outcome::unauthenticated_tls;
        if (claim.delivers() && claim.outcome != Outcome::cleartext) return claim.outcome;
        against("a server received the message inside TLS");
        return Outcome::unauthenticated_tls;
    }
    return std::nullopt;
}

bool began_tls(const SessionLog& session) {
    // Some close once they have seen the certificate, before the handshake is through.
    return session.tls || session.starttls || !session.tls_failure.empty();
}

// What a program that only checks says, held against what it did.
std::optional<Outcome> weigh_probe(const Claim& claim, const Witnesses& witnesses,
                                   std::vector<std::string>& contradictions) {
    const auto& sessions = witnesses.sessions;
    const auto against = [&](std::string_view what) {
        contradictions.push_back(fmt::format("the program says {}, but {}", claim.text(), what));
    };
    if (delivered_in(witnesses) != Delivered::no)
        contradictions.emplace_back("a program that only checks has sent a message");
    if (!claim.understood) return std::nullopt;
    const bool tls = std::ranges::any_of(sessions, began_tls);
    const auto outcome =
        claim.merely_delivered() ? tls ? Outcome::unauthenticated_tls : Outcome::cleartext : *claim.outcome;
    if (claim.delivers() && outcome != Outcome::cleartext && !tls) against("no server saw one begin a handshake");
    if (outcome == Outcome::cleartext && std::ranges::all_of(sessions, &SessionLog::tls))
        against("no server saw it without TLS");
    // A program that could not even start must not pass for a careful one.
    const bool idle = sessions.empty() && !witnesses.asked;
    if (!claim.delivers() && idle && witnesses.asks_itself) against("asked no question and connected to no server");
    return outcome;
}

json words_json(const std::vector<Word>& words) {
    auto out = json::array();
    for (const auto& word : words) out.push_back(to_text(word));
    return out;
}

json answers_json(const std::vector<Answer>& answers) {
    auto out = json::array();
    for (const auto& answer : answers) {
        out.push_back({{"question", answer.question}, {"expected", validator::to_text(answer.expected)}});
        if (answer.said) out.back()["said"] = validator::to_text(*answer.said);
    }
    return out;
}

Word word_from(const json& value) {
    const auto word = word_from_text(value.get<std::string>());
    if (!word) throw ScenarioError("report: an outcome word is not known: " + value.get<std::string>());
    return *word;
}

// Of the kind that stands in this place.
template <class Kind>
Kind word_from(const json& value) {
    const auto word = word_as<Kind>(word_from(value));
    if (!word) throw ScenarioError("report: a word is in the wrong place: " + value.get<std::string>());
    return *word;
}

Answer answer_from(const json& in) {
    Answer answer{in.at("question"), std::nullopt, word_from<validator::Security>(in.at("expected"))};
    if (in.contains("said")) answer.said = word_from<validator::Security>(in["said"]);
    return answer;
}

// Whether the envelope went in clear, which names sender and recipient to everybody (RFC 7672 §2.2).
std::string mail_words(const SessionLog& session) {
    bool in_tls = false, seen_in_tls = false, seen_in_clear = false;
    for (const auto& command : session.commands) {
        if (command == "TLS") in_tls = true;
        if (command.size() < 4 || strncasecmp(command.c_str(), "MAIL", 4) != 0) continue;
        (in_tls ? seen_in_tls : seen_in_clear) = true;
    }
    if (seen_in_clear && seen_in_tls) return "MAIL in clear and inside TLS";
    return seen_in_clear ? "MAIL in clear" : seen_in_tls ? "MAIL inside TLS" : "no MAIL";
}

} // namespace

bool Cell::agrees() const {
    return skipped || (outcome && trouble.empty() && contradictions.empty() &&
                       std::find(allowed.begin(), allowed.end(), *outcome) != allowed.end());
}

std::string word_of(const Cell& cell) {
    if (cell.skipped) return "not asked";
    return cell.outcome && cell.trouble.empty() ? std::string(to_text(*cell.outcome)) : "trouble";
}

std::string words_of(const std::vector<Word>& words) {
    std::vector<std::string_view> texts;
    for (const auto& word : words) texts.push_back(to_text(word));
    return fmt::format("{}", fmt::join(texts, " or "));
}

std::string answer_line(const Answer& answer) {
    const auto said = answer.said ? validator::to_text(*answer.said) : "no verdict";
    return fmt::format("{}: {}{}", answer.question, said,
                       answer.agrees() ? "" : fmt::format(", expected {}", validator::to_text(answer.expected)));
}

bool is_of_attempt(const ReceivedMessage& message, const std::string& recipient) {
    if (recipient.empty()) return true;
    static const Pattern of_some_attempt(fmt::format("^{}[0-9]+@", attempt_mark));
    return std::ranges::find(message.recipients, recipient) != message.recipients.end() ||
           std::ranges::none_of(message.recipients,
                                [](const std::string& one) { return of_some_attempt.found_in(one); });
}

std::optional<Outcome> weigh(const Sut& sut, const ClaimRule* rule, const Witnesses& witnesses,
                             std::vector<std::string>& contradictions) {
    const Claim claim(rule);
    const auto outcome = sut.sends_mail ? weigh_delivery(claim, delivered_in(witnesses), contradictions)
                                        : weigh_probe(claim, witnesses, contradictions);
    if (claim.by_dane() && witnesses.asks_itself && !witnesses.asked_tlsa)
        contradictions.push_back(fmt::format("the program says {}, but asked for no TLSA records", claim.text()));
    return outcome;
}

std::string trouble_of(const Sut& sut, const ChildResult& child) {
    const bool named = std::ranges::any_of(sut.claims, [&](const auto& rule) { return rule.exit == child.status; });
    return named && !child.not_run && !child.timed_out ? "" : trouble_of(child, sut.deadline);
}

const ClaimRule* claim_of(const Sut& sut, const std::string& lines, int exit_status,
                          const std::map<std::string, std::string>& values) {
    const auto quoted = quoted_for_pattern(values);
    for (const auto& rule : sut.claims) {
        const auto found = [&](const std::string& pattern) {
            return Pattern(filled_in(pattern, quoted)).found_in(lines);
        };
        if ((!rule.exit || *rule.exit == exit_status) && std::ranges::all_of(rule.patterns, found) &&
            std::ranges::none_of(rule.without, found))
            return &rule;
    }
    return nullptr;
}

std::string session_line(const SessionLog& session) {
    std::string line = session.server;
    line += session.tls ? fmt::format(" {}, {}", session.tls_version,
                                      session.sni ? "SNI " + *session.sni : std::string("no SNI"))
                        : std::string(session.starttls ? " STARTTLS without a finished handshake" : " no TLS");
    if (!session.tls_failure.empty()) line += ", " + session.tls_failure;
    const bool messages = !session.messages.empty();
    line += ", " + mail_words(session);
    if (!messages && !session.mail_from.empty()) line += " without an accepted message";
    for (const auto& message : session.messages)
        line +=
            fmt::format(", message of {} octets {}", message.data.size(), message.in_tls ? "inside TLS" : "in clear");
    return line + fmt::format(", {}", to_text(session.end));
}

std::string cell_json(const Cell& cell) {
    json out{{"scenario", cell.scenario},
             {"about", cell.about},
             {"sut", cell.sut},
             {"mode", cell.mode},
             {"profile", cell.profile},
             {"allowed", words_json(cell.allowed)},
             {"agrees", cell.agrees()},
             {"skipped", cell.skipped},
             {"trouble", cell.trouble},
             {"command", cell.command},
             {"log", cell.log},
             {"sessions", cell.sessions},
             {"queries", cell.queries},
             {"contradictions", cell.contradictions},
             {"elapsed_ms", cell.elapsed_ms}};
    if (!cell.table.empty()) {
        out["table"] = cell.table;
        out["row"] = cell.row;
    }
    out["states"] = states_json(cell.states);
    out["basis"] = cell.basis;
    if (cell.explanation) out["explanation"] = {{"text", cell.explanation->text}, {"rfc", cell.explanation->rfc}};
    if (cell.outcome) out["outcome"] = to_text(*cell.outcome);
    if (cell.twin) out["twin"] = tlsa::to_text(*cell.twin);
    if (!cell.answers.empty()) out["answers"] = answers_json(cell.answers);
    out["proofs"] = json::array();
    for (const auto& proof : cell.proofs)
        out["proofs"].push_back(
            {{"question", proof.question}, {"wanted", proof.wanted}, {"seen", proof.seen}, {"by", proof.by}});
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Cell cell_from_json(const std::string& line) {
    try {
        const auto in = json::parse(line);
        Cell cell;
        in.at("scenario").get_to(cell.scenario);
        in.at("about").get_to(cell.about);
        cell.table = in.value("table", "");
        cell.row = in.value("row", 0U);
        cell.states = states_from(in.at("states"));
        in.at("basis").get_to(cell.basis);
        if (in.contains("explanation")) cell.explanation = {in["explanation"].at("text"), in["explanation"].at("rfc")};
        in.at("sut").get_to(cell.sut);
        in.at("mode").get_to(cell.mode);
        in.at("profile").get_to(cell.profile);
        if (in.contains("outcome")) cell.outcome = word_from(in["outcome"]);
        if (in.contains("twin")) cell.twin = word_from<Outcome>(in["twin"]);
        for (const auto& word : in.at("allowed")) cell.allowed.push_back(word_from(word));
        for (const auto& answer : in.value("answers", json::array())) cell.answers.push_back(answer_from(answer));
        in.at("trouble").get_to(cell.trouble);
        in.at("skipped").get_to(cell.skipped);
        in.at("contradictions").get_to(cell.contradictions);
        in.at("command").get_to(cell.command);
        in.at("log").get_to(cell.log);
        in.at("sessions").get_to(cell.sessions);
        in.at("queries").get_to(cell.queries);
        in.at("elapsed_ms").get_to(cell.elapsed_ms);
        for (const auto& proof : in.at("proofs"))
            cell.proofs.push_back({proof.at("question"), proof.at("wanted"), proof.at("seen"), proof.at("by")});
        return cell;
    } catch (const json::exception& error) {
        throw ScenarioError(fmt::format("report: is no result of a run: {}", error.what()));
    }
}

} // namespace harness
