// Programs out of Debian packages that are not installed: downloaded and unpacked into the user's cache folder, where
// they disturb nobody. Inside an enclosure they are laid over the file system.
#pragma once

#include <string>
#include <vector>

#include "harness/sut/sut.h"

namespace harness {

// $XDG_CACHE_HOME/danelab/sut, else ~/.cache/danelab/sut.
std::string package_trees_folder();
// The unpacked trees of these systems that are there, each once.
std::vector<std::string> package_trees_of(const std::vector<Sut>& suts);
// Downloads the packages of `sut`, and those of their dependencies that are not installed, with apt-get, and unpacks
// them with dpkg-deb. Gives the folder. A tree that is there whole is left as it is. Throws std::runtime_error with
// what failed.
std::string fetch_packages(const Sut& sut);

} // namespace harness
