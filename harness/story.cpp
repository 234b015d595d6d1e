// Reads the "deliver" section of scenario files.
#include "harness/story.h"

#include <botan/pkcs8.h>
#include <fmt/format.h>

#include <algorithm>

#include "harness/certificates.h"
#include "harness/scenario_parts.h"
#include "harness/scenario_values.h"

namespace harness {

namespace {

constexpr std::size_t max_steps = 100;                            // design: stories are short
constexpr std::int64_t longest_wait = std::int64_t{400} * 86'400; // seconds; longer than any bounce timer

constexpr dns::UnixTime any_time{1'780'272'000}; // of a certificate that nobody sees

// A story's DKIM key is no file: its name is its kind.
std::string key_of_kind(const JsonNode& node, const std::string& name) {
    const auto kind = key_kind_from_text(name);
    if (kind != KeyKind::rsa_2048 && kind != KeyKind::ed25519)
        node.fail(fmt::format("the DKIM key \"{}\" is no kind of key: expected rsa-2048 or ed25519", name));
    CertificateTemplate wanted;
    wanted.common_name = "DKIM";
    wanted.key = *kind;
    return Botan::PKCS8::PEM_encode(*CertificateMaker(1, any_time).self_signed(wanted).key);
}

// What a configuration of its own file says about files does not concern a story, which has a folder of its own.
deliver::Config config_of(const JsonNode& node) {
    JsonNode whole = node;
    if (whole.kind != JsonNode::Kind::object) node.fail("expected a configuration of danelab deliver");
    JsonNode queue = node;
    queue.kind = JsonNode::Kind::string;
    queue.members.clear();
    queue.text = "queue.db";
    whole.members.emplace_back("queue", queue);
    auto config = deliver::read_config(whole, "");
    auto& dkim = config.tls_report.dkim;
    if (dkim) dkim->key = key_of_kind(node, dkim->key_file);
    return config;
}

StoryMessage message_of(const JsonNode& node) {
    JsonObject object(node);
    StoryMessage message;
    const auto& to = object.required("to");
    message.recipients = to.kind == JsonNode::Kind::array ? texts_of(to) : std::vector{text_of(to)};
    for (const auto& recipient : message.recipients)
        if (recipient.find('@') == std::string::npos) to.fail("expected user@example.com");
    if (const auto* value = object.optional("from")) message.sender = text_of(*value);
    if (const auto* value = object.optional("headers")) message.headers = texts_of(*value);
    if (const auto* value = object.optional("mail_flow_policy")) message.policy = text_of(*value);
    if (const auto* value = object.optional("require_tls")) message.require_tls = flag_of(*value);
    object.finish();
    return message;
}

bool is_success(std::string_view outcome) {
    return outcome == "verified" || outcome == "verified-insecure-mx" || outcome == "unauthenticated-tls" ||
           outcome == "cleartext";
}

StoryAttempt attempt_of(const JsonNode& node) {
    JsonObject object(node);
    StoryAttempt attempt;
    const auto& outcome = object.required("outcome");
    attempt.outcome = text_of(outcome);
    if (!is_success(attempt.outcome) && attempt.outcome != "deferred" && attempt.outcome != "bounced")
        outcome.fail("expected verified, verified-insecure-mx, unauthenticated-tls, cleartext, deferred or bounced");
    if (const auto* value = object.optional("why")) attempt.why = text_of(*value);
    if (const auto* value = object.optional("to")) attempt.to = text_of(*value);
    object.finish();
    // A failure that names no reason would pass for any unrelated breakage.
    if (attempt.why.empty() && !is_success(attempt.outcome)) node.fail("\"why\" is missing");
    return attempt;
}

StoryExpectation story_expectation_of(const JsonNode& node) {
    JsonObject object(node);
    StoryExpectation expect;
    for (const auto& item : items_of(object.required("attempts"))) expect.attempts.push_back(attempt_of(item));
    if (const auto* value = object.optional("active")) expect.active = whole_number_of(*value, 0, 1'000'000);
    if (const auto* value = object.optional("mail_commands"))
        expect.mail_commands = static_cast<std::size_t>(whole_number_of(*value, 0, 1'000));
    const std::pair<const char*, std::vector<std::string>*> lists[]{
        {"commands", &expect.commands}, {"no_commands", &expect.no_commands},
        {"mail", &expect.mail},         {"no_mail", &expect.no_mail},
        {"log", &expect.log},           {"no_log", &expect.no_log}};
    for (const auto& [key, list] : lists)
        if (const auto* value = object.optional(key)) *list = texts_of(*value);
    if (const auto* value = object.optional("report")) expect.report = texts_of(*value);
    JsonNode common = node;
    std::erase_if(common.members, [](const auto& member) {
        return member.first != "asked" && member.first != "not_asked" && member.first != "connections" &&
               member.first != "sni";
    });
    for (const auto& member : common.members) object.optional(member.first);
    object.finish();
    expect.common = expectation_of(common);
    return expect;
}

StoryStep step_of(const JsonNode& node, const Story& story, const std::function<Scenario(const JsonNode&)>& world_of) {
    JsonObject object(node);
    StoryStep step;
    const auto* at = object.optional("at");
    if (at != nullptr) step.instance = text_of(*at);
    if (!story.instances.contains(step.instance))
        (at != nullptr ? *at : node).fail(fmt::format("\"{}\" is none of \"instances\"", step.instance));
    if (const auto* value = object.optional("wait_s")) step.wait = whole_number_of(*value, 0, longest_wait);
    if (const auto* value = object.optional("config")) step.config = config_of(*value);
    if (const auto* value = object.optional("world")) step.world = std::make_shared<const Scenario>(world_of(*value));
    if (const auto* value = object.optional("send")) {
        if (value->kind == JsonNode::Kind::array)
            for (const auto& item : value->items) step.send.push_back(message_of(item));
        else
            step.send.push_back(message_of(*value));
    }
    if (const auto* value = object.optional("send_reports")) step.send_reports = flag_of(*value);
    if (const auto* value = object.optional("until_empty")) step.until_empty = flag_of(*value);
    step.expect = story_expectation_of(object.required("expect"));
    object.finish();
    return step;
}

} // namespace

Story story_of(const JsonNode& node, const std::function<Scenario(const JsonNode&)>& world_of) {
    JsonObject object(node);
    Story story;
    const auto* config = object.optional("config");
    const auto* instances = object.optional("instances");
    if ((config == nullptr) == (instances == nullptr)) node.fail("expected \"config\" or \"instances\"");
    if (config != nullptr) story.instances[""] = config_of(*config);
    if (instances != nullptr)
        for (const auto& [name, value] : instances->members) story.instances[name] = config_of(value);
    if (const auto* value = object.optional("intakes"))
        for (const auto& [address, instance] : value->members) {
            if (!story.instances.contains(text_of(instance)))
                instance.fail(fmt::format("\"{}\" is none of \"instances\"", instance.text));
            story.intakes[address] = instance.text;
        }
    const auto& steps = object.required("steps");
    if (items_of(steps).empty() || steps.items.size() > max_steps) steps.fail("expected 1 to 100 steps");
    for (const auto& item : steps.items) story.steps.push_back(step_of(item, story, world_of));
    object.finish();
    return story;
}

} // namespace harness
