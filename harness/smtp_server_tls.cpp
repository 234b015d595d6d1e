#include "harness/smtp_server_tls.h"

#include <algorithm>
#include <botan/chacha_rng.h>
#include <botan/data_src.h>
#include <botan/tls_alert.h>
#include <botan/tls_callbacks.h>
#include <botan/tls_ciphersuite.h>
#include <botan/tls_exceptn.h>
#include <botan/tls_extensions.h>
#include <botan/tls_policy.h>
#include <botan/tls_server.h>
#include <botan/tls_session.h>
#include <botan/tls_session_manager_noop.h>
#include <fmt/format.h>
#include <utility>

#include "tlsa/cipher_name.h"

namespace harness {
namespace {

namespace tls = Botan::TLS;

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

class ServerPolicy final : public tls::Policy {
  public:
    explicit ServerPolicy(const SmtpBehaviour& behaviour)
        : behaviour_(behaviour)
        , suite_(tlsa::registry_cipher_name(behaviour.cipher)) {}

    bool allow_tls12() const override { return behaviour_.versions != TlsVersions::only_1_3; }
    bool allow_tls13() const override { return behaviour_.versions != TlsVersions::only_1_2; }
    bool acceptable_ciphersuite(const tls::Ciphersuite& suite) const override {
        return tls::Policy::acceptable_ciphersuite(suite) && (behaviour_.cipher.empty() || suite.to_string() == suite_);
    }
    std::vector<std::string> allowed_ciphers() const override {
        return {"AES-256/GCM", "AES-128/GCM", "ChaCha20Poly1305"};
    }
    bool request_client_certificate_authentication() const override {
        return behaviour_.requests_client_certificate || behaviour_.requires_client_certificate;
    }
    bool require_client_certificate_authentication() const override { return behaviour_.requires_client_certificate; }
    std::vector<tls::Certificate_Type> accepted_server_certificate_types() const override {
        if (!behaviour_.raw_public_key) return {tls::Certificate_Type::X509};
        return {tls::Certificate_Type::RawPublicKey, tls::Certificate_Type::X509};
    }
    std::size_t new_session_tickets_upon_handshake_success() const override { return 0; }
    bool include_time_in_hello_random() const override { return false; }
    bool require_cert_revocation_info() const override { return false; }

  private:
    const SmtpBehaviour& behaviour_;
    std::string suite_;
};

class ServerCertificates final : public Botan::Credentials_Manager {
  public:
    explicit ServerCertificates(const SmtpBehaviour& behaviour)
        : behaviour_(behaviour) {}

    std::vector<Botan::X509_Certificate> find_cert_chain(const std::vector<std::string>& key_types,
                                                         const std::vector<Botan::AlgorithmIdentifier>&,
                                                         const std::vector<Botan::X509_DN>&, const std::string&,
                                                         const std::string& server_name) override {
        const ServerCredentials* credentials = choose(server_name, key_types);
        if (credentials == nullptr) return {};
        std::vector<Botan::X509_Certificate> chain;
        for (const auto& der : credentials->chain) chain.emplace_back(der);
        return chain;
    }
    std::shared_ptr<Botan::Public_Key> find_raw_public_key(const std::vector<std::string>& key_types,
                                                           const std::string&,
                                                           const std::string& server_name) override {
        const ServerCredentials* credentials = choose(server_name, key_types);
        return credentials == nullptr ? nullptr : credentials->key->public_key();
    }
    std::shared_ptr<Botan::Private_Key> private_key_for(const Botan::X509_Certificate& leaf, const std::string&,
                                                        const std::string& server_name) override {
        return key_of(*leaf.subject_public_key(), server_name);
    }
    std::shared_ptr<Botan::Private_Key> private_key_for(const Botan::Public_Key& key, const std::string&,
                                                        const std::string& server_name) override {
        return key_of(key, server_name);
    }

  private:
    const ServerCredentials& named(const std::string& server_name) const {
        const auto found = behaviour_.by_sni.find(lower(server_name));
        return found == behaviour_.by_sni.end() ? behaviour_.credentials : found->second;
    }
    static bool fits(const ServerCredentials& credentials, const std::vector<std::string>& key_types) {
        return !credentials.chain.empty() && credentials.key &&
               std::find(key_types.begin(), key_types.end(), credentials.key->algo_name()) != key_types.end();
    }
    const ServerCredentials* choose(const std::string& server_name, const std::vector<std::string>& key_types) const {
        const ServerCredentials& first = named(server_name);
        if (fits(first, key_types)) return &first;
        const auto& other = behaviour_.other_kind;
        return other && fits(*other, key_types) ? &*other : nullptr;
    }
    std::shared_ptr<Botan::Private_Key> key_of(const Botan::Public_Key& key, const std::string& server_name) const {
        const ServerCredentials* credentials = choose(server_name, {key.algo_name()});
        return credentials == nullptr ? nullptr : std::const_pointer_cast<Botan::Private_Key>(credentials->key);
    }
    const SmtpBehaviour& behaviour_;
};

class Events final : public tls::Callbacks {
  public:
    explicit Events(const SmtpBehaviour& behaviour)
        : behaviour_(behaviour) {}

