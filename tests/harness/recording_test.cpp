// Recordings: written, read back, judged again; and files that are refused.
#include "harness/recording.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/recorder.h"
#include "harness/scenario_error.h"
#include "resolver/dns/text.h"
#include "zones/authority.h"

using namespace harness;
using nlohmann::json;
using validator::Answered;
using validator::NoAnswer;
using validator::NoAnswerCause;
using validator::Security;

namespace {

const dns::UnixTime now = *dns::from_rfc3339("2026-06-15T12:00:00Z");

dns::Question ask(std::string_view name, dns::RrType type) { return {dns::Name::literal(name), type}; }

zones::Hierarchy tree() {
    zones::SigningPolicy signing;
    signing.inception = {now.seconds - 86'400};
    signing.expiration = {now.seconds + 86'400};
    zones::ZoneSpec zone;
    zone.apex = dns::Name::literal("shop.example.");
    zone.records = "www A 192.0.2.1\nalias CNAME www\n";
    zone.signing = signing;
    return zones::Hierarchy::build({zone}, signing, {}, 1);
}

// A live validation over the tree, recorded.
Recording record(const zones::Hierarchy& hierarchy, const dns::Question& question,
                 const std::set<std::string>& silent = {}) {
    Recording recording;
    recording.question = question;
    recording.now = now;
    std::string anchors;
    for (const auto& anchor : hierarchy.root_anchors()) anchors += dns::to_text(anchor) + "\n";
    recording.anchors = *validator::TrustAnchors::from_zone_file(anchors);
    Recorder recorder([] { return now; });
    const auto policy = validator::Policy::of(recording.profile);
    validator::Validation validation(question, recording.anchors, policy, now);
    for (auto step = validation.advance(); !std::holds_alternative<validator::Verdict>(step);
         step = validation.advance()) {
        for (const auto& needed : std::get<validator::Needs>(step).questions) {
            ++recording.queries;
            validator::Response response = NoAnswer{NoAnswerCause::timeout, {{{"a"}, NoAnswerCause::timeout}}};
            if (!silent.contains(needed.to_text()))
                response =
                    Answered{zones::answer_recursively(hierarchy, dns::make_query(needed, 7), zones::Recursion::dnssec),
                             {"127.0.0.1:53"},
                             {{{"127.0.0.9:53"}, NoAnswerCause::refused_connection}}};
            recorder.witness(needed, response);
            validation.supply(needed, response);
        }
    }
    recording.responses = std::move(recorder).take_responses();
    return recording;
}

validator::Verdict judged(const Recording& recording) {
    return replay(recording, recording.question, recording.anchors, recording.now).verdict;
}

// What parse_recording says of the document after `change`; "" where it takes it.
std::string complaint(const std::function<void(json&)>& change) {
    static const std::string good = recording_json(record(tree(), ask("www.shop.example.", dns::RrType::A)));
    json document = json::parse(good);
    change(document);
    try {
        (void)parse_recording(document.dump(1), "a.json");
        return "";
    } catch (const ScenarioError& error) {
        return error.what();
    }
}

} // namespace

TEST_CASE("recording: what is written is read back the same, message for message") {
    const Recording made = record(tree(), ask("alias.shop.example.", dns::RrType::A), {"shop.example. DNSKEY"});
    const std::string text = recording_json(made);
    const Recording read = parse_recording(text, "a.json");
    CHECK(recording_json(read) == text);
    CHECK(read.question == made.question);
    CHECK(read.now == made.now);
    CHECK(read.queries == made.queries);
    REQUIRE(read.responses.size() == made.responses.size());
    REQUIRE(made.responses.size() >= 6);
    unsigned answered = 0;
    for (std::size_t i = 0; i < made.responses.size(); ++i) {
        const auto *a = std::get_if<Answered>(&made.responses[i].response),
                   *b = std::get_if<Answered>(&read.responses[i].response);
        REQUIRE((a == nullptr) == (b == nullptr));
        CHECK(read.responses[i].question == made.responses[i].question);
        if (a == nullptr) continue;
        ++answered;
        CHECK(a->message == b->message);
        CHECK(a->source.text == b->source.text);
        REQUIRE(b->attempts.size() == 1);
        CHECK(b->attempts[0].cause == NoAnswerCause::refused_connection);
    }
    CHECK(answered == made.responses.size() - 1);
}

TEST_CASE("recording: judged again it gives the verdict of the live validation (RFC 4035 §5)") {
    const auto hierarchy = tree();
    for (const auto& question :
         {ask("www.shop.example.", dns::RrType::A), ask("alias.shop.example.", dns::RrType::A),
          ask("none.shop.example.", dns::RrType::A), ask("www.shop.example.", dns::RrType::TXT)}) {
        const Recording recording = record(hierarchy, question);
        CHECK(judged(recording).security == Security::secure);
        CHECK(judged(parse_recording(recording_json(recording), "a.json")).security == Security::secure);
    }
}

TEST_CASE("recording: the clock and the anchors given decide, not those of the recording (RFC 4035 §5.3.1)") {
    const Recording recording = record(tree(), ask("www.shop.example.", dns::RrType::A));
    const dns::UnixTime late{now.seconds + 100 * 86'400};
    const auto later = replay(recording, recording.question, recording.anchors, late).verdict;
    CHECK(later.security == Security::bogus);
    CHECK(later.has_reason(validator::ReasonCode::rrsig_expired));
    const auto others =
        replay(recording, recording.question, validator::TrustAnchors::built_in(), recording.now).verdict;
    CHECK(others.security == Security::bogus);
    CHECK(others.has_reason(validator::ReasonCode::anchor_no_matching_key));
}

TEST_CASE("recording: a question that it lacks is named, and nothing is concluded from it") {
    Recording recording = record(tree(), ask("www.shop.example.", dns::RrType::A));
    REQUIRE(judged(recording).security == Security::secure);
    for (std::size_t i = 0; i < recording.responses.size(); ++i) {
        Recording lacking = recording;
        const dns::Question missing = lacking.responses[i].question;
        lacking.responses.erase(lacking.responses.begin() + static_cast<std::ptrdiff_t>(i));
        const auto verdict = judged(lacking);
        INFO(missing.to_text());
        CHECK(verdict.security == Security::indeterminate);
        REQUIRE_FALSE(verdict.reasons.empty());
        CHECK(verdict.reasons.front().code == validator::ReasonCode::not_recorded);
        CHECK(verdict.reasons.front().owner == missing.name);
        CHECK(verdict.reasons.front().type == missing.type);
    }
}

TEST_CASE("recording: what does not fit is one line with file, line and place") {
    CHECK(complaint([](json&) {}) == "");
    const auto says = [](const std::function<void(json&)>& change, const std::string& pointer,
                         const std::string& word) {
        const std::string line = complaint(change);
        INFO(line);
        CHECK(line.starts_with("recording: a.json:"));
        CHECK(line.find(pointer) != std::string::npos);
        CHECK(line.find(word) != std::string::npos);
        CHECK(line.find('\n') == std::string::npos);
    };
    says([](json& d) { d["danelab_recording"] = 2; }, "/danelab_recording", "from 1 to 1");
    says([](json& d) { d["colour"] = "blue"; }, "/colour", "unknown key");
    says([](json& d) { d.erase("now"); }, "1: ", "\"now\" is missing");
    says([](json& d) { d["now"] = "yesterday"; }, "/now", "2026-06-01T00:00:00Z");
    says([](json& d) { d["policy"] = "lenient"; }, "/policy", "rfc9904, legacy, strict");
    says([](json& d) { d["anchors"][0] = "example. A 192.0.2.1"; }, "/anchors/0", "DS or DNSKEY");
    says([](json& d) { d["question"]["name"] = std::string(70, 'a') + "."; }, "/question/name", "domain name");
    says([](json& d) { d["question"]["type"] = "NOTHING"; }, "/question/type", "record type");
    says([](json& d) { d["queries"] = -1; }, "/queries", "whole number");
    says([](json& d) { d["responses"][0]["message"] = "%%"; }, "/responses/0/message", "base64");
    says([](json& d) { d["responses"][0]["message"] = "AAAA"; }, "/responses/0/message", "octet");
    says([](json& d) { d["responses"][0]["message"] = d["responses"][1]["message"]; }, "/responses/0/message",
         "not an answer to www.shop.example. A");
    says([](json& d) { d["responses"][1] = d["responses"][0]; }, "/responses/1", "twice");
    says([](json& d) { d["responses"][0]["transport"] = "pigeon"; }, "/responses/0/transport", "udp or tcp");
    says([](json& d) { d["responses"][0]["server"] = "a\x1b[31m"; }, "/responses/0/server", "printable");
    says([](json& d) { d["responses"][0]["attempts"][0]["cause"] = "boredom"; }, "/responses/0/attempts/0/cause",
         "timeout");
    says([](json& d) { d["responses"][0]["no_answer"] = "timeout"; }, "/responses/0", "unknown key");
    const dns::Bytes query = dns::make_query(ask("www.shop.example.", dns::RrType::A), 1).build();
    says([&](json& d) { d["responses"][0]["message"] = dns::base64(query); }, "/responses/0/message", "QR");
}
