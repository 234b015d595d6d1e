#include "harness/cli/resolver_argument.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "harness/sut/package_trees.h"

namespace harness::cli {

void add_resolver_option(CLI::App& app, std::string& name) {
    app.add_option("--resolver", name,
                   fmt::format("who validates in front of the programs, at each capable resolver's address: {}, or "
                               "another program, configured by us: {}, or a file",
                               builtin_resolver, fmt::join(known_resolvers(), ", ")))
        ->capture_default_str();
}

std::optional<ResolverProgram> resolver_argument(const std::string& name, std::vector<std::string>& trees) {
    if (name == builtin_resolver) return std::nullopt;
    auto resolver = load_resolver(name);
    if (what_is_missing(resolver.installation, {}).empty()) return resolver;
    auto unpacked = geteuid() == 0 ? package_trees_of({resolver.installation}) : std::vector<std::string>{};
    const auto missing = what_is_missing(resolver.installation, unpacked);
    if (!missing.empty())
        throw CommandError(exit_could_not, fmt::format("--resolver: {}: missing: {}", resolver.name(), missing));
    for (auto& tree : unpacked)
        if (std::find(trees.begin(), trees.end(), tree) == trees.end()) trees.push_back(std::move(tree));
    return resolver;
}

} // namespace harness::cli
