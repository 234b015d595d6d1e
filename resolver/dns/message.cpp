#include "resolver/dns/message.h"

#include <algorithm>

#include "resolver/dns/rdata_layout.h"

namespace dns {

namespace {

constexpr std::uint16_t ede_option = 15;      // RFC 8914 §2
constexpr std::uint32_t max_ttl = 0x7FFFFFFF; // RFC 2181 §8

constexpr std::size_t least_question = 5; // octets: root name, type, class
constexpr std::size_t least_record = 11;  // octets: root name, type, class, TTL, RDLENGTH

// Fields up to the last name, with the names decompressed; the rest as it is. Where a field is missing or a name is
// bad, only what stands before it: RDATA that no typed parse takes, with no pointer left in it. Never reads beyond
// `end`.
Bytes read_compressed_rdata(const RdataLayout& layout, ByteView message, std::size_t start, std::size_t end) {
    Writer out;
    const auto fields = layout.fields();
    std::size_t names_left = static_cast<std::size_t>(std::count(fields.begin(), fields.end(), FieldKind::name));
    Reader bounded(message.first(end)); // ends with the RDATA; pointers lead back into the message
    (void)bounded.seek(start);
    for (const FieldKind kind : fields) {
        if (names_left == 0) break;
        if (kind != FieldKind::name) {
            const auto octets = read_field(kind, bounded);
            if (!octets) return std::move(out).take();
            out.octets(*octets);
            continue;
        }
        const auto name = Name::read(bounded);
        if (!name) return std::move(out).take();
        out.octets(name->wire());
        --names_left;
    }
    out.octets(bounded.rest());
    return std::move(out).take();
}

Result<Bytes> read_rdata(RrType type, Reader& reader, std::size_t length) {
    const std::size_t start = reader.offset();
    const auto octets = reader.octets(length);
    if (!octets) return wire_error(WireErrorCode::truncated, start);
    const RdataLayout* layout = rdata_layout(type);
    if (layout != nullptr && layout->decompress_on_read)
        return read_compressed_rdata(*layout, reader.whole(), start, start + length);
    return Bytes(octets->begin(), octets->end());
}

Result<Record> read_record(Reader& reader) {
    const auto owner = Name::read(reader);
    if (!owner) return owner.error_as_failure();
    const auto type = reader.u16();
    const auto rr_class = reader.u16();
    const auto ttl = reader.u32();
    const auto length = reader.u16();
    if (!type || !rr_class || !ttl || !length) return wire_error(WireErrorCode::truncated, reader.offset());
    auto rdata = read_rdata(static_cast<RrType>(*type), reader, *length);
    if (!rdata) return rdata.error_as_failure();
    return Record(*owner, static_cast<RrType>(*type), *ttl, *std::move(rdata), static_cast<RrClass>(*rr_class));
}

Result<Edns> edns_from(const Record& opt, std::size_t at) {
    if (!opt.owner.is_root()) return wire_error(WireErrorCode::bad_opt, at);
    Edns edns;
    edns.udp_payload_size = static_cast<std::uint16_t>(opt.rr_class);
    edns.version = static_cast<std::uint8_t>(opt.ttl >> 16);
    edns.dnssec_ok = (opt.ttl & 0x8000) != 0;
    Reader reader(opt.rdata);
    while (!reader.at_end()) { // each option takes at least 4 of at most 65535 octets
        const auto code = reader.u16();
        const auto length = reader.u16();
        if (!code || !length) return wire_error(WireErrorCode::bad_opt, at);
        const auto data = reader.octets(*length);
        if (!data) return wire_error(WireErrorCode::bad_opt, at);
        edns.options.push_back({*code, Bytes(data->begin(), data->end())});
    }
    return edns;
}

Result<std::monostate> read_questions(Reader& reader, std::size_t count, Message& message) {
    if (count * least_question > reader.remaining()) return wire_error(WireErrorCode::truncated, reader.offset());
    message.questions.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto name = Name::read(reader);
        if (!name) return name.error_as_failure();
        const auto type = reader.u16();
        const auto rr_class = reader.u16();
        if (!type || !rr_class) return wire_error(WireErrorCode::truncated, reader.offset());
        message.questions.emplace_back(*name, static_cast<RrType>(*type), static_cast<RrClass>(*rr_class));
    }
    return std::monostate{};
}

// One section; an OPT record goes to message.edns where `opt_allowed`.
Result<std::monostate> read_section(Reader& reader, std::size_t count, std::vector<Record>& section, bool opt_allowed,
                                    Message& message) {
    if (count * least_record > reader.remaining()) return wire_error(WireErrorCode::truncated, reader.offset());
    section.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = reader.offset();
        auto record = read_record(reader);
        if (!record) return record.error_as_failure();
        if (record->type != RrType::OPT) {
            if (record->ttl > max_ttl) record->ttl = 0;
            section.push_back(*std::move(record));
            continue;
        }
        if (!opt_allowed || message.edns) return wire_error(WireErrorCode::bad_opt, at);
        auto edns = edns_from(*record, at);
        if (!edns) return edns.error_as_failure();
        message.edns = *std::move(edns);
        const auto upper_bits = static_cast<unsigned>(record->ttl >> 24) << 4; // RFC 6891 §6.1.3
        message.rcode = static_cast<Rcode>(upper_bits | static_cast<unsigned>(message.rcode));
    }
    return std::monostate{};
}

