#include "harness/certificates.h"

#include <array>
#include <botan/asn1_obj.h>
#include <botan/bigint.h>
#include <botan/chacha_rng.h>
#include <botan/ec_group.h>
#include <botan/ec_scalar.h>
#include <botan/ecdsa.h>
#include <botan/ed25519.h>
#include <botan/hash.h>
#include <botan/pem.h>
#include <botan/pkcs8.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <botan/x509_ca.h>
#include <botan/x509cert.h>
#include <chrono>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <stdexcept>

#include "harness/certificate_extensions.h"

namespace harness {
namespace {

using Key = std::shared_ptr<const Botan::Private_Key>;

std::vector<std::uint8_t> sha256(std::string_view text) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(text);
    return hash->final_stdvec();
}

Botan::ChaCha_RNG generator(std::string_view purpose) {
    return Botan::ChaCha_RNG(std::span<const std::uint8_t>(sha256(purpose)));
}

// The secret is derived here where the algorithm allows it, so that no release of the library can change it; RSA's
// primes are the library's choice.
Key make_key(KeyKind kind, std::string_view purpose) {
    const auto secret = sha256(purpose);
    const auto ecdsa = [&](const char* name) {
        const auto group = Botan::EC_Group::from_name(name);
        return std::make_shared<Botan::ECDSA_PrivateKey>(group, Botan::EC_Scalar::from_bytes_mod_order(group, secret));
    };
    const auto rsa = [&](std::size_t bits) {
        Botan::ChaCha_RNG rng = generator(purpose);
        return std::make_shared<Botan::RSA_PrivateKey>(rng, bits);
    };
    switch (kind) {
    case KeyKind::ecdsa_p256: return ecdsa("secp256r1");
    case KeyKind::ecdsa_p384: return ecdsa("secp384r1");
    case KeyKind::ecdsa_p521: return ecdsa("secp521r1");
    case KeyKind::rsa_1024: return rsa(1024);
    case KeyKind::rsa_2048: return rsa(2048);
    case KeyKind::rsa_4096: return rsa(4096);
    case KeyKind::ed25519:
        return std::make_shared<Botan::Ed25519_PrivateKey>(
            Botan::secure_vector<std::uint8_t>(secret.begin(), secret.end()));
    }
    throw std::invalid_argument("unknown kind of key");
}

// Scenarios share keys (an RSA key costs a tenth of a second), so each is made once in a process.
Key key_of(std::uint64_t seed, KeyKind kind, std::string_view label) {
    static std::mutex mutex;
    static std::map<std::string, Key> keys;
    const std::string purpose = fmt::format("danelab certificate key {} {} {}", seed, to_text(kind), label);
    const std::lock_guard lock(mutex);
    Key& key = keys[purpose];
    if (!key) key = make_key(kind, purpose);
    return key;
}

Botan::X509_Time to_x509(dns::UnixTime time) {
    return Botan::X509_Time(std::chrono::system_clock::time_point(std::chrono::seconds(time.seconds)));
}

std::string label_of(const CertificateTemplate& wanted) {
    if (!wanted.key_label.empty()) return wanted.key_label;
    if (!wanted.common_name.empty()) return wanted.common_name;
    return wanted.dns_names.empty() ? std::string("unnamed") : wanted.dns_names.front();
}

constexpr std::int64_t day = 86'400;

} // namespace

namespace {
constexpr std::array all_kinds = {KeyKind::ecdsa_p256, KeyKind::ecdsa_p384, KeyKind::ecdsa_p521, KeyKind::rsa_1024,
                                  KeyKind::rsa_2048,   KeyKind::rsa_4096,   KeyKind::ed25519};
} // namespace

std::string_view to_text(KeyKind kind) {
    switch (kind) {
    case KeyKind::ecdsa_p256: return "ecdsa-p256";
    case KeyKind::ecdsa_p384: return "ecdsa-p384";
    case KeyKind::ecdsa_p521: return "ecdsa-p521";
    case KeyKind::rsa_1024: return "rsa-1024";
    case KeyKind::rsa_2048: return "rsa-2048";
    case KeyKind::rsa_4096: return "rsa-4096";
    case KeyKind::ed25519: return "ed25519";
    }
    return "";
}

