#include "harness/replay/rpl_player.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>

#include "harness/replay/rpl_compare.h"
#include "harness/replay/rpl_error.h"
#include "harness/replay/rpl_macro.h"
#include "harness/replay/rpl_oracle.h"
#include "harness/replay/rpl_skip.h"
#include "harness/replay/trust_points.h"
#include "resolver/answering.h"
#include "validator/validation.h"

namespace harness::replay {

namespace {

using validator::Security;

// A step that did not come out as the file says.
struct StepFailure {
    const Step& step;
    std::string what;
};

validator::Policy policy_for(const RplScenario& scenario) {
    const Configuration& configuration = scenario.configuration;
    auto policy = validator::Policy::of(validator::AlgorithmProfile::legacy);
    policy.add_historic_algorithms();
    policy.limits.verifications = 136; // what Unbound spends at most: 8 at a time, and 16 more times
    policy.limits.any_rrsets = 1000;   // Unbound's own limit is the oracle's; Knot Resolver has none
    policy.clock_skew = configuration.clock_skew;
    policy.negative_anchors.assign(configuration.insecure.begin(), configuration.insecure.end());
    policy.ignore_signature_times = configuration.clock == ClockKind::ignored;
    if (configuration.nsec3_iterations) policy.limits.nsec3_iterations = *configuration.nsec3_iterations;
    if (configuration.harden_algo_downgrade) {
        policy.require_all_algorithms = *configuration.harden_algo_downgrade;
        policy.strongest_digest_only = *configuration.harden_algo_downgrade;
    }
    policy.anchors_may_be_absent = scenario.dialect == Dialect::unbound;
    return policy;
}

class Player {
  public:
    Player(const RplScenario& scenario, const PlayerOptions& options)
        : scenario_(scenario)
        , options_(options)
        , oracle_(scenario)
        , points_(scenario)
        , policy_(policy_for(scenario)) {
        context_.time = [this] { return dns::UnixTime{elapsed_}; };
        context_.timeout = [this] { return points_.seconds_to_next_probe({elapsed_}); };
    }
    void run(Played& played);

  private:
    struct Waiting {
        std::string client;
        dns::Message answer;
    };
    void play_step(std::size_t index);
    void play_query(std::size_t index);
    void play_check(const Step& step);
    void play_passing_time(std::size_t index);
    void play_autotrust(const Step& step);
    validator::Verdict look_up(const dns::Question& question, std::unique_ptr<validator::Validation>& validation);
    validator::Verdict look_up_once(const dns::Question& question, std::unique_ptr<validator::Validation>& validation,
                                    std::optional<dns::Message> answer = std::nullopt);
    std::optional<validator::Verdict> from_denial(const dns::Question& question,
                                                  std::unique_ptr<validator::Validation>& validation);
    void set_moment(std::size_t index);
    dns::UnixTime now() const;
    validator::TrustAnchors anchors() const;
    void log(std::string text) { played_->log.push_back(std::move(text)); }

