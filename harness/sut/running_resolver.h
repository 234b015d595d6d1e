// A validating resolver of others while it runs at one published address. For use inside an enclosure.
#pragma once

#include <sys/types.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/fake_internet.h"
#include "harness/sut/resolver_program.h"

namespace harness {

struct ResolverError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class RunningResolver {
  public:
    // Starts it at `place.published` with the root's trust anchor, forwarding to `place.data`, and waits until it
    // answers; the data may be served later. Throws ResolverError with the program's own last words.
    RunningResolver(const ResolverProgram& program, const UnvalidatedData& place, const zones::Hierarchy& hierarchy);

  private:
    struct KillAndBury {
        void operator()(pid_t* process) const; // and what it started
    };
    std::unique_ptr<pid_t, KillAndBury> process_;
};

// One for each place, all new and with nothing cached.
std::vector<RunningResolver> start_resolvers(const ResolverProgram& program, const std::vector<UnvalidatedData>& places,
                                             const zones::Hierarchy& hierarchy);

} // namespace harness
