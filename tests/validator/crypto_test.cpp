#include "validator/crypto.h"

#include <catch2/catch_test_macros.hpp>

#include "resolver/dns/text.h"
#include "tests/validator/vectors.h"
#include "validator/canonical.h"

using dns::RrType;

namespace {

struct Vector {
    dns::Dnskey key;
    std::optional<dns::Ds> ds;
    dns::RrSet set;
    dns::Rrsig rrsig;
    dns::Name zone;
};

Vector vector_of(const std::string& text) {
    Vector vector;
    for (const dns::Record& record : test::records_of(text)) {
        if (record.type == RrType::DNSKEY) {
            vector.key = *dns::Dnskey::parse(record.rdata);
            vector.zone = record.owner;
        } else if (record.type == RrType::DS)
            vector.ds = *dns::Ds::parse(record.rdata);
        else if (record.type == RrType::RRSIG)
            vector.rrsig = *dns::Rrsig::parse(record.rdata);
        else
            vector.set = dns::RrSet(record.owner, record.type, record.ttl, {record.rdata});
    }
    return vector;
}

} // namespace

TEST_CASE("crypto: the keys and signatures printed in RFC 5702, RFC 6605 and RFC 8080 are good") {
    for (const test::Piece& piece : test::pieces_of("signatures.txt")) {
        DYNAMIC_SECTION(piece.mark) {
            const Vector vector = vector_of(piece.text);
            const auto key = validator::load_public_key(vector.key);
            REQUIRE(key);
            CHECK(vector.key.key_tag() == vector.rrsig.key_tag);
            const auto data = validator::signed_data(vector.set, vector.rrsig);
            REQUIRE(data);
            CHECK(validator::verify(**key, vector.rrsig.algorithm, *data, vector.rrsig.signature));
            auto altered = *data;
            altered.back() ^= 1;
            CHECK_FALSE(validator::verify(**key, vector.rrsig.algorithm, altered, vector.rrsig.signature));
            if (vector.ds)
                CHECK(validator::ds_digest(vector.ds->digest_type, vector.zone, vector.key.build()) ==
                      vector.ds->digest);
        }
    }
}
