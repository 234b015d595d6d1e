#include "harness/isolation/private_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "resolver/dns/text.h"

namespace harness {

namespace {

constexpr std::size_t most_nameservers = 3; // resolv.conf(5), MAXNS

std::string root_keys(const zones::Hierarchy& hierarchy) {
    std::string text;
    for (const auto& record : hierarchy.root_dnskeys()) text += dns::to_text(record) + "\n";
    return text;
}

} // namespace

std::string resolv_conf(std::vector<resolver::Upstream> resolvers, unsigned seconds) {
    std::stable_sort(resolvers.begin(), resolvers.end(),
                     [](const auto& a, const auto& b) { return a.priority < b.priority; });
    if (resolvers.size() > most_nameservers) resolvers.resize(most_nameservers);
    std::string text;
    for (const auto& resolver : resolvers)
        text += fmt::format("nameserver {}\n", resolver.endpoint.address.to_string());
    return text + fmt::format("options edns0 trust-ad timeout:{} attempts:1\n", seconds);
}

std::map<std::string, std::string> private_files(const std::vector<resolver::Upstream>& resolvers, unsigned seconds,
                                                 const zones::Hierarchy& hierarchy) {
    const std::string keys = root_keys(hierarchy);
    return {
        {"/etc/resolv.conf", resolv_conf(resolvers, seconds)},
        {"/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\n"},
        {"/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"}, // without the file libdane fails (ub_ctx_hosts)
        {"/usr/share/dns/root.key", keys},   // dns-root-data: danetool, unbound-host, libunbound's users
        {"/var/lib/unbound/root.key", keys}, // unbound-anchor(8)
        {"/etc/unbound/root.key", keys},     // where ldns and libunbound were built to look
        {"/etc/trusted-key.key", keys},      // drill(1)
        {private_root_key, keys},            // where it can always be made
        {"/etc/bind/bind.keys", zones::delv_anchor(hierarchy)}, // delv(1)
    };
}

} // namespace harness
