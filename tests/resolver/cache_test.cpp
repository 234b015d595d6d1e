#include "resolver/cache.h"

#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/rdata.h"
#include "resolver/dns/text.h"

using dns::UnixTime;
using resolver::life_of;
using resolver::LookupCache;
using resolver::MessageCache;
using validator::Answered;
using validator::Lookup;
using validator::Security;

namespace {

constexpr UnixTime now{1'780'000'000}; // 2026-05-28T20:26:40Z
constexpr UnixTime after(std::int64_t seconds) { return {now.seconds + seconds}; }

const dns::Question asked(dns::Name::literal("www.example."), dns::RrType::A);

dns::Record record(std::string_view line) { return dns::record_from_text(line).value(); }

// An RRSIG over www.example. A with this TTL and original TTL that expires so many seconds after now.
dns::Record signature(dns::Ttl ttl, std::uint32_t original_ttl, std::int64_t expires_in) {
    dns::Rrsig rrsig;
    rrsig.type_covered = dns::RrType::A;
    rrsig.algorithm = dns::Algorithm::ED25519;
    rrsig.labels = 2;
    rrsig.original_ttl = original_ttl;
    rrsig.expiration = dns::SerialTime::of(after(expires_in));
    rrsig.inception = dns::SerialTime::of(after(-86'400));
    rrsig.signer = dns::Name::literal("example.");
    rrsig.signature = dns::Bytes(64, 0);
    return dns::Record(asked.name, dns::RrType::RRSIG, ttl, rrsig.build());
}

dns::Message message(std::vector<dns::Record> answer, std::vector<dns::Record> authority = {},
                     dns::Rcode rcode = dns::Rcode::NOERROR) {
    dns::Message message;
    message.header.response = true;
    message.rcode = rcode;
    message.questions.push_back(asked);
    message.answer = std::move(answer);
    message.authority = std::move(authority);
    return message;
}

Answered answered(dns::Message message) { return Answered{std::move(message), {"192.0.2.53:53 (priority 0)"}, {}}; }

const dns::Record address = record("www.example. 300 IN A 192.0.2.1");
const dns::Record soa = record("example. 900 IN SOA ns.example. root.example. 1 2 3 4 600");

} // namespace

TEST_CASE("cache: life of a response (RFC 2308 §5, RFC 4035 §5.3.3, RFC 9077 §3.4)") {
    const auto long_soa = record("example. 86400 IN SOA ns.example. root.example. 1 2 3 4 86400");
    const auto nsec = record("example. 120 IN NSEC www.example. SOA NSEC RRSIG");
    const auto alias = record("www.example. 200 IN CNAME there.example.");
    dns::Message truncated = message({address});
    truncated.header.truncated = true;
    dns::Message malformed_signature = message({address, signature(300, 300, 86'400)});
    malformed_signature.answer[1].rdata.resize(10);
    const struct {
        std::string_view about;
        dns::Message message;
        dns::Ttl life;
    } table[] = {
        {"the TTL", message({address}), 300},
        {"the smallest TTL", message({address, record("www.example. 60 IN A 192.0.2.2")}), 60},
        {"at most a week", message({record("www.example. 2000000000 IN A 192.0.2.1")}), resolver::max_positive_life},
        {"TTL 0", message({record("www.example. 0 IN A 192.0.2.1")}), 0},
        {"the RRSIG's TTL", message({address, signature(50, 300, 86'400)}), 50},
        {"the RRSIG's original TTL", message({address, signature(300, 40, 86'400)}), 40},
        {"the time until the RRSIG expires", message({address, signature(300, 300, 30)}), 30},
        {"an RRSIG that has expired", message({address, signature(300, 300, -1)}), 0},
        {"an RRSIG that is malformed", malformed_signature, 0},
        {"the TTL of a denial beside a wildcard's answer", message({address}, {nsec}), 120},
        {"no data: SOA MINIMUM", message({}, {soa}), 600},
        {"no data: a smaller SOA TTL",
         message({}, {record("example. 100 IN SOA ns.example. root.example. 1 2 3 4 600")}), 100},
        {"no data: the denial's TTL", message({}, {soa, nsec}), 120},
        {"no data: at most three hours", message({}, {long_soa}), resolver::max_negative_life},
        {"no data without SOA", message({}, {nsec}), 0},
        {"no such name", message({}, {soa}, dns::Rcode::NXDOMAIN), 600},
        {"no such name without SOA", message({}, {}, dns::Rcode::NXDOMAIN), 0},
        {"an alias to no data", message({alias}, {soa}), 200},
        {"an alias to no data without SOA", message({alias}), 0},
        {"an alias with its target", message({alias, record("there.example. 300 IN A 192.0.2.1")}), 200},
        {"SERVFAIL", message({}, {soa}, dns::Rcode::SERVFAIL), 0},
        {"REFUSED", message({address}, {}, dns::Rcode::REFUSED), 0},
        {"truncated", truncated, 0},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.about) { CHECK(life_of(row.message, asked, now) == row.life); }
    }
}

TEST_CASE("message cache: an entry is found until its life is over, with its TTLs less its age") {
    MessageCache cache(10, 100'000);
    Answered stored = answered(message({address, signature(300, 300, 86'400)}));
    stored.attempts.push_back({{"192.0.2.52:53 (priority 0)"}, validator::NoAnswerCause::timeout});
    cache.store(asked, stored, now);

    const auto fresh = cache.find(asked, now);
    REQUIRE(fresh);
    CHECK(fresh->message == stored.message);
    CHECK(fresh->source.text == stored.source.text);
    CHECK(fresh->attempts.empty());

    const auto later = cache.find(asked, after(299));
    REQUIRE(later);
    CHECK(later->message.answer[0].ttl == 1);
    CHECK(later->message.answer[1].ttl == 1);
    CHECK_FALSE(cache.find(asked, after(300)));
    CHECK(cache.size() == 0);
}

TEST_CASE("message cache: names are one whatever their letter case (RFC 4343 §3), types are not") {
    MessageCache cache(10, 100'000);
    cache.store(asked, answered(message({address})), now);
    CHECK(cache.find(dns::Question(dns::Name::literal("WWW.EXAMPLE."), dns::RrType::A), now));
    CHECK_FALSE(cache.find(dns::Question(asked.name, dns::RrType::AAAA), now));
    CHECK_FALSE(cache.find(dns::Question(asked.name, dns::RrType::A, dns::RrClass::CH), now));
}

TEST_CASE("message cache: negative answers live by their SOA (RFC 2308 §5)") {
    MessageCache cache(10, 100'000);
    cache.store(asked, answered(message({}, {soa}, dns::Rcode::NXDOMAIN)), now);
    REQUIRE(cache.find(asked, after(599)));
    CHECK(cache.find(asked, after(599))->message.rcode == dns::Rcode::NXDOMAIN);
    CHECK_FALSE(cache.find(asked, after(600)));
}

TEST_CASE("message cache: what may not be kept is not there, and leaves nothing behind") {
    MessageCache cache(10, 100'000);
    cache.store(asked, answered(message({}, {soa}, dns::Rcode::SERVFAIL)), now);
    CHECK_FALSE(cache.find(asked, now));
    CHECK(cache.size() == 0);
    CHECK(cache.octets() == 0);
}

TEST_CASE("message cache: a clock that is set back finds nothing") {
    MessageCache cache(10, 100'000);
    cache.store(asked, answered(message({address})), now);
    CHECK_FALSE(cache.find(asked, after(-1)));
}

TEST_CASE("message cache: memory is bounded in entries and in octets") {
    const auto question = [](int i) {
        return dns::Question(dns::Name::literal("n" + std::to_string(i) + ".example."), dns::RrType::A);
    };
    const auto big = message({dns::Record(asked.name, dns::RrType::A, 300, dns::Bytes(4)),
                              dns::Record(asked.name, dns::RrType::TXT, 300, dns::Bytes(10'000))});
    MessageCache few(5, 100'000'000);
    MessageCache small(1'000, 50'000);
    for (int i = 0; i < 100; ++i) {
        few.store(question(i), answered(big), now);
        small.store(question(i), answered(big), now);
    }
    CHECK(few.size() == 5);
    CHECK(small.size() == 4);
    CHECK(small.octets() <= 50'000);
    CHECK(small.find(question(99), now));
    CHECK_FALSE(small.find(question(0), now));
}

namespace {

Lookup lookup_of(Security security, dns::Ttl ttl) {
    Lookup lookup;
    lookup.question = asked;
    lookup.verdict.security = security;
    lookup.verdict.ttl = ttl;
    lookup.verdict.questions = 7;
    lookup.verdict.verifications = 6;
    dns::SignedRrSet set;
    set.set = dns::RrSet(asked.name, dns::RrType::A, 300, {address.rdata});
    set.signature_ttl = 300;
    lookup.verdict.answer.push_back(set);
    lookup.attempts.push_back({{"192.0.2.52:53 (priority 0)"}, validator::NoAnswerCause::timeout});
    return lookup;
}

} // namespace

TEST_CASE("lookup cache: a verdict is found for as long as it says, and cost nothing then") {
    LookupCache cache(10, 100'000);
    cache.store(lookup_of(Security::secure, 300), now);
    const auto found = cache.find(dns::Question(dns::Name::literal("WWW.example."), dns::RrType::A), after(299));
    REQUIRE(found);
    CHECK(found->question.name.same_octets(dns::Name::literal("WWW.example.")));
    CHECK(found->verdict.security == Security::secure);
    CHECK(found->verdict.ttl == 1);
    REQUIRE(found->verdict.answer.size() == 1);
    CHECK(found->verdict.answer[0].set.ttl == 1);
    CHECK(found->verdict.answer[0].signature_ttl == 1);
    CHECK(found->verdict.questions == 0);
    CHECK(found->verdict.verifications == 0);
    CHECK(found->attempts.empty());
    CHECK_FALSE(cache.find(asked, after(300)));
}

TEST_CASE("lookup cache: failures are asked again, not remembered") {
    const struct {
        Security security;
        dns::Ttl ttl;
        bool kept;
    } table[] = {
        {Security::secure, 60, true},         {Security::insecure, 60, true}, {Security::bogus, 60, false},
        {Security::indeterminate, 60, false}, {Security::secure, 0, false},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(to_text(row.security) << ", TTL " << row.ttl) {
            LookupCache cache(10, 100'000);
            cache.store(lookup_of(row.security, row.ttl), now);
            CHECK(cache.find(asked, now).has_value() == row.kept);
            CHECK(cache.size() == (row.kept ? 1U : 0U));
        }
    }
}
