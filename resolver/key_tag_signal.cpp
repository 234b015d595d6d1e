#include "resolver/key_tag_signal.h"

#include <fmt/format.h>

#include <set>
#include <string>

namespace resolver {

std::vector<dns::KeyTag> key_tags(const validator::TrustAnchor& anchor) {
    std::set<dns::KeyTag> tags;
    for (const dns::Ds& ds : anchor.ds) tags.insert(ds.key_tag);
    for (const dns::Dnskey& key : anchor.dnskey) tags.insert(key.key_tag());
    return {tags.begin(), tags.end()};
}

dns::EdnsOption key_tag_option(const validator::TrustAnchor& anchor) {
    constexpr std::uint16_t edns_key_tag = 14; // RFC 8145 §6
    dns::EdnsOption option{edns_key_tag, {}};
    for (const dns::KeyTag tag : key_tags(anchor)) {
        option.data.push_back(static_cast<std::uint8_t>(tag >> 8));
        option.data.push_back(static_cast<std::uint8_t>(tag & 0xff));
    }
    return option;
}

std::optional<dns::Name> key_tag_query_name(const validator::TrustAnchor& anchor) {
    std::string label = "_ta";
    for (const dns::KeyTag tag : key_tags(anchor)) label += fmt::format("-{:04x}", tag);
    constexpr std::size_t longest_label = 63; // RFC 1035 §2.3.4
    if (label.size() == 3 || label.size() > longest_label) return std::nullopt;
    const std::string zone = anchor.zone.is_root() ? "" : anchor.zone.to_text();
    const auto name = dns::Name::from_text(label + "." + zone);
    if (!name) return std::nullopt;
    return *name;
}

} // namespace resolver
