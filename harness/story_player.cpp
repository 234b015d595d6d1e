// Plays delivery scenarios: a queue and a log on disk, the client itself, and servers whose logs have the last word.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "harness/clock_shift.h"
#include "harness/deliver/delivery.h"
#include "harness/deliver/tls_report.h"
#include "harness/runner.h"
#include "harness/story.h"

namespace harness {

namespace {

constexpr std::chrono::milliseconds farewell{500}; // for servers to notice that the client has gone
constexpr unsigned max_passes = 1'000;             // design: of one step that goes on until the queue is empty

class Folder {
  public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "danelab-story.XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error(fmt::format("{}: cannot be made", pattern));
        path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

struct Instance {
    deliver::Config config;
    std::unique_ptr<deliver::Queue> queue;
    std::size_t log_read = 0; // octets of the log that earlier steps wrote
};

// What one step came to.
struct Played {
    std::vector<deliver::AttemptTold> attempts;
    std::vector<SessionLog> sessions;
    std::string log;
    Seen seen; // asked, dialed, sni
};

std::string address_of(const std::string& endpoint) {
    const auto parsed = resolver::Endpoint::from_text(endpoint, 25);
    return parsed ? parsed->address.to_string() : endpoint;
}

std::string server_text(const std::string& address, std::uint16_t port) {
    if (port == 25) return address;
    return resolver::Endpoint(boost::asio::ip::make_address(address), port).to_text();
}

class Player {
  public:
    explicit Player(const Scenario& scenario)
        : story_(*scenario.story)
        , world_(&scenario)
        , now_(scenario.now) {
        for (const auto& [name, config] : story_.instances) {
            auto& instance = instances_[name];
            configure(instance, name, config);
            instance.queue = std::make_unique<deliver::Queue>(instance.config.queue, deliver::Durability::none);
        }
    }

    std::vector<std::string> play(Seen& seen) {
        for (std::size_t i = 0; i < story_.steps.size(); ++i) {
            const auto& step = story_.steps[i];
            const auto played = run(step);
            for (auto& line : compare(step, played)) failures_.push_back(fmt::format("step {}: {}", i + 1, line));
            tell(played, seen);
        }
        return std::move(failures_);
    }

  private:
    void configure(Instance& instance, const std::string& name, const deliver::Config& config) {
        instance.config = config;
        instance.config.queue = folder_.file(name + "queue.db");
        instance.config.log.file = folder_.file(name + "mail.log");
        instance.config.log.level = deliver::LogLevel::debug;
    }

    void take(Instance& instance, const StoryMessage& wanted) {
        deliver::NewMessage message;
        message.sender = wanted.sender;
        message.recipients = wanted.recipients;
        for (const auto& header : wanted.headers) message.content += header + "\r\n";
        message.content += fmt::format("From: <{}>\r\nTo: <{}>\r\nSubject: of a story\r\n\r\nHello.\r\n", wanted.sender,
                                       fmt::join(wanted.recipients, ">, <"));
        const auto* policy =
            wanted.policy.empty() ? &instance.config.policies.front() : instance.config.policy(wanted.policy);
        if (policy == nullptr) throw ScenarioError(fmt::format("mail flow policy \"{}\" is not known", wanted.policy));
        message.relay = policy->relay;
        message.require_tls = wanted.require_tls;
        instance.queue->accept(message, now_);
    }

    Played run(const StoryStep& step) {
        auto& instance = instances_.at(step.instance);
        now_.seconds += step.wait;
        if (step.config) configure(instance, step.instance, *step.config);
        if (step.world) world_ = step.world.get();
        for (const auto& message : step.send) take(instance, message);
        Scenario world = *world_;
        move_to(world, now_);
        boost::asio::io_context io(1);
        FakeInternet internet(io, world);
        Played played;
        deliver_all(step, instance, world, io, internet, played);
        settle(io, internet);
        played.sessions = internet.sessions();
        for (const auto& query : internet.queries())
            if (std::ranges::find(played.seen.asked, query.question) == played.seen.asked.end())
                played.seen.asked.push_back(query.question);
        for (const auto& session : played.sessions)
            if (session.tls || session.sni) {
                const auto endpoint = resolver::Endpoint::from_text(session.server, 25);
                played.seen.sni.emplace_back(endpoint ? server_text(endpoint->address.to_string(), endpoint->port)
                                                      : session.server,
                                             session.sni);
            }
        hand_on(played);
        played.log = new_log(instance);
        return played;
    }

