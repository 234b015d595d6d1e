#include "tests/independent/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <set>
#include <thread>

#include "harness/clock_shift.h"
#include "harness/fake_internet.h"
#include "harness/system.h"
#include "resolver/dns/text.h"
#include "tests/independent/temporary_folder.h"

namespace independent {

namespace {

using harness::Scenario;
using validator::Security;

struct Asked {
    dns::Question question;
    std::optional<Security> expected;
    std::vector<std::string> reasons;
};

struct Work {
    Scenario scenario;
    std::vector<Asked> questions;
};

std::vector<Asked> questions_of(const Scenario& scenario) {
    std::vector<Asked> questions;
    for (const auto& judged : scenario.judged) questions.push_back({judged.question, judged.security, judged.reasons});
    const auto asked = [&](const Asked& a) { return a.question == *scenario.ask; };
    if (scenario.ask && std::none_of(questions.begin(), questions.end(), asked))
        questions.push_back({*scenario.ask, scenario.expect.security, scenario.expect.reasons});
    return questions;
}

// A delivery rests on its MX RRset, and on the addresses and TLSA records of each MX host.
std::vector<Asked> questions_of(const harness::ClientSpec& client, const zones::Hierarchy& hierarchy) {
    std::vector<Asked> questions{{dns::Question(client.domain, dns::RrType::MX), std::nullopt, {}}};
    const auto* zone = hierarchy.zone_of(client.domain);
    if (zone == nullptr) return questions;
    for (const auto& record : zone->records) {
        if (record.owner != client.domain || record.type != dns::RrType::MX) continue;
        const auto mx = dns::Mx::parse(record.rdata);
        if (!mx || mx->exchange.is_root()) continue;
        questions.push_back({dns::Question(mx->exchange, dns::RrType::A), std::nullopt, {}});
        const auto name = dns::Name::from_text("_25._tcp." + mx->exchange.to_text());
        if (name) questions.push_back({dns::Question(*name, dns::RrType::TLSA), std::nullopt, {}});
    }
    return questions;
}

std::vector<Work> work_of(const std::vector<Scenario>& scenarios) {
    std::set<std::string> seen;
    std::vector<Work> out;
    for (const auto& scenario : scenarios) {
        Work work{scenario, {}};
        for (auto& asked : questions_of(scenario))
            if (seen.insert(fingerprint(scenario) + asked.question.to_text()).second)
                work.questions.push_back(std::move(asked));
        if (!work.questions.empty() || (questions_of(scenario).empty() && scenario.client))
            out.push_back(std::move(work));
    }
    return out;
}

bool gives_messages(zones::Recursion recursion) {
    return recursion != zones::Recursion::silent && recursion != zones::Recursion::garbage;
}

// A resolver of the scenario that can be asked, and whether its answers are the ones that the scenario's client goes
// by.
struct Face {
    std::string behaviour;
    resolver::Endpoint endpoint;
    bool decides = false;
};

std::vector<Face> faces_of(const Scenario& scenario, const harness::FakeInternet& internet) {
    const auto upstreams = internet.upstreams();
    if (scenario.resolvers.empty()) return {Face{"dnssec", internet.real(upstreams.front().endpoint), true}};
    std::vector<const harness::ResolverSpec*> specs;
    for (const auto& spec : scenario.resolvers)
        if (spec.reachable && gives_messages(spec.recursion)) specs.push_back(&spec);
    const auto before = [](const auto* a, const auto* b) { return a->upstream.priority < b->upstream.priority; };
    std::stable_sort(specs.begin(), specs.end(), before);
    std::vector<Face> faces;
    for (std::size_t i = 0; i < specs.size(); ++i) {
        // Equal priorities take turns: nobody knows whose answer comes first.
        const bool takes_turns = specs.size() > 1 && specs[1]->upstream.priority == specs[0]->upstream.priority;
        faces.push_back({std::string(zones::to_text(specs[i]->recursion)), internet.real(specs[i]->upstream.endpoint),
                         i == 0 && !takes_turns});
    }
    return faces;
}

// Of the io thread alone: a stub with this one resolver, a cold cache, and one lookup.
boost::asio::awaitable<validator::Lookup> look_up(const validator::TrustAnchors* anchors,
                                                  const validator::Policy* policy, resolver::Endpoint endpoint,
                                                  dns::Question question) {
    resolver::StubOptions options;
    options.upstreams = {resolver::Upstream(endpoint, 0)};
    options.tries = 1;
    const auto executor = co_await boost::asio::this_coro::executor;
    resolver::Stub stub(executor, std::move(options), *anchors, *policy, harness::system_now, harness::system_random);
    co_return co_await stub.lookup(std::move(question));
}

// A fake Internet whose servers run in a thread of their own, while this one waits for outside tools.
class Running {
  public:
    explicit Running(const Scenario& scenario)
        : internet(io, scenario)
        , thread_([this] { io.run(); }) {}
    ~Running() {
        io.stop();
        thread_.join();
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    boost::asio::io_context io{1};
    harness::FakeInternet internet;

  private:
    std::thread thread_;
};

void ask_everybody(Inquiry& inquiry, const Face& face, const std::string& folder, Running& running,
                   const validator::TrustAnchors& anchors, const std::vector<Tool>& tools) {
    const auto policy = validator::Policy::of(validator::AlgorithmProfile::rfc9904);
    auto work = look_up(&anchors, &policy, face.endpoint, inquiry.question);
    const auto lookup = boost::asio::co_spawn(running.io, std::move(work), boost::asio::use_future).get();
    inquiry.ours = lookup.verdict.security;
    for (const auto& reason : lookup.verdict.reasons) inquiry.our_reasons.emplace_back(validator::info(reason.code).id);
    if (lookup.verdict.has_reason(validator::ReasonCode::no_answer)) return; // tools would wait for the same silence
    const Setting setting{face.endpoint.address.to_string(), face.endpoint.port, folder};
    for (const auto tool : tools) inquiry.sayings.emplace_back(tool, ask(tool, setting, inquiry.question));
}

std::vector<Inquiry> judge_one(Work work, const std::vector<Tool>& tools) {
    std::vector<Inquiry> inquiries;
    Inquiry blank;
    blank.scenario = work.scenario.id;
    try {
        harness::move_to(work.scenario, harness::system_now());
        const TemporaryFolder folder;
        Running running(work.scenario);
        running.internet.hierarchy().write(folder.path());
        const auto anchors = running.internet.trust_anchors();
        if (work.questions.empty()) work.questions = questions_of(*work.scenario.client, running.internet.hierarchy());
        for (const auto& face : faces_of(work.scenario, running.internet)) {
            for (const auto& asked : work.questions) {
                Inquiry inquiry = blank;
                inquiry.question = asked.question;
                inquiry.resolver = face.behaviour;
                if (face.decides) {
                    inquiry.expected = asked.expected;
                    inquiry.expected_reasons = asked.reasons;
                }
                ask_everybody(inquiry, face, folder.path(), running, anchors, tools);
                inquiries.push_back(std::move(inquiry));
            }
        }
    } catch (const std::exception& error) {
        blank.problem = error.what();
        inquiries.push_back(std::move(blank));
    }
    return inquiries;
}

} // namespace

std::vector<Inquiry> judge(const std::vector<Scenario>& scenarios, const std::vector<Tool>& tools) {
    constexpr std::size_t at_a_time = 2;
    const auto all = work_of(scenarios);
    std::vector<std::vector<Inquiry>> results(all.size());
    std::atomic<std::size_t> next{0};
    const auto worker = [&] {
        for (std::size_t i = next++; i < all.size(); i = next++) results[i] = judge_one(all[i], tools);
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < at_a_time; ++i) threads.emplace_back(worker);
    for (auto& thread : threads) thread.join();
    std::vector<Inquiry> inquiries;
    for (auto& part : results) std::move(part.begin(), part.end(), std::back_inserter(inquiries));
    return inquiries;
}

std::string describe(const Inquiry& inquiry, Tool tool, const Saying& saying) {
    return fmt::format("{}: {} through {}: ours {} ({}), {} says {}\n  {}\n{}\n  to see it: danelab serve '{}'",
                       inquiry.scenario, inquiry.question.to_text(), inquiry.resolver, validator::to_text(inquiry.ours),
                       fmt::join(inquiry.our_reasons, ", "), to_text(tool), saying.verdict, saying.command,
                       saying.output, inquiry.scenario);
}

std::vector<Saying> sayings_with_other_anchor(Scenario scenario, const std::vector<Tool>& tools) {
    harness::move_to(scenario, harness::system_now());
    const auto questions = questions_of(scenario);
    if (questions.empty()) throw std::runtime_error(scenario.id + ": asks nothing");
    Running running(scenario);
    ++scenario.seed;
    const Running other(scenario);
    const TemporaryFolder folder;
    other.internet.hierarchy().write(folder.path());
    const auto endpoint = faces_of(scenario, running.internet).front().endpoint;
    std::vector<Saying> sayings;
    for (const auto tool : tools)
        sayings.push_back(
            ask(tool, Setting{endpoint.address.to_string(), endpoint.port, folder.path()}, questions.front().question));
    return sayings;
}

std::string fingerprint(const Scenario& scenario) {
    const auto signing = [](const zones::SigningPolicy& p) {
        return fmt::format("{} {} {} {} {} {} {} {} {} {} {}", static_cast<int>(p.algorithm), p.csk,
                           p.zsk_signs_dnskey, static_cast<int>(p.denial), p.nsec3_iterations, dns::base16(p.nsec3_salt),
                           p.inception.seconds, p.expiration.seconds, static_cast<int>(p.ds_digest), p.rsa_bits,
                           p.key_label);
    };
    std::string out = fmt::format("{} {}\n", scenario.now.seconds, signing(scenario.signing));
    for (const auto& zone : scenario.zones)
        out += fmt::format("{} {} {}\n{}\n", zone.apex.to_text(), zone.signing ? signing(*zone.signing) : "unsigned",
                           static_cast<int>(zone.parent_ds), zone.records);
    for (const auto& fault : scenario.faults) out += zones::to_text(fault) + "\n";
    for (const auto& spec : scenario.resolvers) {
        out += fmt::format("{} {} {}\n", spec.upstream.to_text(), zones::to_text(spec.recursion), spec.reachable);
        for (const auto& [question, recursion] : spec.exceptions)
            out += fmt::format("{} {}\n", question.to_text(), zones::to_text(recursion));
    }
    return out;
}

} // namespace independent
