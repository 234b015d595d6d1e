#include <algorithm>

#include "resolver/dns/rdata.h"

namespace dns {

namespace {

// RFC 4034 §4.1.2: bits of pseudo-types (and of type 0) are ignored on reading. NXNAME stays: it says that the name does
// not exist.
bool is_ignored(RrType type) { return type == RrType{} || (is_meta_type(type) && type != RrType::NXNAME); }

} // namespace

TypeBitmap::TypeBitmap(std::vector<RrType> types)
    : types_(std::move(types)) {
    std::sort(types_.begin(), types_.end());
    types_.erase(std::unique(types_.begin(), types_.end()), types_.end());
}

Result<TypeBitmap> TypeBitmap::parse(ByteView windows) {
    TypeBitmap bitmap;
    Reader reader(windows);
    int last_window = -1;
    while (!reader.at_end()) { // at most 256 windows: they must ascend
        const std::size_t at = reader.offset();
        const auto window = reader.u8();
        const auto length = reader.u8();
        if (!window || !length || *window <= last_window || *length < 1 || *length > 32) {
            return wire_error(WireErrorCode::bad_type_bitmap, at);
        }
        const auto bits = reader.octets(*length);
        if (!bits) return wire_error(WireErrorCode::bad_type_bitmap, at);
        last_window = *window;
        for (std::size_t octet = 0; octet < bits->size(); ++octet) {
            if ((*bits)[octet] == 0) continue;
            for (unsigned bit = 0; bit < 8; ++bit) {
                if (((*bits)[octet] & (0x80U >> bit)) == 0) continue;
                const auto type = static_cast<RrType>(*window * 256U + octet * 8 + bit);
                if (!is_ignored(type)) bitmap.types_.push_back(type);
            }
        }
    }
    return bitmap;
}

bool TypeBitmap::contains(RrType type) const { return std::binary_search(types_.begin(), types_.end(), type); }

Bytes TypeBitmap::build() const {
    Bytes out;
    std::size_t length_at = 0;
    int window = -1;
    for (const RrType type : types_) { // ascending: a window is finished when the next begins
        const auto value = static_cast<unsigned>(type);
        if (static_cast<int>(value / 256) != window) {
            window = static_cast<int>(value / 256);
            out.push_back(static_cast<std::uint8_t>(window));
            length_at = out.size();
            out.push_back(0);
        }
        const std::size_t octet = length_at + 1 + value % 256 / 8;
        if (octet >= out.size()) out.resize(octet + 1);
        out[octet] = static_cast<std::uint8_t>(out[octet] | 0x80U >> value % 8);
        out[length_at] = static_cast<std::uint8_t>(out.size() - length_at - 1);
    }
    return out;
}

} // namespace dns
