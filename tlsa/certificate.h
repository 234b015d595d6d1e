// One X.509 certificate as received: the octets that DANE hashes, and the fields that a path needs (RFC 5280 §4).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "resolver/dns/bytes.h"
#include "resolver/dns/serial.h"
#include "tlsa/distinguished_name.h"

namespace tlsa {

// RFC 5280 §4.2.1.6; octets as they are, NUL included.
struct AlternativeNames {
    std::vector<std::string> dns_ids;         // dNSName
    std::vector<dns::Bytes> addresses;        // iPAddress
    std::vector<DistinguishedName> directory; // directoryName
    bool others = false;                      // any other form: rfc822Name, URI, ...
};

struct BasicConstraints {
    bool ca = false;
    std::optional<std::uint32_t> path_length; // intermediates allowed below (RFC 5280 §4.2.1.9)
};

// RFC 5280 §4.2.1.10. A form that we do not compare is remembered, so that names of that form are refused.
struct NameConstraints {
    struct Subtrees {
        std::vector<std::string> dns;
        std::vector<dns::Bytes> addresses; // address and mask, 8 or 32 octets
        std::vector<DistinguishedName> directory;
        bool others = false;
    };
    Subtrees permitted, excluded;
};

struct Extensions {
    std::optional<AlternativeNames> subject_alternative_names;
    std::optional<BasicConstraints> basic_constraints;
    std::optional<std::uint16_t> key_usage; // bit 0 of RFC 5280 §4.2.1.3 is the highest: 0x8000
    std::optional<bool> serves_tls;         // extendedKeyUsage allows server authentication; nullopt: absent
    std::optional<NameConstraints> name_constraints;
    std::optional<dns::Bytes> subject_key_id, authority_key_id;
    bool unknown_critical = false; // a critical extension that we do not process (RFC 5280 §4.2)
    bool malformed = false;        // an extension that cannot be read, or that stands there twice
};
// `list`: the content of the SEQUENCE OF Extension.
Extensions parse_extensions(dns::ByteView list);

enum class SignatureCheck {
    good,
    bad,
    unsupported, // algorithm or key that we cannot use
    weak,        // MD2, MD5 or SHA-1
};

class Certificate {
  public:
    static constexpr std::uint16_t key_cert_sign = 0x0400; // bit 5 of KeyUsage (RFC 5280 §4.2.1.3)

    // Exactly one certificate in DER; bad_rdata where its structure is not one.
    static dns::Result<Certificate> parse(dns::ByteView der);

    const dns::Bytes& der() const { return der_; }
    const dns::Bytes& spki() const { return spki_; } // SubjectPublicKeyInfo octet by octet as it stands in der()
    unsigned version() const { return version_; }
    const DistinguishedName& subject() const { return subject_; }
    const DistinguishedName& issuer() const { return issuer_; }
    bool is_self_issued() const { return subject_ == issuer_; } // RFC 5280 §3.2
    // nullopt where the time cannot be read; such a certificate is valid at no time.
    const std::optional<dns::UnixTime>& not_before() const { return not_before_; }
    const std::optional<dns::UnixTime>& not_after() const { return not_after_; }
    const Extensions& extensions() const { return extensions_; }

    // Was this certificate signed with the private key of `issuer_spki`?
    SignatureCheck signed_with(dns::ByteView issuer_spki) const;

  private:
    Certificate() = default;
    dns::Bytes der_, spki_, tbs_, signature_algorithm_, signature_;
    unsigned version_ = 1;
    DistinguishedName subject_, issuer_;
    std::optional<dns::UnixTime> not_before_, not_after_;
    Extensions extensions_;
};

} // namespace tlsa
