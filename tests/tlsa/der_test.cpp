#include "tlsa/der.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "tests/tlsa/test_chain.h"

using namespace tlsa;

TEST_CASE("der: lengths are definite and minimal, items end where the data do") {
    struct Case {
        const char* about;
        dns::Bytes data;
        bool good;
    };
    dns::Bytes long_form(3 + 128, 0);
    long_form[0] = 0x04, long_form[1] = 0x81, long_form[2] = 128;
    const std::vector<Case> cases = {
        {"empty octet string", {0x04, 0x00}, true},
        {"short form", {0x04, 0x01, 0xff}, true},
        {"long form where it is needed", long_form, true},
        {"long form where the short one would do", {0x04, 0x81, 0x01, 0xff}, false},
        {"leading zero in the length", {0x04, 0x82, 0x00, 0x01, 0xff}, false},
        {"indefinite", {0x30, 0x80, 0x00, 0x00}, false},
        {"past the end", {0x04, 0x02, 0xff}, false},
        {"length past the end", {0x04, 0x84, 0x01}, false},
        {"five octets of length", {0x04, 0x85, 1, 0, 0, 0, 0}, false},
        {"multi-octet tag", {0x1f, 0x81, 0x01, 0x00}, false},
        {"a tag alone", {0x04}, false},
        {"nothing", {}, false},
    };
    for (const auto& row : cases) DYNAMIC_SECTION(row.about) CHECK(DerReader(row.data).next().has_value() == row.good);
}

TEST_CASE("der: a certificate splits into parts that are its own octets") {
    const auto octets = test::make_certificate(test::leaf_spec());
    const auto parts = split_certificate(octets);
    REQUIRE(parts);
    CHECK(parts->version == 3);
    const auto key = test::Key("key of mx.example").spki();
    CHECK(dns::Bytes(parts->spki.begin(), parts->spki.end()) == key);
    CHECK(is_subject_public_key_info(key));
    CHECK_FALSE(is_certificate(key));
    CHECK_FALSE(is_subject_public_key_info(octets));
}

TEST_CASE("der: no prefix of a certificate is one, nor one with an octet more") {
    auto octets = test::make_certificate(test::leaf_spec());
    for (std::size_t size = 0; size < octets.size(); ++size)
        CHECK_FALSE(is_certificate(dns::ByteView(octets).first(size)));
    octets.push_back(0);
    CHECK_FALSE(is_certificate(octets));
}
