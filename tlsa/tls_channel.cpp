#include "tlsa/tls_channel.h"

#include <algorithm>
#include <botan/chacha_rng.h>
#include <botan/tls_alert.h>
#include <botan/tls_callbacks.h>
#include <botan/tls_client.h>
#include <botan/tls_exceptn.h>
#include <botan/tls_policy.h>
#include <botan/tls_session.h>
#include <botan/tls_session_manager_noop.h>
#include <fmt/format.h>
#include <utility>

#include "tlsa/cipher_name.h"

namespace tlsa {
namespace {

namespace tls = Botan::TLS;

// DANE binds the key, so the length of keys and the algorithms inside certificates are the records' business, not the
// handshake's. Suites: the library's own choice plus AES-CBC for old TLS 1.2 servers; all of them authenticate with a
// certificate (RFC 7672 §8.2). EdDSA keys are not offered: the library cannot check them in a handshake (3.7).
class ClientPolicy final : public tls::Policy {
  public:
    explicit ClientPolicy(TlsOptions options)
        : options_(options) {}

    std::vector<std::string> allowed_signature_methods() const override {
        switch (options_.key) {
        case ServerKey::rsa: return {"RSA"};
        case ServerKey::ecdsa: return {"ECDSA"};
        case ServerKey::ed25519: return {"Ed25519", "ECDSA", "RSA"};
        case ServerKey::any: break;
        }
        return {"ECDSA", "RSA"};
    }
    std::vector<tls::Signature_Scheme> acceptable_signature_schemes() const override {
        if (options_.key == ServerKey::ed25519) return {tls::Signature_Scheme::EDDSA_25519};
        return allowed_signature_schemes();
    }
    bool allow_tls12() const override { return options_.key != ServerKey::ed25519; }
    // Authorities may sign with any algorithm, whatever kind of key the server is asked for (RFC 8446 §4.2.3).
    std::optional<std::vector<tls::Signature_Scheme>> acceptable_certificate_signature_schemes() const override {
        if (options_.key == ServerKey::any) return std::nullopt;
        auto schemes = ClientPolicy(TlsOptions{}).allowed_signature_schemes();
        if (options_.key == ServerKey::ed25519) schemes.emplace_back(tls::Signature_Scheme::EDDSA_25519);
        return schemes;
    }
    std::vector<tls::Certificate_Type> accepted_server_certificate_types() const override {
        if (!options_.raw_public_keys) return {tls::Certificate_Type::X509};
        return {tls::Certificate_Type::X509, tls::Certificate_Type::RawPublicKey};
    }
    std::vector<std::string> allowed_ciphers() const override {
        return {"AES-256/GCM", "AES-128/GCM", "ChaCha20Poly1305", "AES-256", "AES-128"};
    }
    std::vector<std::string> allowed_key_exchange_methods() const override { return {"ECDH", "DH"}; }
    std::size_t minimum_rsa_bits() const override { return 1024; }
    std::size_t minimum_dh_group_size() const override { return 1024; }
    std::size_t minimum_signature_strength() const override { return 80; }
    // One small key share: a ClientHello that fits one segment is understood by every server.
    std::vector<tls::Group_Params> key_exchange_groups_to_offer() const override { return {tls::Group_Params::X25519}; }
    // What OpenSSL takes by default (SSL_MAX_CERT_LIST_DEFAULT); no TLS specification names a bound below 2^24 octets.
    std::size_t maximum_certificate_chain_size() const override { return 100 * 1024; }
    bool include_time_in_hello_random() const override { return false; }
    bool support_cert_status_message() const override { return false; }
    bool require_cert_revocation_info() const override { return false; }

  private:
    TlsOptions options_;
};

std::string describe(const Botan::Public_Key& key) { return fmt::format("{} {}", key.algo_name(), key.key_length()); }

// Has no certificate: a request for one is answered with an empty list (RFC 8446 §4.4.2, RFC 5246 §7.4.6).
class NoCredentials final : public Botan::Credentials_Manager {};

class Events final : public tls::Callbacks {
  public:
    dns::Bytes output;
    std::string plain;
    TlsSummary summary;
    bool established = false, peer_closed = false;
    std::optional<std::string> failure;

