// Independent truth: OpenSSL's DANE client against our fake mail server, and our client against a mail server that is
// Python's with OpenSSL's TLS. Each is skipped, with a word, where the program is missing.
#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>

#include "harness/smtp_driver.h"
#include "harness/smtp_server.h"
#include "tests/harness/smtp_support.h"

using namespace smtp_support;
using harness::KeyKind;
using harness::TlsVersions;
using tlsa::MatchingType;
using tlsa::Selector;
using tlsa::Usage;

namespace {

namespace asio = boost::asio;

bool have(const std::string& program) { return std::system((program + " >/dev/null 2>&1").c_str()) == 0; }

// A running command whose output is read.
class Command {
  public:
    explicit Command(const std::string& line)
        : pipe_(popen(line.c_str(), "r")) {
        REQUIRE(pipe_ != nullptr);
    }
    ~Command() { pclose(pipe_); }
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;
    std::string line() {
        char text[512];
        return std::fgets(text, sizeof text, pipe_) ? std::string(text) : std::string();
    }
    std::string rest() {
        std::string all;
        for (std::string next = line(); !next.empty(); next = line()) all += next;
        return all;
    }

  private:
    FILE* pipe_;
};

struct Folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("danelab-smtp-" + std::to_string(getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string file(const char* name, const std::string& text) const {
        std::ofstream(path / name) << text;
        return (path / name).string();
    }
};

// A fake mail server that runs in a thread of its own while the test waits for a program.
class Served {
  public:
    explicit Served(harness::SmtpBehaviour behaviour)
        : server_(io_.get_executor(), std::move(behaviour), "test:25", false, 1)
        , port_(server_.endpoint().port)
        , thread_([this] { io_.run(); }) {}
    ~Served() { stop(); }
    std::uint16_t port() const { return port_; }
    // Once every client's end has been read, at most ten seconds from now.
    std::vector<harness::SessionLog> stop() {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (thread_.joinable() && is_open() && std::chrono::steady_clock::now() < until)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        guard_.reset();
        io_.stop();
        if (thread_.joinable()) thread_.join();
        return server_.sessions();
    }

  private:
    bool is_open() {
        return asio::post(io_, asio::use_future([this] {
                              return std::ranges::any_of(server_.sessions(), [](const harness::SessionLog& log) {
                                  return log.end == harness::SessionLog::End::open;
                              });
                          }))
            .get();
    }

    asio::io_context io_;
    asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
    harness::SmtpServer server_;
    std::uint16_t port_;
    std::thread thread_;
};

std::string hex(dns::ByteView octets) {
    std::string text;
    for (const auto octet : octets) {
        text += "0123456789abcdef"[octet >> 4];
        text += "0123456789abcdef"[octet & 15];
    }
    return text;
}

// What s_client says about the server under one TLSA record.
std::string s_client(std::uint16_t port, const dns::Bytes& rdata) {
    const std::string record = std::to_string(rdata[0]) + " " + std::to_string(rdata[1]) + " " +
                               std::to_string(rdata[2]) + " " + hex(dns::ByteView(rdata).subspan(3));
    return Command("printf 'QUIT\\r\\n' | openssl s_client -starttls smtp -name client.example -connect 127.0.0.1:" +
                   std::to_string(port) + " -dane_tlsa_domain mx.example -dane_tlsa_rrdata '" + record + "' -attime " +
                   std::to_string(now.seconds) + " -brief 2>&1")
        .rest();
}

constexpr const char* python_server = R"(
import socket, ssl, sys
certificate, key, version = sys.argv[1:4]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
names = []
context.sni_callback = lambda connection, name, _: names.append(name)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
def say(text): connection.sendall(text.encode() + b"\r\n")
def line():
    text = b""
    while not text.endswith(b"\r\n"):
        octet = connection.recv(1)
        if not octet: break
        text += octet
    return text.decode().rstrip("\r\n")
say("220 python ESMTP")
while True:
    command = line()
    print(command, flush=True)
    verb = command.split(" ")[0].upper()
    if verb == "EHLO": say("250-python" if not names else "250 python") or (names or say("250 STARTTLS"))
    elif verb == "STARTTLS":
        say("220 go")
        connection = context.wrap_socket(connection, server_side=True)
        print(names[0], connection.version(), connection.cipher()[0], flush=True)
    elif verb == "DATA":
        say("354 go")
        while (text := line()) != ".": print("data", text, flush=True)
        say("250 ok")
    elif verb in ("MAIL", "RCPT"): say("250 ok")
    else:
        say("221 bye")
        break
)";

} // namespace

