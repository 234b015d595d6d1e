#include <catch2/catch_test_macros.hpp>
#include <set>

#include "resolver/dns/rdata.h"

using dns::RrType;

namespace {

// For each type the octets in front of its names, how many names, and octets behind them.
struct Shape {
    RrType type;
    dns::Bytes before;
    int names;
    dns::Bytes behind;
};

dns::Bytes build(const Shape& shape, bool lower) {
    dns::Bytes out = shape.before;
    const dns::Bytes name = lower ? dns::Bytes{2, 'a', 'b', 0} : dns::Bytes{2, 'A', 'b', 0};
    for (int i = 0; i < shape.names; ++i) out.insert(out.end(), name.begin(), name.end());
    out.insert(out.end(), shape.behind.begin(), shape.behind.end());
    return out;
}

const dns::Bytes rrsig_head = {0, 'A', 8, 2, 'A', 'A', 'A', 'A', 'B', 'B', 'B', 'B', 'C', 'C', 'C', 'C', 'D', 'D'};

const std::vector<Shape> lowercased = {
    {RrType::NS, {}, 1, {}},
    {RrType::MD, {}, 1, {}},
    {RrType::MF, {}, 1, {}},
    {RrType::CNAME, {}, 1, {}},
    {RrType::SOA, {}, 2, dns::Bytes(20, 'S')},
    {RrType::MB, {}, 1, {}},
    {RrType::MG, {}, 1, {}},
    {RrType::MR, {}, 1, {}},
    {RrType::PTR, {}, 1, {}},
    {RrType::MINFO, {}, 2, {}},
    {RrType::MX, {'M', 'X'}, 1, {}},
    {RrType::RP, {}, 2, {}},
    {RrType::AFSDB, {'A', 'F'}, 1, {}},
    {RrType::RT, {'R', 'T'}, 1, {}},
    {RrType::SIG, rrsig_head, 1, {'S', 'I', 'G'}},
    {RrType::PX, {'P', 'X'}, 2, {}},
    {RrType::NXT, {}, 1, {'N'}},
    {RrType::NAPTR, {'N', 'A', 'P', 'T', 1, 'U', 1, 'S', 2, 'R', 'X'}, 1, {}},
    {RrType::KX, {'K', 'X'}, 1, {}},
    {RrType::SRV, {'S', 'R', 'V', 'S', 'R', 'V'}, 1, {}},
    {RrType::DNAME, {}, 1, {}},
    {RrType::A6, {120, 'A'}, 1, {}},
    {RrType::RRSIG, rrsig_head, 1, {'S', 'I', 'G'}},
};

} // namespace

TEST_CASE("canonical RDATA: names of these types are lowercased, and nothing but the names (RFC 6840 §5.1)") {
    for (const Shape& shape : lowercased) {
        DYNAMIC_SECTION(dns::to_text(shape.type)) {
            CHECK(*dns::canonical_rdata(shape.type, build(shape, false)) == build(shape, true));
            CHECK(*dns::canonical_rdata(shape.type, build(shape, true)) == build(shape, true));
        }
    }
}

TEST_CASE("canonical RDATA: all other types stay as they are (RFC 3597 §7, RFC 6840 §5.1)") {
    const Shape untouched[] = {
        {RrType::NSEC, {}, 1, {0, 1, 'A'}},
        {RrType::HINFO, {1, 'A', 1, 'B'}, 0, {}},
        {RrType::TXT, {1, 'A'}, 0, {}},
        {RrType::SVCB, {0, 1}, 1, {}},
        {RrType::TLSA, {'A', 'A', 'A', 'A'}, 0, {}},
        {static_cast<RrType>(65280), {}, 1, {}},
        {RrType::A6, {0, 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A'}, 0, {}},
    };
    for (const Shape& shape : untouched) {
        DYNAMIC_SECTION(dns::to_text(shape.type)) {
            CHECK(*dns::canonical_rdata(shape.type, build(shape, false)) == build(shape, false));
        }
    }
}

TEST_CASE("canonical RDATA: RDATA shorter than its names is an error and is never read past its end") {
    for (const Shape& shape : lowercased) {
        DYNAMIC_SECTION(dns::to_text(shape.type)) {
            const dns::Bytes whole = build(shape, false);
            const std::size_t names_end = whole.size() - shape.behind.size();
            for (std::size_t size = 0; size <= whole.size(); ++size) {
                // An exact copy, so that a read past its end is a read past an allocation.
                const dns::Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
                CHECK(dns::canonical_rdata(shape.type, cut).has_value() == (size >= names_end));
            }
        }
    }
}

TEST_CASE("canonical RDATA: which types a sender may have compressed (RFC 3597 §4)") {
    const std::set<RrType> allowed = {RrType::NS, RrType::MD,  RrType::MF,    RrType::CNAME, RrType::SOA,
                                      RrType::MB, RrType::MG,  RrType::MR,    RrType::PTR,   RrType::MINFO,
                                      RrType::MX, RrType::RP,  RrType::AFSDB, RrType::RT,    RrType::SIG,
                                      RrType::PX, RrType::NXT, RrType::NAPTR, RrType::SRV};
    for (unsigned value = 0; value < 65536; ++value) {
        const auto type = static_cast<RrType>(value);
        REQUIRE(dns::may_be_compressed_on_receipt(type) == (allowed.count(type) > 0));
    }
}

TEST_CASE("canonical RDATA: fields of types with names") {
    using Kind = dns::RdataField::Kind;
    const auto soa = dns::rdata_fields(RrType::SOA);
    REQUIRE(soa.size() == 3);
    CHECK(soa[1].kind == Kind::name);
    CHECK(soa[2].kind == Kind::rest);
    const auto naptr = dns::rdata_fields(RrType::NAPTR);
    REQUIRE(naptr.size() == 5);
    CHECK(naptr[0].kind == Kind::fixed);
    CHECK(naptr[0].octets == 4);
    CHECK(naptr[3].kind == Kind::character_string);
    CHECK(dns::rdata_fields(RrType::RRSIG).front().octets == 18);
    CHECK(dns::rdata_fields(RrType::A).empty());
    CHECK(dns::rdata_fields(static_cast<RrType>(65280)).empty());
}