    const RplScenario& scenario_;
    const PlayerOptions& options_;
    Oracle oracle_;
    TrustPoints points_;
    validator::Policy policy_;
    validator::TrustAnchors trusted_; // while a question is looked up
    MacroContext context_;
    std::int64_t elapsed_ = 0; // on the clock of the file, which begins at 0
    std::deque<Waiting> waiting_;
    Played* played_ = nullptr;
};

// Signatures are judged by the override alone in Unbound; Deckard sets the clock of the whole process.
dns::UnixTime Player::now() const {
    const Configuration& configuration = scenario_.configuration;
    const bool deckard = scenario_.dialect == Dialect::deckard;
    switch (configuration.clock) {
    case ClockKind::fixed: return {configuration.time.seconds + (deckard ? elapsed_ : 0)};
    case ClockKind::running: return {(deckard ? options_.now.seconds : 0) + elapsed_};
    case ClockKind::ignored: break;
    }
    return {elapsed_};
}

validator::TrustAnchors Player::anchors() const {
    validator::TrustAnchors anchors;
    for (const dns::Record& record : scenario_.configuration.anchors) {
        validator::TrustAnchor anchor{record.owner, {}, {}};
        if (const auto ds = dns::Ds::parse(record.rdata); ds && record.type == dns::RrType::DS)
            anchor.ds.push_back(*ds);
        if (const auto key = dns::Dnskey::parse(record.rdata); key && record.type == dns::RrType::DNSKEY)
            anchor.dnskey.push_back(*key);
        anchors.add(std::move(anchor));
    }
    points_.add_to(anchors);
    return anchors;
}

// Servers answer at the step that follows (Deckard: at the step itself); what waits, at later steps up to the one that
// looks at the outcome.
void Player::set_moment(std::size_t index) {
    const auto& steps = scenario_.steps;
    std::vector<std::uint64_t> numbers;
    std::vector<const Entry*> replies;
    if (scenario_.dialect == Dialect::deckard) numbers.push_back(steps[index].number);
    for (std::size_t i = index + 1; i < steps.size(); ++i) {
        numbers.push_back(steps[i].number);
        const bool replies_too = steps[i].kind == StepKind::reply ||
                                 (steps[i].kind == StepKind::check_out_query && steps[i].entry->adjust.copy_id);
        if (replies_too) replies.push_back(&*steps[i].entry);
        if (steps[i].kind == StepKind::check_answer || steps[i].kind == StepKind::check_autotrust) break;
    }
    if (numbers.empty()) numbers.push_back(steps[index].number);
    oracle_.set_moment({elapsed_}, std::move(numbers), std::move(replies));
}

validator::Verdict Player::look_up_once(const dns::Question& question,
                                        std::unique_ptr<validator::Validation>& validation,
                                        std::optional<dns::Message> answer) {
    validation = std::make_unique<validator::Validation>(question, trusted_, policy_, now());
    if (answer)
        validation->supply(question, validator::Answered{*std::move(answer), {}, {}});
    else
        validation->supply(question, oracle_.ask(question)); // first, as it teaches the way to its zone
    for (;;) {                                               // at most Limits::questions needs can be lacking
        auto step = validation->advance();
        if (auto* verdict = std::get_if<validator::Verdict>(&step)) return std::move(*verdict);
        for (const auto& needed : std::get<validator::Needs>(step).questions) {
            auto response = oracle_.ask(needed);
            const bool answered = std::holds_alternative<validator::Answered>(response);
            log(fmt::format("  asked {}: {}", needed.to_text(), answered ? "answered" : "no answer"));
            validation->supply(needed, std::move(response));
        }
    }
}

// RFC 8198 §5: where earlier denial proves it, nobody is asked. Knot Resolver always does so, Unbound where it is told.
std::optional<validator::Verdict> Player::from_denial(const dns::Question& question,
                                                      std::unique_ptr<validator::Validation>& validation) {
    const bool wanted = scenario_.configuration.aggressive_nsec || scenario_.dialect == Dialect::deckard;
    if (!wanted || oracle_.knows(question)) return std::nullopt;
    for (const dns::Rcode rcode : {dns::Rcode::NXDOMAIN, dns::Rcode::NOERROR}) {
        auto answer = oracle_.from_denial(question, rcode);
        if (!answer) return std::nullopt;
        auto verdict = look_up_once(question, validation, std::move(answer));
        if (verdict.security != Security::secure) continue;
        log("  answered out of earlier denial");
        return verdict;
    }
    return std::nullopt;
}

// Data that fails is asked of the zone's other servers, as resolvers do (RFC 4035 §5.5 leaves it to them).
validator::Verdict Player::look_up(const dns::Question& question, std::unique_ptr<validator::Validation>& validation) {
    constexpr unsigned most_servers = 5;
    points_.prime(question.name, now(), policy_, [this](const dns::Question& needed) { return oracle_.ask(needed); });
    trusted_ = anchors();
    if (auto verdict = from_denial(question, validation)) return *std::move(verdict);
    oracle_.mark();
    auto verdict = look_up_once(question, validation);
    for (unsigned nth = 1; nth < most_servers && oracle_.had_choice(); ++nth) {
        if (verdict.security == Security::secure || verdict.security == Security::insecure) break;
        oracle_.prefer_server(nth);
        log(fmt::format("  {}: the next server is asked", validator::to_text(verdict.security)));
        std::unique_ptr<validator::Validation> again;
        auto second = look_up_once(question, again);
        if (second.security != Security::secure && second.security != Security::insecure) continue;
        validation = std::move(again);
        verdict = std::move(second);
    }
    // Unbound keeps what failed for a minute (val-bogus-ttl), Knot Resolver not at all.
    if (verdict.security != Security::secure && verdict.security != Security::insecure)
        oracle_.distrust_new(scenario_.dialect == Dialect::unbound ? 60 : 0);
    return verdict;
}

void Player::play_query(std::size_t index) {
    const Step& step = scenario_.steps[index];
    dns::Message query = step.entry->message();
    if (scenario_.dialect == Dialect::deckard && !query.edns) query.edns.emplace();
    set_moment(index);
    const dns::Question question = query.questions.front();
    log(fmt::format("step {}: {}", step.number, question.to_text()));
    std::unique_ptr<validator::Validation> validation;
    const auto verdict = look_up(question, validation);
    log(fmt::format("  {} {}", validator::to_text(verdict.security), dns::to_text(verdict.rcode)));
    for (const auto& reason : verdict.reasons)
        log(fmt::format("  {}: {}", validator::info(reason.code).id, validator::to_text(reason, now())));
    const resolver::AnsweringPolicy policy{scenario_.configuration.permissive, true};
    waiting_.push_back(
        {step.address,
         resolver::answer_for(query, verdict, validation ? &validation->evidence() : nullptr, policy, now())});
}

void Player::play_check(const Step& step) {
    const auto waiting = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& one) {
        return step.address.empty() || one.client.empty() || one.client == step.address;
    });
    if (waiting == waiting_.end()) throw StepFailure{step, "no answer is waiting to be checked"};
    const dns::Message answer = std::move(waiting->answer);
    waiting_.erase(waiting);
    const auto differing = differences(*step.entry, answer);
    if (differing.empty()) return;
    std::string what;
    for (const std::string& one : differing) what += (what.empty() ? "" : "; ") + one;
    throw StepFailure{step, what};
}

