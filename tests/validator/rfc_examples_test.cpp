// The complete examples printed in RFCs, fed to a whole validation.
#include <catch2/catch_test_macros.hpp>

#include <map>

#include "resolver/dns/text.h"
#include "tests/validator/support.h"
#include "tests/validator/vectors.h"

using namespace test;
using dns::RrType;
using validator::AnswerKind;
using validator::ReasonCode;
using validator::Security;

namespace {

using Recording = std::map<std::string, dns::Message>;

std::string key_of(const dns::Question& question) {
    return question.name.lowercased().to_text() + " " + dns::to_text(question.type);
}

Upstream playback(const Recording& recording) {
    return [&recording](const dns::Question& question) -> validator::Response {
        const auto found = recording.find(key_of(question));
        if (found == recording.end()) return validator::NoAnswer{validator::NoAnswerCause::not_recorded, {}};
        return validator::Answered{found->second, {"the RFC"}, {}};
    };
}

RrType covered_or_own(const dns::Record& record) {
    if (record.type != RrType::RRSIG) return record.type;
    return dns::Rrsig::parse(record.rdata)->type_covered;
}

bool is_denial(const dns::Record& record) {
    const RrType type = covered_or_own(record);
    return type == RrType::NSEC || type == RrType::NSEC3;
}

// The RRset of this owner and type with its RRSIGs, as an answer.
dns::Message answer_from(const std::vector<dns::Record>& records, const dns::Question& question) {
    dns::Message message;
    message.questions = {question};
    for (const dns::Record& record : records)
        if (record.owner == question.name && covered_or_own(record) == question.type) message.answer.push_back(record);
    return message;
}

// "response SECTION NAME TYPE RCODE"
struct Printed {
    std::string section;
    dns::Question question;
    dns::Message message;
};

std::vector<Printed> printed_responses(const std::string& file) {
    std::vector<Printed> responses;
    for (const Piece& piece : pieces_of(file)) {
        std::istringstream words(piece.mark);
        std::string word, section, owner, type, rcode;
        words >> word >> section >> owner >> type >> rcode;
        if (word == "response") {
            Printed printed{section, dns::Question(name(owner), *dns::rr_type_from_text(type)), {}};
            printed.message.questions = {printed.question};
            if (rcode == "NXDOMAIN") printed.message.rcode = dns::Rcode::NXDOMAIN;
            responses.push_back(printed);
        }
        dns::Message& message = responses.back().message;
        if (word == "answer") message.answer = records_of(piece.text);
        if (word == "authority") message.authority = records_of(piece.text);
        if (word == "additional") message.additional = records_of(piece.text);
    }
    return responses;
}

struct Expected {
    std::string section;
    Security security;
    AnswerKind kind;
    std::optional<ReasonCode> reason;
};

struct Example {
    std::string zone_file, responses_file;
    std::string at;
    std::vector<Expected> expected;
};

validator::TrustAnchors anchors_from_ksk(const std::vector<dns::Record>& zone_records) {
    std::vector<dns::Record> keys;
    for (const dns::Record& record : zone_records)
        if (record.type == RrType::DNSKEY && dns::Dnskey::parse(record.rdata)->is_sep()) keys.push_back(record);
    return anchors_of(keys);
}

const Printed& find(const std::vector<Printed>& responses, const std::string& section) {
    for (const Printed& printed : responses)
        if (printed.section == section) return printed;
    throw std::runtime_error("no section " + section);
}

void check_example(const Example& example) {
    const auto zone_records = records_of(read_vector_file(example.zone_file));
    const auto anchors = anchors_from_ksk(zone_records);
    const auto at = *dns::from_rfc3339(example.at);
    const auto responses = printed_responses(example.responses_file);
    const dns::Question keys(name("example."), RrType::DNSKEY);
    for (const Expected& expected : example.expected) {
        const Printed& printed = find(responses, expected.section);
        const auto judged = [&](const dns::Message& message) {
            const Recording recording{{key_of(keys), answer_from(zone_records, keys)},
                                      {key_of(printed.question), message}};
            return drive(validator::Validation(printed.question, anchors, default_policy(), at), playback(recording))
                .verdict;
        };
        DYNAMIC_SECTION(expected.section << " " << printed.question.to_text()) {
            const auto verdict = judged(printed.message);
            INFO(words(verdict));
            CHECK(verdict.security == expected.security);
            CHECK(verdict.kind == expected.kind);
            if (expected.reason)
                CHECK(verdict.reasons.at(0).code == *expected.reason);
            else
                CHECK(verdict.reasons.empty());
        }
        if (expected.reason == ReasonCode::no_trust_anchor) continue;
        // The negative twins: without any one of the denial records, nothing is proven any more.
        for (std::size_t i = 0; i < printed.message.authority.size(); ++i) {
            if (!is_denial(printed.message.authority[i]) || printed.message.authority[i].type == RrType::RRSIG)
                continue;
            dns::Message less = printed.message;
            const dns::Name owner = less.authority[i].owner;
            // RFC 5155 §B.5: the wildcard's record only tells NODATA from an unsigned delegation in the opt-out span;
            // without it the answer is as insecure as with it.
            if (expected.section == "B.5" && owner == name("r53bq7cc2uvmubfu5ocmm6pers9tk9en.example.")) continue;
            std::erase_if(less.authority, [&](const dns::Record& r) { return r.owner == owner && is_denial(r); });
            DYNAMIC_SECTION(expected.section << " without the denial record of " << owner.to_text()) {
                const auto verdict = judged(less);
                INFO(words(verdict));
                CHECK((verdict.security == Security::bogus || verdict.security == Security::indeterminate));
            }
        }
    }
}

} // namespace

