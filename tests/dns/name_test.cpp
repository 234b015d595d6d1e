#include "resolver/dns/name.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "tests/dns/generators.h"

using dns::Name;
using dns::WireErrorCode;

namespace {

dns::Bytes octets(std::string_view text) { return dns::Bytes(text.begin(), text.end()); }

Name name(std::string_view text) { return Name::literal(text); }

// A name of exactly 255 octets: three labels of 63, one of 61, the root.
std::string longest_name_text() {
    return std::string(63, 'a') + '.' + std::string(63, 'b') + '.' + std::string(63, 'c') + '.' + std::string(61, 'd') +
           '.';
}

} // namespace

TEST_CASE("name: canonical order is that of the example in RFC 4034 §6.1") {
    const std::vector<std::string_view> sorted = {"example",         "a.example",      "yljkjljk.a.example",
                                                  "Z.a.example",     "zABC.a.EXAMPLE", "z.example",
                                                  "\\001.z.example", "*.z.example",    "\\200.z.example"};
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        for (std::size_t j = 0; j < sorted.size(); ++j) {
            INFO(sorted[i] << " against " << sorted[j]);
            CHECK((name(sorted[i]) <=> name(sorted[j])) == (i <=> j));
        }
    }
}

TEST_CASE("name: an absent octet sorts before a zero octet, and letters as lower case (RFC 4034 §6.1)") {
    CHECK(name("a.example.") < name("a\\000.example."));
    CHECK(name("example.") < name("\\000.example."));
    CHECK(name("a\\255.example.") < name("b.example."));
    CHECK_FALSE(name("B.example.") < name("_.example.")); // '_' is 0x5F, below 'b' (0x62)
    CHECK(name("[.example.") < name("B.example."));       // '[' is 0x5B, above 'B' but below 'b'
    CHECK((name("A.EXAMPLE.") <=> name("a.example.")) == std::weak_ordering::equivalent);
}

TEST_CASE("name: the order is total and agrees with equality and hash") {
    generators::Generator random(4034);
    std::vector<Name> names;
    for (int i = 0; i < 60; ++i) names.push_back(random.name());
    for (const Name& a : names) {
        CHECK((a <=> a) == std::weak_ordering::equivalent);
        CHECK(a == a.lowercased());
        CHECK(a.hash() == a.lowercased().hash());
        for (const Name& b : names) {
            const auto order = a <=> b;
            REQUIRE((order == 0) == (a == b));
            REQUIRE((b <=> a) == (0 <=> order));
            if (a == b) REQUIRE(a.hash() == b.hash());
            if (a.is_at_or_below(b)) REQUIRE(order >= 0); // RFC 4034 §6.1: an ancestor comes first
            for (const Name& c : names) {
                if (order < 0 && b < c) REQUIRE(a < c);
            }
        }
    }
}

TEST_CASE("name: case is ignored for US-ASCII letters alone (RFC 4343 §3)") {
    CHECK(name("WWW.Example.") == name("www.eXAMPLE."));
    CHECK_FALSE(name("WWW.Example.").same_octets(name("www.eXAMPLE.")));
    CHECK(name("WWW.Example.").same_octets(name("WWW.Example.")));
    CHECK_FALSE(name("\\196.example.") == name("\\228.example.")); // a and o umlaut in Latin-1
    CHECK_FALSE(name("@.example.") == name("`.example."));         // 0x40 and 0x60 differ by the case bit alone
    CHECK_FALSE(name("a\\.b.example.") == name("a.b.example."));
}

TEST_CASE("name: being below means whole labels, not the same letters at the end") {
    const Name apex = name("example.com.");
    CHECK(name("www.EXAMPLE.com.").is_at_or_below(apex));
    CHECK(name("www.example.com.").is_strictly_below(apex));
    CHECK(apex.is_at_or_below(apex));
    CHECK_FALSE(apex.is_strictly_below(apex));
    CHECK_FALSE(name("badexample.com.").is_at_or_below(apex));
    CHECK_FALSE(name("com.").is_at_or_below(apex));
    CHECK_FALSE(name("a\\.example.com.").is_at_or_below(apex));
    // The octets of "x<7>example<3>com<0>" end in the apex's octets, but not at a label boundary.
    CHECK_FALSE(name("x\\007example.com.").is_at_or_below(apex));
    CHECK(name("anything.").is_at_or_below(Name()));
}

