// What is wrong with a replay file, said in one line.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace harness::replay {

// A file that cannot be read. what(): "FILE:LINE: what was expected".
struct RplError : std::runtime_error {
    RplError(const std::string& file, std::size_t line, const std::string& problem)
        : std::runtime_error(file + ":" + std::to_string(line) + ": " + problem) {}
};

} // namespace harness::replay
