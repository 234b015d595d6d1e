#include "resolver/dns/bytes.h"

#include <catch2/catch_test_macros.hpp>

using dns::WireErrorCode;

TEST_CASE("bytes: what the writer wrote the reader reads") {
    dns::Writer writer;
    writer.u8(0xFE);
    writer.u16(0x0102);
    writer.u32(0xA0B0C0D0);
    writer.u48(0x010203040506);
    writer.octets(dns::Bytes{7, 8});
    writer.put_u16(1, 0x1234);
    CHECK(writer.size() == 15);
    const dns::Bytes bytes = std::move(writer).take();
    dns::Reader reader(bytes);
    CHECK(*reader.u8() == 0xFE);
    CHECK(*reader.u16() == 0x1234);
    CHECK(*reader.u32() == 0xA0B0C0D0);
    CHECK(*reader.u48() == 0x010203040506);
    CHECK(reader.remaining() == 2);
    CHECK(reader.octets(1)->front() == 7);
    CHECK(reader.rest().size() == 1);
    CHECK(reader.at_end());
}

TEST_CASE("bytes: a read past the end says so and moves nothing") {
    const dns::Bytes bytes = {1, 2, 3, 4, 5};
    dns::Reader reader(bytes);
    CHECK(reader.u48().error().code == WireErrorCode::truncated);
    CHECK(reader.octets(6).error().code == WireErrorCode::truncated);
    CHECK(reader.seek(6).error().code == WireErrorCode::truncated);
    CHECK(reader.offset() == 0);
    CHECK(*reader.u32() == 0x01020304);
    CHECK(reader.u16().error().offset == 4);
    CHECK(*reader.u8() == 5);
    CHECK(reader.u8().error().code == WireErrorCode::truncated);
    CHECK(*reader.seek(5) == 5);
}
