#include "resolver/dns/bytes.h"

namespace dns {

Result<std::uint8_t> Reader::u8() {
    if (remaining() < 1) return wire_error(WireErrorCode::truncated, offset_);
    return data_[offset_++];
}

Result<std::uint16_t> Reader::u16() {
    if (remaining() < 2) return wire_error(WireErrorCode::truncated, offset_);
    const auto value = static_cast<std::uint16_t>(data_[offset_] << 8 | data_[offset_ + 1]);
    offset_ += 2;
    return value;
}

Result<std::uint32_t> Reader::u32() {
    if (remaining() < 4) return wire_error(WireErrorCode::truncated, offset_);
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | data_[offset_++];
    return value;
}

Result<std::uint64_t> Reader::u48() {
    if (remaining() < 6) return wire_error(WireErrorCode::truncated, offset_);
    std::uint64_t value = 0;
    for (int i = 0; i < 6; ++i) value = value << 8 | data_[offset_++];
    return value;
}

Result<ByteView> Reader::octets(std::size_t count) {
    if (remaining() < count) return wire_error(WireErrorCode::truncated, offset_);
    const ByteView view = data_.subspan(offset_, count);
    offset_ += count;
    return view;
}

ByteView Reader::rest() {
    const ByteView view = data_.subspan(offset_);
    offset_ = data_.size();
    return view;
}

Result<std::size_t> Reader::seek(std::size_t offset) {
    if (offset > data_.size()) return wire_error(WireErrorCode::truncated, data_.size());
    offset_ = offset;
    return offset_;
}

void Writer::u16(std::uint16_t value) {
    u8(static_cast<std::uint8_t>(value >> 8));
    u8(static_cast<std::uint8_t>(value));
}

void Writer::u32(std::uint32_t value) {
    u16(static_cast<std::uint16_t>(value >> 16));
    u16(static_cast<std::uint16_t>(value));
}

void Writer::u48(std::uint64_t value) {
    u16(static_cast<std::uint16_t>(value >> 32));
    u32(static_cast<std::uint32_t>(value));
}

void Writer::put_u16(std::size_t offset, std::uint16_t value) {
    assert(offset + 2 <= out_.size());
    out_[offset] = static_cast<std::uint8_t>(value >> 8);
    out_[offset + 1] = static_cast<std::uint8_t>(value);
}

} // namespace dns
