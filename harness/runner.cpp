#include "harness/runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_set>

#include "harness/client_plans.h"
#include "harness/scenario_values.h"
#include "harness/story.h"
#include "harness/transcript.h"
#include "harness/walk_driver.h"

namespace harness {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::uint16_t smtp_port = 25;
constexpr std::chrono::milliseconds farewell{500}; // for servers to notice that the client has gone

void add_id(std::vector<std::string>& ids, std::string_view id) {
    if (!id.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.emplace_back(id);
}

void add_reasons(Seen& seen, const std::vector<validator::Reason>& reasons, dns::UnixTime now) {
    for (const auto& reason : reasons) {
        add_id(seen.reasons, validator::info(reason.code).id);
        add_id(seen.reason_texts, validator::to_text(reason, now));
    }
}

// "certificate-expired: notAfter ...; ..." gives the id of each part.
void add_ids_of_text(Seen& seen, std::string_view text) {
    while (!text.empty()) {
        const auto end = text.find("; ");
        const auto part = text.substr(0, end);
        add_id(seen.reasons, part.substr(0, part.find(": ")));
        add_id(seen.reason_texts, part);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 2);
    }
}

void take_walk(Seen& seen, const tlsa::WalkResult& result, dns::UnixTime now) {
    seen.action = result.action;
    seen.status = result.status;
    seen.authenticated = result.authenticated;
    seen.claims_delivery = result.delivered;
    for (const auto& event : result.events) {
        add_reasons(seen, event.reasons, now);
        if (event.kind == tlsa::EventKind::tlsa_unusable) add_ids_of_text(seen, event.text);
    }
    for (const auto& attempt : result.attempts) {
        add_reasons(seen, attempt.reasons, now);
        for (const auto& text : attempt.certificate_reasons) add_ids_of_text(seen, text);
        if (attempt.smtp && attempt.smtp->failure != tlsa::SmtpFailure::none) {
            add_id(seen.reasons, tlsa::id(attempt.smtp->failure));
            add_id(seen.reason_texts, fmt::format("{}: {}", tlsa::id(attempt.smtp->failure), attempt.smtp->detail));
        }
    }
    if (result.attempts.empty()) return;
    const auto& last = result.attempts.back();
    seen.states = last.states;
    if (last.decision && last.decision->row != nullptr) seen.row = last.decision->row->number;
}

// "192.0.2.25", "[2001:db8::1]:465": what scenario files call a server.
std::string server_text(const std::string& address, std::uint16_t port) {
    if (port == smtp_port) return address;
    return resolver::Endpoint(boost::asio::ip::make_address(address), port).to_text();
}

// SessionLog::server names the port always.
std::string without_smtp_port(const std::string& endpoint) {
    const auto parsed = resolver::Endpoint::from_text(endpoint, smtp_port);
    return parsed ? server_text(parsed->address.to_string(), parsed->port) : endpoint;
}

void take_sessions(Seen& seen, const std::vector<SessionLog>& sessions, const tlsa::Envelope& envelope) {
    bool all_in_tls = true;
    for (const auto& session : sessions) {
        seen.connection_log.push_back(describe(session));
        seen.commands.insert(seen.commands.end(), session.commands.begin(), session.commands.end());
        if (session.tls || session.sni) seen.sni.emplace_back(without_smtp_port(session.server), session.sni);
        seen.mail_commands += session.mail_from.size();
        seen.messages += session.messages.size();
        for (const auto& message : session.messages) {
            const bool unchanged =
                message.data == envelope.message && message.recipients == std::vector{envelope.recipient};
            seen.delivered = seen.delivered || unchanged;
            all_in_tls = all_in_tls && message.in_tls;
        }
    }
    seen.delivered_in_tls = seen.delivered && all_in_tls;
    if (sessions.empty()) seen.connection_log.emplace_back("no connection was made");
}

void take_queries(Seen& seen, const std::vector<LoggedQuery>& queries) {
    std::unordered_set<dns::Question> known;
    for (const auto& query : queries)
        if (known.insert(query.question).second) seen.asked.push_back(query.question);
}

class Laboratory {
  public:
    explicit Laboratory(const Scenario& scenario)
        : scenario_(scenario)
        , internet_(io_, scenario)
        , anchors_(internet_.trust_anchors())
        , policy_(validator::Policy::of(validator::AlgorithmProfile::rfc9904))
        , random_(scenario.seed)
        , stub_(
              io_.get_executor(), stub_options(), anchors_, policy_, [this] { return scenario_.now; },
              [this] { return random_(); }) {}

