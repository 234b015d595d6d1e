// The stub end to end: a signed hierarchy behind recursive servers on loopback.
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <unordered_map>

#include "resolver/failover.h"
#include "resolver/stub.h"
#include "tests/resolver/scripted_server.h"
#include "zones/authority.h"

using namespace resolver_test;
using resolver::Stub;
using validator::Lookup;
using validator::ReasonCode;
using validator::Security;
using zones::FaultKind;
using zones::Recursion;

namespace {

constexpr dns::UnixTime base_now{1'800'000'000}; // 2027-01-15
constexpr std::int64_t day = 86'400;

dns::Question question(std::string_view name, dns::RrType type) {
    return dns::Question(dns::Name::literal(name), type);
}

const dns::Question address = question("mx.mail.example.", dns::RrType::A);
const dns::Question tlsa = question("_25._tcp.mx.mail.example.", dns::RrType::TLSA);

// The root and example. signed, mail.example. signed, plain.example. unsigned.
zones::Hierarchy hierarchy(const std::vector<zones::Fault>& faults = {}) {
    zones::SigningPolicy signing;
    signing.csk = true;
    signing.inception = {base_now.seconds - 10 * day};
    signing.expiration = {base_now.seconds + 20 * day};
    const std::string records = "$TTL 3600\n@ MX 10 mx\nmx A 192.0.2.1\nmx2 A 192.0.2.2\n"
                                "_25._tcp.mx TLSA 3 1 1 "
                                "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
    const std::vector<zones::ZoneSpec> specs = {
        {dns::Name::literal("mail.example."), records, signing},
        {dns::Name::literal("plain.example."), records, std::nullopt},
    };
    return zones::Hierarchy::build(specs, signing, faults, 1);
}

Script recursive(const zones::Hierarchy& hierarchy, Recursion recursion, std::size_t limit) {
    return [&hierarchy, recursion, limit](const dns::Message& query, std::size_t) {
        const auto reply = reply_recursively(hierarchy, query, recursion, limit);
        return reply ? std::vector<dns::Bytes>{*reply} : std::vector<dns::Bytes>{};
    };
}

struct Bench {
    explicit Bench(zones::Hierarchy h = hierarchy())
        : zones(std::move(h)) {
        validator::TrustAnchor anchor;
        for (const auto& record : zones.root_anchors()) anchor.ds.push_back(dns::Ds::parse(record.rdata).value());
        anchors.add(anchor);
        options.try_timeout = std::chrono::milliseconds(5'000);
    }

    // One more recursive server as upstream.
    void add(Recursion recursion, unsigned priority, std::size_t udp_limit = 1232) {
        servers.push_back(std::make_unique<ScriptedServer>(io, recursive(zones, recursion, udp_limit),
                                                           recursive(zones, recursion, 65'535)));
        options.upstreams.emplace_back(servers.back()->endpoint(), priority);
    }

    void start() {
        // A query's round is one more than the highest round of the answers that were there when it was sent.
        const auto random = [this, draw = counting_random()]() mutable {
            const std::uint64_t number = draw();
            round_of_id[static_cast<std::uint16_t>(number)] = rounds_completed + 1;
            return number;
        };
        const auto observer = [this](const resolver::Exchange& exchange) {
            ++asked[exchange.question];
            if (const auto* message = std::get_if<dns::Message>(&exchange.outcome))
                rounds_completed = std::max(rounds_completed, round_of_id.at(message->header.id));
        };
        stub = std::make_unique<Stub>(
            io.get_executor(), options, anchors, policy, [this] { return now; }, random, observer);
    }

    Lookup lookup(const dns::Question& wanted) { return run(io, stub->lookup(wanted)); }
    std::size_t exchanges() const {
        std::size_t sum = 0;
        for (const auto& [wanted, times] : asked) sum += times;
        return sum;
    }
    bool asked_each_once() const {
        return std::all_of(asked.begin(), asked.end(), [](const auto& entry) { return entry.second == 1; });
    }

    asio::io_context io;
    dns::UnixTime now = base_now;
    zones::Hierarchy zones;
    validator::TrustAnchors anchors;
    validator::Policy policy = validator::Policy::of(validator::AlgorithmProfile::rfc9904);
    resolver::StubOptions options;
    std::vector<std::unique_ptr<ScriptedServer>> servers;
    std::unordered_map<dns::Question, std::size_t> asked;
    std::map<std::uint16_t, unsigned> round_of_id;
    unsigned rounds_completed = 0;
    std::unique_ptr<Stub> stub;
};

} // namespace

TEST_CASE("hierarchy: three zone cuts are proven secure in two round trips, and no question is asked twice") {
    for (const auto& wanted : {address, tlsa, question("mail.example.", dns::RrType::MX)}) {
        DYNAMIC_SECTION(wanted.to_text()) {
            Bench bench;
            bench.add(Recursion::dnssec, 0);
            bench.start();
            const auto lookup = bench.lookup(wanted);
            CHECK(lookup.verdict.security == Security::secure);
            CHECK(lookup.verdict.reasons.empty());
            CHECK(lookup.rdata().size() == 1);
            CHECK(lookup.attempts.empty());
            CHECK(bench.rounds_completed <= 2);
            CHECK(bench.asked_each_once());
            CHECK(bench.exchanges() == lookup.verdict.questions);
            CHECK(lookup.verdict.verifications == 6); // root DNSKEY, two DS, two DNSKEY, the answer
        }
    }
}

TEST_CASE("hierarchy: denials are secure, and a name below an unsigned delegation is insecure") {
    const struct {
        dns::Question question;
        Security security;
        validator::AnswerKind kind;
    } table[] = {
        {question("no.mail.example.", dns::RrType::A), Security::secure, validator::AnswerKind::name_error},
        {question("mx.mail.example.", dns::RrType::AAAA), Security::secure, validator::AnswerKind::no_data},
        {question("mx.plain.example.", dns::RrType::A), Security::insecure, validator::AnswerKind::positive},
        {question("no.plain.example.", dns::RrType::A), Security::insecure, validator::AnswerKind::name_error},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.question.to_text()) {
            Bench bench;
            bench.add(Recursion::dnssec, 0);
            bench.start();
            const auto lookup = bench.lookup(row.question);
            CHECK(lookup.verdict.security == row.security);
            CHECK(lookup.verdict.kind == row.kind);
            CHECK(bench.rounds_completed <= 2);
            CHECK(bench.asked_each_once());
        }
    }
}

TEST_CASE("hierarchy: an expired signature is bogus, and so until the clock says otherwise") {
    Bench bench(hierarchy({{FaultKind::rrsig_expired, address.name, address.type}}));
    bench.add(Recursion::dnssec, 0);
    bench.start();
    const auto lookup = bench.lookup(address);
    CHECK(lookup.verdict.security == Security::bogus);
    CHECK(lookup.verdict.has_reason(ReasonCode::rrsig_expired));
    CHECK(bench.lookup(question("mx2.mail.example.", dns::RrType::A)).verdict.security == Security::secure);
}

TEST_CASE("hierarchy: a bogus verdict is not kept: once mended, the next lookup is secure") {
    Bench bench(hierarchy({{FaultKind::rrsig_wrong_octets, address.name, address.type}}));
    bench.add(Recursion::dnssec, 0);
    bench.start();
    CHECK(bench.lookup(address).verdict.security == Security::bogus);
    bench.zones = hierarchy();
    CHECK(bench.lookup(address).verdict.security == Security::secure);
}

TEST_CASE("hierarchy: a secure verdict is kept for its TTL, and the keys serve other questions of the zone") {
    Bench bench;
    bench.add(Recursion::dnssec, 0);
    bench.start();
    const auto first = bench.lookup(address);
    CHECK(first.verdict.ttl == 3600);
    const auto exchanges = bench.exchanges();

    bench.now.seconds += 3599;
    const auto cached = bench.lookup(address);
    CHECK(cached.verdict.security == Security::secure);
    CHECK(cached.verdict.ttl == 1);
    CHECK(cached.rdata() == first.rdata());
    CHECK(bench.exchanges() == exchanges);

    bench.now.seconds -= 3000;
    const auto other = bench.lookup(tlsa);
    CHECK(other.verdict.security == Security::secure);
    CHECK(bench.asked_each_once());
    CHECK(other.verdict.verifications == 1); // the answer's alone

    bench.now.seconds += 3001;
    CHECK(bench.lookup(address).verdict.security == Security::secure);
    CHECK(bench.asked.at(address) == 2);
}

TEST_CASE("hierarchy: with the cache off, each lookup asks for itself") {
    Bench bench;
    bench.options.cache_entries = 0;
    bench.add(Recursion::dnssec, 0);
    bench.start();
    CHECK(bench.lookup(address).verdict.security == Security::secure);
    CHECK(bench.lookup(address).verdict.security == Security::secure);
    for (const auto& [wanted, times] : bench.asked) CHECK(times == 2);
}

TEST_CASE("hierarchy: lookups at one time share what is in flight") {
    Bench bench;
    bench.add(Recursion::dnssec, 0);
    bench.start();
    std::vector<asio::awaitable<Lookup>> lookups;
    for (const auto& wanted : {address, tlsa, question("mail.example.", dns::RrType::MX), address, tlsa})
        lookups.push_back(bench.stub->lookup(wanted));
    const auto results = run_all(bench.io, std::move(lookups));
    for (const auto& lookup : results) CHECK(lookup.verdict.security == Security::secure);
    CHECK(bench.asked_each_once());
}

TEST_CASE("hierarchy: answers too long for UDP come over TCP") {
    Bench bench;
    bench.add(Recursion::dnssec, 0, 150);
    bench.start();
    const auto lookup = bench.lookup(address);
    CHECK(lookup.verdict.security == Security::secure);
    CHECK(bench.servers[0]->tcp_queries().size() >= 5);
}

TEST_CASE("hierarchy: which resolvers stand in which order decides the verdict, as in the appliance") {
    constexpr bool named = true;
    const struct {
        std::string_view about;
        std::vector<std::pair<Recursion, unsigned>> resolvers;
        Security security;
        bool names_resolver; // does a reason name the resolver at fault?
    } table[] = {
        {"capable alone", {{Recursion::dnssec, 0}}, Security::secure, !named},
        {"capable first, incapable second",
         {{Recursion::dnssec, 0}, {Recursion::no_edns, 1}},
         Security::secure,
         !named},
        {"incapable first, capable second", {{Recursion::no_edns, 0}, {Recursion::dnssec, 1}}, Security::bogus, named},
        {"unknown to EDNS first", {{Recursion::formerr_on_edns, 0}, {Recursion::dnssec, 1}}, Security::bogus, named},
        {"DO ignored first", {{Recursion::ignores_do, 0}, {Recursion::dnssec, 1}}, Security::bogus, named},
        {"RRSIG stripped first", {{Recursion::strips_rrsig, 0}, {Recursion::dnssec, 1}}, Security::bogus, named},
        {"silent first, capable second", {{Recursion::silent, 0}, {Recursion::dnssec, 1}}, Security::secure, !named},
        {"silent first, incapable second", {{Recursion::silent, 0}, {Recursion::no_edns, 1}}, Security::bogus, named},
        {"SERVFAIL first, capable second",
         {{Recursion::servfail, 0}, {Recursion::dnssec, 1}},
         Security::secure,
         !named},
        {"REFUSED first, capable second", {{Recursion::refuses, 0}, {Recursion::dnssec, 1}}, Security::secure, !named},
        {"equal priorities, mixed", {{Recursion::dnssec, 0}, {Recursion::no_edns, 0}}, Security::bogus, named},
        {"equal priorities, both capable", {{Recursion::dnssec, 0}, {Recursion::dnssec, 0}}, Security::secure, !named},
        {"all silent", {{Recursion::silent, 0}, {Recursion::silent, 1}}, Security::indeterminate, !named},
        {"garbage alone", {{Recursion::garbage, 0}}, Security::indeterminate, !named},
        {"SERVFAIL alone", {{Recursion::servfail, 0}}, Security::indeterminate, named},
        {"REFUSED alone", {{Recursion::refuses, 0}}, Security::indeterminate, named},
        {"none", {}, Security::indeterminate, !named},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.about) {
            Bench bench;
            bool waits = false;
            for (const auto& [recursion, priority] : row.resolvers) {
                bench.add(recursion, priority);
                waits = waits || recursion == Recursion::silent || recursion == Recursion::garbage;
            }
            if (waits) { // one try is enough here, and long enough for those that do answer
                bench.options.try_timeout = std::chrono::milliseconds(300);
                bench.options.tries = 1;
            }
            bench.start();
            const auto lookup = bench.lookup(address);
            CHECK(lookup.verdict.security == row.security);
            CHECK(lookup.verdict.reasons.empty() == (row.security == Security::secure));
            if (row.names_resolver) {
                std::size_t named_ones = 0;
                for (const auto& reason : lookup.verdict.reasons) UNSCOPED_INFO(to_text(reason, bench.now));
                for (const auto& reason : lookup.verdict.reasons)
                    for (std::size_t i = 0; i < row.resolvers.size(); ++i)
                        if (row.resolvers[i].first != Recursion::dnssec && row.resolvers[i].first != Recursion::silent)
                            named_ones += reason.resolver == bench.options.upstreams[i].to_text() ? 1 : 0;
                CHECK(named_ones > 0);
            }
        }
    }
}
