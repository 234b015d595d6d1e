// Chains of RFC 9102: the RFC's own, and ours of every kind of answer, whole, shuffled, cut and altered.
#include "validator/authentication_chain.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <random>

#include "resolver/dns/text.h"
#include "tests/validator/support.h"
#include "tests/validator/vectors.h"

using namespace test;
using validator::AnswerKind;
using validator::AuthenticationChain;
using validator::ReasonCode;
using validator::Security;

namespace {

const dns::UnixTime in_2019 = *dns::from_rfc3339("2019-06-01T00:00:00Z");

validator::TrustAnchors rfc9102_anchor() {
    return *validator::TrustAnchors::from_zone_file(
        ".  IN  DS  ( 47005 13 2 2eb6e9f2480126691594d649a5a613de3052e37861634641bb568746f2ffc4d4 )");
}

validator::Verdict verified(const AuthenticationChain& chain, const dns::Question& question,
                            dns::UnixTime at = in_2019) {
    return validator::verify(chain, question, rfc9102_anchor(), default_policy(), at);
}

// A name space with something of every kind; `denial` is that of sub.example.
zones::Hierarchy tree(zones::Denial denial, const std::vector<zones::Fault>& faults = {}) {
    const std::string data = "mx A 192.0.2.1\n_25._tcp.mx TLSA 3 1 1 "
                             "8bd1da95272f7fa4ffb24137fc0ed03aae67e5c4d8b3c50734e1050a7920b922\n"
                             "*._tcp.wild TLSA 3 1 1 00d1da95272f7fa4ffb24137fc0ed03aae67e5c4d8b3c50734e1050a7920b922\n"
                             "_25._tcp.alias CNAME _25._tcp.mx\n"
                             "_25._tcp.out CNAME _25._tcp.mx.other.example.\n"
                             "moved DNAME mx\n_tcp.deep.empty A 192.0.2.2\n";
    return build({zone("example.", ""), zone("sub.example.", data, signing(denial)),
                  zone("other.example.", data, signing(zones::Denial::nsec)),
                  zone("plain.example.", data, std::nullopt)},
                 faults);
}

const std::vector<std::string>& names() {
    static const std::vector<std::string> all = {
        "_25._tcp.mx.sub.example.",    // positive
        "_443._tcp.wild.sub.example.", // made from a wildcard
        "_25._tcp.alias.sub.example.", // CNAME
        "_25._tcp.out.sub.example.",   // CNAME into another zone
        "_25._tcp.moved.sub.example.", // DNAME
        "_26._tcp.moved.sub.example.", // DNAME to a name that is not there
        "_25._tcp.none.sub.example.",  // no such name
        "mx.sub.example.",             // no such type
        "_tcp.mx.sub.example.",        // an empty non-terminal
        "_25._tcp.mx.plain.example.",  // insecure delegation
    };
    return all;
}

struct Made {
    validator::Verdict verdict;
    std::optional<AuthenticationChain> chain;
};

Made make(const zones::Hierarchy& hierarchy, const dns::Question& question) {
    const Trial trial = look_up(hierarchy, question);
    std::vector<dns::Message> messages;
    for (const dns::Question& asked : trial.asked)
        messages.push_back(std::get<validator::Answered>(recursive(hierarchy)(asked)).message);
    const auto anchors = anchors_of(hierarchy.root_anchors());
    return {trial.verdict, validator::build_chain(messages, question, trial.verdict, anchors, default_policy(), now)};
}

std::vector<std::vector<dns::Bytes>> data_of(const validator::Verdict& verdict) {
    std::vector<std::vector<dns::Bytes>> data;
    for (const auto& set : verdict.answer)
        if (set.set.type != dns::RrType::CNAME) data.push_back(set.set.rdata);
    return data;
}

} // namespace

