#include "harness/deliver/dkim.h"

#include <botan/chacha_rng.h>
#include <botan/data_src.h>
#include <botan/ed25519.h>
#include <botan/hash.h>
#include <botan/pkcs8.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <fmt/format.h>

#include <algorithm>

#include "harness/system.h"
#include "resolver/dns/text.h"

namespace harness::deliver {

namespace {

constexpr std::size_t least_rsa_bits = 1'024; // RFC 8301 §3.2
constexpr std::size_t folded_at = 72;         // octets of base64 in a line

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

// Runs of blanks become one space; those at the end go.
std::string with_single_blanks(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (!is_blank(c))
            out += c;
        else if (out.empty() || out.back() != ' ')
            out += ' ';
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

dns::ByteView octets_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

dns::Bytes sha256(std::string_view text) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(octets_of(text));
    const auto digest = hash->final();
    return {digest.begin(), digest.end()};
}

// The fields of a message's header, each with its folds and the CR LF at its end.
std::vector<std::string_view> fields_of(std::string_view header) {
    std::vector<std::string_view> fields;
    while (!header.empty()) {
        auto end = header.find("\r\n");
        while (end != std::string_view::npos && end + 2 < header.size() && is_blank(header[end + 2]))
            end = header.find("\r\n", end + 2); // RFC 5322 §2.2.3
        const auto size = end == std::string_view::npos ? header.size() : end + 2;
        fields.push_back(header.substr(0, size));
        header.remove_prefix(size);
    }
    return fields;
}

std::string name_of(std::string_view field) { return lower(with_single_blanks(field.substr(0, field.find(':')))); }

std::string folded(const std::string& base64) {
    std::string out;
    for (std::size_t at = 0; at < base64.size(); at += folded_at) out += "\r\n\t" + base64.substr(at, folded_at);
    return out;
}

} // namespace

dns::Result<DkimKey, std::string> DkimKey::from_pem(std::string_view pem) {
    const auto failure = [](std::string why) { return dns::Unexpected<std::string>{std::move(why)}; };
    if (pem.find("-----BEGIN ENCRYPTED") != std::string_view::npos)
        return failure("the key is encrypted: give one that is not");
    std::shared_ptr<const Botan::Private_Key> key;
    try {
        Botan::DataSource_Memory source{std::string(pem)};
        key = Botan::PKCS8::load_key(source);
    } catch (const std::exception&) {
        return failure("no private key in PKCS #8 PEM: make one with openssl genpkey");
    }
    const auto kind = key->algo_name();
    if (kind != "RSA" && kind != "Ed25519")
        return failure(fmt::format("a key of the kind {}: DKIM knows RSA and Ed25519", kind));
    if (kind == "RSA" && key->key_length() < least_rsa_bits)
        return failure(fmt::format("an RSA key of {} bits: expected at least {}", key->key_length(), least_rsa_bits));
    return DkimKey(std::move(key));
}

std::string_view DkimKey::algorithm() const { return key_->algo_name() == "RSA" ? "rsa-sha256" : "ed25519-sha256"; }

std::string DkimKey::sign(std::string_view text) const {
    const auto seed = system_random_seed();
    Botan::ChaCha_RNG rng{std::span<const std::uint8_t>(seed)}; // hides the RSA key's timing; the signature is the same
    const bool rsa = key_->algo_name() == "RSA";
    Botan::PK_Signer signer(*key_, rng, rsa ? "PKCS1v15(SHA-256)" : "Pure");
    // RFC 8463 §3: Ed25519 signs the digest.
    const auto signature = rsa ? signer.sign_message(octets_of(text), rng) : signer.sign_message(sha256(text), rng);
    return dns::base64({signature.data(), signature.size()});
}

std::string DkimKey::record() const {
    if (key_->algo_name() == "RSA") {
        const auto info = key_->public_key()->subject_public_key();
        return fmt::format("v=DKIM1; k=rsa; s=tlsrpt; p={}", dns::base64({info.data(), info.size()}));
    }
    const auto raw = key_->public_key()->public_key_bits(); // RFC 8463 §4: the key alone
    return fmt::format("v=DKIM1; k=ed25519; s=tlsrpt; p={}", dns::base64({raw.data(), raw.size()}));
}

std::string relaxed_field(std::string_view field) {
    const auto colon = field.find(':');
    std::string value(field.substr(colon + 1));
    std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
    value = with_single_blanks(value);
    if (value.starts_with(' ')) value.erase(0, 1);
    return fmt::format("{}:{}\r\n", name_of(field), value);
}

std::string relaxed_body(std::string_view body) {
    std::string out;
    while (!body.empty()) {
        const auto end = body.find("\r\n");
        out += with_single_blanks(body.substr(0, end)) + "\r\n";
        if (end == std::string_view::npos) break;
        body.remove_prefix(end + 2);
    }
    while (out.ends_with("\r\n\r\n")) out.resize(out.size() - 2);
    return out == "\r\n" ? "" : out;
}

std::string dkim_field(std::string_view message, const DkimSignature& signature, const DkimKey& key) {
    const auto end = message.find("\r\n\r\n");
    const auto header = end == std::string_view::npos ? message : message.substr(0, end + 2);
    const auto body = end == std::string_view::npos ? std::string_view{} : message.substr(end + 4);
    const auto fields = fields_of(header);
    std::string names, signed_text;
    for (const auto& wanted : signature.fields)
        for (const auto& field : fields) {
            if (name_of(field) != lower(wanted)) continue;
            names += (names.empty() ? "" : ":") + lower(wanted);
            signed_text += relaxed_field(field);
            break;
        }
    // RFC 6376 §3.5; b= comes last and is empty in what is signed (RFC 6376 §3.7).
    const std::string unsigned_field = fmt::format(
        "DKIM-Signature: v=1; a={}; c=relaxed/relaxed; d={}; s={};\r\n\tt={};\r\n\th={};\r\n\tbh={};\r\n\tb=",
        key.algorithm(), signature.domain, signature.selector, signature.time.seconds, names,
        dns::base64(sha256(relaxed_body(body))));
    signed_text += relaxed_field(unsigned_field);
    signed_text.resize(signed_text.size() - 2); // RFC 6376 §3.7: this field without its CR LF
    return unsigned_field + folded(key.sign(signed_text)) + "\r\n";
}

} // namespace harness::deliver
