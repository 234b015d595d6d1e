// Writing messages, with name compression (RFC 1035 §4.1.4).
#include <algorithm>
#include <array>

#include "resolver/dns/message.h"
#include "resolver/dns/rdata_layout.h"

namespace dns {

namespace {

constexpr std::uint16_t ede_option = 15;      // RFC 8914 §2
constexpr std::size_t pointer_reach = 0x4000; // a pointer has 14 bits
constexpr std::size_t no_limit = ~std::size_t{0};

std::uint32_t hash_label(std::uint32_t seed, const std::uint8_t* label) {
    std::uint32_t value = seed * 31 + 17;
    for (std::size_t i = 0; i <= *label; ++i) value = (value ^ label[i]) * 0x01000193;
    return value;
}

// Writes names and remembers where each of their suffixes stands. Octets are compared with case, so that the case of
// every name survives.
class NameCompressor {
  public:
    explicit NameCompressor(Writer& writer)
        : writer_(writer) {
        heads_.fill(none);
    }

    void write(const Name& name) {
        const ByteView wire = name.wire();
        std::array<std::uint8_t, Name::max_labels> starts;
        std::array<std::uint32_t, Name::max_labels> hashes;
        std::size_t labels = 0;
        for (std::size_t at = 0; wire[at] != 0; at += wire[at] + 1U) starts[labels++] = static_cast<std::uint8_t>(at);
        std::uint32_t hash = 0;
        for (std::size_t i = labels; i-- > 0;) hashes[i] = hash = hash_label(hash, wire.data() + starts[i]);

        for (std::size_t i = 0; i < labels; ++i) {
            if (const std::size_t offset = find(wire.subspan(starts[i]), hashes[i]); offset != pointer_reach) {
                writer_.u16(static_cast<std::uint16_t>(0xC000 | offset));
                return;
            }
            remember(hashes[i]);
            writer_.octets(wire.subspan(starts[i], wire[starts[i]] + 1U));
        }
        writer_.u8(0);
    }

  private:
    struct Entry {
        std::uint32_t hash;
        std::uint16_t offset, next;
    };
    static constexpr std::uint16_t none = 0xFFFF;

    std::size_t find(ByteView suffix, std::uint32_t hash) const {
        for (std::uint16_t i = heads_[hash % heads_.size()]; i != none; i = entries_[i].next) {
            if (entries_[i].hash == hash && stands_at(entries_[i].offset, suffix)) return entries_[i].offset;
        }
        return pointer_reach;
    }
    void remember(std::uint32_t hash) {
        if (writer_.size() >= pointer_reach) return;
        std::uint16_t& head = heads_[hash % heads_.size()];
        entries_.push_back({hash, static_cast<std::uint16_t>(writer_.size()), head});
        head = static_cast<std::uint16_t>(entries_.size() - 1);
    }
    // Our own octets: complete names whose pointers go backwards.
    bool stands_at(std::size_t offset, ByteView suffix) const {
        const ByteView out = writer_.view();
        for (std::size_t at = 0;;) {
            while ((out[offset] & 0xC0) == 0xC0)
                offset = static_cast<std::size_t>(out[offset] & 0x3F) << 8 | out[offset + 1];
            const std::size_t length = out[offset] + std::size_t{1};
            if (suffix[at] != out[offset]) return false;
            if (!std::equal(suffix.begin() + static_cast<std::ptrdiff_t>(at),
                            suffix.begin() + static_cast<std::ptrdiff_t>(at + length),
                            out.begin() + static_cast<std::ptrdiff_t>(offset))) {
                return false;
            }
            if (length == 1) return true;
            at += length;
            offset += length;
        }
    }

    Writer& writer_;
    std::array<std::uint16_t, 128> heads_;
    std::vector<Entry> entries_;
};

class MessageWriter {
  public:
    MessageWriter()
        : compressor_(writer_) {}

    // At most `max_records` records of the three sections. `record_ends` is given the size after each of them.
    Bytes write(const Message& message, std::size_t max_records, bool truncated, const std::vector<EdnsOption>& options,
                std::vector<std::size_t>* record_ends);

  private:
    void write_header(const Message& message, bool truncated);
    void write_record(const Record& record);
    void write_rdata(const Record& record);
    void write_opt(const Message& message, const std::vector<EdnsOption>& options);

