// A process of its own mount, network and process namespaces (and user namespace where not root): what happens inside
// changes nothing on the machine, and ends with one kill.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace harness {

struct EnclosureError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct EnclosurePlan {
    // Folders with unpacked packages, laid over the machine's file system, the first on top. Needs root.
    std::vector<std::string> trees;
    // Absolute path -> content, seen inside alone. As root every path can be made; else only those below /mnt, and
    // files that exist can be covered. The others are left out: `files_left_out` says which.
    std::map<std::string, std::string> files;
    std::vector<boost::asio::ip::address> addresses; // of the loopback interface, beside its own
    // Folders that stay the machine's own, so that what is written there lasts: absolute paths.
    std::vector<std::string> shared_folders;
};

// What run_enclosed tells the function inside.
struct Enclosed {
    std::vector<std::string> files_left_out;
    bool as_root = false; // of the machine: several users are at hand, and files can be made anywhere
};

// Runs `inside` as process 1 of new namespaces, waits, and gives its exit status (128 + N where signal N ended it).
// When it returns, or when this process dies, everything started inside is killed. The calling process must have one
// thread alone. Throws EnclosureError: what is missing, and what to do.
int run_enclosed(const EnclosurePlan& plan, const std::function<int(const Enclosed&)>& inside);

// One line of why namespaces cannot be had here, "" where they can. Costs a fork.
std::string enclosure_obstacle();

} // namespace harness
