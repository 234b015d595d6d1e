#include "harness/deliver/config.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "harness/deliver/config_values.h"
#include "harness/deliver/dkim.h"
#include "harness/deliver/message.h"
#include "harness/deliver/queue.h"

namespace harness::deliver {

namespace {

constexpr const char* sort = "configuration";
constexpr std::int64_t day = 86'400, year = 365 * day;

const Words<LogLevel> level_words{{"info", LogLevel::info}, {"debug", LogLevel::debug}};
const Words<bool> action_words{{"RELAY", true}, {"ACCEPT", false}};

BounceProfile bounce_profile_of(const JsonNode& node) {
    JsonObject object(node);
    BounceProfile profile;
    profile.name = text_of(object.required("name"));
    if (const auto* value = object.optional("retry_after_s")) {
        profile.retry_after.clear();
        for (const auto& item : items_of(*value)) profile.retry_after.push_back(whole_number_of(item, 1, year));
        if (profile.retry_after.empty() || profile.retry_after.size() > 1'000) value->fail("expected 1 to 1000 waits");
    }
    if (const auto* value = object.optional("timer_s")) profile.timer = whole_number_of(*value, 1, year);
    if (const auto* value = object.optional("notify_sender")) profile.notify = flag_of(*value);
    object.finish();
    return profile;
}

MailFlowPolicy policy_of(const JsonNode& node) {
    JsonObject object(node);
    MailFlowPolicy policy;
    policy.name = text_of(object.required("name"));
    policy.relay = word_of(object.required("action"), action_words);
    object.finish();
    return policy;
}

LogSettings log_of(const JsonNode& node) {
    JsonObject object(node);
    LogSettings log;
    if (const auto* value = object.optional("file")) log.file = text_of(*value);
    if (const auto* value = object.optional("level")) log.level = word_of(*value, level_words);
    if (const auto* value = object.optional("max_bytes"))
        log.max_bytes = number_of<std::uint64_t>(*value, 1'024, 1'000'000'000'000);
    if (const auto* value = object.optional("max_files")) log.max_files = number_of<unsigned>(*value, 1, 1'000);
    object.finish();
    return log;
}

DkimSettings dkim_of(const JsonNode& node, const TlsReportSettings& report) {
    JsonObject object(node);
    DkimSettings dkim;
    const auto& domain = object.required("domain");
    dkim.domain = lower_domain(domain, text_of(domain));
    const auto& selector = object.required("selector");
    dkim.selector = lower_domain(selector, text_of(selector));
    dkim.key_file = text_of(object.required("key"));
    object.finish();
    const auto submitter = domain_of_address(report.contact);
    if (submitter != dkim.domain)
        domain.fail(fmt::format("{} signs reports of {}, the domain of \"contact\": they must be the same", dkim.domain,
                                submitter.empty() ? report.contact : submitter));
    return dkim;
}

TlsReportSettings tls_report_of(const JsonNode& node) {
    JsonObject object(node);
    TlsReportSettings report;
    if (const auto* value = object.optional("organization")) report.organization = text_of(*value);
    if (const auto* value = object.optional("contact")) {
        report.contact = text_of(*value);
        // It becomes an envelope's sender.
        if (const auto address = checked_address(report.contact); !address)
            value->fail(fmt::format("\"{}\" is no address: {}", report.contact, address.error()));
    }
    if (const auto* value = object.optional("keep_days")) report.keep_days = number_of<unsigned>(*value, 2, 366);
    if (const auto* value = object.optional("dkim")) report.dkim = dkim_of(*value, report);
    object.finish();
    return report;
}

void read_resolvers(const JsonNode& node, Config& config) {
    std::set<unsigned> priorities;
    for (const auto& item : items_of(node)) {
        JsonObject object(item);
        const auto& address = object.required("address");
        const auto endpoint = resolver::Endpoint::from_text(text_of(address), 53);
        if (!endpoint)
            address.fail(fmt::format("\"{}\" is no address: expected ADDR, ADDR:PORT or [V6]:PORT", text_of(address)));
        const auto& priority = object.required("priority");
        const auto number = number_of<unsigned>(priority, 0, 1'000);
        if (!priorities.insert(number).second)
            priority.fail(fmt::format("priority {} stands here twice: each resolver has its own", number));
        config.resolvers.emplace_back(*endpoint, number);
        object.finish();
    }
    if (config.resolvers.empty()) node.fail("expected at least one resolver");
}

// Reads a list whose entries have a name of their own, which may stand there once.
template <class T, class Read, class Key>
void read_list(const JsonNode& node, std::vector<T>& into, Read read, Key key, std::string_view what) {
    std::set<std::string> known;
    for (const auto& item : items_of(node)) {
        into.push_back(read(item));
        if (!known.insert(key(into.back())).second)
            item.fail(fmt::format("{} \"{}\" stands here twice", what, key(into.back())));
    }
}

void read_timeouts(const JsonNode& node, Config& config) {
    JsonObject object(node);
    if (const auto* value = object.optional("dns_s")) config.dns_seconds = number_of<unsigned>(*value, 1, 300);
    if (const auto* value = object.optional("smtp_s")) config.smtp_seconds = number_of<unsigned>(*value, 1, 3'600);
    if (const auto* value = object.optional("attempt_s"))
        config.attempt_seconds = number_of<unsigned>(*value, 1, 86'400);
    object.finish();
}

// A path of the file is relative to the file's folder.
std::string path_of(const JsonNode& node, const std::string& file) {
    const std::filesystem::path path = text_of(node);
    if (path.empty()) node.fail("expected a path");
    return path.is_absolute() ? path.string() : (std::filesystem::path(file).parent_path() / path).string();
}

// The key itself, which only a configuration of its own file has: the keys of stories and of fuzzers are no files.
void read_dkim_key(const JsonNode& root, Config& config) {
    if (!config.tls_report.dkim) return;
    JsonObject whole(root);
    JsonObject report(whole.required("tls_report"));
    JsonObject object(report.required("dkim"));
    const auto& node = object.required("key");
    auto& dkim = *config.tls_report.dkim;
    dkim.key_file = path_of(node, config.file);
    std::ifstream in(dkim.key_file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    dkim.key = text.str();
    if (!in.is_open() || dkim.key.empty())
        node.fail(fmt::format("{}: cannot be read: give a file with a private key", dkim.key_file));
    if (const auto key = DkimKey::from_pem(dkim.key); !key)
        node.fail(fmt::format("{}: {}", dkim.key_file, key.error()));
}

void check_bounce_profiles(const JsonNode* controls, const Config& config) {
    for (std::size_t i = 0; i < config.controls.size() && controls != nullptr; ++i) {
        const auto& wanted = config.controls[i].bounce_profile;
        const bool known = std::ranges::any_of(config.bounce_profiles, [&](const auto& p) { return p.name == wanted; });
        if (!known) controls->items[i].fail(fmt::format("bounce profile \"{}\" is not in /bounce_profiles", wanted));
    }
}

Config config_of(const JsonNode& root, const std::string& file) {
    JsonObject object(root);
    object.optional("$schema");
    Config config;
    config.file = file;
    config.queue = path_of(object.required("queue"), file);
    if (const auto* value = object.optional("hostname")) {
        config.hostname = domain_of(*value, "localhost");
        // Said in EHLO: letters, digits and hyphens alone (RFC 5321 §4.1.2); a domain name may hold any octet.
        const bool is_host = !config.hostname.starts_with('.') && std::ranges::all_of(config.hostname, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        });
        if (!is_host) value->fail("expected a host name: letters, digits, hyphens and dots");
    }
    if (const auto* value = object.optional("profile")) config.profile = text_of(*value);
    if (const auto* value = object.optional("certificate_authorities"))
        config.certificate_authorities = path_of(*value, file);
    if (const auto* value = object.optional("max_message_bytes"))
        config.max_message_bytes = number_of<std::uint64_t>(*value, 1'000, 1'000'000'000);
    if (const auto* value = object.optional("timeouts")) read_timeouts(*value, config);
    if (const auto* value = object.optional("resolvers")) read_resolvers(*value, config);
    const auto domain = [](const auto& entry) { return entry.domain; };
    const auto name = [](const auto& entry) { return entry.name; };
    const auto* controls = object.optional("destination_controls");
    if (controls != nullptr) read_list(*controls, config.controls, control_of, domain, "domain");
    if (const auto* value = object.optional("smtp_routes"))
        read_list(*value, config.routes, route_of, domain, "domain");
    const auto* sts = object.optional("mta_sts");
    if (sts != nullptr) read_list(*sts, config.sts_policies, sts_policy_of, domain, "domain");
    if (const auto* value = object.optional("mail_flow_policies"))
        read_list(*value, config.policies, policy_of, name, "policy");
    if (const auto* value = object.optional("bounce_profiles"))
        read_list(*value, config.bounce_profiles, bounce_profile_of, name, "bounce profile");
    if (const auto* value = object.optional("log")) {
        config.log = log_of(*value);
        if (!config.log.file.empty()) config.log.file = path_of(*JsonObject(*value).optional("file"), file);
    }
    if (const auto* value = object.optional("tls_report")) config.tls_report = tls_report_of(*value);
    object.finish();

    const auto add_default = [](auto& list, auto entry, auto key, const char* wanted) {
        if (std::ranges::none_of(list, [&](const auto& e) { return key(e) == wanted; })) list.push_back(entry);
    };
    BounceProfile bounce_profile;
    bounce_profile.name = "default";
    add_default(config.bounce_profiles, bounce_profile, name, "default");
    check_bounce_profiles(controls, config);
    DestinationControl control;
    control.domain = "default";
    add_default(config.controls, control, domain, "default");
    for (std::size_t i = 0; i < config.sts_policies.size(); ++i)
        if (config.sts_policies[i].mode != StsMode::none &&
            config.control_for(config.sts_policies[i].domain).tls == TlsSupport::none)
            sts->items[i].fail(
                fmt::format("an MTA-STS policy contradicts TLS none for {}", config.sts_policies[i].domain));
    if (config.policies.empty()) config.policies = {{"RELAYED", true}, {"ACCEPTED", false}};
    return config;
}

} // namespace

Config read_config(const JsonNode& node, const std::string& file) { return config_of(node, file); }

Config parse_config(std::string_view json, const std::string& file_for_messages) {
    return config_of(parse_json(json, sort, file_for_messages), file_for_messages);
}

Config load_config(const std::string& file) {
    const auto root = read_json(sort, file);
    auto config = config_of(root, file);
    read_dkim_key(root, config);
    return config;
}

} // namespace harness::deliver
