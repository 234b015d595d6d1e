#include "harness/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "harness/strict_json.h"
#include "resolver/dns/text.h"

namespace harness {

namespace {

using nlohmann::ordered_json;
using validator::AlgorithmProfile;
using validator::Answered;
using validator::Attempt;
using validator::NoAnswer;
using validator::NoAnswerCause;

constexpr std::int64_t version = 1;
constexpr std::int64_t most_queries = 1'000'000; // far above what Limits::questions and all retransmissions come to

struct CauseName {
    NoAnswerCause cause;
    std::string_view name;
};
constexpr std::array cause_names{CauseName{NoAnswerCause::timeout, "timeout"},
                                 CauseName{NoAnswerCause::refused_connection, "refused-connection"},
                                 CauseName{NoAnswerCause::network_error, "network-error"},
                                 CauseName{NoAnswerCause::servfail, "servfail"},
                                 CauseName{NoAnswerCause::refused, "refused"},
                                 CauseName{NoAnswerCause::mismatch, "mismatch"},
                                 CauseName{NoAnswerCause::malformed, "malformed"},
                                 CauseName{NoAnswerCause::truncated, "truncated"},
                                 CauseName{NoAnswerCause::no_resolver, "no-resolver"},
                                 CauseName{NoAnswerCause::not_recorded, "not-recorded"}};

struct ProfileName {
    AlgorithmProfile profile;
    std::string_view name;
};
constexpr std::array profile_names{ProfileName{AlgorithmProfile::rfc9904, "rfc9904"},
                                   ProfileName{AlgorithmProfile::legacy, "legacy"},
                                   ProfileName{AlgorithmProfile::strict, "strict"}};

std::string_view name_of(NoAnswerCause cause) {
    for (const auto& entry : cause_names)
        if (entry.cause == cause) return entry.name;
    return "";
}

std::string_view name_of(AlgorithmProfile profile) {
    for (const auto& entry : profile_names)
        if (entry.profile == profile) return entry.name;
    return "";
}

template <class Table>
[[noreturn]] void fail_to_name(const JsonNode& node, const Table& table) {
    std::string known;
    for (const auto& entry : table) known += (known.empty() ? "" : ", ") + std::string(entry.name);
    node.fail("expected one of " + known);
}

NoAnswerCause cause_of(const JsonNode& node) {
    for (const auto& entry : cause_names)
        if (entry.name == text_of(node)) return entry.cause;
    fail_to_name(node, cause_names);
}

AlgorithmProfile profile_of(const JsonNode& node) {
    for (const auto& entry : profile_names)
        if (entry.name == text_of(node)) return entry.profile;
    fail_to_name(node, profile_names);
}

// --- writing ---

ordered_json json_of(const std::vector<Attempt>& attempts) {
    ordered_json out = ordered_json::array();
    for (const Attempt& attempt : attempts)
        out.push_back({{"server", attempt.source.text}, {"cause", name_of(attempt.cause)}});
    return out;
}

ordered_json json_of(const RecordedResponse& recorded) {
    ordered_json out{{"name", recorded.question.name.to_text()},
                     {"type", dns::to_text(recorded.question.type)},
                     {"time", dns::to_rfc3339(recorded.time)}};
    if (const auto* answered = std::get_if<Answered>(&recorded.response)) {
        out["server"] = answered->source.text;
        out["transport"] = recorded.over_tcp ? "tcp" : "udp";
        out["message"] = dns::base64(answered->message.build());
        out["attempts"] = json_of(answered->attempts);
    } else {
        const auto& none = std::get<NoAnswer>(recorded.response);
        out["no_answer"] = name_of(none.cause);
        out["attempts"] = json_of(none.attempts);
    }
    return out;
}

ordered_json json_of(const validator::TrustAnchors& anchors) {
    ordered_json out = ordered_json::array();
    for (const auto& anchor : anchors.all()) {
        for (const auto& ds : anchor.ds)
            out.push_back(dns::to_text(dns::Record(anchor.zone, dns::RrType::DS, 0, ds.build())));
        for (const auto& key : anchor.dnskey)
            out.push_back(dns::to_text(dns::Record(anchor.zone, dns::RrType::DNSKEY, 0, key.build())));
    }
    return out;
}

// --- reading ---

// Names of servers go to terminals: printable ASCII alone, and no more than an endpoint with its priority needs.
std::string server_of(const JsonNode& node) {
    constexpr std::size_t longest = 128;
    const std::string& text = text_of(node);
    const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (!printable || text.size() > longest) node.fail("expected a server's name: at most 128 printable characters");
    return text;
}

dns::UnixTime time_of(const JsonNode& node) {
    const auto time = dns::from_rfc3339(text_of(node));
    if (!time) node.fail("expected a time as 2026-06-01T00:00:00Z");
    return *time;
}

dns::Question question_of(JsonObject& object) {
    const JsonNode& name_node = object.required("name");
    const JsonNode& type_node = object.required("type");
    const auto name = dns::Name::from_text(text_of(name_node));
    if (!name) name_node.fail("expected a domain name: labels of 1 to 63 octets, 255 in all");
    const auto type = dns::rr_type_from_text(text_of(type_node));
    if (!type) type_node.fail("expected a record type: A, MX, TLSA or TYPE52");
    return dns::Question(*name, *type);
}

std::vector<Attempt> attempts_of(const JsonNode& node) {
    std::vector<Attempt> attempts;
    for (const JsonNode& item : items_of(node)) {
        JsonObject object(item);
        const std::string server = server_of(object.required("server"));
        attempts.push_back({{server}, cause_of(object.required("cause"))});
        object.finish();
    }
    return attempts;
}

// What a live query takes as its answer; anything else was never given to a validation.
dns::Message message_of(const JsonNode& node, const dns::Question& question) {
    const auto octets = dns::from_base64(text_of(node));
    if (!octets) node.fail("expected a message in base64");
    auto message = dns::Message::parse(*octets);
    if (!message)
        node.fail("not a DNS message: octet " + std::to_string(message.error().offset) + ": " +
                  std::string(dns::describe(message.error().code)));
    if (!message->header.response) node.fail("expected a response, found a query (QR is not set)");
    const bool may_lack_question = message->rcode == dns::Rcode::FORMERR || message->rcode == dns::Rcode::NOTIMP;
    if (message->questions.empty() && may_lack_question) return *std::move(message);
    if (message->questions.size() != 1 || !(message->questions.front() == question))
        node.fail("the message is not an answer to " + question.to_text());
    return *std::move(message);
}

bool is_tcp(const JsonNode& node) {
    if (text_of(node) != "udp" && text_of(node) != "tcp") node.fail("expected udp or tcp");
    return text_of(node) == "tcp";
}

RecordedResponse response_of(const JsonNode& node) {
    JsonObject object(node);
    RecordedResponse recorded;
    recorded.question = question_of(object);
    recorded.time = time_of(object.required("time"));
    auto attempts = attempts_of(object.required("attempts"));
    if (const JsonNode* cause = object.optional("no_answer")) {
        recorded.response = NoAnswer{cause_of(*cause), std::move(attempts)};
    } else {
        const std::string server = server_of(object.required("server"));
        recorded.over_tcp = is_tcp(object.required("transport"));
        auto message = message_of(object.required("message"), recorded.question);
        recorded.response = Answered{std::move(message), {server}, std::move(attempts)};
    }
    object.finish();
    return recorded;
}

validator::TrustAnchors anchors_of(const JsonNode& node) {
    validator::TrustAnchors anchors;
    for (const JsonNode& item : items_of(node)) {
        const auto parsed = validator::TrustAnchors::from_zone_file(text_of(item));
        if (!parsed) item.fail(parsed.error().message);
        if (parsed->all().empty()) item.fail("expected a DS or DNSKEY record");
        for (const auto& anchor : parsed->all()) anchors.add(anchor);
    }
    return anchors;
}

} // namespace

std::string recording_json(const Recording& recording) {
    ordered_json out{
        {"danelab_recording", version},
        {"question", {{"name", recording.question.name.to_text()}, {"type", dns::to_text(recording.question.type)}}},
        {"now", dns::to_rfc3339(recording.now)},
        {"policy", name_of(recording.profile)},
        {"anchors", json_of(recording.anchors)},
        {"queries", recording.queries},
        {"responses", ordered_json::array()}};
    for (const RecordedResponse& recorded : recording.responses) out["responses"].push_back(json_of(recorded));
    return out.dump(2) + "\n";
}

Recording parse_recording(std::string_view json, const std::string& file) {
    const JsonNode document = parse_json(json, "recording", file);
    JsonObject object(document);
    (void)whole_number_of(object.required("danelab_recording"), version, version);
    Recording recording;
    JsonObject question(object.required("question"));
    recording.question = question_of(question);
    question.finish();
    recording.now = time_of(object.required("now"));
    recording.profile = profile_of(object.required("policy"));
    recording.anchors = anchors_of(object.required("anchors"));
    recording.queries = static_cast<unsigned>(whole_number_of(object.required("queries"), 0, most_queries));
    validator::Evidence known;
    for (const JsonNode& item : items_of(object.required("responses"))) {
        auto recorded = response_of(item);
        if (known.find(recorded.question) != nullptr)
            item.fail("the question " + recorded.question.to_text() + " stands twice");
        known.supply(recorded.question, NoAnswer{NoAnswerCause::not_recorded, {}});
        recording.responses.push_back(std::move(recorded));
    }
    object.finish();
    return recording;
}

std::string describe(const RecordedResponse& recorded) {
    const auto* answered = std::get_if<Answered>(&recorded.response);
    if (answered == nullptr)
        return fmt::format("recorded {} at {}: {}", recorded.question.to_text(), dns::to_rfc3339(recorded.time),
                           validator::describe(std::get<NoAnswer>(recorded.response).cause));
    const dns::Message& message = answered->message;
    return fmt::format("recorded {} at {} from {} over {}: {} answer {} authority {} additional {}",
                       recorded.question.to_text(), dns::to_rfc3339(recorded.time), answered->source.text,
                       recorded.over_tcp ? "TCP" : "UDP", dns::to_text(message.rcode), message.answer.size(),
                       message.authority.size(), message.additional.size());
}

validator::Lookup replay(const Recording& recording, const dns::Question& question,
                         const validator::TrustAnchors& anchors, dns::UnixTime now) {
    validator::Evidence evidence;
    validator::Lookup lookup;
    lookup.question = question;
    for (const RecordedResponse& recorded : recording.responses) {
        const auto& attempts =
            std::visit([](const auto& r) -> const std::vector<Attempt>& { return r.attempts; }, recorded.response);
        lookup.attempts.insert(lookup.attempts.end(), attempts.begin(), attempts.end());
        evidence.supply(recorded.question, recorded.response);
    }
    const auto policy = validator::Policy::of(recording.profile);
    lookup.verdict = validator::validate(question, evidence, anchors, policy, now);
    return lookup;
}

} // namespace harness
