// Rules on the first octets of TLS, which no scenario file can show: what the ClientHello holds, and what the client
// makes of a ServerHello that does not fit it.
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>
#include <string>

#include "tests/harness/smtp_support.h"

using namespace smtp_support;
using dns::Bytes;
using tlsa::SmtpFailure;
using tlsa::SmtpStep;

namespace {

struct ClientHello { // RFC 8446 §4.1.2, in a record of RFC 8446 §5.1
    Bytes octets, session_id;
    std::set<unsigned> suites;
    std::map<unsigned, Bytes> extensions;
};

unsigned number(const Bytes& octets, std::size_t at) { return octets.at(at) << 8 | octets.at(at + 1); }

Bytes slice(const Bytes& octets, std::size_t at, std::size_t size) {
    REQUIRE(at + size <= octets.size());
    const auto begin = octets.begin() + static_cast<std::ptrdiff_t>(at);
    return Bytes(begin, begin + static_cast<std::ptrdiff_t>(size));
}

ClientHello parse(const Bytes& octets) {
    ClientHello hello;
    hello.octets = octets;
    std::size_t at = 5 + 4 + 2 + 32;
    hello.session_id = slice(octets, at + 1, octets.at(at));
    at += 1 + hello.session_id.size();
    const std::size_t suites = number(octets, at);
    for (std::size_t i = 0; i < suites; i += 2) hello.suites.insert(number(octets, at + 2 + i));
    at += 2 + suites;
    at += 1 + octets.at(at); // compression methods
    const std::size_t end = at + 2 + number(octets, at);
    for (at += 2; at < end; at += 4 + number(octets, at + 2))
        hello.extensions[number(octets, at)] = slice(octets, at + 4, number(octets, at + 2));
    return hello;
}

Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Bytes with_length(const Bytes& octets, std::size_t width) {
    Bytes out;
    for (std::size_t i = width; i > 0; --i) out.push_back(static_cast<std::uint8_t>(octets.size() >> (8 * (i - 1))));
    return out + octets;
}

// A ServerHello in a record of its own (RFC 8446 §4.1.3, RFC 5246 §7.4.1.3).
Bytes server_hello(const Bytes& session_id, unsigned suite, const Bytes& extensions) {
    const Bytes random(32, 0x5a);
    const Bytes chosen{static_cast<std::uint8_t>(suite >> 8), static_cast<std::uint8_t>(suite), 0};
    const Bytes body = Bytes{3, 3} + random + with_length(session_id, 1) + chosen + with_length(extensions, 2);
    return Bytes{0x16, 3, 3} + with_length(Bytes{2} + with_length(body, 3), 2);
}

const Bytes no_renegotiation{0xff, 0x01, 0x00, 0x01, 0x00}; // renegotiation_info, empty
const Bytes tls_1_3{0x00, 0x2b, 0x00, 0x02, 0x03, 0x04};    // supported_versions
Bytes key_share() {
    const Bytes point = Bytes{9} + Bytes(31, 0);
    return Bytes{0x00, 0x33} + with_length(Bytes{0x00, 0x1d} + with_length(point, 2), 2);
}

// A client that has sent its ClientHello.
struct AfterStarttls {
    tlsa::SmtpSession client;
    ClientHello hello;

    explicit AfterStarttls(const harness::CertifiedChain& chain, std::uint8_t seed = 1)
        : client(plan_for(chain), {seed}) {
        client.connected();
        hear("220 mx.example\r\n");
        client.take_output();
        hear("250-mx.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n");
        client.take_output();
        hear("220 go\r\n");
        hello = parse(client.take_output());
    }
    void hear(const std::string& text) { hear(Bytes(text.begin(), text.end())); }
    void hear(const Bytes& octets) { client.received(octets); }
    bool waits() const { return !client.finished() && client.step() == SmtpStep::handshake; }
    bool refused() const { return client.finished() && client.outcome().failure == SmtpFailure::tls_failed; }
};

// Suites whose key exchange authenticates nobody (RFC 5246 §A.5, and the IANA registry).
const std::set<unsigned> anonymous_suites{0x0017, 0x0018, 0x0019, 0x001a, 0x001b, 0x0034, 0x003a,
                                          0x0046, 0x006c, 0x006d, 0x0089, 0x009b, 0x00a6, 0x00a7,
                                          0x00bf, 0x00c5, 0xc015, 0xc016, 0xc017, 0xc018, 0xc019};

} // namespace

