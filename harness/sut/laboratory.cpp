#include "harness/sut/laboratory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "harness/sut/judging.h"
#include "harness/sut/pattern.h"
#include "harness/transcript.h"

namespace harness {

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* each_tlsa = "${each-tlsa:"; // the item that stands for all records

struct Attempt {
    std::optional<tlsa::Outcome> outcome;
    std::string trouble, command;
    bool skipped = false;
    bool says_delivered = false; // and no more
    bool asked_no_tlsa = false;  // where it had to
    std::vector<std::string> contradictions, log, sessions, queries;
    std::string server; // the one that got the message, else the last one that TLS was spoken with
    std::chrono::microseconds elapsed{};
};

// The lines that a log gained since `mark`.
class LogTail {
  public:
    explicit LogTail(std::string path)
        : path_(std::move(path)) {
        std::ifstream in(path_, std::ios::binary | std::ios::ate);
        if (in) mark_ = in.tellg();
    }
    std::string text() const {
        std::ifstream in(path_, std::ios::binary);
        if (path_.empty() || !in || !in.seekg(mark_)) return {};
        std::string text(most_output, '\0');
        in.read(text.data(), static_cast<std::streamsize>(text.size()));
        text.resize(static_cast<std::size_t>(in.gcount()));
        return printable(text);
    }

  private:
    std::string path_;
    std::streamoff mark_ = 0;
};

std::string message_for(const std::string& recipient) {
    return fmt::format("From: danelab <test@client.danelab.example>\nTo: <{}>\nSubject: danelab\n\nA test.\n",
                       recipient);
}

// RFC 3207: what goes wrong before the handshake does not exist where TLS is implicit.
bool breaks_starttls(const Scenario& scenario) {
    return std::any_of(scenario.servers.begin(), scenario.servers.end(), [](const ServerSpec& server) {
        const auto& behaviour = server.behaviour;
        return !behaviour.offers_starttls || behaviour.replies.contains(tlsa::SmtpStep::starttls) ||
               !behaviour.plain_instead_of_tls.empty() || !behaviour.injected_after_starttls.empty() ||
               behaviour.closes_at == tlsa::SmtpStep::starttls || behaviour.resets_at == tlsa::SmtpStep::starttls;
    });
}

// Whether it reads the file: it is its own, or one that its command or its own files name.
bool needs_file(const Sut& sut, const std::string& path) {
    const auto names_it = [&](const std::string& text) { return text.find(path) != std::string::npos; };
    return std::ranges::any_of(sut.command, names_it) || std::ranges::any_of(sut.files, [&](const auto& file) {
               return file.first == path || names_it(file.second);
           });
}

class Laboratory {
  public:
    Laboratory(const Sut& sut, const ResolverProgram* resolver)
        : sut_(sut)
        , internet_(resolver) {}

    // "" where all went well.
    std::string prepare(const std::vector<std::string>& files_left_out) {
        for (const auto& path : files_left_out)
            if (needs_file(sut_, path))
                return fmt::format(
                    "{} cannot be put in its place without root, as the machine has none (below /mnt it could)", path);
        for (const auto& command : sut_.prepare)
            if (auto failure = failure_of(command, sut_.deadline); !failure.empty()) return failure;
        return {};
    }

    Cell run(const Experiment& experiment, const SutMode& mode, const std::string& trouble) {
        const auto& scenario = experiment.scenario;
        auto cell = blank_cell(sut_, experiment, mode);
        cell.trouble = trouble;
        if (!trouble.empty()) return cell;
        if (sut_.judges_dnssec) {
            judge(sut_, internet_, scenario, mode, cell);
            return cell;
        }
        auto attempt = try_once(scenario, mode);
        cell.outcome = attempt.outcome;
        cell.trouble = attempt.trouble;
        cell.skipped = attempt.skipped;
        cell.contradictions = attempt.contradictions;
        cell.command = attempt.command;
        cell.log = attempt.log;
        cell.sessions = attempt.sessions;
        cell.queries = attempt.queries;
        cell.elapsed_ms = static_cast<double>(attempt.elapsed.count()) / 1000;
        if (experiment.with_twin && attempt.outcome && in_tls(*attempt.outcome))
            compare_with_twin(scenario, mode, attempt, cell);
        return cell;
    }

  private:
    const Sut& sut_;
    LiveInternet internet_;
    unsigned number_ = 0;

