#include "resolver/lru.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

using resolver::LruMap;

TEST_CASE("lru: the least recently used entry leaves first") {
    LruMap<std::string, int> map(2, 1'000);
    map.store("a", 1, 1);
    map.store("b", 2, 1);
    REQUIRE(map.find("a")); // now b is the oldest
    map.store("c", 3, 1);
    CHECK(map.size() == 2);
    REQUIRE(map.find("a"));
    CHECK(*map.find("a") == 1);
    CHECK(map.find("b") == nullptr);
    REQUIRE(map.find("c"));
    CHECK(*map.find("c") == 3);
}

TEST_CASE("lru: octets are bounded as well as entries") {
    LruMap<std::string, int> map(100, 10);
    map.store("a", 1, 4);
    map.store("b", 2, 4);
    CHECK(map.octets() == 8);
    map.store("c", 3, 4);
    CHECK(map.octets() == 8);
    CHECK(map.find("a") == nullptr);
    CHECK(map.find("b") != nullptr);
    SECTION("an entry above the bound is not kept and drives nobody out") {
        map.store("d", 4, 11);
        CHECK(map.find("d") == nullptr);
        CHECK(map.size() == 2);
    }
    SECTION("one that fills it drives all others out") {
        map.store("d", 4, 10);
        CHECK(map.find("d") != nullptr);
        CHECK(map.size() == 1);
    }
}

TEST_CASE("lru: storing again replaces, erasing forgets, and both keep count") {
    LruMap<std::string, int> map(4, 100);
    map.store("a", 1, 10);
    map.store("a", 2, 20);
    CHECK(map.size() == 1);
    CHECK(map.octets() == 20);
    REQUIRE(map.find("a"));
    CHECK(*map.find("a") == 2);
    map.erase("a");
    map.erase("a");
    CHECK(map.size() == 0);
    CHECK(map.octets() == 0);
    CHECK(map.find("a") == nullptr);
}

TEST_CASE("lru: with no room nothing is kept") {
    LruMap<std::string, int> map(0, 0);
    map.store("a", 1, 0);
    CHECK(map.find("a") == nullptr);
}
