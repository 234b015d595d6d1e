#include "tlsa/smtp_reply.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using tlsa::ReplyFault;
using tlsa::ReplyParser;

namespace {

void push(ReplyParser& parser, std::string_view text) {
    parser.push({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

} // namespace

TEST_CASE("smtp reply: single and multi-line replies are read whole (RFC 5321 §4.2.1)") {
    struct Row {
        const char* about;
        std::string wire;
        unsigned code;
        std::vector<std::string> lines;
    };
    const std::vector<Row> rows{
        {"one line", "220 mx.example ESMTP\r\n", 220, {"mx.example ESMTP"}},
        {"code alone", "250\r\n", 250, {""}},
        {"code and space", "250 \r\n", 250, {""}},
        {"three lines",
         "250-mx.example\r\n250-8BITMIME\r\n250 STARTTLS\r\n",
         250,
         {"mx.example", "8BITMIME", "STARTTLS"}},
        {"empty continuation", "250-\r\n250 ok\r\n", 250, {"", "ok"}},
        {"highest code", "559 no\r\n", 559, {"no"}},
        {"controls and foreign octets are shown as numbers",
         "250 a\tb\x1b[31m\xc3\xa9\\\r\n",
         250,
         {"a\\009b\\027[31m\\195\\169\\092"}},
    };
    for (const auto& row : rows) {
        DYNAMIC_SECTION(row.about) {
            ReplyParser parser;
            push(parser, row.wire);
            const auto reply = parser.next();
            REQUIRE(reply.has_value());
            REQUIRE(reply->has_value());
            CHECK((*reply)->code == row.code);
            CHECK((*reply)->lines == row.lines);
            CHECK_FALSE(parser.has_leftover());
        }
        DYNAMIC_SECTION(row.about << ", octet by octet") {
            ReplyParser parser;
            for (std::size_t i = 0; i < row.wire.size(); ++i) {
                push(parser, row.wire.substr(i, 1));
                const auto reply = parser.next();
                REQUIRE(reply.has_value());
                REQUIRE(reply->has_value() == (i + 1 == row.wire.size()));
                if (*reply)
                    CHECK((*reply)->lines == row.lines);
                else
                    CHECK(parser.has_leftover());
            }
        }
    }
}

TEST_CASE("smtp reply: what is no reply is named, and the parser stays stopped (RFC 5321 §4.2)") {
    struct Row {
        const char* about;
        std::string wire;
        ReplyFault fault;
    };
    const std::vector<Row> rows{
        {"text", "hello there\r\n", ReplyFault::bad_code},
        {"empty line", "\r\n", ReplyFault::bad_code},
        {"first digit 1", "150 ok\r\n", ReplyFault::bad_code},
        {"first digit 6", "650 ok\r\n", ReplyFault::bad_code},
        {"second digit 6", "260 ok\r\n", ReplyFault::bad_code},
        {"two digits", "25 ok\r\n", ReplyFault::bad_code},
        {"letter behind the code", "250ok\r\n", ReplyFault::bad_separator},
        {"fourth digit", "2500\r\n", ReplyFault::bad_separator},
        {"another code in one reply", "250-a\r\n251 b\r\n", ReplyFault::code_changed},
        {"continuation without code", "250-a\r\nSTARTTLS\r\n", ReplyFault::bad_code},
        {"LF alone", "250 ok\n", ReplyFault::bad_line_end},
        {"CR inside", "250 a\rb\r\n", ReplyFault::bad_line_end},
    };
    for (const auto& row : rows) {
        DYNAMIC_SECTION(row.about) {
            ReplyParser parser;
            push(parser, row.wire);
            auto reply = parser.next();
            REQUIRE_FALSE(reply.has_value());
            CHECK(reply.error() == row.fault);
            CHECK_FALSE(describe(row.fault).empty());
            push(parser, "250 ok\r\n");
            reply = parser.next();
            REQUIRE_FALSE(reply.has_value());
            CHECK(reply.error() == row.fault);
        }
    }
}

TEST_CASE("smtp reply: lines of 8192 octets and replies of 100 lines are the most that is read") {
    const auto read = [](const std::string& wire) {
        ReplyParser parser;
        push(parser, wire);
        return parser.next();
    };
    const auto line = [](std::size_t octets) { return "250 " + std::string(octets - 6, 'x') + "\r\n"; };
    CHECK(read(line(8192)).has_value());
    REQUIRE_FALSE(read(line(8193)).has_value());
    CHECK(read(line(8193)).error() == ReplyFault::line_too_long);
    CHECK(read("250 " + std::string(8188, 'x')).has_value()); // not ended yet
    REQUIRE_FALSE(read("250 " + std::string(8189, 'x')).has_value());

    const auto lines = [](int count) {
        std::string wire;
        for (int i = 1; i < count; ++i) wire += "250-x\r\n";
        return wire + "250 x\r\n";
    };
    REQUIRE(read(lines(100)).has_value());
    CHECK((*read(lines(100)))->lines.size() == 100);
    REQUIRE_FALSE(read(lines(101)).has_value());
    CHECK(read(lines(101)).error() == ReplyFault::too_many_lines);
}

TEST_CASE("smtp reply: what follows a reply is kept for the next") {
    ReplyParser parser;
    push(parser, "220 ready\r\n250 injected\r\n");
    const auto first = parser.next();
    REQUIRE((first.has_value() && first->has_value()));
    CHECK((*first)->to_text() == "220 ready");
    CHECK(parser.has_leftover());
    const auto second = parser.next();
    REQUIRE((second.has_value() && second->has_value()));
    CHECK((*second)->to_text() == "250 injected");
    CHECK_FALSE(parser.has_leftover());
}