void Player::play_passing_time(std::size_t index) {
    const Step& step = scenario_.steps[index];
    const std::string text = step.evaluate ? expand_macros(step.expression, context_) : step.expression;
    const double seconds = number_from_macro(text);
    if (seconds < 0 || seconds > 1e12) throw MacroError("expected seconds from 0 to 1e12");
    elapsed_ += static_cast<std::int64_t>(seconds);
    set_moment(index);
    points_.probe({elapsed_}, policy_, [this](const dns::Question& question) {
        log(fmt::format("probe: {}", question.to_text()));
        oracle_.forget(question); // a probe wants what is there now
        return oracle_.ask(question);
    });
}

std::string_view without_trailing_blanks(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
    return text;
}

void Player::play_autotrust(const Step& step) {
    const auto lines = points_.file_lines(step.variable, {elapsed_});
    if (!lines) throw StepFailure{step, "there is no anchor file with the id " + step.variable};
    for (std::size_t i = 0; i < step.lines.size() || i < lines->size(); ++i) {
        if (i >= lines->size())
            throw StepFailure{step, fmt::format("the anchor file ends where line {} is expected", step.lines[i].line)};
        if (i >= step.lines.size()) throw StepFailure{step, "the anchor file has another line: " + (*lines)[i]};
        const std::string wanted(without_trailing_blanks(expand_macros(step.lines[i].text, context_)));
        if (wanted != without_trailing_blanks((*lines)[i]))
            throw StepFailure{step, fmt::format("the anchor file differs from line {}: expected '{}', seen '{}'",
                                                step.lines[i].line, wanted, (*lines)[i])};
    }
}

void Player::play_step(std::size_t index) {
    const Step& step = scenario_.steps[index];
    switch (step.kind) {
    case StepKind::query: return play_query(index);
    case StepKind::check_answer: return play_check(step);
    case StepKind::time_passes: return play_passing_time(index);
    case StepKind::assign: context_.variables[step.variable] = expand_macros(step.expression, context_); return;
    case StepKind::check_autotrust: return play_autotrust(step);
    case StepKind::flush_message:
    case StepKind::expire_message: oracle_.forget(*step.about); return;
    // Replies wait for the query that they answer (set_moment); a query that nobody answers has timed out; what goes on
    // between servers and a resolver is not compared; traffic is over when a query has been played.
    case StepKind::reply:
    case StepKind::check_out_query:
    case StepKind::timeout:
    case StepKind::error:
    case StepKind::nothing:
    case StepKind::traffic: return;
    case StepKind::check_tempfile:
    case StepKind::infra_rtt: return; // reason_to_skip() leaves no file with these
    }
}

void Player::run(Played& played) {
    played_ = &played;
    for (std::size_t i = 0; i < scenario_.steps.size(); ++i) {
        try {
            play_step(i);
        } catch (const MacroError& error) {
            throw StepFailure{scenario_.steps[i], error.what()};
        }
    }
    if (!waiting_.empty()) throw StepFailure{scenario_.steps.back(), "an answer was never checked"};
}

} // namespace

std::string_view to_text(FileResult result) {
    switch (result) {
    case FileResult::pass: return "pass";
    case FileResult::fail: return "fail";
    case FileResult::skip: return "skip";
    }
    return "";
}

Played play(const RplScenario& scenario, const PlayerOptions& options) {
    Played played{scenario.file, scenario.title, FileResult::pass, "", {}};
    if (auto why = reason_to_skip(scenario)) {
        played.result = FileResult::skip;
        played.why = *std::move(why);
        return played;
    }
    for (const NumberedText& note : scenario.notes)
        played.log.push_back(fmt::format("line {}: {}", note.line, note.text));
    try {
        Player(scenario, options).run(played);
    } catch (const StepFailure& failure) {
        played.result = FileResult::fail;
        played.why = fmt::format("line {}, step {}: {}", failure.step.line, failure.step.number, failure.what);
    } catch (const RplError& error) {
        played.result = FileResult::fail;
        played.why = error.what();
    }
    return played;
}

} // namespace harness::replay