    Seen run() {
        seen_ = Seen();
        std::exception_ptr failure;
        io_.restart();
        asio::co_spawn(io_, exercise(), [&](std::exception_ptr error) {
            failure = error;
            io_.stop(); // the servers would keep it running
        });
        io_.run();
        if (failure) std::rethrow_exception(failure);
        wait_for_farewells();
        take_queries(seen_, internet_.queries());
        if (scenario_.client) take_sessions(seen_, internet_.sessions(), envelope_for(scenario_));
        return std::move(seen_);
    }

    // The same client, with what it has cached, in the Internet as it is by then.
    Seen run_later(const Scenario& later) {
        scenario_ = later;
        internet_.change(scenario_);
        return run();
    }

  private:
    resolver::StubOptions stub_options() const {
        resolver::StubOptions options;
        options.upstreams = internet_.upstreams();
        options.dial_map = &internet_.dial_map();
        options.try_timeout = scenario_.timeouts.resolver_try;
        return options;
    }

    std::array<std::uint8_t, 32> tls_seed() {
        std::array<std::uint8_t, 32> seed{};
        for (auto& octet : seed) octet = static_cast<std::uint8_t>(random_());
        return seed;
    }

    asio::awaitable<void> exercise() {
        if (scenario_.client) co_await deliver();
        if (scenario_.ask) {
            const auto lookup = co_await stub_.lookup(*scenario_.ask);
            seen_.security = lookup.verdict.security;
            seen_.rcode = lookup.verdict.rcode;
            seen_.ede = validator::ede_codes(lookup.verdict.reasons);
            seen_.verifications = lookup.verdict.verifications;
            seen_.nsec3_hashes = lookup.verdict.nsec3_hashes;
            if (!lookup.verdict.reasons.empty())
                seen_.root_cause = validator::info(lookup.verdict.reasons.front().code).id;
            add_reasons(seen_, lookup.verdict.reasons, scenario_.now);
        }
        for (const auto& wanted : scenario_.judged) {
            const auto lookup = co_await stub_.lookup(wanted.question);
            Judged judged;
            judged.question = wanted.question;
            judged.security = lookup.verdict.security;
            for (const auto& reason : lookup.verdict.reasons) add_id(judged.reasons, validator::info(reason.code).id);
            judged.ede = validator::ede_codes(lookup.verdict.reasons);
            seen_.judged.push_back(std::move(judged));
        }
    }

    asio::awaitable<void> deliver() {
        const auto& client = *scenario_.client;
        WalkSurroundings surroundings(io_.get_executor(), stub_);
        surroundings.dial_map = &internet_.dial_map();
        surroundings.tls_seed = [this] { return tls_seed(); };
        surroundings.on_session = [this](const tlsa::WantSession& session) {
            seen_.dialed.push_back(server_text(session.address, session.port));
        };
        tlsa::WalkResult result;
        if (client.srv) {
            tlsa::SrvWalk walk(srv_plan(scenario_));
            result = co_await drive(walk, surroundings);
        } else {
            tlsa::Walk walk(walk_plan(scenario_));
            result = co_await drive(walk, surroundings);
        }
        take_walk(seen_, result, scenario_.now);
        if (client.deliver) seen_.outcome = tlsa::outcome_of(result);
    }