TEST_CASE("chain: the vectors of RFC 9102 §A are verified under the anchor given there") {
    struct Row {
        std::string file, owner;
        Security security;
        AnswerKind kind;
    };
    for (const Row& row : std::vector<Row>{
             {"rfc9102-a1.txt", "_443._tcp.www.example.com.", Security::secure, AnswerKind::positive},
             {"rfc9102-a2.txt", "_25._tcp.example.com.", Security::secure, AnswerKind::positive},
             {"rfc9102-a3.txt", "_25._tcp.example.org.", Security::secure, AnswerKind::positive},
             {"rfc9102-a4.txt", "_443._tcp.www.example.org.", Security::secure, AnswerKind::positive},
             {"rfc9102-a5.txt", "_443._tcp.www.example.net.", Security::secure, AnswerKind::positive},
             {"rfc9102-a6.txt", "_25._tcp.smtp.example.com.", Security::secure, AnswerKind::name_error},
             {"rfc9102-a7.txt", "_25._tcp.smtp.example.org.", Security::secure, AnswerKind::name_error},
             {"rfc9102-a8.txt", "_443._tcp.www.insecure.example.", Security::insecure, AnswerKind::no_data}}) {
        DYNAMIC_SECTION(row.file) {
            AuthenticationChain chain{0, records_of(read_vector_file(row.file))};
            const dns::Question question = ask(row.owner, RrType::TLSA);
            const auto verdict = verified(chain, question);
            INFO(words(verdict));
            CHECK(verdict.security == row.security);
            CHECK(verdict.kind == row.kind);
            const auto late = verified(chain, question, *dns::from_rfc3339("2021-01-01T00:00:00Z"));
            CHECK(late.security == Security::bogus);
            CHECK(root_cause(late) == "rrsig-expired");
            std::mt19937 order(1);
            for (int i = 0; i < 5; ++i) { // RFC 9102 §2.3: in no particular order
                std::shuffle(chain.records.begin(), chain.records.end(), order);
                CHECK(verified(chain, question).security == row.security);
            }
            for (std::size_t i = 0; i < chain.records.size(); ++i) {
                AuthenticationChain lacking = chain;
                lacking.records.erase(lacking.records.begin() + static_cast<std::ptrdiff_t>(i));
                const auto without = verified(lacking, question);
                INFO("without " << dns::to_text(chain.records[i]) << "\n" << words(without));
                // Only a second signature over one RRset may be missed; a second opt-out span leaves it insecure.
                if (row.security == Security::secure) {
                    CHECK(without.security != Security::insecure);
                    CHECK((without.security != Security::secure || chain.records[i].type == RrType::RRSIG));
                } else {
                    CHECK(without.security != Security::secure);
                }
                if (without.security == Security::secure) CHECK(data_of(without) == data_of(verdict));
            }
        }
    }
}

TEST_CASE("chain: the extension data of RFC 9102 §A.1 is read, verified, and written the same") {
    const auto octets = *dns::from_base16(read_vector_file("rfc9102-a1-extension-data.txt"));
    const auto chain = AuthenticationChain::parse(octets);
    REQUIRE(chain);
    CHECK(chain->support_lifetime == 0);
    const auto verdict = verified(*chain, ask("_443._tcp.www.example.com.", RrType::TLSA));
    INFO(words(verdict));
    CHECK(verdict.security == Security::secure);
    CHECK(verdict.verifications == 6); // root and com keys, com and example.com DS, example.com keys, the answer
    CHECK(chain->build() == octets);
    const auto other = verified(*chain, ask("_25._tcp.www.example.com.", RrType::TLSA)); // it is no proof of that
    CHECK(other.security != Security::secure);
}

TEST_CASE("chain: records behind a length are read too (RFC 9102 §2.3)") {
    const auto octets = *dns::from_base16(read_vector_file("rfc9102-a1-extension-data.txt"));
    dns::Writer writer;
    writer.u16(7);
    writer.u16(static_cast<std::uint16_t>(octets.size() - 2));
    writer.octets(dns::ByteView(octets).subspan(2));
    const auto chain = AuthenticationChain::parse(writer.view());
    REQUIRE(chain);
    CHECK(chain->support_lifetime == 7);
    CHECK(chain->records == AuthenticationChain::parse(octets)->records);
    writer.put_u16(2, 0xFFFF);
    CHECK_FALSE(AuthenticationChain::parse(writer.view()));
}

