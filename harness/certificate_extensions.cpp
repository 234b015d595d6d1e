#include "harness/certificate_extensions.h"

#include <botan/der_enc.h>
#include <botan/x509_ext.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/asio/ip/address_v4.hpp>
#include <stdexcept>

#include "tlsa/der.h"

namespace harness {
namespace {

namespace ext = Botan::Cert_Extension;
using Octets = std::vector<std::uint8_t>;

// Content given as it stands: Botan writes no name constraints, and changes the case of names.
class Verbatim final : public Botan::Certificate_Extension {
  public:
    Verbatim(Botan::OID oid, Octets content)
        : oid_(std::move(oid))
        , content_(std::move(content)) {}
    Botan::OID oid_of() const override { return oid_; }
    std::string oid_name() const override { return ""; }
    std::unique_ptr<Botan::Certificate_Extension> copy() const override {
        return std::make_unique<Verbatim>(oid_, content_);
    }

  private:
    Octets encode_inner() const override { return content_; }
    void decode_inner(const Octets& content) override { content_ = content; }
    Botan::OID oid_;
    Octets content_;
};

Octets octets_of(std::string_view text) { return {text.begin(), text.end()}; }

// GeneralName's implicit tags (RFC 5280 §4.2.1.6).
constexpr std::uint32_t tag_email = 1, tag_dns = 2, tag_address = 7;
void add_name(Botan::DER_Encoder& encoder, std::uint32_t tag, const Octets& content) {
    encoder.add_object(Botan::ASN1_Type(tag), Botan::ASN1_Class::ContextSpecific, content);
}

Octets alternative_names(const CertificateTemplate& wanted) {
    Octets out;
    Botan::DER_Encoder encoder(out);
    encoder.start_sequence();
    for (const auto& name : wanted.dns_names) add_name(encoder, tag_dns, octets_of(name));
    for (const auto& name : wanted.details.emails) add_name(encoder, tag_email, octets_of(name));
    for (const auto& text : wanted.details.addresses) {
        boost::system::error_code error;
        const auto address = boost::asio::ip::make_address_v4(text, error);
        if (error) throw std::invalid_argument(fmt::format("\"{}\": expected an IPv4 address", text));
        const auto octets = address.to_bytes();
        add_name(encoder, tag_address, Octets(octets.begin(), octets.end()));
    }
    encoder.end_cons();
    return out;
}

void add_subtrees(Botan::DER_Encoder& encoder, std::uint32_t tag, const std::vector<std::string>& names) {
    if (names.empty()) return;
    encoder.start_context_specific(tag);
    for (const auto& name : names) {
        encoder.start_sequence();
        add_name(encoder, tag_dns, octets_of(name));
        encoder.end_cons();
    }
    encoder.end_cons();
}

Octets name_constraints(const CertificateDetails& details) {
    Octets out;
    Botan::DER_Encoder encoder(out);
    encoder.start_sequence();
    add_subtrees(encoder, 0, details.permitted_dns);
    add_subtrees(encoder, 1, details.excluded_dns);
    encoder.end_cons();
    return out;
}

Botan::Key_Constraints usage_for(const CertificateTemplate& wanted) {
    using Botan::Key_Constraints;
    constexpr auto authority = Key_Constraints::KeyCertSign | Key_Constraints::CrlSign;
    if (!wanted.details.signs.value_or(wanted.authority)) return Key_Constraints(Key_Constraints::DigitalSignature);
    return Key_Constraints(wanted.authority ? authority : authority | Key_Constraints::DigitalSignature);
}

void add_purpose(Botan::Extensions& extensions, const CertificateTemplate& wanted) {
    const auto& for_servers = wanted.details.for_servers;
    if (wanted.authority && !for_servers) return;
    const char* purpose = for_servers.value_or(true) ? "PKIX.ServerAuth" : "PKIX.ClientAuth";
    extensions.add(
        std::make_unique<ext::Extended_Key_Usage>(std::vector<Botan::OID>{Botan::OID::from_string(purpose)}));
}

} // namespace

Botan::Extensions extensions_for(const CertificateTemplate& wanted, const Octets& own_key,
                                 const Octets& issuer_key_id) {
    const auto& details = wanted.details;
    const bool ca = details.ca.value_or(wanted.authority);
    const auto& limit = wanted.path_length ? wanted.path_length : details.path_length;
    Botan::Extensions extensions;
    extensions.add(std::make_unique<ext::Basic_Constraints>(ca, limit ? *limit : ext::NO_CERT_PATH_LIMIT), true);
    extensions.add(std::make_unique<ext::Key_Usage>(usage_for(wanted)), true);
    add_purpose(extensions, wanted);
    auto own_key_id = std::make_unique<ext::Subject_Key_ID>(own_key, "SHA-1");
    const auto authority_key_id = issuer_key_id.empty() ? own_key_id->get_key_id() : issuer_key_id;
    extensions.add(std::move(own_key_id));
    extensions.add(std::make_unique<ext::Authority_Key_ID>(authority_key_id));
    if (!wanted.dns_names.empty() || !details.addresses.empty() || !details.emails.empty())
        extensions.add(std::make_unique<Verbatim>(Botan::OID{2, 5, 29, 17}, alternative_names(wanted)));
    if (!details.permitted_dns.empty() || !details.excluded_dns.empty())
        extensions.add(std::make_unique<Verbatim>(Botan::OID{2, 5, 29, 30}, name_constraints(details)), true);
    if (details.critical_extension) // 2.999 is the arc for examples
        extensions.add(std::make_unique<Verbatim>(Botan::OID{2, 999, 1}, Octets{0x05, 0x00}), true);
    return extensions;
}

std::string identity_of(const CertificateDetails& details) {
    if (details == CertificateDetails{}) return "";
    const auto flag = [](const std::optional<bool>& value) { return value ? (*value ? 1 : 0) : 2; };
    return fmt::format(" {} {} {} {} {} {} {} {} {} {} {}", flag(details.ca), flag(details.signs),
                       details.path_length ? static_cast<int>(*details.path_length) : -1, flag(details.for_servers),
                       fmt::join(details.permitted_dns, ","), fmt::join(details.excluded_dns, ","),
                       fmt::join(details.addresses, ","), fmt::join(details.emails, ","), details.version_1,
                       details.critical_extension, details.broken_signature);
}

dns::Bytes as_version_1(const dns::Bytes& certificate,
                        const std::function<dns::Bytes(const dns::Bytes& to_be_signed)>& sign) {
    const auto parts = tlsa::split_certificate(certificate);
    if (!parts) throw std::invalid_argument("no certificate");
    Octets tbs, whole;
    Botan::DER_Encoder inner(tbs);
    inner.start_sequence();
    tlsa::DerReader fields(tlsa::single_item(parts->tbs, tlsa::der::sequence)->content);
    constexpr int most_fields = 10; // RFC 5280 §4.1: TBSCertificate has ten
    for (int i = 0; i < most_fields && !fields.at_end(); ++i) {
        const auto field = fields.next();
        if (field->tag == tlsa::der::context_constructed(0) || field->tag == tlsa::der::context_constructed(3))
            continue;
        inner.raw_bytes(Octets(field->whole.begin(), field->whole.end()));
    }
    inner.end_cons();
    Botan::DER_Encoder outer(whole);
    outer.start_sequence();
    outer.raw_bytes(tbs);
    outer.raw_bytes(Octets(parts->signature_algorithm.begin(), parts->signature_algorithm.end()));
    outer.encode(sign(tbs), Botan::ASN1_Type::BitString);
    outer.end_cons();
    return whole;
}

} // namespace harness
