#include "tlsa/certificate.h"

#include <botan/asn1_obj.h>
#include <botan/ber_dec.h>
#include <botan/exceptn.h>
#include <botan/pk_keys.h>
#include <botan/pubkey.h>
#include <botan/x509_key.h>

#include <string_view>

#include "tlsa/der.h"

namespace tlsa {
namespace {

dns::Bytes bytes_of(dns::ByteView view) { return {view.begin(), view.end()}; }

// "YYYYMMDDHHMMSSZ" as RFC 3339, which dns::from_rfc3339 judges.
std::optional<dns::UnixTime> time_from_digits(std::string_view text) {
    if (text.size() != 15 || text.back() != 'Z') return std::nullopt;
    const auto part = [&](std::size_t at, std::size_t count) { return std::string(text.substr(at, count)); };
    const auto time = dns::from_rfc3339(part(0, 4) + '-' + part(4, 2) + '-' + part(6, 2) + 'T' + part(8, 2) + ':' +
                                        part(10, 2) + ':' + part(12, 2) + 'Z');
    if (!time) return std::nullopt;
    return *time;
}

// RFC 5280 §4.1.2.5: UTCTime YYMMDDHHMMSSZ, years 50..99 belong to the 20th century; GeneralizedTime YYYYMMDDHHMMSSZ.
std::optional<dns::UnixTime> parse_time(const DerItem& item) {
    std::string text(item.content.begin(), item.content.end());
    if (item.tag == der::utc_time) {
        if (text.size() != 13) return std::nullopt;
        text = (text[0] >= '5' ? "19" : "20") + text;
    }
    return time_from_digits(text);
}

// The hash in an algorithm's name: "ECDSA/SHA-256", "RSA/EMSA3(SHA-1)", "RSA/PKCS1v15(MD5)".
bool is_weak(std::string_view algorithm) {
    for (const std::string_view hash : {"SHA-1)", "SHA-160", "SHA1", "MD5", "MD2"})
        if (algorithm.find(hash) != std::string_view::npos) return true;
    return algorithm.ends_with("SHA-1");
}

} // namespace

dns::Result<Certificate> Certificate::parse(dns::ByteView octets) {
    const auto parts = split_certificate(octets);
    if (!parts) return dns::wire_error(dns::WireErrorCode::bad_rdata);
    Certificate certificate;
    certificate.der_ = bytes_of(octets);
    certificate.spki_ = bytes_of(parts->spki);
    certificate.tbs_ = bytes_of(parts->tbs);
    certificate.signature_algorithm_ = bytes_of(parts->signature_algorithm);
    certificate.signature_ = bytes_of(parts->signature);
    certificate.version_ = parts->version;
    certificate.subject_ = DistinguishedName::parse(parts->subject);
    certificate.issuer_ = DistinguishedName::parse(parts->issuer);
    certificate.not_before_ = parse_time(parts->not_before);
    certificate.not_after_ = parse_time(parts->not_after);
    certificate.extensions_ = parse_extensions(parts->extensions);
    return certificate;
}

SignatureCheck Certificate::signed_with(dns::ByteView issuer_spki) const {
    // RFC 5280 §4.1.1.2: the algorithm named inside what is signed must be the same.
    DerReader tbs(single_item(tbs_, der::sequence)->content);
    if (tbs.peek() == der::context_constructed(0)) tbs.next();
    tbs.next(der::integer);
    const auto inner = tbs.next(der::sequence);
    if (!inner || bytes_of(inner->whole) != signature_algorithm_) return SignatureCheck::bad;
    try {
        Botan::AlgorithmIdentifier algorithm;
        Botan::BER_Decoder(signature_algorithm_.data(), signature_algorithm_.size()).decode(algorithm);
        if (is_weak(algorithm.oid().to_formatted_string())) return SignatureCheck::weak;
        const auto key = Botan::X509::load_key(std::vector<std::uint8_t>(issuer_spki.begin(), issuer_spki.end()));
        Botan::PK_Verifier verifier(*key, algorithm);
        if (is_weak(verifier.hash_function())) return SignatureCheck::weak;
        return verifier.verify_message(tbs_, signature_) ? SignatureCheck::good : SignatureCheck::bad;
    } catch (const Botan::Exception&) {
        return SignatureCheck::unsupported;
    }
}

} // namespace tlsa
