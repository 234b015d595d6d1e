#include "tlsa/der.h"

#include <algorithm>

namespace tlsa {

std::optional<DerItem> DerReader::next() {
    if (data_.size() < 2) return std::nullopt;
    const std::uint8_t tag = data_[0];
    if ((tag & 0x1f) == 0x1f) return std::nullopt; // tag numbers above 30 do not occur in X.509
    std::size_t length = data_[1];
    std::size_t header = 2;
    if (length >= 0x80) {
        const std::size_t count = length & 0x7f;
        // 0x80 is the indefinite form, which DER forbids; four octets exceed what TLS carries (RFC 8446 §4.4.2).
        if (count == 0 || count > 4 || data_.size() < 2 + count) return std::nullopt;
        length = 0;
        for (std::size_t i = 0; i < count; ++i) length = length << 8 | data_[2 + i];
        if (data_[2] == 0 || length < 0x80) return std::nullopt; // not minimal
        header += count;
    }
    if (length > data_.size() - header) return std::nullopt;
    const DerItem item{tag, data_.subspan(header, length), data_.first(header + length)};
    data_ = data_.subspan(header + length);
    return item;
}

std::optional<DerItem> DerReader::next(std::uint8_t tag) {
    if (peek() != tag) return std::nullopt;
    return next();
}

std::optional<DerItem> single_item(dns::ByteView data, std::uint8_t tag) {
    DerReader reader(data);
    const auto item = reader.next(tag);
    if (!item || !reader.at_end()) return std::nullopt;
    return item;
}

namespace {

// AlgorithmIdentifier: an object identifier and at most one parameter (RFC 5280 §4.1.1.2).
bool is_algorithm(const std::optional<DerItem>& item) {
    if (!item) return false;
    DerReader reader(item->content);
    const auto oid = reader.next(der::object_id);
    if (!oid || oid->content.empty()) return false;
    if (reader.at_end()) return true;
    return reader.next().has_value() && reader.at_end();
}

// A BIT STRING of whole octets, as keys and signatures are.
bool is_octet_bit_string(const std::optional<DerItem>& item) {
    return item && item->content.size() > 1 && item->content[0] == 0;
}

std::optional<dns::ByteView> public_key_info(DerReader& reader) {
    const auto info = reader.next(der::sequence);
    if (!info) return std::nullopt;
    DerReader inner(info->content);
    if (!is_algorithm(inner.next(der::sequence))) return std::nullopt;
    if (!is_octet_bit_string(inner.next(der::bit_string)) || !inner.at_end()) return std::nullopt;
    return info->whole;
}

std::optional<unsigned> version_of(DerReader& tbs) {
    if (tbs.peek() != der::context_constructed(0)) return 1;
    const auto tagged = tbs.next();
    if (!tagged) return std::nullopt;
    const auto number = single_item(tagged->content, der::integer);
    if (!number || number->content.size() != 1 || number->content[0] > 2) return std::nullopt;
    return number->content[0] + 1U;
}

std::optional<DerItem> time_item(DerReader& reader) {
    if (reader.peek() != der::utc_time && reader.peek() != der::generalized_time) return std::nullopt;
    return reader.next();
}

// What may follow the key: issuerUniqueID [1], subjectUniqueID [2], extensions [3] (RFC 5280 §4.1).
bool read_tail(DerReader& tbs, CertificateParts& parts) {
    for (const std::uint8_t tag : {der::context(1), der::context(2)})
        if (tbs.peek() == tag && !tbs.next()) return false;
    if (tbs.peek() == der::context_constructed(3)) {
        const auto tagged = tbs.next();
        if (!tagged || parts.version != 3) return false;
        const auto list = single_item(tagged->content, der::sequence);
        if (!list) return false;
        parts.extensions = list->content;
    }
    return tbs.at_end();
}

bool read_tbs(dns::ByteView content, CertificateParts& parts) {
    DerReader tbs(content);
    const auto version = version_of(tbs);
    if (!version) return false;
    parts.version = *version;
    if (!tbs.next(der::integer) || !is_algorithm(tbs.next(der::sequence))) return false;
    const auto issuer = tbs.next(der::sequence);
    const auto validity = tbs.next(der::sequence);
    const auto subject = tbs.next(der::sequence);
    if (!issuer || !validity || !subject) return false;
    DerReader times(validity->content);
    const auto not_before = time_item(times);
    const auto not_after = time_item(times);
    if (!not_before || !not_after || !times.at_end()) return false;
    const auto spki = public_key_info(tbs);
    if (!spki) return false;
    parts.issuer = issuer->whole;
    parts.subject = subject->whole;
    parts.not_before = *not_before;
    parts.not_after = *not_after;
    parts.spki = *spki;
    return read_tail(tbs, parts);
}

} // namespace

bool is_subject_public_key_info(dns::ByteView data) {
    DerReader reader(data);
    return public_key_info(reader).has_value() && reader.at_end();
}

std::optional<CertificateParts> split_certificate(dns::ByteView data) {
    const auto certificate = single_item(data, der::sequence);
    if (!certificate) return std::nullopt;
    DerReader reader(certificate->content);
    const auto tbs = reader.next(der::sequence);
    if (!tbs) return std::nullopt;
    CertificateParts parts;
    parts.tbs = tbs->whole;
    const auto algorithm = reader.next(der::sequence);
    if (!is_algorithm(algorithm)) return std::nullopt;
    const auto signature = reader.next(der::bit_string);
    if (!is_octet_bit_string(signature) || !reader.at_end()) return std::nullopt;
    parts.signature_algorithm = algorithm->whole;
    parts.signature = signature->content.subspan(1);
    if (!read_tbs(tbs->content, parts)) return std::nullopt;
    return parts;
}

bool is_certificate(dns::ByteView data) { return split_certificate(data).has_value(); }

} // namespace tlsa