    void deliver_all(const StoryStep& step, Instance& instance, const Scenario& world, boost::asio::io_context& io,
                     FakeInternet& internet, Played& played) {
        deliver::DeliveryNetwork network;
        network.upstreams = internet.upstreams();
        network.dial_map = &internet.dial_map();
        network.anchors = internet.trust_anchors();
        network.authorities = authorities_of(world);
        network.resolver_try = world.timeouts.resolver_try;
        network.random = [this] { return random_(); };
        network.on_connect = [&](const std::string& address, std::uint16_t port) {
            played.seen.dialed.push_back(server_text(address, port));
        };
        const auto clock = [this] { return now_; };
        deliver::Log log(instance.config.log, clock);
        deliver::Delivery delivery(io, instance.config, *instance.queue, log, std::move(network), clock);
        if (step.send_reports) {
            try {
                delivery.send_reports(dns::UnixTime{now_.seconds - 86'400});
            } catch (const std::runtime_error& error) {
                log.warning(fmt::format("TLS reports: {}", error.what()));
            }
        }
        for (unsigned i = 0; i < max_passes; ++i) {
            auto count = delivery.pass();
            for (auto& told : count.told) played.attempts.push_back(std::move(told));
            const auto next = instance.queue->next_due();
            if (!step.until_empty || !next) return;
            now_ = dns::UnixTime{std::max(next->seconds, now_.seconds + 1)};
        }
    }

    // The client's last octets may still be under way to the servers, whose logs we are about to read.
    static void settle(boost::asio::io_context& io, const FakeInternet& internet) {
        const auto until = std::chrono::steady_clock::now() + farewell;
        io.restart();
        for (;;) {
            const auto sessions = internet.sessions();
            const bool open = std::ranges::any_of(
                sessions, [](const SessionLog& session) { return session.end == SessionLog::End::open; });
            if (!open || std::chrono::steady_clock::now() >= until) return;
            io.run_one_until(until);
        }
    }

    void hand_on(const Played& played) {
        for (const auto& session : played.sessions) {
            const auto intake = story_.intakes.find(address_of(session.server));
            if (intake == story_.intakes.end()) continue;
            auto& instance = instances_.at(intake->second);
            for (const auto& received : session.messages) {
                deliver::NewMessage message;
                message.sender = received.sender;
                message.recipients = received.recipients;
                message.content = received.data;
                message.relay = instance.config.policies.front().relay;
                instance.queue->accept(message, now_);
            }
        }
    }

    static std::string new_log(Instance& instance) {
        std::ifstream in(instance.config.log.file, std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        const std::string all = text.str();
        std::string fresh = all.substr(std::min(instance.log_read, all.size()));
        instance.log_read = all.size();
        return fresh;
    }

    std::vector<std::string> compare(const StoryStep& step, const Played& played);
    void compare_servers(const Played& played, const StoryExpectation& expect, std::vector<std::string>& lines) const;
    void compare_report(const Instance& instance, const StoryExpectation& expect,
                        std::vector<std::string>& lines) const;
    static void tell(const Played& played, Seen& seen);

    Folder folder_;
    const Story& story_;
    const Scenario* world_;
    dns::UnixTime now_;
    std::map<std::string, Instance> instances_;
    std::mt19937_64 random_{1};
    std::vector<std::string> failures_;
};

std::string text_of(const deliver::AttemptTold& told) {
    const std::string outcome(tlsa::to_text(told.outcome));
    return told.error.empty() ? outcome : fmt::format("{} ({})", outcome, told.error);
}

bool fits(const StoryAttempt& wanted, const deliver::AttemptTold& told) {
    return wanted.outcome == tlsa::to_text(told.outcome) && told.error.find(wanted.why) != std::string::npos &&
           (wanted.to.empty() || wanted.to == told.recipient);
}

void compare_attempts(const StoryExpectation& expect, const Played& played, std::vector<std::string>& lines) {
    const auto most = std::max(expect.attempts.size(), played.attempts.size());
    for (std::size_t i = 0; i < most; ++i) {
        const auto* wanted = i < expect.attempts.size() ? &expect.attempts[i] : nullptr;
        const auto* told = i < played.attempts.size() ? &played.attempts[i] : nullptr;
        if (wanted != nullptr && told != nullptr && fits(*wanted, *told)) continue;
        lines.push_back(fmt::format("attempt {}: expected {}{}, saw {}", i + 1,
                                    wanted == nullptr ? "none" : wanted->outcome,
                                    wanted == nullptr || wanted->why.empty() ? "" : fmt::format(" ({})", wanted->why),
                                    told == nullptr ? "none" : text_of(*told)));
    }
}

void compare_texts(std::string_view what, const std::string& text, const std::vector<std::string>& wanted,
                   const std::vector<std::string>& unwanted, std::vector<std::string>& lines) {
    for (const auto& part : wanted)
        if (text.find(part) == std::string::npos) lines.push_back(fmt::format("{}: \"{}\" is not there", what, part));
    for (const auto& part : unwanted)
        if (text.find(part) != std::string::npos) lines.push_back(fmt::format("{}: \"{}\" is there", what, part));
}

std::vector<std::string> Player::compare(const StoryStep& step, const Played& played) {
    std::vector<std::string> lines;
    compare_attempts(step.expect, played, lines);
    compare_servers(played, step.expect, lines);
    compare_texts("log", played.log, step.expect.log, step.expect.no_log, lines);
    Scenario common;
    common.expect = step.expect.common;
    for (auto& line : judge(common, played.seen)) lines.push_back(std::move(line));
    const auto& instance = instances_.at(step.instance);
    const auto active = instance.queue->active();
    if (step.expect.active && *step.expect.active != active)
        lines.push_back(fmt::format("active recipients: expected {}, saw {}", *step.expect.active, active));
    compare_report(instance, step.expect, lines);
    return lines;
}

// What the client claims must be what the servers saw.
void Player::compare_servers(const Played& played, const StoryExpectation& expect,
                             std::vector<std::string>& lines) const {
    std::size_t in_tls = 0, in_clear = 0, mail = 0, claimed_tls = 0, claimed_clear = 0;
    std::string commands, contents;
    for (const auto& session : played.sessions) {
        for (const auto& message : session.messages) contents += message.data;
        mail += session.mail_from.size();
        commands += fmt::format("{}\n", fmt::join(session.commands, "\n"));
        for (const auto& message : session.messages) ++(message.in_tls ? in_tls : in_clear);
    }
    bool uncertain = false;
    for (const auto& told : played.attempts) {
        uncertain |= told.uncertain;
        if (told.outcome == deliver::Outcome::cleartext)
            ++claimed_clear;
        else if (tlsa::is_delivered(told.outcome))
            ++claimed_tls;
    }
    if (!uncertain && (in_tls != claimed_tls || in_clear != claimed_clear))
        lines.push_back(
            fmt::format("the client says that it delivered {} in TLS and {} in clear, the servers' logs say "
                        "{} and {}",
                        claimed_tls, claimed_clear, in_tls, in_clear));
    const auto wanted = expect.mail_commands.value_or(claimed_tls + claimed_clear);
    if (mail != wanted) lines.push_back(fmt::format("MAIL commands: expected {}, saw {}", wanted, mail));
    compare_texts("mail", contents, expect.mail, expect.no_mail, lines);
    compare_texts("commands", commands, expect.commands, expect.no_commands, lines);
}

void Player::compare_report(const Instance& instance, const StoryExpectation& expect,
                            std::vector<std::string>& lines) const {
    if (!expect.report) return;
    std::vector<std::string> seen;
    for (const auto& report :
         deliver::tls_reports(*instance.queue, instance.config.tls_report, instance.config.hostname, now_))
        for (const auto& line : deliver::summary_of(report)) seen.push_back(line);
    if (seen != *expect.report)
        lines.push_back(
            fmt::format("TLS report: expected [{}], saw [{}]", fmt::join(*expect.report, ", "), fmt::join(seen, ", ")));
}

void Player::tell(const Played& played, Seen& seen) {
    bool all_in_tls = true;
    for (const auto& told : played.attempts) {
        seen.reason_texts.push_back(fmt::format("{}: {}", told.recipient, text_of(told)));
        seen.authenticated = told.outcome == deliver::Outcome::verified;
        seen.claims_delivery = seen.claims_delivery || tlsa::is_delivered(told.outcome);
    }
    for (const auto& session : played.sessions) {
        seen.connection_log.push_back(describe(session));
        seen.mail_commands += session.mail_from.size();
        seen.messages += session.messages.size();
        for (const auto& message : session.messages) all_in_tls = all_in_tls && message.in_tls;
    }
    seen.delivered = seen.messages > 0;
    seen.delivered_in_tls = seen.delivered && all_in_tls;
    seen.asked.insert(seen.asked.end(), played.seen.asked.begin(), played.seen.asked.end());
    seen.dialed.insert(seen.dialed.end(), played.seen.dialed.begin(), played.seen.dialed.end());
    seen.sni.insert(seen.sni.end(), played.seen.sni.begin(), played.seen.sni.end());
}

} // namespace

std::vector<std::string> play(const Scenario& scenario, Seen& seen) { return Player(scenario).play(seen); }

} // namespace harness