TEST_CASE("examples: the responses of RFC 4035 §B come to what RFC 4035 §C says") {
    check_example({"rfc4035-zone.txt",
                   "rfc4035-responses.txt",
                   "2004-04-20T00:00:00Z",
                   {
                       {"B.1", Security::secure, AnswerKind::positive, {}},
                       {"B.2", Security::secure, AnswerKind::name_error, {}},
                       {"B.3", Security::secure, AnswerKind::no_data, {}},
                       {"B.6", Security::secure, AnswerKind::positive, {}},
                       {"B.7", Security::secure, AnswerKind::no_data, {}},
                       // The child's own denial of its DS: only an anchor above could say more (RFC 4035 §2.4).
                       {"B.8", Security::insecure, AnswerKind::no_data, ReasonCode::no_trust_anchor},
                   }});
}

TEST_CASE("examples: the responses of RFC 5155 §B; opt-out makes those over a span insecure (RFC 5155 §9.2)") {
    check_example({"rfc5155-zone.txt",
                   "rfc5155-responses.txt",
                   "2010-01-01T00:00:00Z",
                   {
                       {"B.1", Security::insecure, AnswerKind::name_error, ReasonCode::nsec3_opt_out_span},
                       {"B.2", Security::secure, AnswerKind::no_data, {}},
                       {"B.2.1", Security::secure, AnswerKind::no_data, {}},
                       {"B.4", Security::insecure, AnswerKind::positive, ReasonCode::nsec3_opt_out_span},
                       {"B.5", Security::insecure, AnswerKind::no_data, ReasonCode::nsec3_opt_out_span},
                       {"B.6", Security::insecure, AnswerKind::no_data, ReasonCode::no_trust_anchor},
                   }});
}

