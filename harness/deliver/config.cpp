#include "harness/deliver/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "harness/strict_json.h"
#include "resolver/dns/name.h"

namespace harness::deliver {

namespace {

constexpr const char* sort = "configuration";
constexpr std::int64_t day = 86'400, year = 365 * day;

template <class T>
using Words = std::vector<std::pair<std::string_view, T>>;

const Words<TlsSupport> tls_words{{"none", TlsSupport::none},
                                  {"preferred", TlsSupport::preferred},
                                  {"required", TlsSupport::required},
                                  {"preferred-verify", TlsSupport::preferred_verify},
                                  {"required-verify", TlsSupport::required_verify},
                                  {"required-verify-hosted-domains", TlsSupport::required_verify_hosted_domains}};
const Words<DaneSupport> dane_words{
    {"none", DaneSupport::none}, {"opportunistic", DaneSupport::opportunistic}, {"mandatory", DaneSupport::mandatory}};
const Words<tlsa::AddressFamilies> family_words{{"ipv6-preferred", tlsa::AddressFamilies::ipv6_first},
                                                {"ipv4-preferred", tlsa::AddressFamilies::ipv4_first},
                                                {"ipv6-only", tlsa::AddressFamilies::ipv6_only},
                                                {"ipv4-only", tlsa::AddressFamilies::ipv4_only}};
const Words<LogLevel> level_words{{"info", LogLevel::info}, {"debug", LogLevel::debug}};
const Words<StsMode> sts_words{{"none", StsMode::none}, {"testing", StsMode::testing}, {"enforce", StsMode::enforce}};
const Words<bool> action_words{{"RELAY", true}, {"ACCEPT", false}};

template <class T>
T word_of(const JsonNode& node, const Words<T>& words) {
    const auto& text = text_of(node);
    std::string known;
    for (const auto& [word, value] : words) {
        if (word == text) return value;
        known += fmt::format("{}{}", known.empty() ? "" : ", ", word);
    }
    node.fail(fmt::format("\"{}\" is none of {}", text, known));
}

template <class T>
std::string_view text_for(T wanted, const Words<T>& words) {
    for (const auto& [word, value] : words)
        if (value == wanted) return word;
    return "";
}

std::string lower_domain(const JsonNode& node, std::string_view text) {
    const auto name = dns::Name::from_text(text);
    if (!name || name->is_root()) node.fail(fmt::format("\"{}\" is no domain name", node.text));
    std::string clean = name->lowercased().to_text();
    clean.pop_back();
    return clean;
}

// "example.com" or ".example.com" in lower case without final dot, or one of the words that stand for every domain.
std::string domain_of(const JsonNode& node, std::string_view everything) {
    const std::string& text = text_of(node);
    if (text == everything) return text;
    const bool below = text.starts_with('.');
    const auto name = dns::Name::from_text(below ? text.substr(1) : text);
    if (!name || name->is_root())
        node.fail(fmt::format("\"{}\" is no domain: expected example.com, .example.com or {}", text, everything));
    const auto clean = lower_domain(node, below ? text.substr(1) : text);
    return below ? "." + clean : clean;
}

template <class T>
T number_of(const JsonNode& node, std::int64_t least, std::int64_t most) {
    return static_cast<T>(whole_number_of(node, least, most));
}

DestinationControl control_of(const JsonNode& node) {
    JsonObject object(node);
    DestinationControl control;
    control.domain = domain_of(object.required("domain"), "default");
    if (const auto* value = object.optional("ip_preference")) control.families = word_of(*value, family_words);
    if (const auto* value = object.optional("concurrent_connections"))
        control.concurrent_connections = number_of<unsigned>(*value, 1, 1'000);
    if (const auto* value = object.optional("messages_per_connection"))
        control.messages_per_connection = number_of<unsigned>(*value, 1, 1'000);
    if (const auto* value = object.optional("recipients_per_minute"))
        control.recipients_per_minute = number_of<unsigned>(*value, 1, 1'000'000);
    if (const auto* value = object.optional("tls")) control.tls = word_of(*value, tls_words);
    if (const auto* value = object.optional("bounce_profile")) control.bounce_profile = text_of(*value);
    if (const auto* value = object.optional("dane")) {
        control.dane = word_of(*value, dane_words);
        if (control.dane != DaneSupport::none && control.tls == TlsSupport::none)
            value->fail(fmt::format("DANE {} contradicts TLS none: set \"tls\", or \"dane\" to none", text_of(*value)));
    }
    object.finish();
    return control;
}

RouteHost route_host_of(const JsonNode& node) {
    std::string text = text_of(node);
    RouteHost host;
    // "[192.0.2.1]:25", "[2001:db8::1]": an address; "relay.example:587": a name
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        boost::system::error_code error;
        host.host = text.substr(1, end == std::string::npos ? 0 : end - 1);
        const auto address = boost::asio::ip::make_address(host.host, error);
        if (error || end == std::string::npos)
            node.fail(fmt::format("\"{}\": expected an address in brackets, [192.0.2.1] or [2001:db8::1]:25", text));
        host.host = address.to_string();
        host.literal = true;
        text = text.substr(end + 1);
    } else {
        const auto colon = text.find(':');
        const auto name = dns::Name::from_text(text.substr(0, colon));
        if (!name || name->is_root())
            node.fail(fmt::format("\"{}\": expected USEDNS, a host name, or an address in brackets", text));
        host.host = name->lowercased().to_text();
        host.host.pop_back();
        text = colon == std::string::npos ? "" : text.substr(colon);
    }
    if (text.empty()) return host;
    unsigned port = 0;
    const bool digits = text.size() > 1 && text.size() <= 6 &&
                        std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (text[0] == ':' && digits) port = static_cast<unsigned>(std::stoul(text.substr(1)));
    if (port == 0 || port > 65'535) node.fail(fmt::format("\"{}\" is no port: expected :1 to :65535", text));
    host.port = static_cast<std::uint16_t>(port);
    return host;
}

SmtpRoute route_of(const JsonNode& node) {
    JsonObject object(node);
    SmtpRoute route;
    route.domain = domain_of(object.required("domain"), "all");
    const auto& hosts = object.required("hosts");
    if (items_of(hosts).empty() || hosts.items.size() > 100) hosts.fail("expected 1 to 100 hosts, or USEDNS alone");
    for (const auto& item : hosts.items) {
        if (text_of(item) != "USEDNS") {
            route.hosts.push_back(route_host_of(item));
            continue;
        }
        if (hosts.items.size() > 1) item.fail("USEDNS stands alone: the MX records name the hosts then");
        route.use_dns = true;
    }
    object.finish();
    return route;
}

StsPolicy sts_policy_of(const JsonNode& node) {
    JsonObject object(node);
    StsPolicy policy;
    const auto& domain = object.required("domain");
    policy.domain = lower_domain(domain, text_of(domain)); // for itself alone (RFC 8461 §3.4)
    policy.mode = word_of(object.required("mode"), sts_words);
    if (const auto* value = object.optional("mx"))
        for (const auto& item : items_of(*value)) {
            const std::string_view text = text_of(item);
            const bool wildcard = text.starts_with("*.");
            policy.mx.push_back((wildcard ? "*." : "") + lower_domain(item, wildcard ? text.substr(2) : text));
        }
    object.finish();
    if (policy.mx.empty() && policy.mode != StsMode::none) node.fail("\"mx\" is missing: the hosts that may be used");
    return policy;
}

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

TlsReportSettings tls_report_of(const JsonNode& node) {
    JsonObject object(node);
    TlsReportSettings report;
    if (const auto* value = object.optional("organization")) report.organization = text_of(*value);
    if (const auto* value = object.optional("contact")) {
        report.contact = text_of(*value);
        const auto at = report.contact.find('@');
        if (at == 0 || at == std::string::npos || at + 1 == report.contact.size())
            value->fail(fmt::format("\"{}\" is no address: expected user@example.com", report.contact));
    }
    if (const auto* value = object.optional("keep_days")) report.keep_days = number_of<unsigned>(*value, 2, 366);
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
    object.finish();
}

// A path of the file is relative to the file's folder.
std::string path_of(const JsonNode& node, const std::string& file) {
    const std::filesystem::path path = text_of(node);
    if (path.empty()) node.fail("expected a path");
    return path.is_absolute() ? path.string() : (std::filesystem::path(file).parent_path() / path).string();
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
        if (config.hostname.starts_with('.')) value->fail("expected a host name");
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

std::string_view to_text(TlsSupport support) { return text_for(support, tls_words); }
std::string_view to_text(StsMode mode) { return text_for(mode, sts_words); }
std::string_view to_text(DaneSupport support) { return text_for(support, dane_words); }

Config read_config(const JsonNode& node, const std::string& file) { return config_of(node, file); }

Config parse_config(std::string_view json, const std::string& file_for_messages) {
    return config_of(parse_json(json, sort, file_for_messages), file_for_messages);
}

Config load_config(const std::string& file) { return config_of(read_json(sort, file), file); }

} // namespace harness::deliver