TEST_CASE("name: shape and relatives") {
    const Name one = name("*.Mail.example.");
    CHECK(one.label_count() == 3);
    CHECK(one.rrsig_label_count() == 2); // RFC 4034 §3.1.3
    CHECK(one.is_wildcard());
    CHECK_FALSE(name("\\042a.example.").is_wildcard());
    CHECK(one.wire_size() == 16);
    CHECK(one.parent() == name("mail.example."));
    CHECK(one.parent().rrsig_label_count() == 2);
    CHECK(one.ancestor(0).is_root());
    CHECK(one.ancestor(1) == name("example."));
    CHECK(one.ancestor(3).same_octets(one));
    CHECK(std::ranges::equal(one.label(1), octets("Mail")));
    CHECK(one.common_ancestor(name("mx.MAIL.example.")) == name("mail.example."));
    CHECK(one.common_ancestor(name("org.")).is_root());
    CHECK(name("xmail.example.").common_ancestor(name("mail.example.")) == name("example."));
    CHECK(*name("example.").wildcard_child() == name("*.example."));
    CHECK(Name().label_count() == 0);
    CHECK(Name().wire_size() == 1);
}

TEST_CASE("name: prepending keeps the limits of RFC 1035 §2.3.4") {
    CHECK(name("example.").prepend(std::string(63, 'x'))->label_count() == 2);
    CHECK(name("example.").prepend(std::string(64, 'x')).error().code == WireErrorCode::label_too_long);
    CHECK(name("example.").prepend("a.b").error().code == WireErrorCode::bad_text);
    CHECK(name("example.").prepend("a\\.b")->label_count() == 2);
    CHECK(name("example.").prepend_label({}).error().code == WireErrorCode::bad_text);
    const Name longest = name(longest_name_text());
    CHECK(longest.wire_size() == Name::max_octets);
    CHECK(longest.prepend("a").error().code == WireErrorCode::name_too_long);
    CHECK(longest.parent().prepend("a").has_value());
}

TEST_CASE("name: the longest name has 127 labels") {
    std::string text;
    for (int i = 0; i < 127; ++i) text += "a.";
    const Name deep = name(text);
    CHECK(deep.label_count() == Name::max_labels);
    CHECK(deep.wire_size() == 255);
    CHECK(deep.ancestor(126) == deep.parent());
    CHECK(deep == name(deep.to_text()));
    CHECK((deep <=> deep.parent()) > 0);
    CHECK(Name::from_text(text + "a.").error().code == WireErrorCode::name_too_long);
}

TEST_CASE("name: a DNAME's substitution, and its overflow (RFC 6672 §2.2)") {
    const auto replaced = name("a.B.old.example.").replace_suffix(name("OLD.example."), name("New.test."));
    CHECK(replaced->same_octets(name("a.B.New.test.")));
    CHECK(name("a.old.").replace_suffix(name("old."), Name())->same_octets(name("a.")));
    const Name target = name(longest_name_text());
    CHECK(name("a.old.").replace_suffix(name("old."), target).error().code == WireErrorCode::name_too_long);
    CHECK(name("a.old.").replace_suffix(name("old."), target.parent()).has_value());
}

TEST_CASE("name: uncompressed wire form is read exactly, and nothing else is") {
    struct Case {
        std::string_view about;
        dns::Bytes wire;
        WireErrorCode code;
        std::size_t offset;
    };
    dns::Bytes too_long;
    for (int i = 0; i < 4; ++i) {
        too_long.push_back(63);
        too_long.insert(too_long.end(), 63, 'a');
    }
    too_long.push_back(0);
    const Case cases[] = {
        {"nothing", {}, WireErrorCode::truncated, 0},
        {"no root label", {1, 'a'}, WireErrorCode::truncated, 2},
        {"label past the end", {3, 'a', 'b'}, WireErrorCode::truncated, 1},
        {"pointer", {1, 'a', 0xC0, 0}, WireErrorCode::pointer_not_allowed, 2},
        {"label type 01", {0x41, 'a', 0}, WireErrorCode::bad_label_type, 0},
        {"label type 10", {0x81, 'a', 0}, WireErrorCode::bad_label_type, 0},
        {"257 octets", too_long, WireErrorCode::name_too_long, 192},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.about) {
            dns::Reader reader(one.wire);
            const auto read = Name::read_uncompressed(reader);
            REQUIRE_FALSE(read);
            CHECK(read.error().code == one.code);
            CHECK(read.error().offset == one.offset);
        }
    }
    SECTION("a good name, with octets behind it") {
        const dns::Bytes wire = {1, 'a', 2, 'B', 'c', 0, 9};
        dns::Reader reader(wire);
        CHECK(Name::read_uncompressed(reader)->same_octets(name("a.Bc.")));
        CHECK(reader.offset() == 6);
    }
}

