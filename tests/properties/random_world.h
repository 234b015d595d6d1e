// A random name space, a random way in which it is broken, and random questions: all from one seed.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "resolver/dns/message.h"
#include "zones/hierarchy.h"

namespace properties {

inline constexpr dns::UnixTime now{1'781'524'800}; // 2026-06-15T12:00:00Z

// Small numbers out of a seed, the same on every machine.
class Dice {
  public:
    explicit Dice(std::uint64_t seed)
        : engine_(seed) {}
    std::size_t below(std::size_t sides) { return static_cast<std::size_t>(engine_() % sides); }
    bool chance(unsigned percent) { return below(100) < percent; }
    template <class T>
    const T& of(const std::vector<T>& items) {
        return items[below(items.size())];
    }

  private:
    std::mt19937_64 engine_;
};

struct World {
    std::uint64_t seed = 0;
    std::vector<zones::ZoneSpec> specs;
    zones::SigningPolicy rest; // of the root and of top-level domains that no spec names
    std::vector<zones::Fault> faults;
    zones::Hierarchy tree;  // as served
    zones::Hierarchy truth; // the same data, whole
    bool has_opt_out = false;
    std::vector<dns::Question> questions;

    std::string to_text() const; // for the report of a failure
};

World make_world(std::uint64_t seed);

// What the zones really say of a question, read off the answer of the unbroken name space.
struct Truth {
    enum class Kind { positive, no_data, name_error, failure } kind = Kind::failure;
    dns::Name final_name;
    std::vector<dns::Bytes> rdata; // of the type asked for at final_name, sorted
};
Truth truth_of(const World& world, const dns::Question& question);
// Are these records made by signing, so that the truth has others?
bool is_made_by_signing(dns::RrType type);

} // namespace properties
