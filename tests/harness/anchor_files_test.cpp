// Files of trust anchors: what is read, what is refused, what is written.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "harness/anchors/anchor_file.h"
#include "harness/anchors/anchor_import.h"
#include "harness/anchors/anchor_report.h"
#include "resolver/dns/text.h"
#include "zones/key.h"

using namespace harness;
using Catch::Matchers::ContainsSubstring;
using validator::FollowedKey;
using validator::KeyState;
using validator::TrustPointState;

namespace {

const dns::UnixTime now = *dns::from_rfc3339("2026-11-20T12:00:00Z");
const dns::Name zone = dns::Name::literal("example.");

zones::SigningKey key(std::string_view label) {
    return zones::SigningKey::make(dns::Algorithm::ED25519, 257, 42, label);
}

FollowedKey followed(std::string_view label, KeyState state) {
    FollowedKey result;
    result.dnskey = key(label).dnskey();
    if (state == KeyState::revoked || state == KeyState::removed) result.dnskey.flags |= dns::Dnskey::revoke_flag;
    result.state = state;
    result.ttl = 10800;
    result.since = {now.seconds - 86400};
    if (state == KeyState::add_pend) {
        result.seen = 2;
        result.held = 86400;
        result.hold_down = 30 * 86400;
        result.validated_by = {validator::key_id(zone, key("a").dnskey())};
    }
    return result;
}

TrustPointState sample() {
    TrustPointState state;
    state.zone = zone;
    state.keys = {followed("b", KeyState::add_pend), followed("a", KeyState::valid), followed("c", KeyState::missing),
                  followed("d", KeyState::revoked)};
    state.last_queried = state.last_success = state.latest_success = now;
    state.next_probe = {now.seconds + 4860};
    state.query_interval = 5400;
    state.retry_time = 3600;
    return state;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
}

std::string why_refused(const std::string& text) {
    try {
        (void)read_anchor_file(text, "FILE", now);
    } catch (const ScenarioError& error) {
        return error.what();
    }
    return "";
}

const std::string iana = R"(<?xml version="1.0" encoding="UTF-8"?>
<TrustAnchor id="380DC50D-484E-40D0-A3AE-68F2B18F61C7" source="http://data.iana.org/root-anchors/root-anchors.xml">
<Zone>.</Zone>
<KeyDigest id="Kjqmt7v" validFrom="2010-07-15T00:00:00+00:00" validUntil="2019-01-11T00:00:00+00:00">
<KeyTag>19036</KeyTag><Algorithm>8</Algorithm><DigestType>2</DigestType>
<Digest>49AAC11D7B6F6446702E54A1607371607A1A41855200FD2CE1CDDE32F24E8FB5</Digest>
</KeyDigest>
<KeyDigest id="Klajeyz" validFrom="2017-02-02T00:00:00+00:00">
<KeyTag>20326</KeyTag><Algorithm>8</Algorithm><DigestType>2</DigestType>
<Digest>
  E06D44B80B8F1D39A95C0B0D7C65D084
  58E880409BBC683457104237C7F8EC8D
</Digest>
</KeyDigest>
<KeyDigest id="Kmyv6jo" validFrom="2024-07-18T00:00:00+00:00">
<KeyTag>38696</KeyTag><Algorithm>8</Algorithm><DigestType>2</DigestType>
<Digest>683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16</Digest>
</KeyDigest>
</TrustAnchor>
)";

} // namespace

