#include "harness/scenario_parts.h"

#include <algorithm>
#include <set>

#include "harness/scenario_values.h"
#include "harness/tlsa_reference.h"
#include "resolver/dns/text.h"
#include "resolver/dns/zonefile.h"

namespace harness {

namespace {

constexpr std::int64_t day = 86400;
constexpr const char* zone_file_head = "$TTL 3600\n"; // of every record without a TTL of its own

std::optional<zones::Denial> denial_from_text(std::string_view text) {
    if (text == "nsec") return zones::Denial::nsec;
    if (text == "nsec3") return zones::Denial::nsec3;
    if (text == "nsec3-opt-out") return zones::Denial::nsec3_opt_out;
    return std::nullopt;
}

std::optional<zones::ZoneSpec::ParentDs> parent_ds_from_text(std::string_view text) {
    if (text == "publish") return zones::ZoneSpec::ParentDs::publish;
    if (text == "omit") return zones::ZoneSpec::ParentDs::omit;
    return std::nullopt;
}

// A line must be one whole record by itself, so that zones can be put together of parts.
std::string record_line_of(const JsonNode& node, const dns::Name& apex) {
    const auto& line = text_of(node);
    if (line.find('\n') != std::string::npos) node.fail("expected one record a line");
    if (line.empty() || line.front() == ' ' || line.front() == '\t' || line.front() == '$')
        node.fail("expected a record with its owner name in front, as in \"mx A 192.0.2.1\"");
    const auto with_data = expand_tlsa_references(line, [](const TlsaReference&) { return std::string("3 1 1 00"); });
    if (!with_data) node.fail(with_data.error());
    const auto records = dns::parse_zone_file(zone_file_head + *with_data + "\n", apex);
    if (!records)
        node.fail(fmt::format("no zone-file line: column {}: {}", records.error().column, records.error().message));
    if (records->size() != 1) node.fail("expected one record");
    if (!records->front().owner.is_at_or_below(apex))
        node.fail(fmt::format("{} is outside the zone {}", records->front().owner.to_text(), apex.to_text()));
    return line;
}

ZonePart zone_of(const JsonNode& node, dns::UnixTime now) {
    JsonObject object(node);
    ZonePart part;
    part.apex = name_of(object.required("apex"));
    if (const auto* records = object.optional("records")) {
        for (const auto& line : items_of(*records)) part.records.push_back(record_line_of(line, part.apex));
    }
    if (const auto* signing = object.optional("signing")) {
        part.is_signed = signing->kind != JsonNode::Kind::boolean || flag_of(*signing);
        if (signing->kind != JsonNode::Kind::boolean) part.signing = signing_of(*signing, now);
    }
    if (const auto* parent_ds = object.optional("parent_ds"))
        part.parent_ds = word_of(*parent_ds, parent_ds_from_text, "publish, omit");
    object.finish();
    return part;
}

const JsonNode* detail_of(JsonObject& object, zones::FaultKind kind, zones::FaultDetail detail, std::string_view key) {
    const auto* value = object.optional(key);
    if (value != nullptr && !zones::detail_allowed(kind, detail))
        value->fail(fmt::format("{} has no \"{}\"", zones::to_text(kind), key));
    return value;
}

zones::FaultDetails details_of(JsonObject& object, zones::FaultKind kind) {
    using enum zones::FaultDetail;
    zones::FaultDetails details;
    if (const auto* value = detail_of(object, kind, key, "key"))
        details.key = word_of(*value, zones::key_role_from_text, "ksk, zsk");
    if (const auto* value = detail_of(object, kind, number, "number"))
        details.number = static_cast<unsigned>(whole_number_of(*value, 0, zones::largest_number(kind)));
    if (const auto* value = detail_of(object, kind, edited, "edited")) details.edited = flag_of(*value);
    if (const auto* value = detail_of(object, kind, everywhere, "everywhere")) details.everywhere = flag_of(*value);
    return details;
}

zones::Fault fault_of(const JsonNode& node) {
    if (node.kind != JsonNode::Kind::object || node.members.size() != 1)
        node.fail("expected one fault, as in {\"rrsig-expired\": {\"owner\": \"mx.example.\", \"type\": \"A\"}}");
    const auto& [name, details] = node.members.front();
    const auto kind = zones::fault_kind_from_text(name);
    if (!kind) details.fail(fmt::format("\"{}\" is no fault (they are listed in zones/fault.h)", name));
    JsonObject object(details);
    zones::Fault fault;
    fault.kind = *kind;
    fault.owner = name_of(object.required("owner"));
    fault.details = details_of(object, *kind);
    const auto* type = object.optional("type");
    const auto rule = zones::type_rule(*kind);
    if (type == nullptr && rule == zones::TypeRule::required && !fault.details.everywhere)
        details.fail("\"type\" is missing: this fault breaks one RRset");
    if (type != nullptr && rule == zones::TypeRule::refused)
        type->fail("this fault breaks a whole zone or delegation: no type");
    if (type != nullptr) fault.type = rr_type_of(*type);
    object.finish();
    return fault;
}

} // namespace

void SigningPatch::apply(zones::SigningPolicy& policy) const {
    if (algorithm) policy.algorithm = *algorithm;
    if (csk) policy.csk = *csk;
    if (zsk_signs_dnskey) policy.zsk_signs_dnskey = *zsk_signs_dnskey;
    if (denial) policy.denial = *denial;
    if (nsec3_iterations) policy.nsec3_iterations = *nsec3_iterations;
    if (nsec3_salt) policy.nsec3_salt = *nsec3_salt;
    if (inception) policy.inception = *inception;
    if (expiration) policy.expiration = *expiration;
    if (ds_digest) policy.ds_digest = *ds_digest;
    if (rsa_bits) policy.rsa_bits = *rsa_bits;
}

void ZonePart::merge(const ZonePart& later) {
    for (const auto& line : later.records) {
        if (std::find(records.begin(), records.end(), line) == records.end()) records.push_back(line);
    }
    const auto take = [](auto& ours, const auto& theirs) {
        if (theirs) ours = theirs;
    };
    take(is_signed, later.is_signed);
    take(parent_ds, later.parent_ds);
    take(signing.algorithm, later.signing.algorithm);
    take(signing.csk, later.signing.csk);
    take(signing.zsk_signs_dnskey, later.signing.zsk_signs_dnskey);
    take(signing.denial, later.signing.denial);
    take(signing.nsec3_iterations, later.signing.nsec3_iterations);
    take(signing.nsec3_salt, later.signing.nsec3_salt);
    take(signing.inception, later.signing.inception);
    take(signing.expiration, later.signing.expiration);
    take(signing.ds_digest, later.signing.ds_digest);
    take(signing.rsa_bits, later.signing.rsa_bits);
}

zones::ZoneSpec ZonePart::build(const zones::SigningPolicy& default_signing) const {
    zones::ZoneSpec spec;
    spec.apex = apex;
    spec.records = zone_file_head;
    for (const auto& line : records) spec.records += line + "\n";
    if (is_signed.value_or(true)) {
        spec.signing = default_signing;
        signing.apply(*spec.signing);
    }
    if (parent_ds) spec.parent_ds = *parent_ds;
    return spec;
}

zones::SigningPolicy default_signing(dns::UnixTime now) {
    zones::SigningPolicy policy;
    policy.inception = dns::UnixTime{now.seconds - day};
    policy.expiration = dns::UnixTime{now.seconds + 14 * day};
    return policy;
}

SigningPatch signing_of(const JsonNode& node, dns::UnixTime now) {
    JsonObject object(node);
    SigningPatch patch;
    if (const auto* value = object.optional("algorithm"))
        patch.algorithm =
            word_of(*value, dns::algorithm_from_text, "the algorithms (RSASHA256, ECDSAP256SHA256, ED25519, ...)");
    if (const auto* value = object.optional("csk")) patch.csk = flag_of(*value);
    if (const auto* value = object.optional("denial"))
        patch.denial = word_of(*value, denial_from_text, "nsec, nsec3, nsec3-opt-out");
    if (const auto* value = object.optional("iterations"))
        patch.nsec3_iterations = static_cast<std::uint16_t>(whole_number_of(*value, 0, 65535));
    if (const auto* value = object.optional("salt")) {
        const auto salt = dns::from_base16(text_of(*value));
        if (!salt || salt->size() > 255) value->fail("expected at most 255 octets in hexadecimal");
        patch.nsec3_salt = *salt;
    }
    if (const auto* value = object.optional("inception")) patch.inception = time_of(*value, now);
    if (const auto* value = object.optional("expiration")) patch.expiration = time_of(*value, now);
    if (const auto* value = object.optional("ds_digest"))
        patch.ds_digest = word_of(*value, dns::digest_type_from_text, "the DS digest types (SHA1, SHA256, SHA384)");
    if (const auto* value = object.optional("rsa_bits"))
        patch.rsa_bits = static_cast<unsigned>(whole_number_of(*value, 1024, 4096));
    if (const auto* value = object.optional("zsk_signs_dnskey")) patch.zsk_signs_dnskey = flag_of(*value);
    object.finish();
    return patch;
}

std::vector<ZonePart> zones_of(const JsonNode& node, dns::UnixTime now) {
    std::vector<ZonePart> parts;
    std::set<dns::Name> seen;
    for (const auto& item : items_of(node)) {
        parts.push_back(zone_of(item, now));
        if (!seen.insert(parts.back().apex).second)
            item.fail(fmt::format("zone {} stands twice", parts.back().apex.to_text()));
    }
    return parts;
}

std::vector<zones::Fault> faults_of(const JsonNode& node) {
    std::vector<zones::Fault> faults;
    for (const auto& item : items_of(node)) faults.push_back(fault_of(item));
    return faults;
}

} // namespace harness