TEST_CASE("openssl: s_client's DANE verdict on our server is what the record says (RFC 6698 §2.1)") {
    if (!have("openssl version")) SKIP("openssl is not installed");
    for (const KeyKind key : {KeyKind::ecdsa_p256, KeyKind::rsa_2048}) {
        for (const auto versions : {TlsVersions::only_1_2, TlsVersions::only_1_3}) {
            DYNAMIC_SECTION(to_text(key) << (versions == TlsVersions::only_1_2 ? " TLS 1.2" : " TLS 1.3")) {
                const auto chain = chain_for("mx.example", key);
                auto behaviour = behaviour_with(chain);
                behaviour.versions = versions;
                Served served(behaviour);
                const auto& leaf = chain.certificates.front().der;
                const auto& root = chain.certificates.back().der;
                const auto ee = s_client(
                    served.port(), harness::tlsa_rdata(leaf, Usage::DANE_EE, Selector::SPKI, MatchingType::SHA2_256));
                INFO(ee);
                CHECK(contains(ee, "Verification: OK"));
                CHECK(contains(ee, "DANE TLSA 3 1 1"));
                CHECK(contains(ee, versions == TlsVersions::only_1_2 ? "Protocol version: TLSv1.2"
                                                                     : "Protocol version: TLSv1.3"));
                const auto ta = s_client(
                    served.port(), harness::tlsa_rdata(root, Usage::DANE_TA, Selector::Cert, MatchingType::SHA2_512));
                INFO(ta);
                CHECK(contains(ta, "Verification: OK"));
                CHECK(contains(ta, "DANE TLSA 2 0 2"));
                const auto wrong = s_client(
                    served.port(), harness::tlsa_rdata(root, Usage::DANE_EE, Selector::SPKI, MatchingType::SHA2_256));
                INFO(wrong);
                CHECK(contains(wrong, "Verification error"));
                const auto logs = served.stop();
                REQUIRE(logs.size() == 3);
                for (const auto& log : logs) {
                    CHECK(log.tls);
                    CHECK(log.sni == "mx.example");
                    CHECK(contains(ee, "Ciphersuite: " + log.cipher));
                }
            }
        }
    }
}

TEST_CASE(
    "openssl: an Ed25519 certificate is seen and compared, though its handshake cannot be finished (RFC 8446 §4.4.2)") {
    if (!have("python3 -c 'import ssl, socket; assert socket.create_server'"))
        SKIP("python3 with ssl is not installed");
    const Folder folder;
    const std::string script = folder.file("server.py", python_server);
    for (const bool matches : {true, false}) {
        DYNAMIC_SECTION((matches ? "match" : "mismatch")) {
            const auto chain = chain_for("mx.example", KeyKind::ed25519);
            const std::string certificate = folder.file("chain.pem", harness::to_pem(chain.credentials.chain));
            const std::string private_key = folder.file("key.pem", harness::to_pem(*chain.credentials.key));
            Command server("timeout 30 python3 " + script + " " + certificate + " " + private_key + " TLSv1_3 2>&1");
            const auto port = static_cast<std::uint16_t>(std::stoi(server.line()));
            auto plan = plan_for(matches ? chain : chain_for("stranger.example"));
            plan.envelope.reset();
            plan.server_key = tlsa::ServerKey::ed25519;
            asio::io_context io;
            tlsa::SmtpOutcome outcome;
            asio::co_spawn(
                io,
                [&]() -> asio::awaitable<void> {
                    auto result =
                        co_await harness::run_session(io.get_executor(), nullptr, "127.0.0.1", port, plan, {1});
                    outcome = std::move(result.first);
                },
                asio::detached);
            io.run();
            INFO(server.rest());
            INFO(outcome.detail);
            CHECK(outcome.failure == tlsa::SmtpFailure::tls_failed);
            CHECK_FALSE(outcome.tls.has_value());
            CHECK_FALSE(outcome.authentication.has_value());
            REQUIRE(outcome.shown.has_value());
            CHECK(outcome.shown->chain == chain.credentials.chain);
            CHECK(contains(outcome.shown->server_key, "Ed25519"));
            CHECK((outcome.shown_judgement->result == tlsa::AuthenticationResult::match) == matches);
        }
    }
}

TEST_CASE("openssl: our client delivers to a mail server with OpenSSL's TLS, and only when the record matches") {
    if (!have("python3 -c 'import ssl, socket; assert socket.create_server'"))
        SKIP("python3 with ssl is not installed");
    const Folder folder;
    const std::string script = folder.file("server.py", python_server);
    for (const KeyKind key : {KeyKind::ecdsa_p256, KeyKind::rsa_2048}) {
        for (const char* version : {"TLSv1_2", "TLSv1_3"}) {
            for (const bool matches : {true, false}) {
                DYNAMIC_SECTION(to_text(key) << " " << version << (matches ? " match" : " mismatch")) {
                    const auto chain = chain_for("mx.example", key);
                    const std::string certificate = folder.file("chain.pem", harness::to_pem(chain.credentials.chain));
                    const std::string private_key = folder.file("key.pem", harness::to_pem(*chain.credentials.key));
                    Command server("timeout 30 python3 " + script + " " + certificate + " " + private_key + " " +
                                   version + " 2>&1");
                    const auto port = static_cast<std::uint16_t>(std::stoi(server.line()));
                    auto plan = plan_for(matches ? chain : chain_for("stranger.example"));
                    asio::io_context io;
                    tlsa::SmtpOutcome outcome;
                    asio::co_spawn(
                        io,
                        [&]() -> asio::awaitable<void> {
                            auto result =
                                co_await harness::run_session(io.get_executor(), nullptr, "127.0.0.1", port, plan, {1});
                            outcome = std::move(result.first);
                        },
                        asio::detached);
                    io.run();
                    const std::string seen = server.rest();
                    INFO(seen);
                    INFO(outcome.detail);
                    REQUIRE(outcome.tls.has_value());
                    CHECK(outcome.tls->chain == chain.credentials.chain);
                    // Python names suites as OpenSSL does: the same words as ours.
                    CHECK(contains(seen, "mx.example " + outcome.tls->protocol + " " + outcome.tls->cipher + "\n"));
                    CHECK(outcome.delivered_in_tls == matches);
                    CHECK(contains(seen, "MAIL FROM:<a@client.example>\n") == matches);
                    CHECK(contains(seen, "data ..hello\n") == matches);
                    CHECK(contains(seen, "QUIT\n"));
                    if (!matches) CHECK(outcome.failure == tlsa::SmtpFailure::certificate_no_match);
                }
            }
        }
    }
}
