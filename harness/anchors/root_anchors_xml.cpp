#include "harness/anchors/root_anchors_xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

#include "resolver/dns/text.h"
#include "zones/key.h"

namespace harness {
namespace {

constexpr std::size_t longest_file = 1'000'000; // IANA's has 2 kB
constexpr std::size_t most_digests = 256;
constexpr std::size_t deepest = 8; // the format nests three levels

class XmlReader {
  public:
    XmlReader(std::string_view text, const std::string& file)
        : text_(text)
        , file_(file) {}
    RootAnchors read();

  private:
    [[noreturn]] void fail(std::ptrdiff_t offset, const std::string& what) const {
        const auto end = text_.substr(0, static_cast<std::size_t>(std::max<std::ptrdiff_t>(offset, 0)));
        const auto line = 1 + std::count(end.begin(), end.end(), '\n');
        throw AnchorFileError(fmt::format("{}:{}: {}", file_, line, what));
    }
    [[noreturn]] void fail(const pugi::xml_node& node, const std::string& what) const {
        fail(node.offset_debug(), fmt::format("<{}>: {}", node.name(), what));
    }
    void refuse_what_is_dangerous() const;
    KeyDigest key_digest(const pugi::xml_node& node) const;
    void check_key(const pugi::xml_node& node, const KeyDigest& digest, const dns::Name& zone) const;
    std::string text_in(const pugi::xml_node& node) const;
    std::uint32_t number_in(const pugi::xml_node& node, std::uint32_t most) const;
    dns::UnixTime time_in(const pugi::xml_node& node, const pugi::xml_attribute& attribute) const;
    pugi::xml_node child(const pugi::xml_node& node, const char* name) const;
    void only(const pugi::xml_node& node, std::initializer_list<std::string_view> children,
              std::initializer_list<std::string_view> attributes) const;

