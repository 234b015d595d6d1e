// Certificates for the fake mail servers, made from a seed: the same seed, time and plan give the same octets (serial
// numbers and keys come from the seed, signatures are deterministic).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/dns/bytes.h"
#include "resolver/dns/serial.h"
#include "tlsa/association.h"

namespace Botan {
class Private_Key;
}

namespace harness {

// ed25519 serves for authorities and for judging chains without a handshake: Botan 3.7 has no EdDSA in TLS, so a server
// with such a leaf can finish none.
enum class KeyKind { ecdsa_p256, ecdsa_p384, ecdsa_p521, rsa_1024, rsa_2048, rsa_4096, ed25519 };
std::string_view to_text(KeyKind kind); // "ecdsa-p256" ... "rsa-2048" ... "ed25519"
std::optional<KeyKind> key_kind_from_text(std::string_view text);

// nullopt: the maker's default (30 days before its `now`, 365 days after).
struct Validity {
    std::optional<dns::UnixTime> not_before, not_after;
};

// What is unusual about one certificate; as it stands: nothing.
struct CertificateDetails {
    std::optional<bool> ca;                               // basicConstraints (RFC 5280 §4.2.1.9); nullopt: as its role
    std::optional<bool> signs;                            // keyCertSign (RFC 5280 §4.2.1.3); nullopt: as its role
    std::optional<unsigned> path_length;                  // for authorities
    std::optional<bool> for_servers;                      // false: extendedKeyUsage has clientAuth alone
    std::vector<std::string> permitted_dns, excluded_dns; // nameConstraints (RFC 5280 §4.2.1.10)
    std::vector<std::string> addresses, emails;           // SAN iPAddress (IPv4 text), rfc822Name
    bool version_1 = false;                               // no extensions at all
    bool critical_extension = false;                      // one that nobody knows
    bool broken_signature = false;                        // one octet of the signature turned over
    bool operator==(const CertificateDetails&) const = default;
};

// One certificate. Its issuer is named when it is made.
struct CertificateTemplate {
    std::string common_name;            // "": no CN
    std::vector<std::string> dns_names; // SAN dNSName; empty: no SAN extension
    Validity validity;
    KeyKind key = KeyKind::ecdsa_p256;
    std::string key_label;  // same seed, label and kind: same key. "": common_name, else the first dns_name
    bool authority = false; // CA flag and keyCertSign
    std::optional<unsigned> path_length; // with `authority`
    bool broken_signature = false;       // one octet of the signature turned over
    CertificateDetails details;
};

struct IssuedCertificate {
    dns::Bytes der;
    std::shared_ptr<const Botan::Private_Key> key;
};

// What a TLS server needs. `chain` is sent as it stands, leaf first.
struct ServerCredentials {
    std::vector<dns::Bytes> chain;
    std::shared_ptr<const Botan::Private_Key> key;
};

// What differs in the authority at one depth.
struct AuthorityPlan {
    Validity validity;
    CertificateDetails details;
};

// One certificate that a server sends: of its own chain ("") or of another of the same scenario.
struct SentCertificate {
    std::string chain;
    std::size_t depth = 0;
};

// A server's whole chain as data: leaf <- `intermediates` intermediate authorities <- root.
struct CertificatePlan {
    std::string common_name;
    std::vector<std::string> dns_names;
    Validity validity;                 // of the leaf
    Validity authority_validity;       // of root and intermediates; nullopt: ten years around `now`
    KeyKind key = KeyKind::ecdsa_p256; // of the leaf
    KeyKind authority_key = KeyKind::ecdsa_p256;
    std::string key_label;               // as in CertificateTemplate
    bool self_signed = false;            // the leaf alone; the authority fields mean nothing then
    std::string authority = "Test Root"; // CN of the root; same seed and name: same root
    unsigned intermediates = 0;          // "<authority> Intermediate 1" is issued by the root, 2 by 1, ...
    bool authority_flag = true;          // false: root and intermediates lack the CA flag
    bool send_root = true;               // a DANE-TA server sends its anchor (RFC 7672 §3.1.2)
    bool send_intermediates = true;
    bool broken_signature = false;      // of the leaf
    CertificateDetails details;         // of the leaf
    std::vector<AuthorityPlan> above;   // of depth 1, 2, ...
    std::vector<SentCertificate> sends; // instead of send_root and send_intermediates, in this order
};

struct CertifiedChain {
    std::vector<IssuedCertificate> certificates; // all, leaf first, root last, also those that are not sent
    ServerCredentials credentials;               // what is sent
};

class CertificateMaker {
  public:
    // `now` is the middle of the default validity.
    CertificateMaker(std::uint64_t seed, dns::UnixTime now)
        : seed_(seed)
        , now_(now) {}

    IssuedCertificate self_signed(const CertificateTemplate& wanted) const;
    // The issuer's subject, key identifier and key are taken from `issuer`, whether it is an authority or not.
    IssuedCertificate issue(const IssuedCertificate& issuer, const CertificateTemplate& wanted) const;
    // `sends` is left to arrange(), which knows the other chains.
    CertifiedChain make(const CertificatePlan& plan) const;

  private:
    CertificateTemplate authority_template(const CertificatePlan& plan) const;
    IssuedCertificate build(const IssuedCertificate* issuer, const CertificateTemplate& wanted) const;
    std::uint64_t seed_;
    dns::UnixTime now_;
};

// What is sent, where `sends` says so; `others`: all chains by name. Throws std::invalid_argument for one that is not
// there.
void arrange(CertifiedChain& chain, const std::vector<SentCertificate>& sends,
             const std::map<std::string, CertifiedChain>& others);

// RDATA of a TLSA record that matches the certificate (RFC 6698 §2.1). Selector Cert or SPKI, matching type Full,
// SHA2_256 or SHA2_512; std::invalid_argument for others. The usage is taken as given.
dns::Bytes tlsa_rdata(dns::ByteView certificate, tlsa::Usage usage, tlsa::Selector selector,
                      tlsa::MatchingType matching_type);

// PEM for outside tools: "-----BEGIN CERTIFICATE-----" blocks in the order given; the key as PKCS #8.
std::string to_pem(const std::vector<dns::Bytes>& chain);
std::string to_pem(const Botan::Private_Key& key);

} // namespace harness