TEST_CASE("anchor files: Unbound's format is written octet for octet", "[anchors]") {
    TrustPointState state = sample();
    state.keys = {followed("a", KeyState::valid)};
    const dns::Dnskey dnskey = key("a").dnskey();
    CHECK(write_unbound_file(state) == "; autotrust trust anchor file\n"
                                       ";;id: example. 1\n"
                                       ";;last_queried: 1795176000 ;;Fri Nov 20 12:00:00 2026\n"
                                       ";;last_success: 1795176000 ;;Fri Nov 20 12:00:00 2026\n"
                                       ";;next_probe_time: 1795180860 ;;Fri Nov 20 13:21:00 2026\n"
                                       ";;query_failed: 0\n"
                                       ";;query_interval: 5400\n"
                                       ";;retry_time: 3600\n"
                                       "example.\t10800\tIN\tDNSKEY\t257 3 15 " +
                                           dns::base64(dnskey.public_key) +
                                           " ;{id = " + std::to_string(dnskey.key_tag()) +
                                           " (ksk), size = 256b} ;;state=2 [  VALID  ] ;;count=0 "
                                           ";;lastchange=1795089600 ;;Thu Nov 19 12:00:00 2026\n");
    state.gone = true;
    CHECK_THAT(write_unbound_file(state), ContainsSubstring("\n;;REVOKED\n; The zone has all keys revoked, and is\n"));
    CHECK(ctime_text({1251100000}) == "Mon Aug 24 07:46:40 2009");
    CHECK(ctime_text({0}) == "Thu Jan  1 00:00:00 1970");
}

TEST_CASE("anchor files: what Unbound's format can hold comes back, the keys in turned order", "[anchors]") {
    const TrustPointState state = sample();
    const TrustPointState read = read_unbound_file(write_unbound_file(state), "root.key");
    REQUIRE(read.keys.size() == 4);
    CHECK(read.keys[0].state == KeyState::revoked);
    CHECK(read.keys[3].state == KeyState::add_pend);
    CHECK(read.keys[3].dnskey == state.keys[0].dnskey);
    CHECK(read.keys[3].seen == 2);
    CHECK(read.keys[3].since == state.keys[0].since);
    CHECK(read.keys[3].held == 86400);
    CHECK(read.last_success == state.last_success);
    CHECK(read.next_probe == state.next_probe);
    CHECK(read.query_interval == 5400);
}

TEST_CASE("anchor files: autotrust init_legacy, a root.key without states, and records over several lines",
          "[anchors]") {
    const std::string data = dns::rdata_to_text(dns::RrType::DNSKEY, key("a").dnskey().build());
    const auto first = data.find(' ', 7);
    const std::string text = "; from `dig example. DNSKEY`\n$ORIGIN example.\n@ IN DNSKEY ( " + data.substr(0, first) +
                             " ; flags and algorithm\n" + data.substr(first) + " ) ; a KSK\n   7200 IN DS 1 15 2 " +
                             std::string(64, '0') + "\n";
    const TrustPointState read = read_unbound_file(text, "legacy.key");
    REQUIRE(read.keys.size() == 1);
    CHECK(read.keys[0].dnskey == key("a").dnskey());
    CHECK(read.keys[0].state == KeyState::valid);
    CHECK(read.keys[0].ttl == 3600);
    CHECK(read.keys[0].since.seconds == 0);
    CHECK(read.ds.size() == 1);
    CHECK(read.zone == zone);
}

TEST_CASE("anchor files: autotrust revtp_read, a revoked trust point is read as gone", "[anchors]") {
    TrustPointState state = sample();
    state.gone = true;
    const TrustPointState read = read_unbound_file(write_unbound_file(state), "root.key");
    CHECK(read.gone);
    CHECK(anchors_of({read}).all().empty());
}

TEST_CASE("anchor files: the state file holds everything, and each damage is named with its place", "[anchors]") {
    TrustPointState with_ds = sample();
    with_ds.zone = dns::Name::literal("other.example.");
    with_ds.ds = {zones::make_ds(with_ds.zone, key("e").dnskey(), dns::DigestType::SHA256)};
    const std::vector<TrustPointState> points{sample(), with_ds};
    const std::string text = write_state_json(points);
    CHECK(read_state_json(text, "FILE") == points);
    CHECK(recognise_anchor_format(text) == AnchorFormat::state);
    CHECK_THAT(why_refused(text.substr(0, text.size() / 2)),
               ContainsSubstring("FILE:") && ContainsSubstring("not JSON"));
    CHECK_THAT(why_refused(replaced(text, "\"ADDPEND\"", "\"ADDPENT\"")),
               ContainsSubstring("/trust_points/0/keys/0/state") && ContainsSubstring("ADDPEND"));
    CHECK_THAT(why_refused(replaced(text, "\"seen\": 2", "\"seen\": 2000")),
               ContainsSubstring("/trust_points/0/keys/0"));
    CHECK_THAT(why_refused(replaced(text, "\"gone\"", "\"gnoe\"")), ContainsSubstring("gone"));
    CHECK_THAT(why_refused(replaced(text, dns::base64(key("a").dnskey().public_key).substr(0, 8), "AAAAAAAA")),
               ContainsSubstring("damaged"));
    CHECK_THAT(why_refused(replaced(text, "\"version\": 1", "\"version\": 2")), ContainsSubstring("/version"));
}

