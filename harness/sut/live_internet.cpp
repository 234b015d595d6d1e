#include "harness/sut/live_internet.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <fstream>
#include <future>
#include <optional>

#include "harness/isolation/private_files.h"
#include "harness/system.h"
#include "harness/validating_face.h"
#include "resolver/dns/rdata.h"
#include "resolver/dns/text.h"

namespace harness {

namespace {

constexpr unsigned resolver_seconds = 1; // a resolver that is down costs each lookup that much

// In place: the files may be bind mounts. Those that are not there were left out on purpose.
void rewrite(const std::map<std::string, std::string>& files) {
    for (const auto& [path, content] : files) {
        std::ofstream out(path, std::ios::binary | std::ios::in | std::ios::out | std::ios::trunc);
        out << content;
    }
}

std::vector<dns::Record> records_of(const zones::Hierarchy& hierarchy, const dns::Name& name, dns::RrType type) {
    const auto message =
        zones::answer_recursively(hierarchy, dns::make_query(dns::Question(name, type), 0), zones::Recursion::dnssec);
    std::vector<dns::Record> records;
    for (const auto& record : message.answer)
        if (record.type == type) records.push_back(record);
    return records;
}

} // namespace

LiveInternet::LiveInternet(const ResolverProgram* resolver)
    : work_(io_.get_executor())
    , resolver_(resolver)
    , thread_([this] { io_.run(); }) {}

LiveInternet::~LiveInternet() {
    clear();
    work_.reset();
    io_.stop();
    thread_.join();
}

template <class F>
auto LiveInternet::on_thread(F function) const -> decltype(function()) {
    std::packaged_task<decltype(function())()> task(std::move(function));
    auto result = task.get_future();
    boost::asio::post(io_, [&task] { task(); });
    return result.get();
}

void LiveInternet::set(const Scenario& scenario, Validating validating) {
    running_.clear();
    const auto files = on_thread([&] {
        internet_.reset();
        internet_ = std::make_unique<FakeInternet>(
            io_, scenario, AtPublishedAddresses{system_now, resolver_ != nullptr, validating == Validating::yes});
        return private_files(published_resolvers(scenario), resolver_seconds, internet_->hierarchy());
    });
    rewrite(files);
    if (resolver_ != nullptr) running_ = start_resolvers(*resolver_, internet_->unvalidated(), internet_->hierarchy());
}

void LiveInternet::clear() {
    running_.clear();
    on_thread([&] { internet_.reset(); });
}

std::uint16_t LiveInternet::serve_unvalidated() {
    return on_thread([&] { return internet_->serve_recursive(zones::Recursion::dnssec).port; });
}

std::vector<SessionLog> LiveInternet::sessions() const {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::milliseconds(250);
    for (;;) {
        auto sessions = on_thread([&] { return internet_->sessions(); });
        const bool open = std::any_of(sessions.begin(), sessions.end(),
                                      [](const SessionLog& one) { return one.end == SessionLog::End::open; });
        if (!open || std::chrono::steady_clock::now() > patience) return sessions;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

std::vector<std::string> LiveInternet::queries() const {
    const auto asked = on_thread([&] { return internet_->queries(); });
    std::vector<std::string> out;
    for (const auto& query : asked) {
        auto text = query.question.to_text();
        if (!query.resolver.empty() && std::find(out.begin(), out.end(), text) == out.end())
            out.push_back(std::move(text));
    }
    return out;
}

LiveInternet::Asked LiveInternet::asked() const {
    const auto queries = on_thread([&] { return internet_->queries(); });
    return {!queries.empty(), std::ranges::any_of(queries, [](const LoggedQuery& one) {
                return one.question.type == dns::RrType::TLSA;
            })};
}

std::vector<std::string> LiveInternet::secure_tlsa(const dns::Name& domain, const std::string& port, bool by_mx) const {
    return on_thread([&] {
        const auto found = findings_of(internet_->hierarchy(), domain, port, system_now());
        const bool applies =
            (!by_mx || found.mx == validator::Security::secure) && found.address == validator::Security::secure;
        return applies ? found.records : std::vector<std::string>{};
    });
}

Target LiveInternet::target_of(const dns::Name& domain) const {
    return on_thread([&] { return harness::target_of(internet_->hierarchy(), domain); });
}

Target target_of(const zones::Hierarchy& hierarchy, const dns::Name& domain) {
    Target target{domain, {}};
    std::optional<unsigned> best;
    for (const auto& record : records_of(hierarchy, domain, dns::RrType::MX)) {
        const auto mx = dns::Mx::parse(record.rdata);
        if (!mx || (best && mx->preference >= *best)) continue;
        best = mx->preference;
        target.host = mx->exchange;
    }
    for (const auto type : {dns::RrType::A, dns::RrType::AAAA})
        for (const auto& record : records_of(hierarchy, target.host, type))
            if (target.address.empty()) target.address = dns::rdata_to_text(record.type, record.rdata);
    return target;
}

Findings findings_of(const zones::Hierarchy& hierarchy, const dns::Name& domain, const std::string& port,
                     dns::UnixTime now) {
    ValidatingFace face(
        hierarchy, anchors_of(hierarchy), [now] { return now; },
        [](const dns::Question&) { return zones::Recursion::dnssec; });
    const auto security = [&](const dns::Name& name, dns::RrType type) {
        return face.look_up(dns::Question(name, type)).verdict.security;
    };
    const auto target = target_of(hierarchy, domain);
    Findings found;
    found.mx = security(domain, dns::RrType::MX);
    const auto v4 = security(target.host, dns::RrType::A), v6 = security(target.host, dns::RrType::AAAA);
    found.address = std::max(v4, v6, [](auto a, auto b) { return static_cast<int>(a) < static_cast<int>(b); });
    const auto alias = face.look_up(dns::Question(target.host, dns::RrType::CNAME));
    if (found.address == validator::Security::insecure && !alias.rdata().empty())
        found.address = alias.verdict.security;
    const auto owner = dns::Name::from_text(fmt::format("_{}._tcp.{}", port, target.host.to_text()));
    if (!owner) return found;
    const auto tlsa = face.look_up(dns::Question(*owner, dns::RrType::TLSA));
    found.tlsa = tlsa.verdict.security;
    if (found.tlsa == validator::Security::secure)
        for (const auto& rdata : tlsa.rdata()) found.records.push_back(dns::rdata_to_text(dns::RrType::TLSA, rdata));
    return found;
}

} // namespace harness
