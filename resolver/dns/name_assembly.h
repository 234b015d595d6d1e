// NameAssembly: collects labels from the left into one name and enforces the limits of RFC 1035 §2.3.4.
#pragma once

#include <array>
#include <cstring>
#include <optional>

#include "resolver/dns/name.h"

namespace dns {

class NameAssembly {
  public:
    // Appends one label without its length octet; says what is wrong when it does not fit. Precondition: not empty.
    std::optional<WireErrorCode> add(ByteView label) {
        if (label.size() > 63) return WireErrorCode::label_too_long;
        // One octet for the length, and one must stay free for the root label.
        if (size_ + label.size() + 2 > Name::max_octets) return WireErrorCode::name_too_long;
        octets_[size_++] = static_cast<std::uint8_t>(label.size());
        std::memcpy(octets_.data() + size_, label.data(), label.size());
        size_ += label.size();
        ++labels_;
        return std::nullopt;
    }
    // Appends all labels of a name.
    std::optional<WireErrorCode> add(const Name& suffix) {
        const ByteView wire = suffix.wire();
        if (size_ + wire.size() > Name::max_octets) return WireErrorCode::name_too_long;
        std::memcpy(octets_.data() + size_, wire.data(), wire.size() - 1);
        size_ += wire.size() - 1;
        labels_ += suffix.label_count();
        return std::nullopt;
    }
    Name finish() {
        octets_[size_] = 0;
        return Name(ByteView(octets_.data(), size_ + 1), labels_);
    }

  private:
    std::array<std::uint8_t, Name::max_octets> octets_;
    std::size_t size_ = 0;
    std::size_t labels_ = 0;
};

} // namespace dns
