#include "resolver/dns/rdata.h"

#include <algorithm>

namespace dns {

namespace {

// Reads field after field and remembers the first error, so that each parse below is a list of its fields.
class FieldReader {
  public:
    explicit FieldReader(ByteView rdata)
        : reader_(rdata) {}

    std::uint8_t u8() { return take(reader_.u8()); }
    std::uint16_t u16() { return take(reader_.u16()); }
    std::uint32_t u32() { return take(reader_.u32()); }
    Name name() {
        if (failed_) return Name();
        const auto read = Name::read_uncompressed(reader_);
        if (read) return *read;
        fail(read.error());
        return Name();
    }
    Bytes octets(std::size_t count) {
        const ByteView view = take(reader_.octets(count));
        return Bytes(view.begin(), view.end());
    }
    template <std::size_t count>
    std::array<std::uint8_t, count> array() {
        std::array<std::uint8_t, count> out{};
        const ByteView view = take(reader_.octets(count));
        if (!failed_) std::copy(view.begin(), view.end(), out.begin());
        return out;
    }
    Bytes rest() {
        const ByteView view = failed_ ? ByteView() : reader_.rest();
        return Bytes(view.begin(), view.end());
    }
    TypeBitmap bitmap() {
        if (failed_) return {};
        const std::size_t at = reader_.offset();
        auto parsed = TypeBitmap::parse(reader_.rest());
        if (parsed) return *std::move(parsed);
        fail({parsed.error().code, at + parsed.error().offset});
        return {};
    }
    bool more() const { return !failed_ && !reader_.at_end(); }
    void require(bool condition) {
        if (!condition && !failed_) fail({WireErrorCode::bad_rdata, reader_.offset()});
    }

    template <class T>
    Result<T> finish(T value) {
        require(reader_.at_end());
        if (failed_) return Unexpected<WireError>{error_};
        return value;
    }

  private:
    template <class T>
    T take(const Result<T>& read) {
        if (failed_) return T{};
        if (read) return *read;
        fail(read.error());
        return T{};
    }
    void fail(WireError error) {
        failed_ = true;
        error_ = error;
    }

