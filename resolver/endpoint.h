// Addresses as people write them, and the map from published endpoints to the ones that are really dialled.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "resolver/dns/result.h"

namespace resolver {

struct Endpoint {
    boost::asio::ip::address address;
    std::uint16_t port = 53;

    Endpoint() = default;
    Endpoint(boost::asio::ip::address a, std::uint16_t p)
        : address(a)
        , port(p) {}
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
    friend bool operator<(const Endpoint& a, const Endpoint& b) {
        return a.address == b.address ? a.port < b.port : a.address < b.address;
    }
    std::string to_text() const; // "127.0.0.1:53", "[::1]:53"
    // "ADDR", "ADDR:PORT", "[V6]:PORT", "[V6]"; bad_text with the offset of the wrong part otherwise. Port 0 is wrong.
    static dns::Result<Endpoint> from_text(std::string_view text, std::uint16_t default_port);
};

// Published endpoint -> the endpoint that is dialled instead. Lets a fake Internet on ephemeral loopback ports appear
// under the addresses that its zones publish. An endpoint that is not in the map is dialled as it is, unless the map is
// `closed`: then it is unreachable (a hermetic run never leaves the machine).
class DialMap {
  public:
    void add(Endpoint published, Endpoint real) { map_[published] = real; }
    void close() { closed_ = true; }
    // nullptr: unreachable.
    const Endpoint* find(const Endpoint& published) const;

  private:
    std::map<Endpoint, Endpoint> map_;
    bool closed_ = false;
};

} // namespace resolver