void read_flags(std::uint16_t flags, Message& message) {
    Header& header = message.header;
    header.response = (flags & 0x8000) != 0;
    header.opcode = static_cast<Opcode>(flags >> 11 & 0xF);
    header.authoritative = (flags & 0x0400) != 0;
    header.truncated = (flags & 0x0200) != 0;
    header.recursion_desired = (flags & 0x0100) != 0;
    header.recursion_available = (flags & 0x0080) != 0;
    header.authentic_data = (flags & 0x0020) != 0;
    header.checking_disabled = (flags & 0x0010) != 0;
    message.rcode = static_cast<Rcode>(flags & 0xF);
}

// Octets that a well-formed UTF-8 sequence at text[at] takes (1 to 4), or 0 (Unicode table 3-7).
std::size_t utf8_length(ByteView text, std::size_t at) {
    const auto in = [&](std::size_t i, unsigned low, unsigned high) {
        return at + i < text.size() && text[at + i] >= low && text[at + i] <= high;
    };
    const unsigned lead = text[at];
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return in(1, 0x80, 0xBF) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const bool second = in(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
        return second && in(2, 0x80, 0xBF) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const bool second = in(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
        return second && in(2, 0x80, 0xBF) && in(3, 0x80, 0xBF) ? 4 : 0;
    }
    return 0;
}

std::string fit_for_people(ByteView text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_length(text, at);
        const bool control =
            text[at] < 0x20 || text[at] == 0x7F || (text[at] == 0xC2 && length == 2 && text[at + 1] < 0xA0);
        if (length == 0 || control) {
            out += "\xEF\xBF\xBD"; // U+FFFD
            at += length == 2 ? 2 : 1;
            continue;
        }
        for (std::size_t i = 0; i < length; ++i) out += static_cast<char>(text[at + i]);
        at += length;
    }
    return out;
}

} // namespace

Result<Message> Message::parse(ByteView wire) {
    Reader reader(wire);
    const auto id = reader.u16();
    const auto flags = reader.u16();
    if (!id || !flags) return wire_error(WireErrorCode::truncated, reader.offset());
    std::size_t counts[4];
    for (std::size_t& count : counts) {
        const auto value = reader.u16();
        if (!value) return value.error_as_failure();
        count = *value;
    }
    Message message;
    message.header.id = *id;
    read_flags(*flags, message);
    const auto questions = read_questions(reader, counts[0], message);
    if (!questions) return questions.error_as_failure();
    std::vector<Record>* const sections[] = {&message.answer, &message.authority, &message.additional};
    for (std::size_t i = 0; i < 3; ++i) {
        const auto section = read_section(reader, counts[i + 1], *sections[i], i == 2, message);
        if (!section) return section.error_as_failure();
    }
    if (!reader.at_end()) return wire_error(WireErrorCode::trailing_octets, reader.offset());
    return message;
}

std::vector<ExtendedError> Message::extended_errors() const {
    std::vector<ExtendedError> errors;
    if (!edns) return errors;
    for (const EdnsOption& option : edns->options) {
        if (option.code != ede_option) continue;
        Reader reader(option.data);
        const auto code = reader.u16();
        if (!code) continue;
        ByteView text = reader.rest();
        if (!text.empty() && text.back() == 0) text = text.first(text.size() - 1);
        errors.push_back({static_cast<EdeCode>(*code), fit_for_people(text)});
    }
    return errors;
}

void Message::add_extended_error(const ExtendedError& error) {
    if (!edns) edns.emplace();
    Writer writer;
    writer.u16(static_cast<std::uint16_t>(error.code));
    for (const char c : error.text) writer.u8(static_cast<std::uint8_t>(c));
    edns->options.push_back({ede_option, std::move(writer).take()});
}

Message make_query(const Question& question, std::uint16_t id, std::uint16_t udp_payload_size) {
    Message query;
    query.header.id = id;
    query.header.recursion_desired = true;
    query.header.checking_disabled = true;
    query.questions.push_back(question);
    query.edns.emplace();
    query.edns->udp_payload_size = udp_payload_size;
    query.edns->dnssec_ok = true;
    return query;
}

} // namespace dns
