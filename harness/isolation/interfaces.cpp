#include "harness/isolation/interfaces.h"

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace harness {

namespace {

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error(error, std::generic_category(), what);
}

// A request and its attributes in one buffer, laid out as netlink(7) has it.
struct Request {
    nlmsghdr header{};
    union {
        ifinfomsg link;
        ifaddrmsg address;
    };
    char attributes[64]{}; // two addresses of 16 octets with their headers
};

class RouteSocket {
  public:
    RouteSocket()
        : socket_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
        if (socket_ < 0) fail(errno, "loopback interface: no netlink socket");
    }
    ~RouteSocket() { close(socket_); }
    RouteSocket(const RouteSocket&) = delete;
    RouteSocket& operator=(const RouteSocket&) = delete;

    // The kernel's answer: 0, or an errno value.
    int ask(Request& request) {
        if (send(socket_, &request, request.header.nlmsg_len, 0) < 0) return errno;
        alignas(nlmsghdr) char answer[1024];
        const auto size = recv(socket_, answer, sizeof answer, 0);
        if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr)))) return size < 0 ? errno : EPROTO;
        nlmsgerr verdict{};
        std::memcpy(&verdict, answer + NLMSG_HDRLEN, sizeof verdict);
        return -verdict.error;
    }

  private:
    int socket_;
};

void add_attribute(Request& request, unsigned short type, const void* data, std::size_t size) {
    rtattr attribute{};
    attribute.rta_type = type;
    attribute.rta_len = static_cast<unsigned short>(RTA_LENGTH(size));
    auto* at = reinterpret_cast<char*>(&request) + NLMSG_ALIGN(request.header.nlmsg_len);
    std::memcpy(at, &attribute, sizeof attribute);
    std::memcpy(at + RTA_LENGTH(0), data, size);
    request.header.nlmsg_len =
        static_cast<unsigned>(NLMSG_ALIGN(request.header.nlmsg_len) + RTA_ALIGN(attribute.rta_len));
}

void bring_up(RouteSocket& route, unsigned index) {
    Request request;
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof(ifinfomsg));
    request.header.nlmsg_type = RTM_NEWLINK;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    request.link = ifinfomsg{};
    request.link.ifi_family = AF_UNSPEC;
    request.link.ifi_index = static_cast<int>(index);
    request.link.ifi_flags = request.link.ifi_change = IFF_UP;
    if (const int error = route.ask(request)) fail(error, "loopback interface: cannot be brought up");
}

void add_address(RouteSocket& route, unsigned index, const boost::asio::ip::address& address) {
    Request request;
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof(ifaddrmsg));
    request.header.nlmsg_type = RTM_NEWADDR;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
    request.address = ifaddrmsg{};
    request.address.ifa_family = address.is_v6() ? AF_INET6 : AF_INET;
    request.address.ifa_prefixlen = address.is_v6() ? 128 : 32;
    request.address.ifa_flags = address.is_v6() ? IFA_F_NODAD : 0; // usable at once (RFC 4862 §5.4 would wait)
    request.address.ifa_scope = RT_SCOPE_UNIVERSE;
    request.address.ifa_index = index;
    const auto add = [&](const auto& octets) {
        add_attribute(request, IFA_LOCAL, octets.data(), octets.size());
        add_attribute(request, IFA_ADDRESS, octets.data(), octets.size());
    };
    if (address.is_v6())
        add(address.to_v6().to_bytes());
    else
        add(address.to_v4().to_bytes());
    const int error = route.ask(request);
    const bool without_ipv6 = address.is_v6() && (error == EOPNOTSUPP || error == EACCES);
    if (error != 0 && !without_ipv6) fail(error, fmt::format("loopback interface: address {}", address.to_string()));
}

} // namespace

void furnish_loopback(const std::vector<boost::asio::ip::address>& addresses) {
    const unsigned index = if_nametoindex("lo");
    if (index == 0) fail(errno, "loopback interface: there is none");
    RouteSocket route;
    bring_up(route, index);
    const std::array there{boost::asio::ip::address(boost::asio::ip::address_v4::loopback()),
                           boost::asio::ip::address(boost::asio::ip::address_v6::loopback())};
    for (const auto& address : addresses)
        if (std::find(there.begin(), there.end(), address) == there.end()) add_address(route, index, address);
}

} // namespace harness
