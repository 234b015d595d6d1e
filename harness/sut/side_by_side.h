// Several pieces of work at once, each in a process of its own, each telling lines.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace harness {

struct Task {
    std::string name;
    // In the child process: writes with `tell`, gives the exit status.
    std::function<int(const std::function<void(const std::string&)>& tell)> work;
};

// At most `jobs` at once, begun in order. `heard` is called here, for one line at a time. Gives the exit statuses, in
// the order of the tasks (128 + N where signal N ended one). The calling process must have one thread alone. Throws
// std::system_error where there are no processes to be had.
std::vector<int> run_side_by_side(const std::vector<Task>& tasks, unsigned jobs,
                                  const std::function<void(std::size_t task, const std::string& line)>& heard);

} // namespace harness