    static bool in_tls(tlsa::Outcome outcome) {
        return outcome == tlsa::Outcome::verified || outcome == tlsa::Outcome::verified_insecure_mx ||
               outcome == tlsa::Outcome::unauthenticated_tls;
    }

    // Who authenticates a server does not go on with another key there; another server may publish no records.
    void compare_with_twin(const Scenario& scenario, const SutMode& mode, const Attempt& attempt, Cell& cell) {
        const auto twin = try_once(with_another_key(scenario), mode);
        cell.twin = twin.outcome;
        const std::string there = "with another key on every server: ";
        if (!twin.skipped && !twin.trouble.empty()) cell.contradictions.push_back(there + twin.trouble);
        for (const auto& one : twin.contradictions) cell.contradictions.push_back(there + one);
        if (!twin.outcome) return;
        const bool goes_on = tlsa::is_delivered(*twin.outcome) && twin.server == attempt.server;
        if (attempt.says_delivered && !goes_on) raise(attempt, cell);
        const bool authenticated = *cell.outcome != Word(tlsa::Outcome::unauthenticated_tls);
        if (authenticated && goes_on)
            cell.contradictions.push_back(
                fmt::format("the program says \"{}\", but comes to \"{}\" with a certificate that no record matches",
                            to_text(*cell.outcome), tlsa::to_text(*twin.outcome)));
    }

    // Who says no more than "delivered", and refuses the same server with another key, has authenticated it.
    void raise(const Attempt& attempt, Cell& cell) const {
        const bool below_insecure = sut_.sees_mx && cell.states.mx == tlsa::State::insecure;
        cell.outcome = below_insecure ? tlsa::Outcome::verified_insecure_mx : tlsa::Outcome::verified;
        if (attempt.asked_no_tlsa)
            cell.contradictions.emplace_back("it refuses the server with another key, but asked for no TLSA records");
    }

    std::map<std::string, std::string> values_for(const Scenario& scenario, const SutMode& mode) {
        const auto& domain = scenario.client->domain;
        const auto target = internet_.target_of(domain);
        auto values = mode.values;
        values["mode"] = mode.name;
        values["domain"] = without_final_dot(domain);
        values["host"] = without_final_dot(target.host);
        values["address"] = target.address.find(':') != std::string::npos ? "[" + target.address + "]" : target.address;
        values["port"] = sut_.port;
        values["recipient"] = fmt::format("{}{}@{}", attempt_mark, ++number_, values["domain"]);
        values["message"] = message_for(values["recipient"]);
        return values;
    }

    bool is_handed_records() const {
        return std::any_of(sut_.command.begin(), sut_.command.end(),
                           [](const std::string& item) { return item.starts_with(each_tlsa); });
    }

    // nullopt: the program wants secure TLSA records, and there are none.
    std::optional<std::vector<std::string>> command_for(const dns::Name& domain,
                                                        const std::map<std::string, std::string>& values) {
        std::vector<std::string> command;
        for (const auto& item : sut_.command) {
            if (!item.starts_with(each_tlsa)) {
                auto word = filled_in(item, values);
                if (!word.empty()) command.push_back(std::move(word));
                continue;
            }
            const auto records = internet_.secure_tlsa(domain, sut_.port, sut_.sees_mx);
            if (records.empty()) return std::nullopt;
            const auto option =
                item.substr(std::string(each_tlsa).size(), item.size() - std::string(each_tlsa).size() - 1);
            for (const auto& record : records) command.insert(command.end(), {option, record});
        }
        return command;
    }

