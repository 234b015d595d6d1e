#include "resolver/sentinel.h"

#include <algorithm>
#include <string_view>

#include "resolver/key_tag_signal.h"

namespace resolver {
namespace {

constexpr std::string_view is_ta = "root-key-sentinel-is-ta-", not_ta = "root-key-sentinel-not-ta-";

// The leftmost label in lower case; "" for the root.
std::string leftmost_label(const dns::Name& name) {
    const auto wire = name.wire();
    std::string label;
    for (std::size_t i = 1; i <= wire[0]; ++i) {
        const std::uint8_t octet = wire[i];
        label.push_back(static_cast<char>(octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet));
    }
    return label;
}

} // namespace

std::optional<SentinelQuestion> sentinel_question(const dns::Name& name) {
    const std::string label = leftmost_label(name);
    const bool asks_is = label.compare(0, is_ta.size(), is_ta) == 0;
    if (!asks_is && label.compare(0, not_ta.size(), not_ta) != 0) return std::nullopt;
    const std::string digits = label.substr((asks_is ? is_ta : not_ta).size());
    constexpr std::size_t zero_padded = 5; // RFC 8509 §2.1
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (digits.size() != zero_padded || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
    const int tag = std::stoi(digits);
    if (tag > 65535) return std::nullopt;
    return SentinelQuestion{asks_is, static_cast<dns::KeyTag>(tag)};
}

bool sentinel_fails(const dns::Message& query, validator::Security security, const validator::TrustAnchors& anchors) {
    if (security != validator::Security::secure || query.header.opcode != dns::Opcode::QUERY ||
        query.header.checking_disabled || query.questions.size() != 1)
        return false;
    const dns::Question& question = query.questions.front();
    if (question.type != dns::RrType::A && question.type != dns::RrType::AAAA) return false;
    const auto asked = sentinel_question(question.name);
    if (!asked) return false;
    bool trusted = false;
    for (const validator::TrustAnchor& anchor : anchors.all()) {
        if (!anchor.zone.is_root()) continue;
        const auto tags = key_tags(anchor);
        trusted |= std::binary_search(tags.begin(), tags.end(), asked->tag);
    }
    return asked->is_ta != trusted;
}

} // namespace resolver
