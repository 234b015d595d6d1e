// A scenario: one fake Internet, what is broken in it on purpose, what the client is to do, and what is expected.
// Loaded strictly from one JSON file; the format is documented in harness/README.md and harness/scenario.schema.json.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/certificates.h"
#include "harness/scenario_error.h"
#include "harness/smtp_server.h"
#include "resolver/upstream.h"
#include "tlsa/decision.h"
#include "tlsa/outcome.h"
#include "tlsa/srv_walk.h"
#include "tlsa/walker.h"
#include "validator/reason.h"
#include "zones/authority.h"
#include "zones/hierarchy.h"

namespace harness {

struct ResolverSpec {            // one fake resolver that the client is configured with
    resolver::Upstream upstream; // published address, port, priority
    zones::Recursion recursion = zones::Recursion::dnssec;
    bool reachable = true; // false: nothing listens there
    bool tcp = true;       // false: it is silent over TCP
    // Per-question behaviour instead of `recursion`: SERVFAIL for one TLSA name, say.
    std::vector<std::pair<dns::Question, zones::Recursion>> exceptions;
};

struct CertificateSpec { // under a name that servers and TLSA records refer to
    std::string name;
    CertificatePlan plan; // of harness/certificates.h
};

struct ServerSpec {
    std::string address; // published, text form
    std::uint16_t port = 25;
    std::string certificate;       // name of a CertificateSpec; "": none, the handshake fails
    std::string other_certificate; // of another kind of key, for clients that cannot use the first; "": none
    std::map<std::string, std::string> certificates_by_sni; // server name (lower case, no final dot) -> CertificateSpec
    SmtpBehaviour behaviour; // credentials are filled in by FakeInternet; refuses_connections: a closed port
};

struct ClientSpec {   // mail from one sender to one recipient in `domain`
    dns::Name domain; // whose mail it is
    std::string profile = "cisco-esa";
    tlsa::Mode mode = tlsa::Mode::mandatory;
    tlsa::AddressFamilies families = tlsa::AddressFamilies::ipv4_first;
    bool deliver = true; // false: verify only
    tlsa::NextHop next_hop = tlsa::NextHop::mail_domain;
    std::string address;              // of NextHop::address
    std::vector<dns::Name> own_names; // of the client itself
    std::optional<std::uint64_t> shuffle_seed;
    std::uint16_t port = 25;
    bool implicit_tls = false;
    std::optional<tlsa::MailService> srv;       // submits mail by the domain's SRV records instead of its MX
    bool all_mx = false, all_addresses = false; // checks of all that is published; not together with `deliver`
    std::vector<tlsa::ServerKey> key_probes;
    tlsa::DigestOrder digests = tlsa::default_digest_order();
};

// A question whose verdict decides a state. Independent validators are asked about these (tests/independent).
struct Judged {
    dns::Question question;
    validator::Security security = validator::Security::secure;
    std::vector<std::string> reasons;             // ids that our verdict must give
    std::optional<std::vector<dns::EdeCode>> ede; // as in Expectation
};

struct Timeouts {
    std::chrono::milliseconds resolver_try{1'500}; // one UDP try at one upstream
    std::chrono::milliseconds smtp_step{10'000};
    tlsa::StepTimeouts smtp_steps; // steps with a deadline of their own
};

// What other systems may come to (`run --sut`), where that is not the outcome of our own client alone.
struct ForOthers {
    std::vector<tlsa::Outcome> outcomes; // at least one
    std::string because;                 // one line, with its RFC section
};

struct Expectation {
    // For scenarios of the tables and other deliveries.
    std::optional<tlsa::States> states; // of the (host, address) that decided, the last one tried
    std::optional<tlsa::Action> action;
    std::optional<tlsa::WalkStatus> status;
    std::optional<bool> delivered, delivered_in_tls, authenticated;
    std::optional<tlsa::Outcome> outcome;
    std::vector<tlsa::Outcome> outcomes; // one of these is to come about; empty: not said
    // All that the servers are to be told, server by server: commands as they came, "TLS" for a finished handshake.
    std::optional<std::vector<std::string>> commands;
    // For plain lookups (`ask`).
    std::optional<validator::Security> security;
    std::optional<dns::Rcode> rcode;
    // What the resolvers are asked and what not; the former in the order of the first asking, others may come between.
    std::vector<dns::Question> asked, not_asked;
    // Every connection the client opens, also where nothing answers, in order: each of the inner list's servers once,
    // in any order. "192.0.2.25", "[2001:db8::1]:465": the port is named where it is not 25.
    std::optional<std::vector<std::vector<std::string>>> dialed;
    // Server, named as in `dialed` -> the name in the ClientHello of every TLS connection to it; nullopt: none is sent.
    std::map<std::string, std::optional<std::string>> sni;
    std::vector<std::string> reasons; // ids that must be given; mandatory where something is bogus or fails
    std::vector<std::string> never;   // ids that must not be given
    // Extended DNS Errors of `ask`: the first is to be the first, the others are to be given too; empty: none at all.
    std::optional<std::vector<dns::EdeCode>> ede;
    std::vector<std::string> told; // each must stand in the text of some reason
    std::optional<ForOthers> others;
};

struct Story; // harness/story.h

// The same client again, some time later, with what it has cached; what changed in the meantime.
struct Stage {
    std::string about;
    dns::UnixTime now;
    zones::SigningPolicy signing;                    // default for parents, in force by then
    std::vector<zones::ZoneSpec> zones;              // instead of those with the same apex, or new
    std::optional<std::vector<zones::Fault>> faults; // instead of those before
    std::optional<std::vector<ServerSpec>> servers;  // instead of those before
    Expectation expect;
};

struct Scenario {
    std::string id; // "table/mandatory/05/tlsa-rrsig-expired", "seed/success", ...
    std::string about;
    std::string file;                // where it came from
    std::vector<std::string> rules;  // "D-008", "V-025": obeyed here by the client, and by what is published
    std::vector<std::string> breaks; // rules that something published or configured breaks, or whose condition fails
    std::optional<tlsa::Mode> table; // of the two decision tables; nullopt outside them
    unsigned row = 0;                // from 1; 0 outside the tables
    dns::UnixTime now;
    zones::Seed seed = 1;
    zones::SigningPolicy signing; // default for zones and parents
    std::vector<zones::ZoneSpec> zones;
    std::vector<zones::Fault> faults;
    std::vector<ResolverSpec> resolvers; // empty: one capable resolver at 127.0.0.1, priority 0
    std::vector<CertificateSpec> certificates;
    std::vector<ServerSpec> servers;
    std::optional<ClientSpec> client;   // nullopt: only a lookup, or a story
    std::shared_ptr<const Story> story; // of the delivery client; nullptr: none
    std::optional<dns::Question> ask;
    std::vector<Judged> judged;
    Timeouts timeouts;
    Expectation expect;
    std::vector<Stage> later; // in order of time; each changes what the one before it left
};

// The scenario as it stands after its first `stages` later stages, itself without any.
Scenario at_stage(const Scenario& scenario, std::size_t stages);

// Throws ScenarioError. `id` is the path below zones/scenarios without ".json".
Scenario load_scenario(const std::string& file, const std::string& id);
Scenario parse_scenario(std::string_view json, const std::string& file_for_messages, const std::string& id);

} // namespace harness