TEST_CASE("chain: octets that are no chain are refused") {
    const auto octets = *dns::from_base16(read_vector_file("rfc9102-a1-extension-data.txt"));
    CHECK_FALSE(AuthenticationChain::parse({}));
    CHECK_FALSE(AuthenticationChain::parse(dns::ByteView(octets).first(1)));
    CHECK_FALSE(AuthenticationChain::parse(dns::ByteView(octets).first(2))); // at least one octet of records
    const auto cut = AuthenticationChain::parse(dns::ByteView(octets).first(octets.size() - 1));
    REQUIRE_FALSE(cut);
    CHECK(cut.error().code == dns::WireErrorCode::truncated);
    dns::Bytes pointer(octets);
    pointer[2] = 0xC0; // names are uncompressed (RFC 9102 §2.3)
    CHECK_FALSE(AuthenticationChain::parse(pointer));
    dns::Bytes long_one(2, 0);
    while (long_one.size() < 65'600) long_one.insert(long_one.end(), 11, 0);
    CHECK_FALSE(AuthenticationChain::parse(long_one));
    long_one.resize(2 + 11 * 5000);
    CHECK(AuthenticationChain::parse(long_one));
    AuthenticationChain too_long{0, {}};
    for (int i = 0; i < 3; ++i) too_long.records.emplace_back(name("a."), RrType::TXT, 0, dns::Bytes(30'000, 0));
    CHECK_FALSE(too_long.build());
    too_long.records.pop_back();
    CHECK(too_long.build());
}

TEST_CASE("chain: what is built of each kind of answer verifies, and nothing in it can be missed (RFC 9102 §3)") {
    for (const auto denial : {zones::Denial::nsec, zones::Denial::nsec3, zones::Denial::nsec3_opt_out}) {
        const auto hierarchy = tree(denial);
        const auto anchors = anchors_of(hierarchy.root_anchors());
        for (const std::string& owner : names()) {
            const dns::Question question = ask(owner, RrType::TLSA);
            const Made made = make(hierarchy, question);
            INFO(owner << " denial " << static_cast<int>(denial) << "\n" << words(made.verdict));
            REQUIRE(made.chain);
            const auto judged = [&](const AuthenticationChain& chain) {
                return validator::verify(chain, question, anchors, default_policy(), now);
            };
            const auto sent = made.chain->build();
            REQUIRE(sent);
            const auto received = AuthenticationChain::parse(*sent);
            REQUIRE(received);
            const auto verdict = judged(*received);
            CHECK(verdict.security == made.verdict.security);
            if (verdict.security == Security::secure) {
                CHECK(verdict.kind == made.verdict.kind);
                CHECK(verdict.final_name == made.verdict.final_name);
                CHECK(data_of(verdict) == data_of(made.verdict));
            }
            for (std::size_t i = 0; i < received->records.size(); ++i) {
                AuthenticationChain lacking = *received;
                lacking.records.erase(lacking.records.begin() + static_cast<std::ptrdiff_t>(i));
                const auto without = judged(lacking);
                INFO("without " << dns::to_text(received->records[i]) << "\n" << words(without));
                CHECK(without.security != Security::secure);
                CHECK(without.security != Security::insecure);
            }
        }
    }
}

TEST_CASE("chain: an altered chain is never secure with other data (RFC 4035 §5.3)") {
    std::mt19937 random(5);
    const auto hierarchy = tree(zones::Denial::nsec3);
    const auto anchors = anchors_of(hierarchy.root_anchors());
    unsigned refused = 0, tried = 0;
    for (const std::string& owner : names()) {
        const dns::Question question = ask(owner, RrType::TLSA);
        const Made made = make(hierarchy, question);
        REQUIRE(made.chain);
        const dns::Bytes sent = *made.chain->build();
        for (int i = 0; i < 60; ++i) {
            dns::Bytes altered = sent;
            altered[2 + random() % (sent.size() - 2)] ^= static_cast<std::uint8_t>(1U << random() % 8);
            const auto chain = AuthenticationChain::parse(altered);
            ++tried;
            if (!chain) continue;
            const auto verdict = validator::verify(*chain, question, anchors, default_policy(), now);
            if (verdict.security != Security::secure) {
                ++refused;
                continue;
            }
            INFO(owner << "\n" << words(verdict));
            CHECK(made.verdict.security == Security::secure); // TTLs and the case of names may differ
            CHECK(verdict.kind == made.verdict.kind);
            CHECK(data_of(verdict) == data_of(made.verdict));
        }
    }
    CHECK(refused > tried / 2);
}

TEST_CASE("chain: none is built of what is bogus or could not be had (RFC 9102 §2.1)") {
    const auto expired =
        tree(zones::Denial::nsec, {fault(zones::FaultKind::rrsig_expired, "_25._tcp.mx.sub.example.", RrType::TLSA)});
    const Made bogus = make(expired, ask("_25._tcp.mx.sub.example.", RrType::TLSA));
    CHECK(bogus.verdict.security == Security::bogus);
    CHECK_FALSE(bogus.chain);
    const auto whole = tree(zones::Denial::nsec);
    const dns::Question question = ask("_25._tcp.mx.sub.example.", RrType::TLSA);
    const auto anchors = anchors_of(whole.root_anchors());
    const auto verdict = look_up(whole, question).verdict;
    REQUIRE(verdict.security == Security::secure); // but these messages are not all of its proof
    const dns::Message answer = std::get<validator::Answered>(recursive(whole)(question)).message;
    CHECK_FALSE(validator::build_chain(std::vector{answer}, question, verdict, anchors, default_policy(), now));
}

TEST_CASE("chain: what it lacks is told as such") {
    const auto hierarchy = tree(zones::Denial::nsec);
    const dns::Question question = ask("_25._tcp.mx.sub.example.", RrType::TLSA);
    Made made = make(hierarchy, question);
    REQUIRE(made.chain);
    std::erase_if(made.chain->records, [](const dns::Record& record) {
        return record.type == RrType::DNSKEY && record.owner == name("sub.example.");
    });
    std::erase_if(made.chain->records, [](const dns::Record& record) {
        return record.type == RrType::RRSIG && dns::Rrsig::parse(record.rdata)->type_covered == RrType::DNSKEY &&
               record.owner == name("sub.example.");
    });
    const auto verdict =
        validator::verify(*made.chain, question, anchors_of(hierarchy.root_anchors()), default_policy(), now);
    INFO(words(verdict));
    CHECK(verdict.security == Security::indeterminate);
    CHECK(root_cause(verdict) == "not-recorded");
    CHECK(verdict.reasons.front().owner == name("sub.example."));
}
