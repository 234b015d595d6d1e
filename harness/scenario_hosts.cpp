// The sections of scenario_parts.h about hosts: resolvers, mail servers, the client.
#include <algorithm>
#include <cctype>
#include <set>

#include "harness/scenario_parts.h"
#include "harness/scenario_values.h"
#include "resolver/dns/tlsa_text.h"

namespace harness {

namespace {

std::optional<TlsVersions> tls_versions_from_text(std::string_view text) {
    if (text == "both") return TlsVersions::both;
    if (text == "1.0") return TlsVersions::only_1_0;
    if (text == "1.2") return TlsVersions::only_1_2;
    if (text == "1.3") return TlsVersions::only_1_3;
    return std::nullopt;
}

std::optional<tlsa::NextHop> next_hop_from_text(std::string_view text) {
    if (text == "mail-domain") return tlsa::NextHop::mail_domain;
    if (text == "host") return tlsa::NextHop::host;
    return std::nullopt;
}

tlsa::MatchingType digest_of(const JsonNode& node) {
    const auto number = dns::tlsa_matching_type_from_text(text_of(node));
    const auto type = static_cast<tlsa::MatchingType>(number.value_or(0));
    if (type != tlsa::MatchingType::SHA2_256 && type != tlsa::MatchingType::SHA2_512)
        node.fail("expected SHA2-256 or SHA2-512");
    return type;
}

std::uint16_t port_of(const JsonNode* node, std::uint16_t otherwise) {
    return node != nullptr ? static_cast<std::uint16_t>(whole_number_of(*node, 1, 65535)) : otherwise;
}

zones::Recursion recursion_of(const JsonNode& node) {
    return word_of(node, zones::recursion_from_text,
                   "dnssec, unvalidated, no-edns, formerr-on-edns, ignores-do, strips-rrsig, forges-ad, alias-only, "
                   "unasked-records, servfail, refuses, silent, garbage");
}

ResolverSpec resolver_of(const JsonNode& node) {
    JsonObject object(node);
    ResolverSpec spec;
    spec.upstream.endpoint.address = address_of(object.required("address"));
    spec.upstream.endpoint.port = port_of(object.optional("port"), 53);
    if (const auto* value = object.optional("priority"))
        spec.upstream.priority = static_cast<unsigned>(whole_number_of(*value, 0, 65535));
    if (const auto* value = object.optional("recursion")) spec.recursion = recursion_of(*value);
    if (const auto* value = object.optional("reachable")) spec.reachable = flag_of(*value);
    if (const auto* value = object.optional("tcp")) spec.tcp = flag_of(*value);
    if (const auto* value = object.optional("exceptions")) {
        for (const auto& item : items_of(*value)) {
            JsonObject exception(item);
            const auto question = question_of(exception.required("question"));
            spec.exceptions.emplace_back(question, recursion_of(exception.required("recursion")));
            exception.finish();
        }
    }
    object.finish();
    return spec;
}

// Reply lines as they go over the wire: a code, a hyphen on every line but the last, no CRLF.
std::vector<std::string> reply_of(const JsonNode& node) {
    auto lines = texts_of(node);
    if (lines.empty()) node.fail("expected at least one reply line");
    for (const auto& line : lines) {
        if (line.find_first_of("\r\n") != std::string::npos) node.fail("expected reply lines without line ends");
    }
    return lines;
}

// Step to number, each within the bounds.
template <class Number>
std::map<tlsa::SmtpStep, Number> numbers_by_step(const JsonNode& node, std::int64_t least, std::int64_t most) {
    if (node.kind != JsonNode::Kind::object) node.fail("expected an object: step to number");
    std::map<tlsa::SmtpStep, Number> numbers;
    for (const auto& [step, number] : node.members)
        numbers[smtp_step_of(number, step)] = static_cast<Number>(whole_number_of(number, least, most));
    return numbers;
}

// What no well-behaved server would do.
void misdeeds_of(JsonObject& object, SmtpBehaviour& behaviour) {
    constexpr std::int64_t most_octets = 1'000'000, most_lines = 10'000, most_delay = 10'000;
    if (const auto* value = object.optional("silent_at")) behaviour.silent_at = smtp_step_of(*value);
    if (const auto* value = object.optional("closes_at")) behaviour.closes_at = smtp_step_of(*value);
    if (const auto* value = object.optional("half_closes_at")) behaviour.half_closes_at = smtp_step_of(*value);
    if (const auto* value = object.optional("resets_at")) behaviour.resets_at = smtp_step_of(*value);
    if (const auto* value = object.optional("floods_at")) behaviour.floods_at = smtp_step_of(*value);
    if (const auto* value = object.optional("plain_in_tls_at")) behaviour.plain_in_tls_at = smtp_step_of(*value);
    if (const auto* value = object.optional("reply_octets"))
        behaviour.reply_octets = numbers_by_step<std::size_t>(*value, 1, most_octets);
    if (const auto* value = object.optional("reply_lines"))
        behaviour.reply_lines = numbers_by_step<std::size_t>(*value, 1, most_lines);
    if (const auto* value = object.optional("line_end")) behaviour.line_end = text_of(*value);
    if (const auto* value = object.optional("injected_after_starttls"))
        behaviour.injected_after_starttls = text_of(*value);
    if (const auto* value = object.optional("plain_instead_of_tls")) behaviour.plain_instead_of_tls = text_of(*value);
    if (const auto* value = object.optional("alert_instead_of_tls"))
        behaviour.alert_instead_of_tls = static_cast<std::uint8_t>(whole_number_of(*value, 0, 255));
    if (const auto* value = object.optional("handshake_octets"))
        behaviour.handshake_octets = static_cast<std::size_t>(whole_number_of(*value, 0, most_octets));
    if (const auto* value = object.optional("octet_delay_ms"))
        behaviour.octet_delay = std::chrono::milliseconds(whole_number_of(*value, 1, most_delay));
}

SmtpBehaviour behaviour_of(const JsonNode& node) {
    JsonObject object(node);
    SmtpBehaviour behaviour;
    misdeeds_of(object, behaviour);
    if (const auto* value = object.optional("host")) behaviour.host = without_final_dot(text_of(*value));
    if (const auto* value = object.optional("capabilities")) behaviour.capabilities = texts_of(*value);
    if (const auto* value = object.optional("capabilities_in_tls")) behaviour.capabilities_in_tls = texts_of(*value);
    if (const auto* value = object.optional("starttls")) behaviour.offers_starttls = flag_of(*value);
    if (const auto* value = object.optional("starttls_in_tls")) behaviour.offers_starttls_in_tls = flag_of(*value);
    if (const auto* value = object.optional("implicit_tls")) behaviour.implicit_tls = flag_of(*value);
    if (const auto* value = object.optional("replies")) {
        if (value->kind != JsonNode::Kind::object) value->fail("expected an object: step to reply lines");
        for (const auto& [step, lines] : value->members) behaviour.replies[smtp_step_of(lines, step)] = reply_of(lines);
    }
    if (const auto* value = object.optional("transactions"))
        for (const auto& item : items_of(*value))
            behaviour.transactions.insert(static_cast<std::size_t>(whole_number_of(item, 1, 1'000)));
    if (const auto* value = object.optional("tls"))
        behaviour.versions = word_of(*value, tls_versions_from_text, "both, 1.0, 1.2, 1.3");
    if (const auto* value = object.optional("cipher")) behaviour.cipher = text_of(*value);
    if (const auto* value = object.optional("requests_client_certificate"))
        behaviour.requests_client_certificate = flag_of(*value);
    if (const auto* value = object.optional("asks_again")) behaviour.asks_again = flag_of(*value);
    if (const auto* value = object.optional("requires_client_certificate"))
        behaviour.requires_client_certificate = flag_of(*value);
    if (const auto* value = object.optional("raw_public_key")) behaviour.raw_public_key = flag_of(*value);
    if (const auto* value = object.optional("unknown_sni_fails")) behaviour.unknown_sni_fails = flag_of(*value);
    object.finish();
    return behaviour;
}

ServerSpec server_of(const JsonNode& node) {
    JsonObject object(node);
    ServerSpec spec;
    spec.address = address_of(object.required("address")).to_string();
    spec.port = port_of(object.optional("port"), 25);
    if (const auto* value = object.optional("certificate")) spec.certificate = text_of(*value);
    if (const auto* value = object.optional("other_certificate")) spec.other_certificate = text_of(*value);
    if (const auto* value = object.optional("behaviour")) spec.behaviour = behaviour_of(*value);
    if (const auto* value = object.optional("reachable")) spec.behaviour.refuses_connections = !flag_of(*value);
    if (const auto* value = object.optional("certificates_by_sni")) {
        if (value->kind != JsonNode::Kind::object) value->fail("expected an object: server name to certificate");
        for (const auto& [name, certificate] : value->members) {
            std::string key = without_final_dot(name);
            std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
            spec.certificates_by_sni[key] = text_of(certificate);
        }
    }
    object.finish();
    return spec;
}

} // namespace

std::vector<ResolverSpec> resolvers_of(const JsonNode& node) {
    std::vector<ResolverSpec> specs;
    std::set<resolver::Endpoint> seen;
    for (const auto& item : items_of(node)) {
        specs.push_back(resolver_of(item));
        if (!seen.insert(specs.back().upstream.endpoint).second)
            item.fail(fmt::format("resolver {} stands twice", specs.back().upstream.endpoint.to_text()));
    }
    if (specs.empty()) node.fail("expected at least one resolver; leave the key out for a capable one at 127.0.0.1");
    return specs;
}

std::vector<ServerSpec> servers_of(const JsonNode& node) {
    std::vector<ServerSpec> specs;
    std::set<std::pair<std::string, std::uint16_t>> seen;
    for (const auto& item : items_of(node)) {
        specs.push_back(server_of(item));
        if (!seen.emplace(specs.back().address, specs.back().port).second)
            item.fail(fmt::format("server {} port {} stands twice", specs.back().address, specs.back().port));
    }
    return specs;
}

ClientSpec client_of(const JsonNode& node) {
    JsonObject object(node);
    ClientSpec spec;
    spec.domain = name_of(object.required("domain"));
    spec.mode = mode_of(object.required("mode"));
    if (const auto* value = object.optional("families")) spec.families = families_of(*value);
    if (const auto* value = object.optional("deliver")) spec.deliver = flag_of(*value);
    if (const auto* value = object.optional("digests")) {
        spec.digests.clear();
        for (const auto& item : items_of(*value)) spec.digests.push_back(digest_of(item));
    }
    if (const auto* value = object.optional("shuffle_seed"))
        spec.shuffle_seed = static_cast<std::uint64_t>(whole_number_of(*value, 0, INT64_MAX));
    if (const auto* value = object.optional("srv")) {
        spec.srv = word_of(*value, tlsa::mail_service_from_text, "submission, submissions");
        object.finish(); // SRV records say which host and port, the service how TLS begins; no table has a say
        return spec;
    }
    if (const auto* value = object.optional("profile")) spec.profile = text_of(*value);
    if (const auto* value = object.optional("next_hop"))
        spec.next_hop = word_of(*value, next_hop_from_text, "mail-domain, host");
    if (const auto* value = object.optional("address")) {
        spec.next_hop = tlsa::NextHop::address;
        spec.address = address_of(*value).to_string();
    }
    if (const auto* value = object.optional("own_names"))
        for (const auto& item : items_of(*value)) spec.own_names.push_back(name_of(item));
    spec.port = port_of(object.optional("port"), 25);
    if (const auto* value = object.optional("implicit_tls")) spec.implicit_tls = flag_of(*value);
    if (const auto* value = object.optional("all_mx")) spec.all_mx = flag_of(*value);
    if (const auto* value = object.optional("all_addresses")) spec.all_addresses = flag_of(*value);
    if (const auto* value = object.optional("key_probes")) {
        for (const auto& item : items_of(*value))
            spec.key_probes.push_back(word_of(item, tlsa::server_key_from_text, "rsa, ecdsa, ed25519"));
    }
    object.finish();
    if (spec.deliver && (spec.all_mx || spec.all_addresses || !spec.key_probes.empty()))
        node.fail("a check of all that is published delivers nothing: \"deliver\": false is missing");
    return spec;
}

Timeouts timeouts_of(const JsonNode& node) {
    constexpr std::int64_t most = 60'000; // nobody waits longer than a minute for a step of a test
    JsonObject object(node);
    Timeouts timeouts;
    if (const auto* value = object.optional("resolver_try_ms"))
        timeouts.resolver_try = std::chrono::milliseconds(whole_number_of(*value, 1, most));
    if (const auto* value = object.optional("smtp_step_ms"))
        timeouts.smtp_step = std::chrono::milliseconds(whole_number_of(*value, 1, most));
    if (const auto* value = object.optional("smtp_steps_ms")) {
        for (const auto& [step, ms] : numbers_by_step<std::int64_t>(*value, 1, most))
            timeouts.smtp_steps[step] = std::chrono::milliseconds(ms);
    }
    object.finish();
    return timeouts;
}

} // namespace harness
