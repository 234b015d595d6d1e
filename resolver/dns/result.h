// Result<T, E>: a value, or the reason why hostile input gave none. The names are std::expected's, so that it becomes
// an alias when C++23 is the floor.
#pragma once

#include <cassert>
#include <cstddef>
#include <string_view>
#include <utility>
#include <variant>

namespace dns {

// What is wrong with a piece of wire data. One sentence each: `describe`.
enum class WireErrorCode {
    truncated,           // the data ends before the field does
    trailing_octets,     // octets are left over behind a complete structure
    label_too_long,      // a label of more than 63 octets (RFC 1035 §2.3.4)
    name_too_long,       // a name of more than 255 octets (RFC 1035 §2.3.4)
    bad_label_type,      // label type 01 or 10 (RFC 1035 §4.1.4)
    bad_pointer,         // a compression pointer that does not point backwards, or too many (RFC 1035 §4.1.4)
    pointer_not_allowed, // compression in RDATA of a type that must not use it (RFC 3597 §4)
    bad_rdata,           // RDATA unfit for its type
    bad_type_bitmap,     // windows not ascending, or a length not 1..32 (RFC 4034 §4.1.2)
    bad_opt,             // OPT with an owner name, twice, or with options past its end (RFC 6891 §6.1)
    too_many_records,    // more records than a message of 65535 octets can hold
    bad_text,            // presentation format that cannot be read
};

struct WireError {
    WireErrorCode code;
    std::size_t offset = 0; // octets from the start of what was being parsed
};

// One English sentence fragment without full stop: "a compression pointer that does not point backwards".
std::string_view describe(WireErrorCode code);

template <class E>
struct Unexpected {
    E error;
};
template <class E>
Unexpected(E) -> Unexpected<E>;

template <class T, class E = WireError>
class [[nodiscard]] Result {
  public:
    Result(T value)
        : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Unexpected<E> failure)
        : state_(std::in_place_index<1>, std::move(failure.error)) {}

    bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    // Precondition of value(), *, ->: has_value(). Of a temporary Result the value comes out by value, not by reference
    // as with std::expected: `for (auto& record : parse(text).value())` must not loop over a destroyed vector.
    T& value() & {
        assert(has_value());
        return *std::get_if<0>(&state_);
    }
    const T& value() const& {
        assert(has_value());
        return *std::get_if<0>(&state_);
    }
    T value() && {
        assert(has_value());
        return std::move(*std::get_if<0>(&state_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    // Precondition: !has_value().
    const E& error() const {
        assert(!has_value());
        return *std::get_if<1>(&state_);
    }
    // The same error in the form that another Result of this E can be made from: `return length.error_as_failure();`.
    Unexpected<E> error_as_failure() const { return Unexpected<E>{error()}; }

  private:
    std::variant<T, E> state_;
};

inline Unexpected<WireError> wire_error(WireErrorCode code, std::size_t offset = 0) {
    return Unexpected<WireError>{WireError{code, offset}};
}

} // namespace dns
