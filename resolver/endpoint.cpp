#include "resolver/endpoint.h"

#include <charconv>

namespace resolver {

namespace {

dns::Result<Endpoint> bad_text(std::size_t offset) { return dns::wire_error(dns::WireErrorCode::bad_text, offset); }

// Port 0 cannot be dialled.
bool read_port(std::string_view text, std::uint16_t& port) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    return error == std::errc{} && stop == end && port != 0;
}

} // namespace

std::string Endpoint::to_text() const {
    const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
    return host + ":" + std::to_string(port);
}

dns::Result<Endpoint> Endpoint::from_text(std::string_view text, std::uint16_t default_port) {
    std::string_view host = text;
    std::string_view port_text;
    bool has_port = false;
    const bool bracketed = text.starts_with('[');
    if (bracketed) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return bad_text(text.size());
        host = text.substr(1, close - 1);
        const std::string_view rest = text.substr(close + 1);
        if (!rest.empty() && rest.front() != ':') return bad_text(close + 1);
        has_port = !rest.empty();
        if (has_port) port_text = rest.substr(1);
    } else if (const auto colon = text.find(':');
               colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
        has_port = true; // one colon: not IPv6, which has at least two (RFC 4291 §2.2)
        host = text.substr(0, colon);
        port_text = text.substr(colon + 1);
    }
    boost::system::error_code error;
    Endpoint endpoint(boost::asio::ip::make_address(std::string(host), error), default_port);
    // An embedded NUL would end the text early for inet_pton(3).
    if (error || host.find('\0') != std::string_view::npos) return bad_text(bracketed ? 1 : 0);
    if (bracketed && !endpoint.address.is_v6()) return bad_text(1);
    if (has_port && !read_port(port_text, endpoint.port)) return bad_text(text.size() - port_text.size());
    return endpoint;
}

const Endpoint* DialMap::find(const Endpoint& published) const {
    const auto found = map_.find(published);
    if (found != map_.end()) return &found->second;
    return closed_ ? nullptr : &published;
}

} // namespace resolver
