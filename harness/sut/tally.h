// How results look at a glance, and how many look how: the same in every form of the report.
#pragma once

#include "harness/sut/cell.h"

namespace harness {

enum class Look { agrees, deviates, skipped };
Look look_of(const Cell& cell); // trouble and contradictions deviate too

struct Tally {
    std::size_t agree = 0, deviate = 0, skipped = 0;
    std::size_t all() const { return agree + deviate + skipped; }
    void add(const Cell& cell);
};

} // namespace harness
