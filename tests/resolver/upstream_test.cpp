#include "resolver/upstream.h"

#include <catch2/catch_test_macros.hpp>

using resolver::Upstream;
using resolver::upstreams_from_resolv_conf;

namespace {

std::vector<std::string> texts(const std::vector<Upstream>& upstreams) {
    std::vector<std::string> texts;
    for (const auto& upstream : upstreams) texts.push_back(upstream.to_text());
    return texts;
}

} // namespace

TEST_CASE("upstream: address, port and priority are read from text") {
    const struct {
        std::string_view text, written;
    } table[] = {
        {"127.0.0.2", "127.0.0.2:53 (priority 0)"},   {"127.0.0.2:5300", "127.0.0.2:5300 (priority 0)"},
        {"127.0.0.2/7", "127.0.0.2:53 (priority 7)"}, {"127.0.0.2:5300/1", "127.0.0.2:5300 (priority 1)"},
        {"::1/2", "[::1]:53 (priority 2)"},           {"[::1]:5300/4294967295", "[::1]:5300 (priority 4294967295)"},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.text) {
            const auto upstream = Upstream::from_text(row.text);
            REQUIRE(upstream);
            CHECK(upstream->to_text() == row.written);
        }
    }
}

TEST_CASE("upstream: bad text is refused with what was expected and what was seen") {
    const struct {
        std::string_view text, says;
    } table[] = {
        {"", "an IP address with an optional port from 1 to 65535 was expected, not \"\""},
        {"resolver.example",
         "an IP address with an optional port from 1 to 65535 was expected, not \"resolver.example\""},
        {"127.0.0.1:0", "an IP address with an optional port from 1 to 65535 was expected, not \"127.0.0.1:0\""},
        {"127.0.0.1:99999/1",
         "an IP address with an optional port from 1 to 65535 was expected, not \"127.0.0.1:99999\""},
        {"127.0.0.1/", "a whole number was expected as priority, not \"\""},
        {"127.0.0.1/-1", "a whole number was expected as priority, not \"-1\""},
        {"127.0.0.1/4294967296", "a whole number was expected as priority, not \"4294967296\""},
        {"127.0.0.1/1/2", "an IP address with an optional port from 1 to 65535 was expected, not \"127.0.0.1/1\""},
        {"/1", "an IP address with an optional port from 1 to 65535 was expected, not \"\""},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION("'" << row.text << "'") {
            const auto upstream = Upstream::from_text(row.text);
            REQUIRE_FALSE(upstream);
            CHECK(upstream.error().starts_with(row.says));
            CHECK(upstream.error().find("192.0.2.1:5353/1") != std::string::npos);
        }
    }
}

TEST_CASE("resolv.conf: nameserver lines become upstreams in order, as resolv.conf(5) has it") {
    const struct {
        std::string_view about, text;
        std::vector<std::string> upstreams;
    } table[] = {
        {"nothing", "", {}},
        {"one", "nameserver 192.0.2.1\n", {"192.0.2.1:53 (priority 0)"}},
        {"no newline at the end", "nameserver 192.0.2.1", {"192.0.2.1:53 (priority 0)"}},
        {"carriage returns and tabs", "nameserver\t192.0.2.1 \r\n", {"192.0.2.1:53 (priority 0)"}},
        {"order is priority",
         "search example\nnameserver 192.0.2.2\noptions edns0\nnameserver 2001:db8::1\n",
         {"192.0.2.2:53 (priority 0)", "[2001:db8::1]:53 (priority 1)"}},
        {"at most three",
         "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
         {"192.0.2.1:53 (priority 0)", "192.0.2.2:53 (priority 1)", "192.0.2.3:53 (priority 2)"}},
        {"comments",
         "#nameserver 192.0.2.1\n; nameserver 192.0.2.2\nnameserver 192.0.2.3\n",
         {"192.0.2.3:53 (priority 0)"}},
        {"text behind the address", "nameserver 192.0.2.1 # the office\n", {"192.0.2.1:53 (priority 0)"}},
        {"keyword not at the line's start", " nameserver 192.0.2.1\n", {}},
        {"a longer word", "nameservers 192.0.2.1\n", {}},
        {"no address", "nameserver\nnameserver \nnameserver example.\n", {}},
        {"a bad address takes no number", "nameserver 192.0.2\nnameserver 192.0.2.9\n", {"192.0.2.9:53 (priority 0)"}},
        {"ports are not known there", "nameserver 192.0.2.1:5353\n", {}},
    };
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.about) { CHECK(texts(upstreams_from_resolv_conf(row.text)) == row.upstreams); }
    }
}