    // Until the log has the line that ends the attempt, or the deadline.
    bool wait_for_log(const LogTail& log, const std::map<std::string, std::string>& values,
                      Clock::time_point deadline) {
        if (sut_.finished.empty()) return true;
        const Pattern pattern(filled_in(sut_.finished, quoted_for_pattern(values)));
        while (!pattern.found_in(log.text())) {
            if (Clock::now() > deadline) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        return true;
    }

    Attempt try_once(const Scenario& plain, const SutMode& mode) {
        const bool implicit_tls = sut_.port == "465";
        const auto scenario = implicit_tls ? with_implicit_tls(plain) : plain;
        Attempt attempt;
        if (implicit_tls && breaks_starttls(plain)) {
            attempt.skipped = true;
            attempt.trouble = "asks for implicit TLS, and what is broken here is STARTTLS";
            return attempt;
        }
        try {
            internet_.set(scenario);
        } catch (const std::exception& error) {
            attempt.trouble = error.what();
            return attempt;
        }
        const auto values = values_for(scenario, mode);
        // What a failing resolver does is nothing to who asks none.
        const auto command = is_handed_records() && !scenario.resolvers.empty()
                                 ? std::nullopt
                                 : command_for(scenario.client->domain, values);
        if (!command) {
            attempt.skipped = true;
            attempt.trouble =
                !scenario.resolvers.empty()
                    ? "asks no DNS itself, and what is in question here is whom one asks"
                    : "asks no DNS itself, and a validating resolver has no secure TLSA records to hand on";
            return attempt;
        }
        attempt.command = fmt::format("{}", fmt::join(*command, " "));
        for (const auto& between : sut_.between) {
            attempt.trouble = failure_of(filled_in(between, values), sut_.deadline);
            if (!attempt.trouble.empty()) return attempt;
        }
        observe(attempt, scenario, *command, values);
        return attempt;
    }

    Witnesses witnesses_of(const Scenario& scenario, const std::string& recipient) const {
        const auto asked = internet_.asked();
        const bool answered =
            scenario.resolvers.empty() || std::ranges::any_of(scenario.resolvers, &ResolverSpec::reachable);
        return {.sessions = internet_.sessions(),
                .recipient = recipient,
                .asked = asked.anything,
                .asked_tlsa = asked.tlsa,
                .asks_itself = !is_handed_records() && answered};
    }

    static void add_sessions(Attempt& attempt, const Witnesses& witnesses) {
        for (const auto& session : witnesses.sessions) {
            attempt.sessions.push_back(session_line(session));
            if (session.tls) attempt.server = session.server;
        }
        for (const auto& session : witnesses.sessions)
            for (const auto& message : session.messages)
                if (is_of_attempt(message, witnesses.recipient))
                    attempt.server = session.server;
                else
                    attempt.sessions.push_back(fmt::format("{} the message is for <{}>, of an earlier attempt: it does "
                                                           "not count",
                                                           session.server, fmt::join(message.recipients, ">, <")));
    }

    // What the deadline cut off is not to reach into the next attempt: a queue that goes on, for example.
    void clean_up(Attempt& attempt) const {
        for (const auto& command : sut_.after_hang)
            if (const auto failure = failure_of(command, sut_.deadline); !failure.empty())
                attempt.trouble += "; " + failure;
    }

    void observe(Attempt& attempt, const Scenario& scenario, const std::vector<std::string>& command,
                 const std::map<std::string, std::string>& values) {
        const LogTail log(sut_.log);
        const auto begin = Clock::now();
        auto child = run_child(command, filled_in(sut_.input, values), sut_.deadline);
        if (!child.timed_out) child.timed_out = !wait_for_log(log, values, begin + sut_.deadline);
        attempt.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
        const auto text = sut_.log.empty() ? child.output : child.output + log.text();
        const auto witnesses = witnesses_of(scenario, values.at("recipient"));
        add_sessions(attempt, witnesses);
        attempt.queries = internet_.queries();
        attempt.log = lines_of(text);
        if (child.cut)
            attempt.log.push_back(fmt::format("(it wrote more than {} octets; the rest was dropped)", most_output));
        attempt.trouble = trouble_of(sut_, child);
        if (child.timed_out) clean_up(attempt);
        if (!attempt.trouble.empty()) return;
        const auto* claim = claim_of(sut_, text, child.status, values);
        attempt.says_delivered = claim != nullptr && !claim->outcome;
        attempt.asked_no_tlsa = witnesses.asks_itself && !witnesses.asked_tlsa;
        attempt.outcome = weigh(sut_, claim, witnesses, attempt.contradictions);
        if (!attempt.outcome) attempt.trouble = fmt::format("no claim fits its output (exit status {})", child.status);
    }
};

} // namespace

void experiment(const Sut& sut, const std::vector<Experiment>& experiments, const ResolverProgram* resolver,
                const std::vector<std::string>& files_left_out, const std::function<void(const Cell&)>& done) {
    Laboratory laboratory(sut, resolver);
    const auto trouble = laboratory.prepare(files_left_out);
    const auto cell_of = [&](const Experiment& one, const SutMode& mode) {
        try {
            return laboratory.run(one, mode, trouble);
        } catch (const std::exception& error) { // no process or memory to be had just now: the next may have them
            return laboratory.run(one, mode, error.what());
        }
    };
    for (const auto& one : experiments)
        for (const auto* mode : one.modes) done(cell_of(one, *mode));
}

} // namespace harness