    Reader reader_;
    bool failed_ = false;
    WireError error_{};
};

void write_counted(Writer& writer, ByteView octets) {
    assert(octets.size() <= 255);
    writer.u8(static_cast<std::uint8_t>(octets.size()));
    writer.octets(octets);
}

} // namespace

Result<A> A::parse(ByteView rdata) {
    FieldReader in(rdata);
    A out{in.array<4>()};
    return in.finish(out);
}
Bytes A::build() const { return Bytes(address.begin(), address.end()); }

Result<Aaaa> Aaaa::parse(ByteView rdata) {
    FieldReader in(rdata);
    Aaaa out{in.array<16>()};
    return in.finish(out);
}
Bytes Aaaa::build() const { return Bytes(address.begin(), address.end()); }

Result<SingleName> SingleName::parse(ByteView rdata) {
    FieldReader in(rdata);
    SingleName out{in.name()};
    return in.finish(out);
}
Bytes SingleName::build() const { return Bytes(name.wire().begin(), name.wire().end()); }

Result<Soa> Soa::parse(ByteView rdata) {
    FieldReader in(rdata);
    Soa out;
    out.mname = in.name();
    out.rname = in.name();
    out.serial = in.u32();
    out.refresh = in.u32();
    out.retry = in.u32();
    out.expire = in.u32();
    out.minimum = in.u32();
    return in.finish(out);
}
Bytes Soa::build() const {
    Writer writer;
    writer.octets(mname.wire());
    writer.octets(rname.wire());
    for (const std::uint32_t value : {serial, refresh, retry, expire, minimum}) writer.u32(value);
    return std::move(writer).take();
}

Result<Mx> Mx::parse(ByteView rdata) {
    FieldReader in(rdata);
    Mx out;
    out.preference = in.u16();
    out.exchange = in.name();
    return in.finish(out);
}
Bytes Mx::build() const {
    Writer writer;
    writer.u16(preference);
    writer.octets(exchange.wire());
    return std::move(writer).take();
}

Result<Txt> Txt::parse(ByteView rdata) {
    FieldReader in(rdata);
    Txt out;
    do { // RFC 1035 §3.3.14: one or more; each round takes at least one octet
        const std::uint8_t length = in.u8();
        out.strings.push_back(in.octets(length));
    } while (in.more());
    return in.finish(std::move(out));
}
Bytes Txt::build() const {
    Writer writer;
    for (const Bytes& one : strings) write_counted(writer, one);
    return std::move(writer).take();
}

Result<Srv> Srv::parse(ByteView rdata) {
    FieldReader in(rdata);
    Srv out;
    out.priority = in.u16();
    out.weight = in.u16();
    out.port = in.u16();
    out.target = in.name();
    return in.finish(out);
}
Bytes Srv::build() const {
    Writer writer;
    writer.u16(priority);
    writer.u16(weight);
    writer.u16(port);
    writer.octets(target.wire());
    return std::move(writer).take();
}

Result<Tlsa> Tlsa::parse(ByteView rdata) {
    FieldReader in(rdata);
    in.require(rdata.size() >= 3);
    Tlsa out;
    out.usage = in.u8();
    out.selector = in.u8();
    out.matching_type = in.u8();
    out.association = in.rest();
    return in.finish(std::move(out));
}
Bytes Tlsa::build() const {
    Writer writer;
    writer.u8(usage);
    writer.u8(selector);
    writer.u8(matching_type);
    writer.octets(association);
    return std::move(writer).take();
}

Result<Ds> Ds::parse(ByteView rdata) {
    FieldReader in(rdata);
    Ds out;
    out.key_tag = in.u16();
    out.algorithm = static_cast<Algorithm>(in.u8());
    out.digest_type = static_cast<DigestType>(in.u8());
    out.digest = in.rest();
    return in.finish(std::move(out));
}
Bytes Ds::build() const {
    Writer writer;
    writer.u16(key_tag);
    writer.u8(static_cast<std::uint8_t>(algorithm));
    writer.u8(static_cast<std::uint8_t>(digest_type));
    writer.octets(digest);
    return std::move(writer).take();
}

Result<Dnskey> Dnskey::parse(ByteView rdata) {
    FieldReader in(rdata);
    Dnskey out;
    out.flags = in.u16();
    out.protocol = in.u8();
    out.algorithm = static_cast<Algorithm>(in.u8());
    out.public_key = in.rest();
    return in.finish(std::move(out));
}
Bytes Dnskey::build() const {
    Writer writer;
    writer.u16(flags);
    writer.u8(protocol);
    writer.u8(static_cast<std::uint8_t>(algorithm));
    writer.octets(public_key);
    return std::move(writer).take();
}

KeyTag Dnskey::key_tag() const {
    if (algorithm == Algorithm::RSAMD5) {
        // RFC 6840 §5.5: the modulus ends the key, so its last octets are the key's.
        const std::size_t size = public_key.size();
        return size < 3 ? KeyTag{0} : static_cast<KeyTag>(public_key[size - 3] << 8 | public_key[size - 2]);
    }
    std::uint32_t sum = flags;
    sum += static_cast<std::uint32_t>(protocol) << 8;
    sum += static_cast<std::uint32_t>(algorithm);
    for (std::size_t i = 0; i < public_key.size(); ++i) { // the key begins at an even offset of the RDATA
        sum += (i & 1) != 0 ? public_key[i] : static_cast<std::uint32_t>(public_key[i]) << 8;
    }
    sum += sum >> 16; // RFC 4034 §B: one fold of the carry
    return static_cast<KeyTag>(sum);
}

Result<Rrsig> Rrsig::parse(ByteView rdata) {
    FieldReader in(rdata);
    Rrsig out;
    out.type_covered = static_cast<RrType>(in.u16());
    out.algorithm = static_cast<Algorithm>(in.u8());
    out.labels = in.u8();
    out.original_ttl = in.u32();
    out.expiration = {in.u32()};
    out.inception = {in.u32()};
    out.key_tag = in.u16();
    out.signer = in.name();
    out.signature = in.rest();
    return in.finish(std::move(out));
}

namespace {

void write_rrsig_head(Writer& writer, const Rrsig& rrsig, const Name& signer) {
    writer.u16(static_cast<std::uint16_t>(rrsig.type_covered));
    writer.u8(static_cast<std::uint8_t>(rrsig.algorithm));
    writer.u8(rrsig.labels);
    writer.u32(rrsig.original_ttl);
    writer.u32(rrsig.expiration.seconds);
    writer.u32(rrsig.inception.seconds);
    writer.u16(rrsig.key_tag);
    writer.octets(signer.wire());
}

} // namespace

Bytes Rrsig::build() const {
    Writer writer;
    write_rrsig_head(writer, *this, signer);
    writer.octets(signature);
    return std::move(writer).take();
}
Bytes Rrsig::build_without_signature() const {
    Writer writer;
    write_rrsig_head(writer, *this, signer.lowercased());
    return std::move(writer).take();
}

Result<Nsec> Nsec::parse(ByteView rdata) {
    FieldReader in(rdata);
    Nsec out;
    out.next = in.name();
    out.types = in.bitmap();
    return in.finish(std::move(out));
}
Bytes Nsec::build() const {
    Writer writer;
    writer.octets(next.wire());
    writer.octets(types.build());
    return std::move(writer).take();
}

Result<Nsec3> Nsec3::parse(ByteView rdata) {
    FieldReader in(rdata);
    Nsec3 out;
    out.hash_algorithm = in.u8();
    out.flags = in.u8();
    out.iterations = in.u16();
    const std::uint8_t salt_length = in.u8();
    out.salt = in.octets(salt_length);
    const std::uint8_t hash_length = in.u8();
    in.require(hash_length >= 1); // RFC 5155 §3.2: 1 to 255
    out.next_hashed_owner = in.octets(hash_length);
    out.types = in.bitmap();
    return in.finish(std::move(out));
}
Bytes Nsec3::build() const {
    Writer writer;
    writer.u8(hash_algorithm);
    writer.u8(flags);
    writer.u16(iterations);
    write_counted(writer, salt);
    write_counted(writer, next_hashed_owner);
    writer.octets(types.build());
    return std::move(writer).take();
}

Result<Nsec3param> Nsec3param::parse(ByteView rdata) {
    FieldReader in(rdata);
    Nsec3param out;
    out.hash_algorithm = in.u8();
    out.flags = in.u8();
    out.iterations = in.u16();
    const std::uint8_t salt_length = in.u8();
    out.salt = in.octets(salt_length);
    return in.finish(std::move(out));
}
Bytes Nsec3param::build() const {
    Writer writer;
    writer.u8(hash_algorithm);
    writer.u8(flags);
    writer.u16(iterations);
    write_counted(writer, salt);
    return std::move(writer).take();
}

} // namespace dns
