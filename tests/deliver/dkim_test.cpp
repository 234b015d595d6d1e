// DKIM: canonical forms, what a field says, and which keys are taken. That signatures verify is shown with OpenSSL in
// tests/acceptance/tls_report_test.py.
#include <catch2/catch_test_macros.hpp>

#include <botan/chacha_rng.h>
#include <botan/ed25519.h>
#include <botan/pkcs8.h>
#include <botan/rsa.h>

#include "harness/deliver/dkim.h"

using namespace harness::deliver;

namespace {

Botan::ChaCha_RNG generator() {
    const std::vector<std::uint8_t> seed(32, 7);
    return Botan::ChaCha_RNG(std::span<const std::uint8_t>(seed));
}

std::string rsa_pem(std::size_t bits) {
    auto rng = generator();
    return Botan::PKCS8::PEM_encode(Botan::RSA_PrivateKey(rng, bits));
}

std::string ed25519_pem() {
    auto rng = generator();
    return Botan::PKCS8::PEM_encode(Botan::Ed25519_PrivateKey(rng));
}

DkimSignature signature() {
    DkimSignature wanted;
    wanted.domain = "client.example";
    wanted.selector = "tlsrpt";
    wanted.fields = {"From", "Subject", "X-Absent"};
    wanted.time = dns::UnixTime{1'780'272'000};
    return wanted;
}

} // namespace

TEST_CASE("dkim: the relaxed form of a field and of a body (RFC 6376 §3.4.2, §3.4.4, §3.4.5)") {
    CHECK(relaxed_field("A: X\r\n") == "a:X\r\n");
    CHECK(relaxed_field("B : Y\t\r\n\tZ  \r\n") == "b:Y Z\r\n");
    CHECK(relaxed_body(" C \r\nD \t E\r\n\r\n\r\n") == " C\r\nD E\r\n");
    CHECK(relaxed_body("").empty());
    CHECK(relaxed_body("\r\n\r\n").empty());
    CHECK(relaxed_body("no end") == "no end\r\n");
}

TEST_CASE("dkim: a field names what is signed and how, without l=") {
    const auto key = DkimKey::from_pem(rsa_pem(2'048));
    REQUIRE(key);
    const auto field = dkim_field("From: <a@client.example>\r\nSubject: x\r\n\r\nbody\r\n", signature(), *key);
    CHECK(field.starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=client.example; s=tlsrpt;\r\n"));
    CHECK(field.find("t=1780272000;") != std::string::npos);
    CHECK(field.find("h=from:subject;") != std::string::npos);
    CHECK(field.find("l=") == std::string::npos);
    CHECK(field.ends_with("\r\n"));
    // The body hash of "body" CR LF, as of: printf 'body\r\n' | openssl dgst -sha256 -binary | base64
    CHECK(field.find("bh=Ck5SoRNWUpSR4X0COv7R5ub2pUTtl6xz4dTFz++ji4M=;") != std::string::npos);
    const auto other = dkim_field("From: <a@client.example>\r\nSubject: y\r\n\r\nbody\r\n", signature(), *key);
    CHECK(field != other);
}

TEST_CASE("dkim: keys that are none, or too small, are refused with what they are") {
    const auto refusal = [](const std::string& pem) {
        const auto key = DkimKey::from_pem(pem);
        return key ? "accepted" : key.error();
    };
    CHECK(refusal(rsa_pem(1'024)) == "accepted");
    CHECK(refusal(ed25519_pem()) == "accepted");
    CHECK(refusal("").find("PKCS #8") != std::string::npos);
    CHECK(refusal("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").find("PKCS #8") !=
          std::string::npos);
    CHECK(refusal("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n").find("encrypted") != std::string::npos);
    CHECK(DkimKey::from_pem(ed25519_pem())->algorithm() == "ed25519-sha256");
    CHECK(DkimKey::from_pem(ed25519_pem())->record().starts_with("v=DKIM1; k=ed25519; s=tlsrpt; p="));
}
