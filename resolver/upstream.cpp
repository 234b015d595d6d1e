#include "resolver/upstream.h"

#include <charconv>

namespace resolver {

namespace {

constexpr std::size_t max_resolv_conf_servers = 3; // MAXNS of resolv.conf(5)

dns::Unexpected<std::string> expected(std::string_view what, std::string_view seen) {
    return {std::string(what) + ", not \"" + std::string(seen) +
            "\"; a resolver is written ADDR[:PORT][/PRIORITY], for example 192.0.2.1, 192.0.2.1:5353/1 or "
            "[2001:db8::1]:53/0"};
}

std::string_view first_word(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    text.remove_prefix(begin);
    return text.substr(0, text.find_first_of(" \t\r"));
}

} // namespace

std::string Upstream::to_text() const { return endpoint.to_text() + " (priority " + std::to_string(priority) + ")"; }

dns::Result<Upstream, std::string> Upstream::from_text(std::string_view text) {
    Upstream upstream;
    const auto slash = text.rfind('/');
    const std::string_view where = text.substr(0, slash);
    if (slash != std::string_view::npos) {
        const std::string_view number = text.substr(slash + 1);
        const char* end = number.data() + number.size();
        const auto [stop, error] = std::from_chars(number.data(), end, upstream.priority);
        if (error != std::errc{} || stop != end) return expected("a whole number was expected as priority", number);
    }
    const auto endpoint = Endpoint::from_text(where, 53);
    if (!endpoint) return expected("an IP address with an optional port from 1 to 65535 was expected", where);
    upstream.endpoint = *endpoint;
    return upstream;
}

std::vector<Upstream> upstreams_from_resolv_conf(std::string_view text) {
    constexpr std::string_view keyword = "nameserver";
    std::vector<Upstream> upstreams;
    while (!text.empty() && upstreams.size() < max_resolv_conf_servers) {
        const auto newline = text.find('\n');
        std::string_view line = text.substr(0, newline);
        text = newline == std::string_view::npos ? std::string_view{} : text.substr(newline + 1);
        if (!line.starts_with(keyword)) continue;
        line.remove_prefix(keyword.size());
        if (line.empty() || (line.front() != ' ' && line.front() != '\t')) continue;
        // resolv.conf(5) has plain addresses only; like glibc, a line with anything else counts for nothing.
        const std::string_view word = first_word(line);
        if (word.find('\0') != std::string_view::npos) continue;
        boost::system::error_code error;
        const auto address = boost::asio::ip::make_address(std::string(word), error);
        if (!error) upstreams.emplace_back(Endpoint(address, 53), static_cast<unsigned>(upstreams.size()));
    }
    return upstreams;
}

} // namespace resolver