    // The client's last octets and its closing may still be under way to the servers, whose logs we are about to read.
    void wait_for_farewells() {
        const auto is_open = [](const SessionLog& session) { return session.end == SessionLog::End::open; };
        const auto until = Clock::now() + farewell;
        io_.restart();
        for (;;) {
            const auto sessions = internet_.sessions();
            if (std::none_of(sessions.begin(), sessions.end(), is_open) || Clock::now() >= until) return;
            io_.run_one_until(until);
        }
    }

    Scenario scenario_;
    asio::io_context io_{1};
    FakeInternet internet_;
    validator::TrustAnchors anchors_;
    validator::Policy policy_;
    std::mt19937_64 random_;
    Seen seen_;
    resolver::Stub stub_;
};

void run_stage(Laboratory& laboratory, const Scenario& scenario, std::size_t number, ScenarioResult& result) {
    const auto seen = laboratory.run_later(scenario);
    for (const auto& failure : judge(scenario, seen))
        result.failures.push_back(fmt::format("later {}: {}", number, failure));
    for (const auto& line : seen.connection_log)
        result.seen.connection_log.push_back(fmt::format("later {}: {}", number, line));
    for (const auto& text : seen.reason_texts)
        result.seen.reason_texts.push_back(fmt::format("later {}: {}", number, text));
}

} // namespace

std::string describe(const SessionLog& session) {
    std::string line = fmt::format("{}: {}", session.server, fmt::join(session.commands, ", "));
    if (session.tls) line += fmt::format("; {} {}", session.tls_version, session.cipher);
    if (session.sni) line += fmt::format("; SNI {}", *session.sni);
    if (!session.tls_failure.empty()) line += fmt::format("; TLS failed: {}", session.tls_failure);
    return line + fmt::format("; {} message(s); {}", session.messages.size(), to_text(session.end));
}

ScenarioResult run_one(const Scenario& scenario) {
    const auto start = Clock::now();
    ScenarioResult result;
    result.id = scenario.id;
    result.about = scenario.about;
    result.table = scenario.table;
    result.row = scenario.row;
    result.expected = scenario.expect;
    result.rules = scenario.rules;
    result.breaks = scenario.breaks;
    try {
        if (scenario.story) {
            result.failures = play(scenario, result.seen);
        } else {
            Laboratory laboratory(scenario);
            result.seen = laboratory.run();
            result.failures = judge(scenario, result.seen);
            for (std::size_t stage = 1; stage <= scenario.later.size(); ++stage)
                run_stage(laboratory, at_stage(scenario, stage), stage, result);
        }
    } catch (const std::exception& error) {
        result.failures.push_back(fmt::format("could not be run: {}", error.what()));
    }
    result.ok = result.failures.empty();
    result.elapsed_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    return result;
}

std::vector<ScenarioResult> run(const std::vector<Scenario>& scenarios, const RunOptions& options) {
    if (options.sut != "builtin")
        throw std::invalid_argument(
            fmt::format("system under test \"{}\" is not known: expected builtin", options.sut));
    std::vector<std::optional<ScenarioResult>> results(scenarios.size());
    std::atomic<std::size_t> next{0};
    std::atomic<bool> stopped{false};
    std::mutex reporting;
    std::size_t done = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < scenarios.size() && !stopped; i = next++) {
            auto result = run_one(scenarios[i]);
            if (options.bail && !result.ok) stopped = true;
            const std::lock_guard lock(reporting);
            ++done;
            if (options.progress) options.progress(result, done, scenarios.size());
            results[i] = std::move(result);
        }
    };
    const std::size_t wanted = options.jobs != 0 ? options.jobs : std::max(1u, std::thread::hardware_concurrency());
    {
        std::vector<std::jthread> workers;
        for (std::size_t i = 1; i < std::min(wanted, scenarios.size()); ++i) workers.emplace_back(work);
        work();
    }
    std::vector<ScenarioResult> out;
    for (auto& result : results) {
        if (result) out.push_back(std::move(*result));
    }
    return out;
}

} // namespace harness