TEST_CASE("name: compression pointers must go back before the current run of labels (RFC 1035 §4.1.4)") {
    struct Case {
        std::string_view about;
        dns::Bytes wire;
        std::size_t start;
        WireErrorCode code;
    };
    const Case cases[] = {
        {"to itself", {1, 'a', 0, 0xC0, 3}, 3, WireErrorCode::bad_pointer},
        {"into its own run", {1, 'a', 0, 1, 'b', 0xC0, 3}, 3, WireErrorCode::bad_pointer},
        {"forwards", {0xC0, 2, 1, 'a', 0}, 0, WireErrorCode::bad_pointer},
        {"loop of two", {0xC0, 2, 0xC0, 0}, 2, WireErrorCode::bad_pointer},
        {"past the end", {0xC0, 200}, 0, WireErrorCode::bad_pointer},
        {"half a pointer", {1, 'a', 0, 0xC0}, 3, WireErrorCode::truncated},
        {"label type behind a pointer", {0x41, 'a', 0, 0xC0, 0}, 3, WireErrorCode::bad_label_type},
    };
    for (const Case& one : cases) {
        DYNAMIC_SECTION(one.about) {
            dns::Reader reader(one.wire);
            REQUIRE(reader.seek(one.start));
            const auto read = Name::read(reader);
            REQUIRE_FALSE(read);
            CHECK(read.error().code == one.code);
        }
    }
    SECTION("two pointers back") {
        const dns::Bytes wire = {1, 'c', 0, 1, 'b', 0xC0, 0, 1, 'a', 0xC0, 3, 7};
        dns::Reader reader(wire);
        REQUIRE(reader.seek(7));
        CHECK(*Name::read(reader) == name("a.b.c."));
        CHECK(reader.offset() == 11);
    }
    SECTION("expanded beyond 255 octets") {
        dns::Bytes wire = {63};
        wire.insert(wire.end(), 63, 'x');
        wire.push_back(0);
        std::size_t last = 0;
        for (int i = 0; i < 3; ++i) { // 65, 129, 193 octets are good
            const std::size_t start = wire.size();
            wire.push_back(63);
            wire.insert(wire.end(), 63, 'y');
            wire.push_back(static_cast<std::uint8_t>(0xC0 | last >> 8));
            wire.push_back(static_cast<std::uint8_t>(last));
            dns::Reader reader(wire);
            REQUIRE(reader.seek(start));
            const auto read = Name::read(reader);
            CHECK(read.has_value() == (i < 2));
            if (!read) CHECK(read.error().code == WireErrorCode::name_too_long);
            last = start;
        }
    }
}

TEST_CASE("name: a chain of pointers to pointers is cut off, so that a message cannot make reading it expensive") {
    dns::Bytes wire = {1, 'a', 0, 0xC0, 0};
    for (int i = 0; i < 200; ++i) {
        const std::size_t target = wire.size() - 2;
        wire.push_back(static_cast<std::uint8_t>(0xC0 | target >> 8));
        wire.push_back(static_cast<std::uint8_t>(target));
    }
    dns::Reader near(wire);
    REQUIRE(near.seek(3 + 2 * 50));
    CHECK(*Name::read(near) == name("a."));
    dns::Reader far(wire);
    REQUIRE(far.seek(3 + 2 * 200));
    CHECK(Name::read(far).error().code == WireErrorCode::bad_pointer);
}
