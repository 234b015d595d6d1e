// Certificates for tests, made octet by octet from a description, so that every field can be wrong on purpose. Keys
// come from a seed: the same names give the same octets.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "resolver/dns/bytes.h"
#include "resolver/dns/serial.h"

namespace Botan {
class Private_Key;
}

namespace test {

// A key named by its seed: ECDSA P-256, or what stands before a colon ("rsa:", "p521:", "ed25519:") says.
class Key {
  public:
    explicit Key(const std::string& seed);
    dns::Bytes spki() const;
    std::string pem() const; // PKCS #8
    const Botan::Private_Key& private_key() const { return *key_; }

  private:
    std::shared_ptr<Botan::Private_Key> key_;
};

struct CertificateSpec {
    std::string subject, issuer; // CN; "" is an empty Name
    std::string key, issuer_key; // seeds; "" takes the subject's and issuer's names
    std::string not_before = "20260101000000Z", not_after = "20270101000000Z";
    unsigned version = 3;
    std::optional<bool> ca; // basicConstraints; nullopt leaves them out
    std::optional<unsigned> path_length;
    std::optional<std::uint8_t> key_usage; // bits 0 to 7, bit 0 highest: keyCertSign is 0x04
    std::vector<std::string> dns_ids;
    dns::Bytes extra_general_name; // a whole GeneralName item, into the SAN
    std::vector<std::string> permitted_dns, excluded_dns;
    std::optional<bool> server_auth;    // extendedKeyUsage: serverAuth, or (false) clientAuth alone
    bool key_ids = false;               // SKID and AKID
    std::string wrong_authority_key_id; // another key's seed for the AKID
    bool unknown_critical = false;
    unsigned serial = 1;
    std::string hash = "SHA-256"; // of the issuer's signature; Ed25519 has its own
};
dns::Bytes make_certificate(const CertificateSpec& spec);

// 2026-06-01T00:00:00Z, inside the default dates.
constexpr dns::UnixTime now{1'780'272'000};

// root "Root CA" -> "Issuing CA" -> leaf "mx.example"; leaf first.
CertificateSpec root_spec();
CertificateSpec issuer_spec();
CertificateSpec leaf_spec();

dns::Bytes sha256(dns::ByteView data);
dns::Bytes sha512(dns::ByteView data);
// RDATA of a record.
dns::Bytes record(unsigned usage, unsigned selector, unsigned matching_type, dns::ByteView selected);
std::string pem(dns::ByteView certificate);

} // namespace test
