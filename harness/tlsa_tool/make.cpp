#include "harness/tlsa_tool/make.h"

#include <botan/data_src.h>
#include <botan/pk_keys.h>
#include <botan/pkcs10.h>
#include <botan/pkcs8.h>
#include <botan/rsa.h>
#include <botan/x509_key.h>
#include <fmt/format.h>

#include <stdexcept>

#include "tlsa/certificate.h"
#include "tlsa/digest.h"
#include "tlsa/path.h"

namespace harness {

namespace {

[[noreturn]] void fail(const std::string& file, const PemBlock& block, std::string_view what) {
    throw PemError(fmt::format("{}: line {}: {}", file, block.line, what));
}

// nullopt: a block that holds no key.
std::optional<dns::Bytes> spki_of(const PemBlock& block, const std::string& file) {
    if (block.label == "ENCRYPTED PRIVATE KEY" || block.text.find("\nProc-Type:") != std::string::npos)
        fail(file, block, "the private key is encrypted: give the certificate, the request or the public key");
    try {
        if (block.label == "PUBLIC KEY") return Botan::X509::load_key(block.der)->subject_public_key();
        if (block.label.ends_with("CERTIFICATE REQUEST"))
            return Botan::PKCS10_Request(block.der).subject_public_key()->subject_public_key();
        if (block.label == "RSA PRIVATE KEY") { // RFC 8017 §A.1.2, as older tools write it
            const Botan::AlgorithmIdentifier rsa("RSA", Botan::AlgorithmIdentifier::USE_NULL_PARAM);
            return Botan::RSA_PrivateKey(rsa, Botan::secure_vector<std::uint8_t>(block.der.begin(), block.der.end()))
                .subject_public_key();
        }
        if (block.label == "PRIVATE KEY") {
            Botan::DataSource_Memory source(block.text);
            return Botan::PKCS8::load_key(source)->subject_public_key();
        }
    } catch (const std::exception&) { // Botan's way of saying that the octets are no such thing
        fail(file, block, fmt::format("cannot be read as {}", block.label));
    }
    if (block.label.ends_with("PRIVATE KEY"))
        fail(file, block, fmt::format("{}: convert it with `openssl pkcs8 -topk8 -nocrypt`", block.label));
    return std::nullopt;
}

std::optional<Publishable> from_chain(const std::vector<PemBlock>& blocks, const std::string& file, std::size_t depth) {
    std::vector<const PemBlock*> chain;
    for (const PemBlock& block : blocks)
        if (block.label == "CERTIFICATE" || block.label == "X509 CERTIFICATE") chain.push_back(&block);
    if (chain.empty()) return std::nullopt;
    if (depth >= chain.size())
        throw PemError(fmt::format("{}: no certificate at depth {}: there are {}", file, depth, chain.size()));
    const auto certificate = tlsa::Certificate::parse(chain[depth]->der);
    if (!certificate) fail(file, *chain[depth], "the block holds no X.509 certificate");
    return Publishable{certificate->der(), certificate->spki(), chain.size() > 1 && depth + 1 == chain.size()};
}

} // namespace

Publishable publishable(const std::vector<dns::Bytes>& chain, const std::string& source, std::size_t depth) {
    if (depth >= chain.size())
        throw PemError(fmt::format("{}: no certificate at depth {}: there are {}", source, depth, chain.size()));
    const auto certificate = tlsa::Certificate::parse(chain[depth]);
    if (!certificate) throw PemError(fmt::format("{}: certificate {} cannot be read", source, depth));
    return Publishable{certificate->der(), certificate->spki(), chain.size() > 1 && depth + 1 == chain.size()};
}

Publishable publishable(const std::vector<PemBlock>& blocks, const std::string& file, std::size_t depth) {
    if (auto found = from_chain(blocks, file, depth)) return *std::move(found);
    for (const PemBlock& block : blocks)
        if (auto spki = spki_of(block, file)) return {std::nullopt, *std::move(spki), false};
    throw PemError(
        fmt::format("{}: neither a certificate nor a request nor a key in it, only {}", file, blocks.front().label));
}

tlsa::Association make_association(const Publishable& from, tlsa::Usage usage, tlsa::Selector selector,
                                   tlsa::MatchingType matching_type) {
    if (selector == tlsa::Selector::Cert && !from.certificate)
        throw std::invalid_argument("selector 0 needs a certificate, and the file has a key only: use selector 1");
    tlsa::Association association;
    association.usage = usage;
    association.selector = selector;
    association.matching_type = matching_type;
    association.data =
        tlsa::matching_data(matching_type, selector == tlsa::Selector::Cert ? *from.certificate : from.spki);
    return association;
}

std::vector<std::string> advice(const Publishable& from, const tlsa::Association& association, bool for_smtp,
                                dns::UnixTime now) {
    std::vector<std::string> lines;
    const bool pkix = association.usage == tlsa::Usage::PKIX_TA || association.usage == tlsa::Usage::PKIX_EE;
    const bool anchor = association.usage == tlsa::Usage::DANE_TA || association.usage == tlsa::Usage::PKIX_TA;
    if (pkix && for_smtp)
        lines.push_back(
            "SMTP clients cannot use usages 0 and 1 and treat the record as unusable: publish 3 1 1 or 2 1 1 "
            "(RFC 7672 §3.1.3)");
    if (association.usage == tlsa::Usage::DANE_EE && association.selector == tlsa::Selector::Cert)
        lines.push_back("selector 0 changes at every renewal of the certificate: 3 1 1 lasts as long as the key "
                        "(RFC 7671 §5.1)");
    if (association.matching_type == tlsa::MatchingType::Full && association.selector == tlsa::Selector::Cert)
        lines.push_back("a whole certificate makes an answer too large for one UDP packet: publish a digest, matching "
                        "type 1 (RFC 7671 §10.1.1)");
    if (association.matching_type == tlsa::MatchingType::Full && association.selector == tlsa::Selector::SPKI)
        lines.push_back("a digest of the key is shorter and says as much: matching type 1 (RFC 7671 §10.1)");
    if (association.usage == tlsa::Usage::DANE_TA && association.selector == tlsa::Selector::SPKI)
        lines.push_back("a key alone leaves out the authority's constraints: with usage 2 selector 0 is better "
                        "(RFC 7671 §5.2.1)");
    if (association.matching_type == tlsa::MatchingType::SHA2_512)
        lines.push_back("every client knows SHA2-256 (1), not every one SHA2-512: publish 1, or both "
                        "(RFC 6698 §6)");
    if (anchor) lines.push_back("the server must send this trust anchor's certificate in its chain (RFC 7671 §5.2.2)");
    if (!from.certificate) return lines;
    const auto certificate = tlsa::Certificate::parse(*from.certificate);
    const bool is_ca = certificate->extensions().basic_constraints && certificate->extensions().basic_constraints->ca;
    if (anchor && !is_ca) lines.push_back("the certificate is no authority, so nothing chains to it (RFC 7671 §5.2)");
    if (!anchor && is_ca && from.is_chain_end)
        lines.push_back(
            "this is an authority's certificate at the end of the chain: usage 3 is for the server's own, depth 0 "
            "(RFC 7671 §5.1)");
    const auto outside = tlsa::outside_validity(*certificate, now);
    if (outside && association.usage != tlsa::Usage::DANE_EE)
        lines.push_back(*outside + ": clients will refuse it (RFC 7671 §5.2)");
    else if (outside)
        lines.push_back(*outside + ": usage 3 does not look at dates (RFC 7671 §5.1), other clients do");
    return lines;
}

} // namespace harness
