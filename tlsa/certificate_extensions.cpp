#include <algorithm>
#include <string_view>

#include "tlsa/certificate.h"
#include "tlsa/der.h"

namespace tlsa {
namespace {

// More extensions than any certificate has; each is looked at once (RFC 5280 §4.2: none may appear twice).
constexpr std::size_t max_extensions = 64;
// Bound on names in a certificate: 16 MiB chains are legal TLS (RFC 8446 §4.4.2), comparing them all is not our duty.
constexpr std::size_t max_names = 4096;

// id-ce is 2.5.29 (RFC 5280 §4.2.1).
constexpr std::string_view id_ce("\x55\x1d", 2);
constexpr std::uint8_t subject_key_identifier = 14, key_usage = 15, subject_alt_name = 17, basic_constraints = 19,
                       name_constraints = 30, certificate_policies = 32, authority_key_identifier = 35,
                       ext_key_usage = 37;
// 1.3.6.1.5.5.7.3.1 and 2.5.29.37.0 (RFC 5280 §4.2.1.12).
constexpr std::string_view server_auth("\x2b\x06\x01\x05\x05\x07\x03\x01", 8);
constexpr std::string_view any_extended_key_usage("\x55\x1d\x25\x00", 4);

std::string text_of(dns::ByteView octets) { return {octets.begin(), octets.end()}; }
dns::Bytes bytes_of(dns::ByteView view) { return {view.begin(), view.end()}; }

// GeneralName tags (RFC 5280 §4.2.1.6); directoryName is explicit because Name is a CHOICE.
constexpr std::uint8_t tag_dns = der::context(2), tag_address = der::context(7),
                       tag_directory = der::context_constructed(4);

bool read_alternative_names(dns::ByteView value, AlternativeNames& names) {
    const auto list = single_item(value, der::sequence);
    if (!list) return false;
    DerReader reader(list->content);
    for (std::size_t count = 0; !reader.at_end(); ++count) {
        const auto name = reader.next();
        if (!name || count >= max_names) return false;
        switch (name->tag) {
        case tag_dns: names.dns_ids.push_back(text_of(name->content)); break;
        case tag_address: names.addresses.push_back(bytes_of(name->content)); break;
        case tag_directory: names.directory.push_back(DistinguishedName::parse(name->content)); break;
        default: names.others = true; break;
        }
    }
    return true;
}

bool read_basic_constraints(dns::ByteView value, BasicConstraints& constraints) {
    const auto pair = single_item(value, der::sequence);
    if (!pair) return false;
    DerReader reader(pair->content);
    if (reader.peek() == der::boolean) {
        const auto ca = reader.next();
        if (!ca || ca->content.size() != 1) return false;
        constraints.ca = ca->content[0] != 0;
    }
    if (reader.peek() == der::integer) {
        const auto length = reader.next();
        if (!length || length->content.empty() || (length->content[0] & 0x80) != 0) return false;
        std::uint64_t number = 0;
        for (const auto octet : length->content) number = std::min<std::uint64_t>(number << 8 | octet, 0xffffffff);
        constraints.path_length = static_cast<std::uint32_t>(number);
    }
    return reader.at_end();
}

bool read_key_usage(dns::ByteView value, std::uint16_t& usage) {
    const auto bits = single_item(value, der::bit_string);
    if (!bits || bits->content.size() < 2 || bits->content[0] > 7) return false;
    usage = static_cast<std::uint16_t>(bits->content[1] << 8);
    if (bits->content.size() > 2) usage |= bits->content[2];
    return true;
}

bool read_extended_key_usage(dns::ByteView value, bool& serves_tls) {
    const auto list = single_item(value, der::sequence);
    if (!list) return false;
    DerReader reader(list->content);
    while (!reader.at_end()) {
        const auto purpose = reader.next(der::object_id);
        if (!purpose) return false;
        const std::string oid = text_of(purpose->content);
        serves_tls = serves_tls || oid == server_auth || oid == any_extended_key_usage;
    }
    return true;
}

bool read_subtrees(dns::ByteView value, NameConstraints::Subtrees& subtrees) {
    DerReader reader(value);
    for (std::size_t count = 0; !reader.at_end(); ++count) {
        const auto subtree = reader.next(der::sequence);
        if (!subtree || count >= max_names) return false;
        DerReader inner(subtree->content);
        const auto base = inner.next();
        // RFC 5280 §4.2.1.10: minimum is 0, which DER leaves out, and maximum is absent.
        if (!base || !inner.at_end()) return false;
        switch (base->tag) {
        case tag_dns: subtrees.dns.push_back(text_of(base->content)); break;
        case tag_address: subtrees.addresses.push_back(bytes_of(base->content)); break;
        case tag_directory: subtrees.directory.push_back(DistinguishedName::parse(base->content)); break;
        default: subtrees.others = true; break;
        }
    }
    return true;
}

bool read_name_constraints(dns::ByteView value, NameConstraints& constraints) {
    const auto pair = single_item(value, der::sequence);
    if (!pair) return false;
    DerReader reader(pair->content);
    if (reader.peek() == der::context_constructed(0)) {
        const auto permitted = reader.next();
        if (!permitted || !read_subtrees(permitted->content, constraints.permitted)) return false;
    }
    if (reader.peek() == der::context_constructed(1)) {
        const auto excluded = reader.next();
        if (!excluded || !read_subtrees(excluded->content, constraints.excluded)) return false;
    }
    return reader.at_end();
}

// AuthorityKeyIdentifier with only serial and issuer gives no key id.
bool read_authority_key_id(dns::ByteView value, std::optional<dns::Bytes>& key_id) {
    const auto list = single_item(value, der::sequence);
    if (!list) return false;
    DerReader reader(list->content);
    if (reader.peek() != der::context(0)) return true;
    const auto item = reader.next();
    if (!item) return false;
    key_id = bytes_of(item->content);
    return true;
}

bool read_subject_key_id(dns::ByteView value, std::optional<dns::Bytes>& key_id) {
    const auto item = single_item(value, der::octet_string);
    if (!item) return false;
    key_id = bytes_of(item->content);
    return true;
}

struct Extension {
    std::string oid;
    bool critical = false;
    dns::ByteView value;
};

std::optional<Extension> read_extension(DerReader& reader) {
    const auto item = reader.next(der::sequence);
    if (!item) return std::nullopt;
    DerReader inner(item->content);
    const auto oid = inner.next(der::object_id);
    if (!oid) return std::nullopt;
    Extension extension{text_of(oid->content), false, {}};
    if (inner.peek() == der::boolean) {
        const auto critical = inner.next();
        if (!critical || critical->content.size() != 1) return std::nullopt;
        extension.critical = critical->content[0] != 0;
    }
    const auto value = inner.next(der::octet_string);
    if (!value || !inner.at_end()) return std::nullopt;
    extension.value = value->content;
    return extension;
}

// False where the value cannot be read. An extension that we know nothing of counts only if it is critical.
bool take(const Extension& extension, Extensions& out) {
    const bool standard = extension.oid.size() == 3 && extension.oid.starts_with(id_ce);
    switch (standard ? static_cast<std::uint8_t>(extension.oid[2]) : std::uint8_t{0}) {
    case subject_key_identifier: return read_subject_key_id(extension.value, out.subject_key_id);
    case key_usage: return read_key_usage(extension.value, out.key_usage.emplace());
    case subject_alt_name: return read_alternative_names(extension.value, out.subject_alternative_names.emplace());
    case basic_constraints: return read_basic_constraints(extension.value, out.basic_constraints.emplace());
    case name_constraints: return read_name_constraints(extension.value, out.name_constraints.emplace());
    case certificate_policies: return true; // any policy is acceptable to us (RFC 5280 §6.1.1)
    case authority_key_identifier: return read_authority_key_id(extension.value, out.authority_key_id);
    case ext_key_usage: return read_extended_key_usage(extension.value, out.serves_tls.emplace(false));
    default: out.unknown_critical = out.unknown_critical || extension.critical; return true;
    }
}

} // namespace

Extensions parse_extensions(dns::ByteView list) {
    Extensions extensions;
    std::vector<std::string> seen;
    DerReader reader(list);
    while (!reader.at_end()) {
        const auto extension = read_extension(reader);
        if (!extension || seen.size() >= max_extensions || std::ranges::find(seen, extension->oid) != seen.end() ||
            !take(*extension, extensions)) {
            extensions.malformed = true;
            return extensions;
        }
        seen.push_back(extension->oid);
    }
    return extensions;
}

} // namespace tlsa