    Writer writer_;
    NameCompressor compressor_;
};

void MessageWriter::write_header(const Message& message, bool truncated) {
    const Header& header = message.header;
    unsigned flags = static_cast<unsigned>(message.rcode) & 0xF;
    flags |= (static_cast<unsigned>(header.opcode) & 0xF) << 11;
    flags |= header.response ? 0x8000U : 0U;
    flags |= header.authoritative ? 0x0400U : 0U;
    flags |= header.truncated || truncated ? 0x0200U : 0U;
    flags |= header.recursion_desired ? 0x0100U : 0U;
    flags |= header.recursion_available ? 0x0080U : 0U;
    flags |= header.authentic_data ? 0x0020U : 0U;
    flags |= header.checking_disabled ? 0x0010U : 0U;
    writer_.u16(header.id);
    writer_.u16(static_cast<std::uint16_t>(flags));
}

void MessageWriter::write_rdata(const Record& record) {
    const RdataLayout* layout = rdata_layout(record.type);
    if (layout != nullptr && layout->compress_on_write) {
        if (const auto slices = slice_rdata(*layout, record.rdata)) {
            for (const RdataSlice& slice : slices->view()) {
                if (slice.kind != FieldKind::name) {
                    writer_.octets(slice.octets);
                    continue;
                }
                Reader reader(slice.octets);
                compressor_.write(*Name::read_uncompressed(reader));
            }
            return;
        }
    }
    writer_.octets(record.rdata);
}

void MessageWriter::write_record(const Record& record) {
    compressor_.write(record.owner);
    writer_.u16(static_cast<std::uint16_t>(record.type));
    writer_.u16(static_cast<std::uint16_t>(record.rr_class));
    writer_.u32(record.ttl);
    const std::size_t length_at = writer_.size();
    writer_.u16(0);
    write_rdata(record);
    writer_.put_u16(length_at, static_cast<std::uint16_t>(writer_.size() - length_at - 2));
}

std::size_t opt_size(const std::vector<EdnsOption>& options) {
    std::size_t size = 11;
    for (const EdnsOption& option : options) size += 4 + option.data.size();
    return size;
}

void MessageWriter::write_opt(const Message& message, const std::vector<EdnsOption>& options) {
    const Edns& edns = *message.edns;
    writer_.u8(0);
    writer_.u16(static_cast<std::uint16_t>(RrType::OPT));
    writer_.u16(edns.udp_payload_size);
    writer_.u8(static_cast<std::uint8_t>(static_cast<unsigned>(message.rcode) >> 4));
    writer_.u8(edns.version);
    writer_.u16(edns.dnssec_ok ? 0x8000 : 0);
    writer_.u16(static_cast<std::uint16_t>(opt_size(options) - 11));
    for (const EdnsOption& option : options) {
        writer_.u16(option.code);
        writer_.u16(static_cast<std::uint16_t>(option.data.size()));
        writer_.octets(option.data);
    }
}

Bytes MessageWriter::write(const Message& message, std::size_t max_records, bool truncated,
                           const std::vector<EdnsOption>& options, std::vector<std::size_t>* record_ends) {
    write_header(message, truncated);
    writer_.u16(static_cast<std::uint16_t>(message.questions.size()));
    const std::size_t counts_at = writer_.size();
    for (int i = 0; i < 3; ++i) writer_.u16(0);
    for (const Question& question : message.questions) {
        compressor_.write(question.name);
        writer_.u16(static_cast<std::uint16_t>(question.type));
        writer_.u16(static_cast<std::uint16_t>(question.rr_class));
    }
    if (record_ends != nullptr) record_ends->push_back(writer_.size());
    const std::vector<Record>* const sections[] = {&message.answer, &message.authority, &message.additional};
    for (std::size_t i = 0; i < 3; ++i) {
        const std::size_t count = std::min(max_records, sections[i]->size());
        max_records -= count;
        for (std::size_t j = 0; j < count; ++j) {
            write_record((*sections[i])[j]);
            if (record_ends != nullptr) record_ends->push_back(writer_.size());
        }
        const std::size_t opt = i == 2 && message.edns ? 1 : 0;
        writer_.put_u16(counts_at + 2 * i, static_cast<std::uint16_t>(count + opt));
    }
    if (message.edns) write_opt(message, options);
    return std::move(writer_).take();
}

const std::vector<EdnsOption>& options_of(const Message& message) {
    static const std::vector<EdnsOption> no_options;
    return message.edns ? message.edns->options : no_options;
}

} // namespace

Bytes Message::build() const { return MessageWriter().write(*this, no_limit, false, options_of(*this), nullptr); }

Bytes Message::build(std::size_t limit) const {
    std::vector<std::size_t> ends; // ends[n]: octets of header, questions and n records
    Bytes whole = MessageWriter().write(*this, no_limit, false, options_of(*this), &ends);
    if (whole.size() <= limit) return whole;
    std::vector<EdnsOption> options = options_of(*this);
    std::erase_if(options, [](const EdnsOption& option) { return option.code == ede_option; });
    const std::size_t reserved = edns ? opt_size(options) : 0;
    std::size_t records = ends.size() - 1;
    while (records > 0 && ends[records] + reserved > limit) --records;
    return MessageWriter().write(*this, records, true, options, nullptr);
}

} // namespace dns
