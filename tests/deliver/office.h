// A delivery client for tests: its own folder, a clock that the test moves, and a fake Internet for each pass.
#pragma once

#include <string>
#include <vector>

#include "harness/deliver/delivery.h"
#include "harness/scenario.h"
#include "harness/smtp_server_session.h"

namespace test {

// A folder that is removed with everything in it.
class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

class Office {
  public:
    // `members`: those of the configuration besides queue and log, each followed by a comma.
    explicit Office(const std::string& members);

    std::int64_t send(const std::string& recipient, bool relay = true, const std::string& sender = "");
    harness::deliver::PassCount pass(const harness::Scenario& scenario) { return passes(scenario, false); }
    // Moves the clock from retry to retry until nothing is queued.
    harness::deliver::PassCount until_empty(const harness::Scenario& scenario) { return passes(scenario, true); }
    std::string log() const;
    std::size_t count_in_log(const std::string& text) const;
    harness::deliver::DestinationStatus status(const std::string& domain) const;

    dns::UnixTime now{1'780'272'000};          // 2026-06-01T00:00:00Z
    std::vector<harness::SessionLog> sessions; // of all passes, as the servers saw them
    std::vector<harness::ReceivedMessage> received;
    std::size_t queries = 0; // that the fake resolvers were asked

  private:
    harness::deliver::PassCount passes(harness::Scenario scenario, bool until_empty);
    Folder folder_;

  public:
    harness::deliver::Config config;
    harness::deliver::Queue queue;
};

// A scenario of zones, certificates and servers (JSON arrays); what it expects does not matter here.
harness::Scenario internet(const std::string& zones, const std::string& certificates, const std::string& servers);
// shop.example, signed, with one MX host mx.shop.example at 192.0.2.25; `tlsa`: "3 1 1" or "" for none, of a server
// whose certificate is an authority's, for `names`.
harness::Scenario shop(const std::string& tlsa, const std::string& behaviour = "{}",
                       const std::string& names = R"(["mx.shop.example"])", bool wrong_certificate = false);

} // namespace test
