// The Internet of one attempt at its real addresses, served from a thread of its own while the caller runs outside
// programs. For use inside an enclosure.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "harness/fake_internet.h"
#include "harness/sut/running_resolver.h"

namespace harness {

// The preferred MX host of a domain, the domain itself where it has none, and the host's first address ("" where it has
// none): out of the zones as they are, broken or not.
struct Target {
    dns::Name host;
    std::string address;
};
Target target_of(const zones::Hierarchy& hierarchy, const dns::Name& domain);

// What a validating resolver finds of one MX host. An address behind a secure alias counts as secure (RFC 7672 §2.2.2).
struct Findings {
    validator::Security mx{}, address{}, tlsa{};
    std::vector<std::string> records; // of the secure TLSA RRset
};
Findings findings_of(const zones::Hierarchy& hierarchy, const dns::Name& domain, const std::string& port,
                     dns::UnixTime now);

// Whether the resolvers of an Internet that are capable of DNSSEC validate what they hand on. For those who ask them
// because they judge themselves, they do not: what is bogus is handed on.
enum class Validating { no, yes };

class LiveInternet {
  public:
    // With a resolver of others in front, or ours (nullptr). The program must outlive this.
    explicit LiveInternet(const ResolverProgram* resolver = nullptr);
    ~LiveInternet();
    LiveInternet(const LiveInternet&) = delete;
    LiveInternet& operator=(const LiveInternet&) = delete;

    // Puts the scenario's Internet in the place of the one before, and writes its resolv.conf and anchor files.
    // Throws what FakeInternet throws, and ResolverError.
    void set(const Scenario& scenario, Validating validating = Validating::yes);
    // Nothing is served any more.
    void clear();
    // A resolver without validation of its own on 127.0.0.1: its port. For validators that forward.
    std::uint16_t serve_unvalidated();

    std::vector<SessionLog> sessions() const; // waits up to a quarter of a second for those still open
    // What was asked of resolvers, each once, in order; where others validate, what they asked for it.
    std::vector<std::string> queries() const;
    // Whether anybody here was asked anything, and TLSA records among it; the authoritative server counts as well.
    struct Asked {
        bool anything = false, tlsa = false;
    };
    Asked asked() const;
    // The data of the TLSA records ("3 1 1 0123...") that a DANE client hands to a TLS library which asks no DNS
    // itself: empty unless MX (`by_mx` alone), address (or the alias to it) and TLSA records are all secure
    // (RFC 7672 §2.2.1, §2.2.2).
    std::vector<std::string> secure_tlsa(const dns::Name& domain, const std::string& port, bool by_mx) const;
    Target target_of(const dns::Name& domain) const;

  private:
    template <class F>
    auto on_thread(F function) const -> decltype(function());

    mutable boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::unique_ptr<FakeInternet> internet_;
    const ResolverProgram* resolver_;
    std::vector<RunningResolver> running_;
    std::thread thread_;
};

} // namespace harness