    void tls_emit_data(std::span<const std::uint8_t> data) override {
        output.insert(output.end(), data.begin(), data.end());
    }
    void tls_record_received(std::uint64_t, std::span<const std::uint8_t> data) override {
        plain.append(data.begin(), data.end());
    }
    void tls_alert(tls::Alert alert) override {
        if (alert.is_fatal() && !failure)
            failure = fmt::format("the server sent the TLS alert {}", alert.type_string());
    }
    bool tls_peer_closed_connection() override {
        peer_closed = true;
        return true;
    }
    void tls_session_established(const tls::Session_Summary& session) override {
        summary.protocol = session.version() == tls::Protocol_Version::TLS_V13 ? "TLSv1.3" : "TLSv1.2";
        summary.cipher = openssl_cipher_name(session.ciphersuite().to_string());
    }
    void tls_session_activated() override { established = true; }
    // Accepts: what to make of the chain is decided by authenticate() once the handshake is over.
    void tls_verify_cert_chain(const std::vector<Botan::X509_Certificate>& chain,
                               const std::vector<std::optional<Botan::OCSP::Response>>&,
                               const std::vector<Botan::Certificate_Store*>&, Botan::Usage_Type, std::string_view,
                               const tls::Policy&) override {
        summary.chain.clear();
        for (const auto& certificate : chain) summary.chain.push_back(certificate.BER_encode());
        if (!chain.empty()) summary.server_key = describe(*chain.front().subject_public_key());
    }
    void tls_verify_raw_public_key(const Botan::Public_Key& key, Botan::Usage_Type, std::string_view,
                                   const tls::Policy&) override {
        summary.raw_public_key = key.subject_public_key();
        summary.server_key = describe(key);
    }
    bool tls_should_persist_resumption_information(const tls::Session&) override { return false; }
    // Serves session lifetimes alone, and there are no sessions to resume.
    std::chrono::system_clock::time_point tls_current_timestamp() override { return {}; }
};

// A host name of letters, digits, hyphens and underscores, without the final dot; "" for anything else.
std::string sni_of(const dns::Name& name) {
    std::string host;
    for (std::size_t i = 0; i < name.label_count(); ++i) {
        if (i > 0) host += '.';
        for (const std::uint8_t octet : name.label(i)) {
            const bool digit = octet >= '0' && octet <= '9';
            const bool letter = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
            if (!digit && !letter && octet != '-' && octet != '_') return {};
            host += static_cast<char>(octet);
        }
    }
    return host;
}

} // namespace

std::string_view to_text(ServerKey key) {
    switch (key) {
    case ServerKey::any: return "any";
    case ServerKey::rsa: return "rsa";
    case ServerKey::ecdsa: return "ecdsa";
    case ServerKey::ed25519: return "ed25519";
    }
    return "";
}

std::optional<ServerKey> server_key_from_text(std::string_view text) {
    for (const auto key : {ServerKey::any, ServerKey::rsa, ServerKey::ecdsa, ServerKey::ed25519})
        if (text == to_text(key)) return key;
    return std::nullopt;
}

// The certificates of a handshake have a bound of their own (ClientPolicy), but a server may also send warnings,
// tickets and empty records without end. Twice the bound on certificates, and some.
constexpr std::size_t most_handshake_octets = 256 * 1024;

struct TlsChannel::State {
    std::size_t handshake_octets = 0;
    std::shared_ptr<Events> events = std::make_shared<Events>();
    std::unique_ptr<tls::Client> client;

    // Runs a call into the library; what it throws becomes the channel's failure.
    template <class Call>
    void guard(Call call) {
        try {
            call();
        } catch (const tls::TLS_Exception& error) {
            if (!events->failure)
                events->failure = fmt::format("{} (alert {})", error.what(), tls::Alert(error.type()).type_string());
        } catch (const std::exception& error) {
            if (!events->failure) events->failure = error.what();
        }
    }
};

TlsChannel::TlsChannel(const dns::Name& server_name, const std::array<std::uint8_t, 32>& rng_seed, TlsOptions options)
    : state_(std::make_unique<State>()) {
    state_->guard([&] {
        state_->client = std::make_unique<tls::Client>(
            state_->events, std::make_shared<tls::Session_Manager_Noop>(), std::make_shared<NoCredentials>(),
            std::make_shared<const ClientPolicy>(options), std::make_shared<Botan::ChaCha_RNG>(std::span(rng_seed)),
            tls::Server_Information(sni_of(server_name)));
    });
}
TlsChannel::~TlsChannel() = default;
TlsChannel::TlsChannel(TlsChannel&&) noexcept = default;

void TlsChannel::received(dns::ByteView data) {
    if (failure() || peer_closed() || !state_->client) return;
    if (!established() && (state_->handshake_octets += data.size()) > most_handshake_octets) {
        state_->events->failure = fmt::format("no end of the handshake within {} octets", most_handshake_octets);
        return;
    }
    state_->guard([&] { state_->client->received_data(data); });
}

void TlsChannel::send(std::string_view plain) {
    if (failure() || !established()) return;
    state_->guard([&] { state_->client->send(plain); });
}

void TlsChannel::close() {
    if (failure() || !state_->client || state_->client->is_closed_for_writing()) return;
    state_->guard([&] { state_->client->close(); });
}

dns::Bytes TlsChannel::take_output() { return std::exchange(state_->events->output, {}); }
std::string TlsChannel::take_plain() { return std::exchange(state_->events->plain, {}); }
bool TlsChannel::established() const { return state_->events->established; }
bool TlsChannel::peer_closed() const { return state_->events->peer_closed; }
const std::optional<std::string>& TlsChannel::failure() const { return state_->events->failure; }
const TlsSummary& TlsChannel::summary() const { return state_->events->summary; }

} // namespace tlsa