std::optional<KeyKind> key_kind_from_text(std::string_view text) {
    for (const KeyKind kind : all_kinds)
        if (text == to_text(kind)) return kind;
    return std::nullopt;
}

IssuedCertificate CertificateMaker::build(const IssuedCertificate* issuer, const CertificateTemplate& wanted) const {
    const Key key = key_of(seed_, wanted.key, label_of(wanted));
    const Botan::Private_Key& signing_key = issuer ? *issuer->key : *key;
    const std::vector<std::uint8_t> public_key = key->subject_public_key();

    Botan::X509_DN subject;
    if (!wanted.common_name.empty()) subject.add_attribute("X520.CommonName", wanted.common_name);
    Botan::X509_DN issuer_name = subject;
    std::vector<std::uint8_t> issuer_key_id;
    if (issuer) {
        const Botan::X509_Certificate certificate(issuer->der);
        issuer_name = certificate.subject_dn();
        issuer_key_id = certificate.subject_key_id();
    }
    const dns::UnixTime from = wanted.validity.not_before.value_or(dns::UnixTime{now_.seconds - 30 * day});
    const dns::UnixTime until = wanted.validity.not_after.value_or(dns::UnixTime{now_.seconds + 365 * day});

    // RFC 5280 §4.1.2.2: unique per issuer, positive, at most 20 octets. All that can differ goes into it.
    const auto issuer_octets = issuer_name.DER_encode();
    const std::string identity =
        fmt::format("danelab certificate {} {} {} {} {} {} {} {} {}", seed_,
                    std::string_view(reinterpret_cast<const char*>(issuer_octets.data()), issuer_octets.size()),
                    wanted.common_name, fmt::join(wanted.dns_names, ","), from.seconds, until.seconds,
                    to_text(wanted.key), label_of(wanted), wanted.authority) +
        identity_of(wanted.details);
    std::vector<std::uint8_t> serial_octets = sha256(identity);
    serial_octets.resize(16);
    serial_octets[0] = static_cast<std::uint8_t>((serial_octets[0] & 0x7f) | 0x40);

    Botan::ChaCha_RNG rng = generator(identity + " signature");
    const bool pure = signing_key.algo_name() == "Ed25519";
    const auto signer = Botan::X509_Object::choose_sig_format(signing_key, rng, pure ? "SHA-512" : "SHA-256", "");
    const Botan::X509_Certificate certificate =
        Botan::X509_CA::make_cert(*signer, rng, Botan::BigInt::from_bytes(serial_octets),
                                  signer->algorithm_identifier(), public_key, to_x509(from), to_x509(until),
                                  issuer_name, subject, extensions_for(wanted, key->public_key_bits(), issuer_key_id));
    IssuedCertificate issued{certificate.BER_encode(), key};
    if (wanted.details.version_1)
        issued.der =
            as_version_1(issued.der, [&](const dns::Bytes& content) { return signer->sign_message(content, rng); });
    if (wanted.broken_signature || wanted.details.broken_signature)
        issued.der.back() ^= 0x01; // the signature is the last field (RFC 5280 §4.1)
    return issued;
}

IssuedCertificate CertificateMaker::self_signed(const CertificateTemplate& wanted) const {
    return build(nullptr, wanted);
}

IssuedCertificate CertificateMaker::issue(const IssuedCertificate& issuer, const CertificateTemplate& wanted) const {
    return build(&issuer, wanted);
}

CertificateTemplate CertificateMaker::authority_template(const CertificatePlan& plan) const {
    CertificateTemplate authority;
    authority.common_name = plan.authority;
    authority.validity.not_before =
        plan.authority_validity.not_before.value_or(dns::UnixTime{now_.seconds - 1826 * day});
    authority.validity.not_after = plan.authority_validity.not_after.value_or(dns::UnixTime{now_.seconds + 1826 * day});
    authority.key = plan.authority_key;
    authority.authority = plan.authority_flag;
    return authority;
}

