#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "resolver/dns/text.h"
#include "resolver/dns/zonefile.h"
#include "zones/hierarchy.h"

namespace zones {
namespace {

namespace fs = std::filesystem;

// Complete or absent: written under another name first, then renamed.
void write_file(const fs::path& path, const std::string& text) {
    auto unfinished = path;
    unfinished += ".tmp";
    {
        std::ofstream out(unfinished, std::ios::binary | std::ios::trunc);
        out << text;
        out.close();
        if (!out) {
            std::error_code ignored;
            fs::remove(unfinished, ignored);
            throw fs::filesystem_error("cannot write the file", path, std::make_error_code(std::errc::io_error));
        }
    }
    fs::rename(unfinished, path);
}

std::string lines(const std::vector<dns::Record>& records) {
    std::string text;
    for (const auto& record : records) text += dns::to_text(record) + "\n";
    return text;
}

std::vector<dns::Record> ds_records(const SignedZone& zone) {
    std::vector<dns::Record> records;
    for (const auto& ds : zone.ds()) records.emplace_back(zone.apex, dns::RrType::DS, dns::Ttl{3600}, ds.build());
    return records;
}

} // namespace

std::string file_stem(const dns::Name& apex) {
    if (apex.is_root()) return "root";
    std::string stem;
    for (const char c : apex.lowercased().to_text()) stem += c == '/' ? std::string("\\047") : std::string(1, c);
    stem.pop_back();
    return stem;
}

std::string delv_anchor(const Hierarchy& hierarchy) {
    std::string text = "trust-anchors {\n";
    for (const auto& record : hierarchy.root_dnskeys()) {
        const auto key = dns::Dnskey::parse(record.rdata);
        if (!key) continue;
        text += fmt::format("    . static-key {} {} {} \"{}\";\n", key->flags, static_cast<unsigned>(key->protocol),
                            static_cast<unsigned>(key->algorithm), dns::base64(key->public_key));
    }
    return text + "};\n";
}

void Hierarchy::write(const std::string& folder) const {
    const fs::path base(folder);
    fs::create_directories(base / "ds");
    for (const auto& [apex, zone] : zones_) {
        write_file(base / (file_stem(apex) + ".zone"), dns::write_zone_file(apex, zone.records));
        if (zone.is_signed()) write_file(base / "ds" / (file_stem(apex) + ".ds"), lines(ds_records(zone)));
    }
    write_file(base / "root.ds", lines(root_anchors()));
    write_file(base / "root.key", lines(root_dnskeys()));
    write_file(base / "delv.anchor", delv_anchor(*this));
}

} // namespace zones
