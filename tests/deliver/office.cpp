#include "tests/deliver/office.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

#include "harness/clock_shift.h"
#include "harness/fake_internet.h"

namespace test {

namespace deliver = harness::deliver;

Folder::Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "danelab-deliver.XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder can be made");
    path_ = pattern;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Office::Office(const std::string& members)
    : config(deliver::parse_config(
          fmt::format(R"({{{} "hostname": "mail.client.example", "timeouts": {{"dns_s": 5, "smtp_s": 20}},
                          "queue": "queue.db", "log": {{"file": "mail.log", "level": "debug"}}}})",
                      members),
          folder_.file("deliver.json")))
    , queue(config.queue) {}

std::int64_t Office::send(const std::string& recipient, bool relay, const std::string& sender) {
    deliver::NewMessage message;
    message.sender = sender;
    message.recipients = {recipient};
    message.content =
        fmt::format("From: <me@client.example>\r\nTo: <{}>\r\nSubject: test\r\n\r\nHello.\r\n", recipient);
    message.relay = relay;
    return queue.accept(message, now);
}

deliver::PassCount Office::passes(harness::Scenario scenario, bool until_empty) {
    harness::move_to(scenario, now);
    boost::asio::io_context io(1);
    harness::FakeInternet internet(io, scenario);
    deliver::DeliveryNetwork network;
    network.upstreams = internet.upstreams();
    network.dial_map = &internet.dial_map();
    network.anchors = internet.trust_anchors();
    network.resolver_try = scenario.timeouts.resolver_try;
    network.random = [generator = std::mt19937_64(scenario.seed)]() mutable { return generator(); };
    network.authorities = harness::authorities_of(scenario);
    deliver::Log log(config.log, [this] { return now; });
    deliver::Delivery delivery(io, config, queue, log, std::move(network), [this] { return now; });
    deliver::PassCount total;
    for (;;) {
        const auto count = delivery.pass();
        total.delivered += count.delivered;
        total.deferred += count.deferred;
        total.bounced += count.bounced;
        const auto next = queue.next_due();
        if (!until_empty || !next) break;
        now = dns::UnixTime{std::max(next->seconds, now.seconds + 1)};
    }
    for (auto& session : internet.sessions()) {
        for (const auto& message : session.messages) received.push_back(message);
        sessions.push_back(std::move(session));
    }
    queries += internet.queries().size();
    return total;
}

std::string Office::log() const {
    std::ifstream in(config.log.file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::size_t Office::count_in_log(const std::string& wanted) const {
    const std::string text = log();
    std::size_t count = 0;
    for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) ++count;
    return count;
}

deliver::DestinationStatus Office::status(const std::string& domain) const {
    for (auto& one : queue.status())
        if (one.domain == domain) return one;
    return {};
}

harness::Scenario internet(const std::string& zones, const std::string& certificates, const std::string& servers) {
    return harness::parse_scenario(
        fmt::format(R"({{"about": "of a test", "now": "2026-06-01T00:00:00Z", "zones": {}, "certificates": {},
                        "servers": {}, "ask": ". SOA", "expect": {{"security": "secure"}}}})",
                    zones, certificates, servers),
        "test.json", "test");
}

harness::Scenario shop(const std::string& tlsa, const std::string& behaviour, const std::string& names,
                       bool wrong_certificate) {
    const std::string record = tlsa.empty() ? "" : fmt::format(R"(, "_25._tcp.mx TLSA ${{tlsa:good {}}}")", tlsa);
    const std::string zones = fmt::format(
        R"([{{"apex": "shop.example.", "records": ["@ MX 10 mx", "mx A 192.0.2.25"{}]}},
            {{"apex": "2.0.192.in-addr.arpa.", "records": ["25 PTR mx.shop.example."]}}])",
        record);
    const std::string certificates = fmt::format(R"([{{"name": "good", "dns_names": {}}},
        {{"name": "other", "dns_names": ["other.example"], "self_signed": true, "key_label": "other"}}])",
                                                 names);
    return internet(zones, certificates,
                    fmt::format(R"([{{"address": "192.0.2.25", "certificate": "{}", "behaviour": {}}}])",
                                wrong_certificate ? "other" : "good", behaviour));
}

} // namespace test