CertifiedChain CertificateMaker::make(const CertificatePlan& plan) const {
    CertificateTemplate leaf;
    leaf.common_name = plan.common_name;
    leaf.dns_names = plan.dns_names;
    leaf.validity = plan.validity;
    leaf.key = plan.key;
    leaf.key_label = plan.key_label;
    leaf.broken_signature = plan.broken_signature;
    leaf.details = plan.details;

    CertifiedChain made;
    if (plan.self_signed) {
        made.certificates.push_back(self_signed(leaf));
    } else {
        const auto template_at = [&](std::size_t depth) { // 1: the leaf's issuer; the root is the highest
            CertificateTemplate authority = authority_template(plan);
            const std::size_t number = plan.intermediates + 1 - depth; // from the root down, which has none
            if (number > 0) authority.common_name = fmt::format("{} Intermediate {}", plan.authority, number);
            if (depth <= plan.above.size()) {
                const auto& own = plan.above[depth - 1];
                if (own.validity.not_before) authority.validity.not_before = own.validity.not_before;
                if (own.validity.not_after) authority.validity.not_after = own.validity.not_after;
                authority.details = own.details;
            }
            return authority;
        };
        const std::size_t highest = std::size_t{plan.intermediates} + 1;
        made.certificates.push_back(self_signed(template_at(highest)));
        for (std::size_t depth = highest - 1; depth > 0; --depth)
            made.certificates.insert(made.certificates.begin(), issue(made.certificates.front(), template_at(depth)));
        made.certificates.insert(made.certificates.begin(), issue(made.certificates.front(), leaf));
    }
    const std::size_t root = made.certificates.size() - 1;
    for (std::size_t i = 0; i < made.certificates.size(); ++i) {
        const bool sent = i == 0 || (i == root ? plan.send_root : plan.send_intermediates);
        if (sent) made.credentials.chain.push_back(made.certificates[i].der);
    }
    made.credentials.key = made.certificates.front().key;
    return made;
}

void arrange(CertifiedChain& chain, const std::vector<SentCertificate>& sends,
             const std::map<std::string, CertifiedChain>& others) {
    if (sends.empty()) return;
    std::vector<dns::Bytes> sent;
    for (const auto& one : sends) {
        const auto other = others.find(one.chain);
        if (!one.chain.empty() && other == others.end())
            throw std::invalid_argument(fmt::format("certificate \"{}\" is not among \"certificates\"", one.chain));
        const auto& certificates = one.chain.empty() ? chain.certificates : other->second.certificates;
        if (one.depth >= certificates.size())
            throw std::invalid_argument(
                fmt::format("{}/{}: the chain has {}", one.chain, one.depth, certificates.size()));
        sent.push_back(certificates[one.depth].der);
    }
    chain.credentials.chain = std::move(sent);
}

dns::Bytes tlsa_rdata(dns::ByteView certificate, tlsa::Usage usage, tlsa::Selector selector,
                      tlsa::MatchingType matching_type) {
    dns::Bytes selected(certificate.begin(), certificate.end());
    if (selector == tlsa::Selector::SPKI)
        selected = Botan::X509_Certificate(selected).subject_public_key_info();
    else if (selector != tlsa::Selector::Cert)
        throw std::invalid_argument("TLSA: no such selector");

    if (matching_type == tlsa::MatchingType::SHA2_256 || matching_type == tlsa::MatchingType::SHA2_512) {
        const char* name = matching_type == tlsa::MatchingType::SHA2_256 ? "SHA-256" : "SHA-512";
        selected = Botan::HashFunction::create_or_throw(name)->process<dns::Bytes>(selected);
    } else if (matching_type != tlsa::MatchingType::Full) {
        throw std::invalid_argument("TLSA: no such matching type");
    }
    dns::Tlsa record;
    record.usage = static_cast<std::uint8_t>(usage);
    record.selector = static_cast<std::uint8_t>(selector);
    record.matching_type = static_cast<std::uint8_t>(matching_type);
    record.association = std::move(selected);
    return record.build();
}

std::string to_pem(const std::vector<dns::Bytes>& chain) {
    std::string pem;
    for (const auto& der : chain) pem += Botan::PEM_Code::encode(der, "CERTIFICATE");
    return pem;
}

std::string to_pem(const Botan::Private_Key& key) { return Botan::PKCS8::PEM_encode(key); }

} // namespace harness
