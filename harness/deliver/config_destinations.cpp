// The configuration's parts about destinations: controls, routes, MTA-STS policies.
#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "harness/deliver/config_values.h"
#include "resolver/dns/name.h"

namespace harness::deliver {

namespace {

const Words<TlsSupport> tls_words{{"none", TlsSupport::none},
                                  {"preferred", TlsSupport::preferred},
                                  {"required", TlsSupport::required},
                                  {"preferred-verify", TlsSupport::preferred_verify},
                                  {"required-verify", TlsSupport::required_verify},
                                  {"required-verify-hosted-domains", TlsSupport::required_verify_hosted_domains}};
const Words<DaneSupport> dane_words{
    {"none", DaneSupport::none}, {"opportunistic", DaneSupport::opportunistic}, {"mandatory", DaneSupport::mandatory}};
const Words<DaneFailures> failure_words{{"hold", DaneFailures::hold}, {"record", DaneFailures::record}};
const Words<tlsa::AddressFamilies> family_words{{"ipv6-preferred", tlsa::AddressFamilies::ipv6_first},
                                                {"ipv4-preferred", tlsa::AddressFamilies::ipv4_first},
                                                {"ipv6-only", tlsa::AddressFamilies::ipv6_only},
                                                {"ipv4-only", tlsa::AddressFamilies::ipv4_only}};
const Words<StsMode> sts_words{{"none", StsMode::none}, {"testing", StsMode::testing}, {"enforce", StsMode::enforce}};

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

} // namespace

std::string lower_domain(const JsonNode& node, std::string_view text) {
    const auto name = dns::Name::from_text(text);
    if (!name || name->is_root()) node.fail(fmt::format("\"{}\" is no domain name", node.text));
    std::string clean = name->lowercased().to_text();
    clean.pop_back();
    return clean;
}

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
    if (const auto* value = object.optional("dane_failures")) {
        control.dane_failures = word_of(*value, failure_words);
        if (control.dane == DaneSupport::none)
            value->fail(fmt::format("{} contradicts DANE none: set \"dane\", or leave this out", text_of(*value)));
    }
    if (const auto* value = object.optional("fallback_host")) {
        control.fallback = route_host_of(*value);
        if (control.fallback->literal || control.fallback->host == "usedns")
            value->fail("expected the name of a host, relay.example or relay.example:587: DANE needs one");
    }
    object.finish();
    return control;
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

std::string_view to_text(TlsSupport support) { return text_for(support, tls_words); }
std::string_view to_text(StsMode mode) { return text_for(mode, sts_words); }
std::string_view to_text(DaneSupport support) { return text_for(support, dane_words); }

} // namespace harness::deliver
