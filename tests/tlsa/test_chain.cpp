#include "tests/tlsa/test_chain.h"

#include <botan/chacha_rng.h>
#include <botan/ec_group.h>
#include <botan/ecdsa.h>
#include <botan/ed25519.h>
#include <botan/hash.h>
#include <botan/pkcs8.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <botan/x509_key.h>

#include <algorithm>
#include <map>

#include "resolver/dns/text.h"

namespace test {
namespace {

using dns::Bytes;

Bytes tlv(std::uint8_t tag, const Bytes& content) {
    Bytes out{tag};
    if (content.size() < 0x80) {
        out.push_back(static_cast<std::uint8_t>(content.size()));
    } else if (content.size() < 0x100) {
        out.insert(out.end(), {0x81, static_cast<std::uint8_t>(content.size())});
    } else {
        out.insert(out.end(),
                   {0x82, static_cast<std::uint8_t>(content.size() >> 8), static_cast<std::uint8_t>(content.size())});
    }
    out.insert(out.end(), content.begin(), content.end());
    return out;
}
Bytes join(std::initializer_list<Bytes> parts) {
    Bytes out;
    for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}
Bytes of(const std::string& text) { return {text.begin(), text.end()}; }

Bytes name(const std::string& common_name) {
    if (common_name.empty()) return tlv(0x30, {});
    const Bytes attribute = tlv(0x30, join({{0x06, 0x03, 0x55, 0x04, 0x03}, tlv(0x0c, of(common_name))}));
    return tlv(0x30, tlv(0x31, attribute));
}

Bytes extension(std::uint8_t number, bool critical, const Bytes& value) {
    Bytes content = {0x06, 0x03, 0x55, 0x1d, number};
    if (critical) content.insert(content.end(), {0x01, 0x01, 0xff});
    const Bytes octets = tlv(0x04, value);
    content.insert(content.end(), octets.begin(), octets.end());
    return tlv(0x30, content);
}

Bytes key_id(const std::string& seed) {
    const Bytes digest = sha256(Key(seed).spki());
    return {digest.begin(), digest.begin() + 20};
}

Bytes subtrees(std::uint8_t tag, const std::vector<std::string>& names) {
    Bytes list;
    for (const auto& dns_name : names) list = join({list, tlv(0x30, tlv(0x82, of(dns_name)))});
    return names.empty() ? Bytes{} : tlv(tag, list);
}

Bytes extensions(const CertificateSpec& spec, const std::string& own_seed, const std::string& issuer_seed) {
    Bytes list;
    const auto add = [&list](const Bytes& item) { list.insert(list.end(), item.begin(), item.end()); };
    if (spec.ca) {
        Bytes constraints;
        if (*spec.ca) constraints = {0x01, 0x01, 0xff};
        if (spec.path_length)
            constraints = join({constraints, {0x02, 0x01, static_cast<std::uint8_t>(*spec.path_length)}});
        add(extension(19, true, tlv(0x30, constraints)));
    }
    if (spec.key_usage) add(extension(15, true, {0x03, 0x02, 0x00, *spec.key_usage}));
    if (!spec.dns_ids.empty() || !spec.extra_general_name.empty()) {
        Bytes names = spec.extra_general_name;
        for (const auto& dns_name : spec.dns_ids) names = join({names, tlv(0x82, of(dns_name))});
        add(extension(17, false, tlv(0x30, names)));
    }
    if (!spec.permitted_dns.empty() || !spec.excluded_dns.empty())
        add(extension(30, true,
                      tlv(0x30, join({subtrees(0xa0, spec.permitted_dns), subtrees(0xa1, spec.excluded_dns)}))));
    if (spec.server_auth) {
        const std::uint8_t purpose = *spec.server_auth ? 1 : 2;
        add(extension(37, false, tlv(0x30, {0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, purpose})));
    }
    if (spec.key_ids) {
        add(extension(14, false, tlv(0x04, key_id(own_seed))));
        const auto& authority = spec.wrong_authority_key_id.empty() ? issuer_seed : spec.wrong_authority_key_id;
        add(extension(35, false, tlv(0x30, tlv(0x80, key_id(authority)))));
    }
    if (spec.unknown_critical) add(extension(99, true, {0x05, 0x00}));
    return list;
}

Bytes time(const std::string& text) {
    // RFC 5280 §4.1.2.5: UTCTime through 2049.
    return text < "20500101000000Z" ? tlv(0x17, of(text.substr(2))) : tlv(0x18, of(text));
}

} // namespace

namespace {
std::shared_ptr<Botan::Private_Key> make_key(const std::string& seed) {
    Botan::ChaCha_RNG rng{Botan::secure_vector<std::uint8_t>(64, 0x5a)};
    rng.add_entropy(reinterpret_cast<const std::uint8_t*>(seed.data()), seed.size());
    if (seed.starts_with("rsa:")) return std::make_shared<Botan::RSA_PrivateKey>(rng, 2048);
    if (seed.starts_with("ed25519:")) return std::make_shared<Botan::Ed25519_PrivateKey>(rng);
    const char* group = seed.starts_with("p521:") ? "secp521r1" : "secp256r1";
    return std::make_shared<Botan::ECDSA_PrivateKey>(rng, Botan::EC_Group::from_name(group));
}

struct Signature {
    Bytes algorithm, octets; // AlgorithmIdentifier; what the BIT STRING holds
};
// The algorithm stands inside what is signed: `tbs` is asked for with it.
template <class Tbs>
std::pair<Bytes, Signature> sign(const Botan::Private_Key& key, const std::string& hash, Tbs tbs) {
    Botan::ChaCha_RNG rng{Botan::secure_vector<std::uint8_t>(64, 0x11)};
    const std::string kind = key.algo_name();
    const std::string padding = kind == "Ed25519" ? "Pure" : kind == "RSA" ? "PKCS1v15(" + hash + ")" : hash;
    const auto format = kind == "ECDSA" ? Botan::Signature_Format::DerSequence : Botan::Signature_Format::Standard;
    Botan::PK_Signer signer(key, rng, padding, format);
    Signature signature{signer.algorithm_identifier().BER_encode(), {}};
    const Bytes content = tbs(signature.algorithm);
    signature.octets = signer.sign_message(content, rng);
    return {content, signature};
}
} // namespace

Key::Key(const std::string& seed) {
    static std::map<std::string, std::shared_ptr<Botan::Private_Key>> made; // an RSA key takes a tenth of a second
    auto& known = made[seed];
    if (!known) known = make_key(seed);
    key_ = known;
}
dns::Bytes Key::spki() const { return Botan::X509::BER_encode(*key_); }
std::string Key::pem() const { return Botan::PKCS8::PEM_encode(*key_); }

dns::Bytes make_certificate(const CertificateSpec& spec) {
    const std::string own_seed = spec.key.empty() ? "key of " + spec.subject : spec.key;
    const std::string issuer_seed = spec.issuer_key.empty() ? "key of " + spec.issuer : spec.issuer_key;
    const auto content = [&](const Bytes& algorithm) {
        Bytes tbs;
        if (spec.version > 1) tbs = tlv(0xa0, {0x02, 0x01, static_cast<std::uint8_t>(spec.version - 1)});
        tbs = join({tbs,
                    {0x02, 0x01, static_cast<std::uint8_t>(spec.serial)},
                    algorithm,
                    name(spec.issuer),
                    tlv(0x30, join({time(spec.not_before), time(spec.not_after)})),
                    name(spec.subject),
                    Key(own_seed).spki()});
        if (spec.version == 3) {
            const Bytes list = extensions(spec, own_seed, issuer_seed);
            if (!list.empty()) tbs = join({tbs, tlv(0xa3, tlv(0x30, list))});
        }
        return tlv(0x30, tbs);
    };
    const auto [tbs, signature] = sign(Key(issuer_seed).private_key(), spec.hash, content);
    return tlv(0x30, join({tbs, signature.algorithm, tlv(0x03, join({{0}, signature.octets}))}));
}

CertificateSpec root_spec() {
    CertificateSpec spec;
    spec.subject = spec.issuer = "Root CA";
    spec.ca = true;
    spec.key_ids = true;
    return spec;
}
CertificateSpec issuer_spec() {
    CertificateSpec spec = root_spec();
    spec.subject = "Issuing CA";
    spec.key_usage = std::uint8_t{0x06};
    return spec;
}
CertificateSpec leaf_spec() {
    CertificateSpec spec;
    spec.subject = "mx.example";
    spec.issuer = "Issuing CA";
    spec.dns_ids = {"mx.example"};
    spec.key_ids = true;
    return spec;
}

namespace {
Bytes digest(const char* algorithm, dns::ByteView data) {
    const auto hash = Botan::HashFunction::create_or_throw(algorithm);
    hash->update(data.data(), data.size());
    Bytes out(hash->output_length());
    hash->final(out.data());
    return out;
}
} // namespace

dns::Bytes sha256(dns::ByteView data) { return digest("SHA-256", data); }
dns::Bytes sha512(dns::ByteView data) { return digest("SHA-512", data); }

dns::Bytes record(unsigned usage, unsigned selector, unsigned matching_type, dns::ByteView selected) {
    const Bytes head = {static_cast<std::uint8_t>(usage), static_cast<std::uint8_t>(selector),
                        static_cast<std::uint8_t>(matching_type)};
    switch (matching_type) {
    case 1: return join({head, sha256(selected)});
    case 2: return join({head, sha512(selected)});
    default: return join({head, Bytes(selected.begin(), selected.end())});
    }
}

std::string pem(dns::ByteView certificate) {
    const std::string text = dns::base64(certificate);
    std::string out = "-----BEGIN CERTIFICATE-----\n";
    for (std::size_t i = 0; i < text.size(); i += 64) out += text.substr(i, 64) + "\n";
    return out + "-----END CERTIFICATE-----\n";
}

} // namespace test
