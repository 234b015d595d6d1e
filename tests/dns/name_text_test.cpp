#include <catch2/catch_test_macros.hpp>
#include <string>

#include "resolver/dns/name.h"
#include "tests/dns/generators.h"

using dns::Name;
using dns::WireErrorCode;

TEST_CASE("name text: escapes as in RFC 1035 §5.1") {
    struct Case {
        std::string_view text, written;
        std::size_t labels;
    };
    const Case cases[] = {
        {".", ".", 0},
        {"example", "example.", 1},
        {"Example.COM.", "Example.COM.", 2},
        {"a\\.b.example.", "a\\.b.example.", 2},
        {"a\\046b.example.", "a\\.b.example.", 2},
        {"\\000\\255.example.", "\\000\\255.example.", 2},
        {"a\\ b.", "a\\032b.", 1},
        {"\\a\\b.", "ab.", 1},
        {"\\@.", "\\@.", 1},
        {"x;y(z)\"q\"$.", "x\\;y\\(z\\)\\\"q\\\"\\$.", 1},
        {"\\\\.", "\\\\.", 1},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.text) {
            const auto name = Name::from_text(one.text);
            REQUIRE(name);
            CHECK(name->to_text() == one.written);
            CHECK(name->label_count() == one.labels);
            CHECK(Name::from_text(name->to_text())->same_octets(*name));
        }
    }
}

TEST_CASE("name text: what cannot be read is refused with its place") {
    struct Case {
        std::string about, text;
        WireErrorCode code;
        std::size_t offset;
    };
    const Case cases[] = {
        {"nothing", "", WireErrorCode::bad_text, 0},
        {"empty label in front", ".a", WireErrorCode::bad_text, 0},
        {"empty label inside", "a..b", WireErrorCode::bad_text, 2},
        {"two dots", "..", WireErrorCode::bad_text, 0},
        {"lone backslash", "ab\\", WireErrorCode::bad_text, 2},
        {"two digits", "a\\12", WireErrorCode::bad_text, 1},
        {"a letter among the digits", "a\\1x2", WireErrorCode::bad_text, 1},
        {"above 255", "a\\256", WireErrorCode::bad_text, 1},
        {"label of 64", "a." + std::string(64, 'b'), WireErrorCode::label_too_long, 2},
        {"label of 64 with escapes", "\\097" + std::string(63, 'b'), WireErrorCode::label_too_long, 0},
        {"256 octets",
         std::string(63, 'a') + '.' + std::string(63, 'a') + '.' + std::string(63, 'a') + '.' + std::string(62, 'a'),
         WireErrorCode::name_too_long, 192},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.about) {
            const auto name = Name::from_text(one.text);
            REQUIRE_FALSE(name);
            CHECK(name.error().code == one.code);
            CHECK(name.error().offset == one.offset);
        }
    }
    CHECK(Name::from_text(std::string(63, 'a') + ".b").has_value());
    CHECK(Name::from_text("\\097" + std::string(62, 'b')).has_value());
}

TEST_CASE("name text: relative names are completed with the origin (RFC 1035 §5.1)") {
    const Name origin = Name::literal("Example.org.");
    CHECK(Name::from_text("www", origin)->to_text() == "www.Example.org.");
    CHECK(Name::from_text("www.", origin)->to_text() == "www.");
    CHECK(Name::from_text("@", origin)->same_octets(origin));
    CHECK(Name::from_text("\\@", origin)->to_text() == "\\@.Example.org.");
    CHECK(Name::from_text("a\\.", origin)->to_text() == "a\\..Example.org.");
    CHECK(Name::from_text(".", origin)->is_root());
    const std::string label(63, 'x');
    const Name deep = Name::literal(label + "." + label + "." + label + ".");
    CHECK(Name::from_text(std::string(61, 'y'), deep).has_value());
    CHECK(Name::from_text(std::string(62, 'y'), deep).error().code == WireErrorCode::name_too_long);
}

TEST_CASE("name text: writing and reading gives the same octets") {
    generators::Generator random(1035);
    for (int i = 0; i < 500; ++i) {
        const Name name = random.name();
        const auto again = Name::from_text(name.to_text());
        REQUIRE(again);
        REQUIRE(again->same_octets(name));
    }
}
