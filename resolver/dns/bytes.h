// Reader and Writer: the only code that does offset arithmetic on DNS octets. Numbers are big-endian (RFC 1035 §2.3.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "resolver/dns/result.h"

namespace dns {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

// Reads forward through octets that somebody else made. Never reads past the end: every read says `truncated` instead.
class Reader {
  public:
    explicit Reader(ByteView data)
        : data_(data) {}

    std::size_t offset() const { return offset_; }
    std::size_t remaining() const { return data_.size() - offset_; }
    bool at_end() const { return remaining() == 0; }
    ByteView whole() const { return data_; }

    Result<std::uint8_t> u8();
    Result<std::uint16_t> u16();
    Result<std::uint32_t> u32();
    Result<std::uint64_t> u48();
    Result<ByteView> octets(std::size_t count);   // a view into the data given to the constructor
    ByteView rest();                              // all that is left; may be empty
    Result<std::size_t> seek(std::size_t offset); // absolute; `truncated` past the end; gives the new offset

  private:
    ByteView data_;
    std::size_t offset_ = 0;
};

// Appends octets; grows as needed.
class Writer {
  public:
    std::size_t size() const { return out_.size(); }
    void u8(std::uint8_t value) { out_.push_back(value); }
    void u16(std::uint16_t value);
    void u32(std::uint32_t value);
    void u48(std::uint64_t value);
    void octets(ByteView data) { out_.insert(out_.end(), data.begin(), data.end()); }
    void put_u16(std::size_t offset, std::uint16_t value); // overwrites two octets already written
    ByteView view() const { return out_; }
    Bytes take() && { return std::move(out_); }

  private:
    Bytes out_;
};

} // namespace dns
