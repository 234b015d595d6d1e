// The loopback interface of a network namespace, by rtnetlink(7): no outside tool is needed.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <vector>

namespace harness {

// Brings `lo` of the calling process's network namespace up and gives it the addresses, each a host of its own
// (/32, /128). 127.0.0.1 and ::1 are there already; the others of 127.0.0.0/8 work without it, but named(8) listens only
// on addresses that an interface has. IPv6 addresses are left out where the kernel has no
// IPv6. Throws std::system_error.
void furnish_loopback(const std::vector<boost::asio::ip::address>& addresses);

} // namespace harness