TEST_CASE("D-122 under DANE no suite is offered, or taken, that authenticates nobody (RFC 7672 §8.2)") {
    AfterStarttls now(chain_for("mx.example"));
    SECTION("obeys: none of the suites offered is anonymous") {
        CHECK(now.hello.suites.size() > 5);
        for (const auto suite : now.hello.suites) CHECK_FALSE(anonymous_suites.contains(suite));
    }
    SECTION("breaks: a server that takes an anonymous suite all the same is left; with a usual one it is waited for") {
        AfterStarttls other(chain_for("mx.example"));
        REQUIRE(other.hello.suites.contains(0xc02b));
        now.hear(server_hello({}, 0xc018, no_renegotiation));
        other.hear(server_hello({}, 0xc02b, no_renegotiation));
        CHECK(now.refused());
        CHECK(other.waits());
    }
}

TEST_CASE("D-130 no TLS session is resumed, so none under another name or other records (RFC 8446 §4.2.11)") {
    constexpr unsigned session_ticket = 35, pre_shared_key = 41;
    SECTION("obeys: no ClientHello to the same server holds a session") {
        for (const std::uint8_t seed : {1, 2}) {
            AfterStarttls now(chain_for("mx.example"), seed);
            CHECK_FALSE(now.hello.extensions.contains(pre_shared_key));
            const auto ticket = now.hello.extensions.find(session_ticket);
            CHECK((ticket == now.hello.extensions.end() || ticket->second.empty()));
        }
    }
    SECTION("breaks: a server that resumes what nobody asked for is left; one that does not is waited for") {
        AfterStarttls now(chain_for("mx.example")), other(chain_for("mx.example"));
        const Bytes resumed{0x00, 0x29, 0x00, 0x02, 0x00, 0x00};
        now.hear(server_hello(now.hello.session_id, 0x1301, tls_1_3 + key_share() + resumed));
        other.hear(server_hello(other.hello.session_id, 0x1301, tls_1_3 + key_share()));
        CHECK(now.refused());
        CHECK(other.waits());
    }
}

TEST_CASE("D-172 STARTTLS is the last command of what is sent at once (RFC 3207 §4)") {
    const auto chain = chain_for("mx.example");
    tlsa::SmtpSession client(plan_for(chain), {1});
    const auto hear = [&](const std::string& text) { client.received(Bytes(text.begin(), text.end())); };
    const auto said = [&] {
        const auto out = client.take_output();
        return std::string(out.begin(), out.end());
    };
    client.connected();
    hear("220 mx.example\r\n");
    CHECK(said() == "EHLO client.example\r\n");
    hear("250-mx.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n");
    SECTION("obeys: nothing stands behind it, and what follows the 220 is TLS") {
        CHECK(said() == "STARTTLS\r\n");
        hear("220 go\r\n");
        CHECK(said().starts_with("\x16\x03"));
    }
    SECTION("breaks: a server that answers a command behind it, which nobody sent, is left") {
        CHECK(said() == "STARTTLS\r\n");
        hear("220 go\r\n250 and the other one\r\n");
        CHECK(client.outcome().failure == SmtpFailure::injection_after_starttls);
        CHECK(said().empty());
    }
}

TEST_CASE("D-174 the ClientHello is none of SSL 2.0, which has no room for a server name (RFC 7672 §8.1)") {
    AfterStarttls now(chain_for("mx.example"));
    SECTION("obeys: a handshake record of TLS, with the name in it") {
        constexpr unsigned server_name = 0;
        CHECK(slice(now.hello.octets, 0, 2) == Bytes{0x16, 0x03});
        CHECK(now.hello.octets.at(5) == 1); // client_hello
        REQUIRE(now.hello.extensions.contains(server_name));
        const auto& name = now.hello.extensions.at(server_name);
        CHECK(std::string(name.begin() + 5, name.end()) == "mx.example");
    }
    SECTION("breaks: a server that answers in the form of SSL 2.0 is left") {
        // A SERVER-HELLO of 11 octets behind a two-octet header.
        now.hear(Bytes{0x80, 0x0b, 0x04, 0x00, 0x01, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00});
        CHECK(now.refused());
    }
}