TEST_CASE("examples: the referrals of RFC 4035 §B.4, §B.5 and RFC 5155 §B.3 as answers to a question for DS") {
    struct Row {
        std::string zone_file, responses_file, section, at, cut;
        Security of_ds, below;
        std::string reason;
    };
    const std::vector<Row> rows = {
        {"rfc4035-zone.txt", "rfc4035-responses.txt", "B.5", "2004-04-20T00:00:00Z", "b.example.", Security::secure,
         Security::insecure, "delegation-insecure"},
        {"rfc5155-zone.txt", "rfc5155-responses.txt", "B.3", "2010-01-01T00:00:00Z", "c.example.", Security::insecure,
         Security::insecure, "delegation-insecure-opt-out"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION("RFC section " << row.section) {
            const auto zone_records = records_of(read_vector_file(row.zone_file));
            const auto responses = printed_responses(row.responses_file);
            const Printed& referral = find(responses, row.section);
            const dns::Question keys(name("example."), RrType::DNSKEY), ds(name(row.cut), RrType::DS);
            dns::Message unsigned_answer;
            unsigned_answer.answer = {dns::Record(referral.question.name, RrType::MX, 60, {0, 1, 0})};
            const Recording recording{{key_of(keys), answer_from(zone_records, keys)},
                                      {key_of(ds), referral.message},
                                      {key_of(referral.question), unsigned_answer}};
            const auto judge = [&](const dns::Question& question) {
                const auto anchors = anchors_from_ksk(zone_records);
                return drive(validator::Validation(question, anchors, default_policy(), *dns::from_rfc3339(row.at)),
                             playback(recording))
                    .verdict;
            };
            CHECK(judge(ds).security == row.of_ds);
            const auto verdict = judge(referral.question);
            INFO(words(verdict));
            CHECK(verdict.security == row.below);
            CHECK(root_cause(verdict) == row.reason);
        }
    }
    SECTION("RFC 4035 §B.4: a DS RRset") {
        const auto zone_records = records_of(read_vector_file("rfc4035-zone.txt"));
        const dns::Question keys(name("example."), RrType::DNSKEY), ds(name("a.example."), RrType::DS);
        const Recording recording{{key_of(keys), answer_from(zone_records, keys)},
                                  {key_of(ds), answer_from(zone_records, ds)}};
        const auto anchors = anchors_from_ksk(zone_records);
        const auto verdict =
            drive(validator::Validation(ds, anchors, default_policy(), *dns::from_rfc3339("2004-04-20T00:00:00Z")),
                  playback(recording))
                .verdict;
        INFO(words(verdict));
        CHECK(verdict.security == Security::secure);
    }
}

TEST_CASE("examples: every signature over the zones of RFC 4035 §A and RFC 5155 §A is good") {
    struct Row {
        std::string file, at;
        std::size_t sets;
    };
    for (const Row& row :
         {Row{"rfc4035-zone.txt", "2004-04-20T00:00:00Z", 26}, Row{"rfc5155-zone.txt", "2010-01-01T00:00:00Z", 25}}) {
        DYNAMIC_SECTION(row.file) {
            const auto zone_records = records_of(read_vector_file(row.file));
            const auto anchors = anchors_from_ksk(zone_records);
            const dns::Question keys(name("example."), RrType::DNSKEY);
            std::size_t good = 0;
            for (const dns::SignedRrSet& set : dns::group(zone_records)) {
                if (set.signatures.empty()) continue;
                const dns::Question question(set.set.owner, set.set.type);
                const Recording recording{{key_of(keys), answer_from(zone_records, keys)},
                                          {key_of(question), answer_from(zone_records, question)}};
                const auto verdict =
                    drive(validator::Validation(question, anchors, default_policy(), *dns::from_rfc3339(row.at)),
                          playback(recording))
                        .verdict;
                INFO(question.to_text() << " " << words(verdict));
                // DS of a name below the anchor is this zone's; all else too.
                CHECK(verdict.security == Security::secure);
                ++good;
            }
            CHECK(good >= row.sets);
        }
    }
}

TEST_CASE("examples: the NSEC3 hashes listed in RFC 5155 §A") {
    std::istringstream in(read_vector_file("rfc5155-zone.txt"));
    const dns::Bytes salt{0xaa, 0xbb, 0xcc, 0xdd};
    std::string owner;
    int checked = 0;
    for (std::string line; std::getline(in, line);) {
        const auto open = line.find("H("), close = line.find(')'), equals = line.find("= ");
        if (!line.starts_with(";")) continue;
        if (open != std::string::npos && close != std::string::npos) owner = line.substr(open + 2, close - open - 2);
        if (equals == std::string::npos || owner.empty()) continue;
        CHECK(dns::base32hex(validator::nsec3_hash(name(owner), salt, 12)) == line.substr(equals + 2));
        owner.clear();
        ++checked;
    }
    CHECK(checked == 12);
}

namespace {

// The records of an authentication chain as the responses that a resolver would have given.
Recording responses_from_chain(const std::vector<dns::Record>& records, const dns::Question& question,
                               dns::Rcode rcode) {
    Recording recording;
    dns::Message main;
    main.questions = {question};
    main.rcode = rcode;
    for (const dns::Record& record : records) {
        const RrType type = covered_or_own(record);
        if (is_denial(record))
            main.authority.push_back(record);
        else if (type != RrType::DS && type != RrType::DNSKEY)
            main.answer.push_back(record);
        else {
            const dns::Question part(record.owner, type);
            recording[key_of(part)] = answer_from(records, part);
        }
    }
    recording[key_of(question)] = main;
    return recording;
}

std::vector<dns::Record> chain_from_wire(const std::string& hex) {
    const auto octets = dns::from_base16(hex);
    REQUIRE(octets);
    dns::Reader reader(*octets);
    REQUIRE(reader.u16()); // ExtSupportLifetime (RFC 9102 §2.1)
    std::vector<dns::Record> records;
    while (!reader.at_end()) {
        const auto owner = dns::Name::read_uncompressed(reader);
        REQUIRE(owner);
        const auto type = reader.u16(), rr_class = reader.u16();
        const auto ttl = reader.u32();
        const auto length = reader.u16();
        REQUIRE(length);
        const auto rdata = reader.octets(*length);
        REQUIRE(rdata);
        records.emplace_back(*owner, static_cast<RrType>(*type), *ttl, dns::Bytes(rdata->begin(), rdata->end()),
                             static_cast<dns::RrClass>(*rr_class));
    }
    return records;
}

validator::TrustAnchors rfc9102_anchor() {
    return *validator::TrustAnchors::from_zone_file(
        ".  IN  DS  ( 47005 13 2 2eb6e9f2480126691594d649a5a613de3052e37861634641bb568746f2ffc4d4 )");
}

} // namespace

TEST_CASE("examples: the authentication chains of RFC 9102 §A under the anchor given there") {
    struct Row {
        std::string file, owner;
        dns::Rcode rcode;
        Security security;
        AnswerKind kind;
    };
    const std::vector<Row> rows = {
        {"rfc9102-a1.txt", "_443._tcp.www.example.com.", dns::Rcode::NOERROR, Security::secure, AnswerKind::positive},
        {"rfc9102-a2.txt", "_25._tcp.example.com.", dns::Rcode::NOERROR, Security::secure, AnswerKind::positive},
        {"rfc9102-a3.txt", "_25._tcp.example.org.", dns::Rcode::NOERROR, Security::secure, AnswerKind::positive},
        {"rfc9102-a4.txt", "_443._tcp.www.example.org.", dns::Rcode::NOERROR, Security::secure, AnswerKind::positive},
        {"rfc9102-a5.txt", "_443._tcp.www.example.net.", dns::Rcode::NOERROR, Security::secure, AnswerKind::positive},
        {"rfc9102-a6.txt", "_25._tcp.smtp.example.com.", dns::Rcode::NXDOMAIN, Security::secure,
         AnswerKind::name_error},
        {"rfc9102-a7.txt", "_25._tcp.smtp.example.org.", dns::Rcode::NXDOMAIN, Security::secure,
         AnswerKind::name_error},
        {"rfc9102-a8.txt", "_443._tcp.www.insecure.example.", dns::Rcode::NOERROR, Security::insecure,
         AnswerKind::positive},
    };
    const auto anchors = rfc9102_anchor();
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.file) {
            const auto records = records_of(read_vector_file(row.file));
            const dns::Question question(name(row.owner), RrType::TLSA);
            Recording recording = responses_from_chain(records, question, row.rcode);
            if (row.security == Security::insecure) { // the chain stops at the proof: an unsigned answer goes with it
                const dns::Question cut(name("insecure.example."), RrType::DS);
                recording[key_of(cut)] = recording[key_of(question)];
                recording[key_of(question)].authority.clear();
                recording[key_of(question)].answer = {dns::Record(question.name, RrType::TLSA, 60, {3, 1, 1, 0})};
            }
            const auto at = [&](const char* time) {
                return drive(validator::Validation(question, anchors, default_policy(), *dns::from_rfc3339(time)),
                             playback(recording))
                    .verdict;
            };
            const auto verdict = at("2019-06-01T00:00:00Z");
            INFO(words(verdict));
            CHECK(verdict.security == row.security);
            CHECK(verdict.kind == row.kind);
            const auto late = at("2021-01-01T00:00:00Z");
            INFO(words(late));
            CHECK(late.security == Security::bogus);
            CHECK(root_cause(late) == "rrsig-expired");
            CHECK(late.has_reason(ReasonCode::clock_suspect)); // every signature there ends on the same day
        }
    }
}