    std::string_view text_;
    const std::string& file_;
};

// pugixml reads no DTD and expands no entity, but it would pass over them, and it nests without a bound.
void XmlReader::refuse_what_is_dangerous() const {
    if (text_.size() > longest_file) fail(0, fmt::format("more than {} octets: no root-anchors.xml", longest_file));
    if (text_.find('\0') != std::string_view::npos) fail(0, "a NUL octet: the file is damaged");
    for (const std::string_view bad : {"<!DOCTYPE", "<!ENTITY", "<![CDATA["})
        if (const auto at = text_.find(bad); at != std::string_view::npos)
            fail(static_cast<std::ptrdiff_t>(at), fmt::format("'{}' does not belong in a root-anchors.xml", bad));
    std::size_t depth = 0;
    for (std::size_t at = text_.find('<'); at != std::string_view::npos; at = text_.find('<', at + 1)) {
        const char next = at + 1 < text_.size() ? text_[at + 1] : '\0';
        const std::size_t end = std::min(text_.find('>', at), text_.size() - 1);
        if (next == '/')
            depth -= depth > 0 ? 1 : 0;
        else if (next != '?' && next != '!' && (end == 0 || text_[end - 1] != '/') && ++depth > deepest)
            fail(static_cast<std::ptrdiff_t>(at), "elements nest too deep for a root-anchors.xml");
    }
}

void XmlReader::only(const pugi::xml_node& node, std::initializer_list<std::string_view> children,
                     std::initializer_list<std::string_view> attributes) const {
    const auto known = [](const auto& list, std::string_view name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    for (const pugi::xml_node& inner : node.children()) {
        if (inner.type() == pugi::node_element && !known(children, inner.name())) fail(inner, "is not known here");
        if (inner.type() == pugi::node_pcdata && children.size() != 0)
            fail(inner.offset_debug(), "text between the elements");
    }
    for (const pugi::xml_attribute& attribute : node.attributes())
        if (!known(attributes, attribute.name()))
            fail(node, fmt::format("the attribute '{}' is not known", attribute.name()));
}

pugi::xml_node XmlReader::child(const pugi::xml_node& node, const char* name) const {
    const pugi::xml_node found = node.child(name);
    if (!found) fail(node, fmt::format("lacks <{}>", name));
    if (const auto again = found.next_sibling(name)) fail(again, "stands twice");
    only(found, {}, {});
    return found;
}

std::string XmlReader::text_in(const pugi::xml_node& node) const {
    std::string text = node.text().get();
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    std::erase_if(text, blank); // xsd:hexBinary and base64 are wrapped as they please
    return text;
}

std::uint32_t XmlReader::number_in(const pugi::xml_node& node, std::uint32_t most) const {
    const std::string text = text_in(node);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > most)
        fail(node, fmt::format("expected a number of 0 to {}", most));
    return value;
}

dns::UnixTime XmlReader::time_in(const pugi::xml_node& node, const pugi::xml_attribute& attribute) const {
    const auto time = dns::from_rfc3339(attribute.value());
    if (!time) fail(node, fmt::format("{}: expected a time such as 2017-02-02T00:00:00+00:00", attribute.name()));
    return *time;
}

KeyDigest XmlReader::key_digest(const pugi::xml_node& node) const {
    only(node, {"KeyTag", "Algorithm", "DigestType", "Digest", "PublicKey", "Flags"},
         {"id", "validFrom", "validUntil"});
    KeyDigest digest;
    digest.id = node.attribute("id").value();
    if (digest.id.empty()) fail(node, "lacks the attribute id");
    if (!node.attribute("validFrom")) fail(node, "lacks the attribute validFrom");
    digest.valid_from = time_in(node, node.attribute("validFrom"));
    if (const auto until = node.attribute("validUntil")) digest.valid_until = time_in(node, until);
    digest.ds.key_tag = static_cast<dns::KeyTag>(number_in(child(node, "KeyTag"), 65535));
    digest.ds.algorithm = static_cast<dns::Algorithm>(number_in(child(node, "Algorithm"), 255));
    digest.ds.digest_type = static_cast<dns::DigestType>(number_in(child(node, "DigestType"), 255));
    const auto octets = dns::from_base16(text_in(child(node, "Digest")));
    if (!octets || octets->empty()) fail(node.child("Digest"), "expected hexadecimal digits");
    digest.ds.digest = *octets;
    if (!node.child("PublicKey") && !node.child("Flags")) return digest;
    dns::Dnskey key;
    key.algorithm = digest.ds.algorithm;
    key.flags = static_cast<std::uint16_t>(number_in(child(node, "Flags"), 65535));
    const auto public_key = dns::from_base64(text_in(child(node, "PublicKey")));
    if (!public_key || public_key->empty()) fail(node.child("PublicKey"), "expected base64");
    key.public_key = *public_key;
    digest.dnskey = key;
    return digest;
}

// A key that is not the one of the digest beside it: somebody edited the file.
void XmlReader::check_key(const pugi::xml_node& node, const KeyDigest& digest, const dns::Name& zone) const {
    if (!digest.dnskey) return;
    if (digest.dnskey->key_tag() != digest.ds.key_tag)
        fail(node, fmt::format("PublicKey has the key tag {}, not {}", digest.dnskey->key_tag(), digest.ds.key_tag));
    const auto type = digest.ds.digest_type;
    const bool known =
        type == dns::DigestType::SHA1 || type == dns::DigestType::SHA256 || type == dns::DigestType::SHA384;
    if (known && zones::make_ds(zone, *digest.dnskey, type).digest != digest.ds.digest)
        fail(node, "Digest is not that of PublicKey");
}

RootAnchors XmlReader::read() {
    refuse_what_is_dangerous();
    pugi::xml_document document;
    const auto result = document.load_buffer(text_.data(), text_.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!result) fail(result.offset, fmt::format("not XML: {}", result.description()));
    const pugi::xml_node root = document.document_element();
    if (std::string_view(root.name()) != "TrustAnchor") fail(root, "expected <TrustAnchor>");
    for (const pugi::xml_node& beside : document.children())
        if (beside.type() == pugi::node_element && beside != root) fail(beside, "stands beside <TrustAnchor>");
    only(root, {"Zone", "KeyDigest"}, {"id", "source"});
    RootAnchors anchors;
    const pugi::xml_node zone_node = child(root, "Zone");
    const auto zone = dns::Name::from_text(text_in(zone_node));
    if (!zone) fail(zone_node, "expected a zone's name, such as '.'");
    anchors.zone = *zone;
    for (const pugi::xml_node& node : root.children("KeyDigest")) {
        if (anchors.digests.size() == most_digests) fail(node, fmt::format("more than {} of them", most_digests));
        anchors.digests.push_back(key_digest(node));
        check_key(node, anchors.digests.back(), anchors.zone);
    }
    if (anchors.digests.empty()) fail(root, "has no <KeyDigest>");
    return anchors;
}

} // namespace

RootAnchors read_root_anchors_xml(std::string_view text, const std::string& file) {
    return XmlReader(text, file).read();
}

} // namespace harness
