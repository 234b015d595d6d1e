#include "harness/sut/tally.h"

namespace harness {

Look look_of(const Cell& cell) {
    if (cell.skipped) return Look::skipped;
    return cell.agrees() ? Look::agrees : Look::deviates;
}

void Tally::add(const Cell& cell) {
    const auto look = look_of(cell);
    ++(look == Look::skipped ? skipped : look == Look::agrees ? agree : deviate);
}

} // namespace harness
