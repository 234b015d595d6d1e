// The expressions of replay files: ${...} with variables, numbers, + - * / from left to right, and a few functions.
#pragma once

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "resolver/dns/serial.h"

namespace harness::replay {

// An expression that cannot be computed: what() says why.
struct MacroError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct MacroContext {
    std::map<std::string, std::string> variables;
    std::function<dns::UnixTime()> time;   // ${time}
    std::function<std::int64_t()> timeout; // ${timeout}: seconds to the next timer, 0 where there is none
};

// The text with every ${...} replaced. Throws MacroError.
std::string expand_macros(std::string_view text, const MacroContext& context);
// "Mon Aug 24 07:46:40 2009", in UTC, as ctime(3) writes it.
std::string ctime_text(dns::UnixTime time);
// Seconds as a decimal number. Throws MacroError.
double number_from_macro(std::string_view text);

} // namespace harness::replay
