#include "zones/hierarchy.h"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "resolver/dns/text.h"
#include "resolver/dns/zonefile.h"
#include "tests/zones/samples.h"

namespace {

using dns::RrType;
using samples::name;
using zones::FaultKind;

std::vector<std::string> lines_at(const zones::Hierarchy& hierarchy, std::string_view apex, std::string_view owner,
                                  RrType type) {
    const auto* zone = hierarchy.find(name(apex));
    REQUIRE(zone != nullptr);
    std::vector<dns::Record> records;
    for (const auto& record : zone->records) {
        if (record.owner == name(owner)) records.push_back(record);
    }
    return samples::lines(records, type);
}

std::string complaint(const std::vector<zones::ZoneSpec>& specs, const std::vector<zones::Fault>& faults = {}) {
    try {
        zones::Hierarchy::build(specs, samples::policy(), faults, samples::seed);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

std::string contents(const std::filesystem::path& path) {
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("hierarchy: the root and top-level domains that nobody named are made and signed") {
    const auto hierarchy = samples::hierarchy();
    REQUIRE(hierarchy.zones().size() == 6);
    for (const auto* apex : {".", "example."}) {
        CHECK(hierarchy.find(name(apex))->is_signed());
        CHECK(lines_at(hierarchy, apex, apex, RrType::SOA).size() == 1);
        CHECK(lines_at(hierarchy, apex, apex, RrType::NS).size() == 1);
    }
}

TEST_CASE(
    "hierarchy: a signed child's DS stands in its parent, an island's and an unsigned zone's do not (RFC 4035 §2.4)") {
    const auto hierarchy = samples::hierarchy();
    const auto* child = hierarchy.find(name("mail.example."));
    const auto in_parent = lines_at(hierarchy, "example.", "mail.example.", RrType::DS);
    REQUIRE(in_parent.size() == 1);
    CHECK(in_parent.front() == "mail.example. DS " + dns::rdata_to_text(RrType::DS, child->ds().front().build()));
    CHECK(lines_at(hierarchy, "example.", "island.example.", RrType::DS).empty());
    CHECK(lines_at(hierarchy, "example.", "plain.example.", RrType::DS).empty());
    CHECK(lines_at(hierarchy, ".", "example.", RrType::DS).size() == 1);
    CHECK(lines_at(hierarchy, "example.", "plain.example.", RrType::NS).size() == 1);
    CHECK(lines_at(hierarchy, "example.", "ns.plain.example.", RrType::A).size() == 1); // glue
}

TEST_CASE("hierarchy: names between a zone and the zone above it are empty non-terminals there") {
    const auto hierarchy =
        zones::Hierarchy::build({{name("a.b.example."), "", samples::policy()}}, samples::policy(), {}, 1);
    CHECK(hierarchy.find(name("b.example.")) == nullptr);
    CHECK(lines_at(hierarchy, "example.", "a.b.example.", RrType::DS).size() == 1);
}

TEST_CASE("hierarchy: an unsigned parent publishes no DS") {
    const auto hierarchy = zones::Hierarchy::build(
        {{name("plain.example."), "", std::nullopt}, {name("below.plain.example."), "", samples::policy()}},
        samples::policy(), {}, 1);
    CHECK(lines_at(hierarchy, "plain.example.", "below.plain.example.", RrType::DS).empty());
    CHECK(lines_at(hierarchy, "plain.example.", "below.plain.example.", RrType::NS).size() == 1);
}

TEST_CASE("hierarchy: the deepest zone is found, for DS the parent's (RFC 4035 §3.1.4.1)") {
    const auto hierarchy = samples::hierarchy();
    CHECK(hierarchy.zone_of(name("x.mx.mail.example."))->apex == name("mail.example."));
    CHECK(hierarchy.zone_of(name("nowhere."))->apex.is_root());
    CHECK(hierarchy.zone_for({name("mail.example."), RrType::DS})->apex == name("example."));
    CHECK(hierarchy.zone_for({name("."), RrType::DS})->apex.is_root());
}

TEST_CASE("hierarchy: the same seed gives the same bytes in every zone") {
    const auto one = samples::hierarchy();
    const auto two = samples::hierarchy();
    for (const auto& [apex, zone] : one.zones()) CHECK(zone.records == two.find(apex)->records);
}

TEST_CASE("hierarchy: what cannot be built is refused in one line that says where") {
    struct Row {
        const char* about;
        std::vector<zones::ZoneSpec> specs;
        std::vector<zones::Fault> faults;
        const char* reason;
    };
    const zones::ZoneSpec good{name("mail.example."), "@ MX 10 mx\nmx A 192.0.2.1\n", samples::policy()};
    const zones::ZoneSpec plain{name("plain.example."), "mx A 192.0.2.1\n", std::nullopt};
    const zones::ZoneSpec bad{name("mail.example."), "@ MX 10 mx\nmx A 192.0.2.999\n", samples::policy()};
    const auto owner = name("mail.example.");
    const auto mx = name("mx.mail.example.");
    const std::vector<Row> table{
        {"zone text", {bad}, {}, "zone mail.example.: line 2"},
        {"twice", {good, good}, {}, "mail.example. is given twice"},
        {"type lacking",
         {good},
         {{FaultKind::rrsig_missing, mx, {}}},
         "fault rrsig-missing mx.mail.example.: it needs"},
        {"type given", {good}, {{FaultKind::dnskey_missing, owner, RrType::A}}, "it takes no record type"},
        {"no such RRset", {good}, {{FaultKind::rrsig_missing, mx, RrType::TXT}}, "there is no RRSIG over it"},
        {"unsigned", {plain}, {{FaultKind::rrsig_missing, name("mx.plain.example."), RrType::A}}, "not signed"},
        {"no DS", {plain}, {{FaultKind::ds_digest_wrong, name("plain.example."), {}}}, "its parent has no DS"},
        {"no zone", {good}, {{FaultKind::ds_digest_wrong, mx, {}}}, "there is no zone of that name"},
        {"root", {good}, {{FaultKind::ds_digest_wrong, name("."), {}}}, "the root has no DS"},
        {"not denied", {good}, {{FaultKind::denial_missing, mx, RrType::A}}, "it is not denied"},
        {"no NSEC", {good}, {{FaultKind::denial_type_present, name("x.mail.example."), RrType::A}}, "of its own"},
        {"no keys", {plain}, {{FaultKind::dnskey_flags_zero, name("plain.example."), {}}}, "not signed"},
        {"nothing to alter",
         {plain},
         {{FaultKind::rdata_altered, name("mx.plain.example."), RrType::MX}},
         "no such RRset"},
    };
    CHECK(complaint({good, plain}).empty());
    for (const auto& row : table) {
        DYNAMIC_SECTION(row.about) {
            const auto text = complaint(row.specs, row.faults);
            INFO(text);
            CHECK(text.find(row.reason) != std::string::npos);
            CHECK(text.find('\n') == std::string::npos);
        }
    }
}

TEST_CASE("hierarchy: written zone files read back as the same records, with DS and anchor files beside them") {
    auto pattern = (std::filesystem::temp_directory_path() / "danelab-write-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    const std::filesystem::path folder(pattern);
    const auto hierarchy = samples::hierarchy();
    hierarchy.write((folder / "new").string());

    for (const auto& [apex, zone] : hierarchy.zones()) {
        const auto stem = apex.is_root() ? std::string("root") : apex.to_text().substr(0, apex.to_text().size() - 1);
        const auto records = dns::parse_zone_file(contents(folder / "new" / (stem + ".zone")), apex);
        REQUIRE(records);
        CHECK(records->size() == zone.records.size());
        for (const auto& record : zone.records)
            CHECK(std::find(records->begin(), records->end(), record) != records->end());
        CHECK(std::filesystem::exists(folder / "new" / "ds" / (stem + ".ds")) == zone.is_signed());
    }
    CHECK(contents(folder / "new/root.ds") == dns::to_text(hierarchy.root_anchors().front()) + "\n");
    CHECK(contents(folder / "new/root.key") == dns::to_text(hierarchy.root_dnskeys().front()) + "\n");
    CHECK(contents(folder / "new/delv.anchor").find("static-key 257 3 13") != std::string::npos);
    for (const auto& entry : std::filesystem::directory_iterator(folder / "new"))
        CHECK(entry.path().extension() != ".tmp");

    std::ofstream(folder / "a file") << "in the way";
    CHECK_THROWS_AS(hierarchy.write((folder / "a file").string()), std::system_error);
    std::filesystem::remove_all(folder);
}
