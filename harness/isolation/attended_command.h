// Process 1's work: one command runs, servers answer it meanwhile, orphans are buried.
#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <string>
#include <vector>

namespace harness {

// Starts `command` (found by PATH) with `environment` on top of this process's own, runs `io` until it ends, and gives
// its exit status: 128 + N where signal N ended it, 127 where there is no such program, 126 where it cannot be run.
int attend(boost::asio::io_context& io, const std::vector<std::string>& command,
           const std::map<std::string, std::string>& environment);

} // namespace harness
