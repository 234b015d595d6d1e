// A second judge, written from the text of RFC 7672 (with RFC 5321 §5.1 and RFC 7505 §3) and without a decision table:
// from what a client can observe of a domain with one MX host at one address to the set of outcomes that the text
// allows. It shares nothing with tlsa/decision or the walk but the words for outcomes.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tlsa/outcome.h"

namespace tlsa::rfc7672 {

// `nodata` means an implicit MX (RFC 5321 §5.1): the domain is its own only host.
enum class Mx {
    secure,
    insecure,
    bogus,
    nxdomain,
    insecure_nxdomain,
    nodata,
    insecure_nodata,
    null,
    insecure_null,
    servfail,
    timeout,
};
enum class Address { secure, insecure, bogus, none, servfail, timeout };
enum class Tlsa {
    usable,
    unusable,
    insecure,
    nxdomain,
    insecure_nxdomain,
    nodata,
    insecure_nodata,
    bogus,
    servfail,
    timeout,
};
enum class Server { good, wrong_certificate, no_starttls, handshake_fails };

struct Facts {
    bool mandatory = false;
    Mx mx{};
    Address address{};
    Tlsa tlsa{};
    Server server{};
    friend bool operator==(const Facts&, const Facts&) = default;
};

std::string_view to_text(Mx mx);           // "secure" "insecure-nxdomain" ...
std::string_view to_text(Address address); // "secure" "none" ...
std::string_view to_text(Tlsa tlsa);       // "usable" "insecure-nodata" ...
std::string_view to_text(Server server);   // "good" "wrong-certificate" "no-starttls" "handshake-fails"
// "mx=secure,a=secure,tlsa=usable,server=good"; the mode is not in it.
std::string to_text(const Facts& facts);

// The whole product without the cells that a client cannot tell from another one, because it gets no further: no host,
// no address, no TLSA lookup below an insecure address, no connection. Of those the first stands for all.
std::vector<Facts> all_cells();

// Never empty.
std::set<Outcome> allowed(const Facts& facts);

} // namespace tlsa::rfc7672