TEST_CASE("anchor files: a damaged Unbound file is refused with its line", "[anchors]") {
    const std::string text = write_unbound_file(sample());
    CHECK_THAT(why_refused(text.substr(0, text.find("DNSKEY") + 20)), ContainsSubstring("FILE:9"));
    CHECK_THAT(why_refused(text.substr(0, text.find(";;query_failed"))), ContainsSubstring("no DS or DNSKEY record"));
    CHECK_THAT(why_refused(text.substr(0, text.size() - 1)), ContainsSubstring("cut off"));
    CHECK_THAT(why_refused(replaced(text, dns::base64(key("a").dnskey().public_key).substr(0, 8), "AAAAAAAA")),
               ContainsSubstring("FILE:10: the key has the tag"));
    CHECK_THAT(why_refused(replaced(text, "state=2", "state=7")), ContainsSubstring("FILE:10: state=7"));
    CHECK_THAT(why_refused(replaced(text, ";;last_success: 1", ";;last_success: x")), ContainsSubstring("FILE:4"));
    CHECK_THAT(why_refused(replaced(text, "example.\t", "elsewhere.\t")), ContainsSubstring("elsewhere."));
}

TEST_CASE("V-237 a KeyDigest outside validFrom and validUntil is not used (RFC 7958 §2.1.2)", "[rules][anchors]") {
    SECTION("obeys: those within the range are anchors") {
        const AnchorFile read = read_anchor_file(iana, "root-anchors.xml", now);
        CHECK(read.format == AnchorFormat::xml);
        REQUIRE(read.digests.size() == 3);
        REQUIRE(read.points.size() == 1);
        CHECK(read.points[0].ds == validator::TrustAnchors::built_in().all().front().ds);
        CHECK(built_in_digests()[0] == read.digests[1]);
        CHECK(built_in_digests()[1] == read.digests[2]);
    }
    SECTION("breaks: before validFrom, and behind validUntil") {
        const auto in_2018 = read_anchor_file(iana, "root-anchors.xml", *dns::from_rfc3339("2018-05-01T00:00:00Z"));
        REQUIRE(in_2018.points[0].ds.size() == 2);
        CHECK(in_2018.points[0].ds[0].key_tag == 19036);
        CHECK(in_2018.points[0].ds[1].key_tag == 20326);
        CHECK_THROWS_WITH(read_anchor_file(iana, "root-anchors.xml", *dns::from_rfc3339("2009-01-01T00:00:00Z")),
                          ContainsSubstring("no KeyDigest may be used at 2009"));
    }
}

TEST_CASE("anchor files: keys in root-anchors.xml must be those of their digests (RFC 9718 §2)", "[anchors]") {
    const dns::Name root;
    const dns::Ds ds = zones::make_ds(root, key("r").dnskey(), dns::DigestType::SHA256);
    const auto document = [&](const std::string& digest, const std::string& public_key) {
        return "<TrustAnchor id=\"x\" source=\"y\"><Zone>.</Zone><KeyDigest id=\"K\" "
               "validFrom=\"2020-01-01T00:00:00+00:00\"><KeyTag>" +
               std::to_string(ds.key_tag) + "</KeyTag><Algorithm>15</Algorithm><DigestType>2</DigestType><Digest>" +
               digest + "</Digest><PublicKey>" + public_key +
               "</PublicKey><Flags>257</Flags></KeyDigest></TrustAnchor>";
    };
    const std::string public_key = dns::base64(key("r").dnskey().public_key);
    const auto read = read_root_anchors_xml(document(dns::base16(ds.digest), public_key), "FILE");
    CHECK(read.digests[0].dnskey == key("r").dnskey());
    CHECK_THROWS_WITH(read_root_anchors_xml(document(std::string(64, '0'), public_key), "FILE"),
                      ContainsSubstring("Digest is not that of PublicKey"));
    CHECK_THROWS_WITH(
        read_root_anchors_xml(document(dns::base16(ds.digest), dns::base64(key("s").dnskey().public_key)), "FILE"),
        ContainsSubstring("key tag"));
}

