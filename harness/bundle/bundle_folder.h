// A folder of files written whole or not at all.
#pragma once

#include <string>

#include "harness/bundle/bundle.h"

namespace harness {

// Its mark, and the list of its cases: only a folder that has it is ever replaced.
inline constexpr const char* bundle_index = "bundle.json";

// Writes everything beside `folder`, then puts it in its place. A folder that exists and is not empty is an error;
// with `force` a bundle of earlier is replaced, while to any other folder the files are added, and files of the same
// names replaced. Private keys are readable for their owner alone. Throws std::runtime_error, one line.
void write_bundle(const std::string& folder, const Files& files, bool force);

} // namespace harness