TEST_CASE("examples: the extension data of RFC 9102 §A.1 holds the records printed above it") {
    const auto from_wire = chain_from_wire(read_vector_file("rfc9102-a1-extension-data.txt"));
    auto printed = records_of(read_vector_file("rfc9102-a1.txt"));
    REQUIRE(from_wire.size() == printed.size());
    const auto without_signature = [](dns::Record record) { // ECDSA signatures were made twice for the RFC
        if (record.type == RrType::RRSIG) record.rdata = dns::Rrsig::parse(record.rdata)->build_without_signature();
        return record;
    };
    for (const dns::Record& record : from_wire) {
        INFO(dns::to_text(record));
        CHECK(std::any_of(printed.begin(), printed.end(),
                          [&](const dns::Record& p) { return without_signature(p) == without_signature(record); }));
    }
    const dns::Question question(name("_443._tcp.www.example.com."), RrType::TLSA);
    const Recording recording = responses_from_chain(from_wire, question, dns::Rcode::NOERROR);
    const auto anchors = rfc9102_anchor();
    const auto trial =
        drive(validator::Validation(question, anchors, default_policy(), *dns::from_rfc3339("2019-06-01T00:00:00Z")),
              playback(recording));
    INFO(words(trial.verdict));
    CHECK(trial.verdict.security == Security::secure);
    CHECK(trial.verdict.verifications == 6); // root and com keys, com and example.com DS, example.com keys, the answer
}