TEST_CASE("anchor files: hostile and foreign XML is one clear line", "[anchors]") {
    CHECK_THAT(why_refused("<!DOCTYPE a [<!ENTITY b \"c\">]><TrustAnchor/>"), ContainsSubstring("FILE:1: '<!DOCTYPE'"));
    std::string deep = "<TrustAnchor>";
    for (int i = 0; i < 100'000; ++i) deep += "<a>";
    CHECK_THAT(why_refused(deep), ContainsSubstring("nest too deep"));
    CHECK_THAT(why_refused(iana.substr(0, iana.size() / 2)), ContainsSubstring("not XML"));
    CHECK_THAT(why_refused("<html><body/></html>"), ContainsSubstring("expected <TrustAnchor>"));
    CHECK_THAT(why_refused(replaced(iana, "<KeyTag>20326", "<KeyTag>999999")), ContainsSubstring("0 to 65535"));
    CHECK_THAT(why_refused(replaced(iana, "<Zone>.</Zone>", "<Zone>.</Zone><Zone>.</Zone>")),
               ContainsSubstring("twice"));
    CHECK_THAT(why_refused(replaced(iana, "validFrom=\"2017-02-02T00:00:00+00:00\"", "")),
               ContainsSubstring("validFrom"));
}

TEST_CASE("anchor import: what is known keeps its state, what was revoked stays out (RFC 5011 §2.1)", "[anchors]") {
    std::vector<TrustPointState> into{sample()};
    TrustPointState from;
    from.zone = zone;
    for (const auto* label : {"a", "d", "e"}) {
        FollowedKey configured;
        configured.dnskey = key(label).dnskey();
        from.keys.push_back(configured);
    }
    from.ds = {zones::make_ds(zone, key("d").dnskey(), dns::DigestType::SHA256),
               zones::make_ds(zone, key("f").dnskey(), dns::DigestType::SHA256)};
    const auto lines = import_points(into, {from});
    REQUIRE(lines.size() == 5);
    CHECK_THAT(lines[0], ContainsSubstring("refused"));
    CHECK_THAT(lines[1], ContainsSubstring("added"));
    CHECK_THAT(lines[2], ContainsSubstring("known already: VALID"));
    CHECK_THAT(lines[3], ContainsSubstring("refused"));
    CHECK_THAT(lines[4], ContainsSubstring("added: VALID"));
    CHECK(into[0].keys.size() == 5);
    CHECK(into[0].ds.size() == 1);
    CHECK(import_points(into, {from}).size() == 5); // once more changes nothing
    CHECK(into[0].keys.size() == 5);
}

TEST_CASE("anchor report: each state says what it means and when it can end (RFC 5011 §4.2)", "[anchors]") {
    const TrustPointState state = sample();
    const auto story = [&](std::size_t index) {
        return story_of(state.keys.at(index), state, validator::TrustPointPolicy::rfc5011());
    };
    CHECK_FALSE(story(0).trusted);
    CHECK(story(0).next_at == dns::UnixTime{now.seconds + 29 * 86400});
    CHECK(story(1).trusted);
    CHECK_FALSE(story(1).next_at);
    CHECK(story(2).trusted);
    CHECK_THAT(story(2).meaning, ContainsSubstring("gone from the zone"));
    CHECK_FALSE(story(3).trusted);
    CHECK_THAT(story(3).meaning, ContainsSubstring("never trusted again"));
    CHECK(story_of(state.keys.at(2), state, validator::TrustPointPolicy::unbound()).next_at ==
          dns::UnixTime{now.seconds + 365 * 86400});
}
