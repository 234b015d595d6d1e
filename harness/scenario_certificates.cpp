// The section "certificates" of a scenario file.
#include <fmt/format.h>

#include <charconv>
#include <set>

#include "harness/scenario_parts.h"
#include "harness/scenario_values.h"

namespace harness {

namespace {

constexpr std::string_view kinds = "ecdsa-p256, ecdsa-p384, ecdsa-p521, rsa-1024, rsa-2048, rsa-4096, ed25519";

Validity validity_of(JsonObject& object, const std::string& prefix, dns::UnixTime now) {
    Validity validity;
    if (const auto* value = object.optional(prefix + "not_before")) validity.not_before = time_of(*value, now);
    if (const auto* value = object.optional(prefix + "not_after")) validity.not_after = time_of(*value, now);
    return validity;
}

// What any certificate of a chain may have.
CertificateDetails details_of(JsonObject& object) {
    CertificateDetails details;
    if (const auto* value = object.optional("ca")) details.ca = flag_of(*value);
    if (const auto* value = object.optional("signs")) details.signs = flag_of(*value);
    if (const auto* value = object.optional("path_length"))
        details.path_length = static_cast<unsigned>(whole_number_of(*value, 0, 255));
    if (const auto* value = object.optional("for_servers")) details.for_servers = flag_of(*value);
    if (const auto* value = object.optional("permitted_dns")) details.permitted_dns = texts_of(*value);
    if (const auto* value = object.optional("excluded_dns")) details.excluded_dns = texts_of(*value);
    if (const auto* value = object.optional("version")) details.version_1 = whole_number_of(*value, 1, 3) == 1;
    if (const auto* value = object.optional("critical_extension")) details.critical_extension = flag_of(*value);
    if (const auto* value = object.optional("broken_signature")) details.broken_signature = flag_of(*value);
    return details;
}

AuthorityPlan authority_of(const JsonNode& node, dns::UnixTime now) {
    JsonObject object(node);
    AuthorityPlan plan;
    plan.validity = validity_of(object, "", now);
    plan.details = details_of(object);
    object.finish();
    return plan;
}

// "0", "1": of the chain itself; "NAME/1": of another certificate of the scenario.
SentCertificate sent_of(const JsonNode& node) {
    const std::string text = text_of(node);
    const auto slash = text.find('/');
    const std::string_view number = std::string_view(text).substr(slash == std::string::npos ? 0 : slash + 1);
    SentCertificate sent;
    if (slash != std::string::npos) sent.chain = text.substr(0, slash);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), sent.depth);
    if (error != std::errc{} || end != number.data() + number.size() || number.size() > 2 || slash == 0)
        node.fail(fmt::format("\"{}\": expected a depth, as in \"1\", or NAME/DEPTH of another certificate", text));
    return sent;
}

void read_leaf(JsonObject& object, CertificatePlan& plan, dns::UnixTime now) {
    if (const auto* value = object.optional("common_name")) plan.common_name = text_of(*value);
    if (const auto* value = object.optional("dns_names")) {
        for (const auto& name : texts_of(*value)) plan.dns_names.push_back(without_final_dot(name));
    }
    if (const auto* value = object.optional("names_verbatim")) plan.dns_names = texts_of(*value);
    plan.details = details_of(object);
    if (const auto* value = object.optional("addresses")) plan.details.addresses = texts_of(*value);
    if (const auto* value = object.optional("emails")) plan.details.emails = texts_of(*value);
    plan.validity = validity_of(object, "", now);
    if (const auto* value = object.optional("key")) plan.key = word_of(*value, key_kind_from_text, kinds);
    if (const auto* value = object.optional("key_label")) plan.key_label = text_of(*value);
    if (const auto* value = object.optional("self_signed")) plan.self_signed = flag_of(*value);
}

void read_authorities(JsonObject& object, CertificatePlan& plan, dns::UnixTime now) {
    plan.authority_validity = validity_of(object, "authority_", now);
    if (const auto* value = object.optional("authority_key"))
        plan.authority_key = word_of(*value, key_kind_from_text, kinds);
    if (const auto* value = object.optional("authority")) plan.authority = text_of(*value);
    if (const auto* value = object.optional("intermediates"))
        plan.intermediates = static_cast<unsigned>(whole_number_of(*value, 0, 8));
    if (const auto* value = object.optional("authority_flag")) plan.authority_flag = flag_of(*value);
    if (const auto* value = object.optional("above")) {
        for (const auto& item : items_of(*value)) plan.above.push_back(authority_of(item, now));
        if (plan.self_signed || plan.above.size() > std::size_t{plan.intermediates} + 1)
            value->fail("more authorities than the chain has");
    }
    if (const auto* value = object.optional("send_root")) plan.send_root = flag_of(*value);
    if (const auto* value = object.optional("send_intermediates")) plan.send_intermediates = flag_of(*value);
    if (const auto* value = object.optional("sends")) {
        for (const auto& item : items_of(*value)) plan.sends.push_back(sent_of(item));
        if (plan.sends.empty() || !plan.sends.front().chain.empty() || plan.sends.front().depth != 0)
            value->fail("expected \"0\" first: the server's own certificate");
    }
}

CertificateSpec certificate_of(const JsonNode& node, dns::UnixTime now) {
    JsonObject object(node);
    CertificateSpec spec;
    auto& plan = spec.plan;
    spec.name = text_of(object.required("name"));
    if (spec.name.empty() || spec.name.find_first_of(" /}") != std::string::npos)
        object.required("name").fail("expected a name without space, slash and brace");
    read_leaf(object, plan, now);
    read_authorities(object, plan, now);
    const auto* nameless = object.optional("nameless");
    if (plan.common_name.empty() && plan.dns_names.empty() && !(nameless != nullptr && flag_of(*nameless)))
        node.fail("\"dns_names\" or \"common_name\" is missing, or \"nameless\"");
    object.finish();
    return spec;
}

} // namespace

std::vector<CertificateSpec> certificates_of(const JsonNode& node, dns::UnixTime now) {
    std::vector<CertificateSpec> specs;
    std::set<std::string> seen;
    for (const auto& item : items_of(node)) {
        specs.push_back(certificate_of(item, now));
        if (!seen.insert(specs.back().name).second)
            item.fail(fmt::format("certificate \"{}\" stands twice", specs.back().name));
    }
    return specs;
}

} // namespace harness