    dns::Bytes output;
    std::string plain, version, cipher;
    std::optional<std::string> sni, failure;
    bool established = false, peer_closed = false;

    void tls_emit_data(std::span<const std::uint8_t> data) override {
        output.insert(output.end(), data.begin(), data.end());
    }
    void tls_record_received(std::uint64_t, std::span<const std::uint8_t> data) override {
        plain.append(data.begin(), data.end());
    }
    void tls_alert(tls::Alert alert) override {
        if (alert.is_fatal() && !failure)
            failure = fmt::format("the client sent the TLS alert {}", alert.type_string());
    }
    bool tls_peer_closed_connection() override {
        peer_closed = true;
        return true;
    }
    void tls_session_established(const tls::Session_Summary& session) override {
        version = session.version() == tls::Protocol_Version::TLS_V13 ? "TLSv1.3" : "TLSv1.2";
        cipher = tlsa::openssl_cipher_name(session.ciphersuite().to_string());
    }
    void tls_session_activated() override { established = true; }
    void tls_examine_extensions(const tls::Extensions& extensions, tls::Connection_Side side,
                                tls::Handshake_Type type) override {
        if (side != tls::Connection_Side::Client || type != tls::Handshake_Type::ClientHello) return;
        if (const auto* indicated = extensions.get<tls::Server_Name_Indicator>()) sni = indicated->host_name();
        // RFC 6066 §3: a server that knows no such name may end the handshake.
        if (behaviour_.unknown_sni_fails && sni && !behaviour_.by_sni.contains(lower(*sni)))
            throw tls::TLS_Exception(tls::AlertType::UnrecognizedName, "no such server name here");
    }
    void tls_verify_cert_chain(const std::vector<Botan::X509_Certificate>&,
                               const std::vector<std::optional<Botan::OCSP::Response>>&,
                               const std::vector<Botan::Certificate_Store*>&, Botan::Usage_Type, std::string_view,
                               const tls::Policy&) override {} // whatever client certificate comes is welcome
    bool tls_should_persist_resumption_information(const tls::Session&) override { return false; }
    std::chrono::system_clock::time_point tls_current_timestamp() override { return {}; }

  private:
    const SmtpBehaviour& behaviour_;
};

} // namespace

struct TlsServerChannel::State {
    bool asks_again = false; // still to come
    std::shared_ptr<Events> events;
    std::unique_ptr<tls::Server> server;

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

TlsServerChannel::TlsServerChannel(const SmtpBehaviour& behaviour, const std::array<std::uint8_t, 32>& rng_seed)
    : state_(std::make_unique<State>()) {
    state_->asks_again = behaviour.asks_again;
    state_->events = std::make_shared<Events>(behaviour);
    state_->server = std::make_unique<tls::Server>(
        state_->events, std::make_shared<tls::Session_Manager_Noop>(), std::make_shared<ServerCertificates>(behaviour),
        std::make_shared<const ServerPolicy>(behaviour), std::make_shared<Botan::ChaCha_RNG>(std::span(rng_seed)));
}
TlsServerChannel::~TlsServerChannel() = default;
TlsServerChannel::TlsServerChannel(TlsServerChannel&&) noexcept = default;

void TlsServerChannel::received(dns::ByteView data) {
    if (failure() || peer_closed()) return;
    state_->guard([&] {
        state_->server->received_data(data);
        if (!established() || !std::exchange(state_->asks_again, false)) return;
        if (version() == "TLSv1.2")
            state_->server->renegotiate(false);
        else
            state_->server->update_traffic_keys(true);
    });
}
void TlsServerChannel::send(std::string_view plain) {
    if (failure() || !established()) return;
    state_->guard([&] { state_->server->send(plain); });
}
void TlsServerChannel::close() {
    if (failure() || state_->server->is_closed_for_writing()) return;
    state_->guard([&] { state_->server->close(); });
}

dns::Bytes TlsServerChannel::take_output() { return std::exchange(state_->events->output, {}); }
std::string TlsServerChannel::take_plain() { return std::exchange(state_->events->plain, {}); }
bool TlsServerChannel::established() const { return state_->events->established; }
bool TlsServerChannel::peer_closed() const { return state_->events->peer_closed; }
const std::optional<std::string>& TlsServerChannel::failure() const { return state_->events->failure; }
const std::string& TlsServerChannel::version() const { return state_->events->version; }
const std::string& TlsServerChannel::cipher() const { return state_->events->cipher; }
const std::optional<std::string>& TlsServerChannel::sni() const { return state_->events->sni; }

} // namespace harness
