// What the file system looks like inside an enclosure.
#pragma once

#include <string>
#include <vector>

#include "harness/isolation/enclosure.h"

namespace harness {

// As root: the machine's file system under an overlay in memory, the plan's trees and files on top; the process is
// moved into it. What is mounted below "/" gets an overlay each, but for /dev, /sys and what cannot have one, which are
// the machine's own. What is written outside shared_folders goes when the namespace goes. Throws std::system_error.
void enter_overlay(const EnclosurePlan& plan);

// Without root: the plan's files bound over those that exist; below /mnt, which is memory of its own, made. Gives the
// paths that were left out. Throws std::system_error.
std::vector<std::string> cover_files(const EnclosurePlan& plan);

} // namespace harness
