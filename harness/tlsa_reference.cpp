#include "harness/tlsa_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <vector>

#include "resolver/dns/text.h"

namespace harness {

namespace {

constexpr std::string_view opening = "${tlsa:";

template <class T>
std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const auto space = text.find(' ');
        if (space != 0) out.push_back(text.substr(0, space));
        if (space == std::string_view::npos) break;
        text.remove_prefix(space + 1);
    }
    return out;
}

std::optional<TlsaDamage> damage_from_text(std::string_view text) {
    if (text == "short") return TlsaDamage::cut_short;
    if (text == "long") return TlsaDamage::too_long;
    if (text == "empty") return TlsaDamage::empty;
    if (text == "garbage") return TlsaDamage::garbage;
    return std::nullopt;
}

std::optional<TlsaReference> parse(std::string_view text) { // "NAME[/DEPTH] U S M [DAMAGE]"
    const auto fields = words(text);
    if (fields.size() != 4 && fields.size() != 5) return std::nullopt;
    TlsaReference reference;
    if (fields.size() == 5) {
        const auto damage = damage_from_text(fields[4]);
        if (!damage) return std::nullopt;
        reference.damage = *damage;
    }
    const auto slash = fields[0].find('/');
    reference.certificate = fields[0].substr(0, slash);
    if (slash != std::string_view::npos) {
        reference.depth = number<std::size_t>(fields[0].substr(slash + 1));
        if (!reference.depth) return std::nullopt;
    }
    const auto usage = number<std::uint8_t>(fields[1]), selector = number<std::uint8_t>(fields[2]),
               matching_type = number<std::uint8_t>(fields[3]);
    if (reference.certificate.empty() || !usage || !selector || !matching_type) return std::nullopt;
    reference.usage = static_cast<tlsa::Usage>(*usage);
    reference.selector = static_cast<tlsa::Selector>(*selector);
    reference.matching_type = static_cast<tlsa::MatchingType>(*matching_type);
    return reference;
}

} // namespace

dns::Result<std::string, std::string>
expand_tlsa_references(std::string_view text, const std::function<std::string(const TlsaReference&)>& data) {
    std::string out;
    for (;;) {
        const auto begin = text.find(opening);
        out += text.substr(0, begin);
        if (begin == std::string_view::npos) return out;
        const auto end = text.find('}', begin);
        const auto whole = text.substr(begin, end == std::string_view::npos ? end : end + 1 - begin);
        const auto inside = end == std::string_view::npos
                                ? std::string_view{}
                                : whole.substr(opening.size(), whole.size() - opening.size() - 1);
        const auto reference = parse(inside);
        if (!reference)
            return dns::Unexpected{
                fmt::format("\"{}\": expected ${{tlsa:CERTIFICATE[/DEPTH] USAGE SELECTOR MATCHING-TYPE}}, "
                            "perhaps with short, long, empty or garbage behind",
                            whole)};
        out += data(*reference);
        text.remove_prefix(end + 1);
    }
}

dns::Result<std::string, std::string> tlsa_data(const TlsaReference& reference, const CertifiedChain& chain) {
    const bool end_entity = reference.usage == tlsa::Usage::DANE_EE || reference.usage == tlsa::Usage::PKIX_EE;
    const std::size_t depth = reference.depth.value_or(end_entity ? 0 : chain.certificates.size() - 1);
    if (depth >= chain.certificates.size())
        return dns::Unexpected{fmt::format("certificate \"{}\" has no depth {}: its chain has {}",
                                           reference.certificate, depth, chain.certificates.size())};
    const bool known_selector =
        reference.selector == tlsa::Selector::Cert || reference.selector == tlsa::Selector::SPKI;
    const bool known_type = static_cast<unsigned>(reference.matching_type) <= 2;
    auto rdata = tlsa_rdata(chain.certificates[depth].der, reference.usage,
                            known_selector ? reference.selector : tlsa::Selector::SPKI,
                            known_type ? reference.matching_type : tlsa::MatchingType::SHA2_256);
    rdata[1] = static_cast<std::uint8_t>(reference.selector);
    rdata[2] = static_cast<std::uint8_t>(reference.matching_type);
    constexpr std::ptrdiff_t head = 3; // usage, selector, matching type
    switch (reference.damage) {
    case TlsaDamage::none: break;
    case TlsaDamage::cut_short: rdata.pop_back(); break;
    case TlsaDamage::too_long: rdata.push_back(0); break;
    case TlsaDamage::empty: rdata.resize(static_cast<std::size_t>(head)); break;
    case TlsaDamage::garbage: std::fill(rdata.begin() + head, rdata.end(), std::uint8_t{0x5a}); break;
    }
    return dns::rdata_to_text(dns::RrType::TLSA, rdata);
}

} // namespace harness
