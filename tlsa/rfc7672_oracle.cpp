#include "tlsa/rfc7672_oracle.h"

namespace tlsa::rfc7672 {

namespace {

// Pre-DANE opportunistic TLS (RFC 7672 §2.2: STARTTLS SHOULD be used where it is offered, clear text otherwise). What may
// be done after a handshake that fails is a MAY.
std::set<Outcome> opportunistic(Server server) {
    switch (server) {
    case Server::good:
    case Server::wrong_certificate: return {Outcome::unauthenticated_tls};
    case Server::no_starttls: return {Outcome::cleartext};
    case Server::handshake_fails: return {Outcome::cleartext, Outcome::deferred};
    }
    return {};
}

// RFC 7672 §2.2: with usable records TLS and authentication are mandatory, with unusable ones TLS is.
std::set<Outcome> with_secure_records(Server server, bool usable, Outcome authenticated) {
    if (server == Server::no_starttls || server == Server::handshake_fails) return {Outcome::deferred};
    if (!usable) return {Outcome::unauthenticated_tls};
    return {server == Server::good ? authenticated : Outcome::deferred};
}

// RFC 7672 §2.2.2, §2.2.3: a host whose address is secure, and to which DANE applies.
std::set<Outcome> by_records(const Facts& facts, Outcome authenticated) {
    switch (facts.tlsa) {
    case Tlsa::bogus:
    case Tlsa::servfail:
    case Tlsa::timeout: return {Outcome::deferred}; // §2.1.2: the host is unreachable
    case Tlsa::usable: return with_secure_records(facts.server, true, authenticated);
    case Tlsa::unusable:
        if (facts.mandatory) return {Outcome::deferred}; // §6: TLSA records that are not usable do not suffice
        return with_secure_records(facts.server, false, authenticated);
    case Tlsa::insecure:
    case Tlsa::nxdomain:
    case Tlsa::insecure_nxdomain:
    case Tlsa::nodata:
    case Tlsa::insecure_nodata: break;
    }
    if (facts.mandatory) return {Outcome::deferred}; // §6
    return opportunistic(facts.server);
}

std::set<Outcome> both(std::set<Outcome> a, const std::set<Outcome>& b) {
    a.insert(b.begin(), b.end());
    return a;
}

} // namespace

std::set<Outcome> allowed(const Facts& facts) {
    switch (facts.mx) {
    case Mx::bogus:
    case Mx::servfail:
    case Mx::timeout: return {Outcome::deferred}; // §2.1.2, §2.2.1: delivery is delayed
    case Mx::nxdomain:
    case Mx::insecure_nxdomain: return {Outcome::bounced}; // RFC 5321 §5.1
    case Mx::null:
    case Mx::insecure_null: return {Outcome::bounced}; // RFC 7505 §3
    case Mx::secure:
    case Mx::insecure:
    case Mx::nodata:
    case Mx::insecure_nodata: break;
    }
    switch (facts.address) {
    case Address::bogus:
    case Address::servfail:
    case Address::timeout:
        return {Outcome::deferred}; // §2.1.2, §2.2.2: the host is unreachable
    // RFC 5321 §5.1 calls it an error that no host has an address, and does not say for how long.
    case Address::none: return {Outcome::deferred, Outcome::bounced};
    case Address::secure:
    case Address::insecure: break;
    }
    const bool secure_address = facts.address == Address::secure;
    if (facts.mx != Mx::insecure) { // §2.2.2: an implicit MX goes by its address alone
        if (secure_address) return by_records(facts, Outcome::verified);
        return facts.mandatory ? std::set{Outcome::deferred} : opportunistic(facts.server);
    }
    // §2.2.1, §6: with mandatory DANE an insecure MX RRset delays delivery whatever comes below it. Otherwise DANE need
    // not apply, and a client may elect it all the same, calling the outcome what it is.
    if (facts.mandatory) return {Outcome::deferred};
    if (!secure_address) return opportunistic(facts.server);
    return both(opportunistic(facts.server), by_records(facts, Outcome::verified_insecure_mx));
}

namespace {

constexpr Mx every_mx[] = {Mx::secure, Mx::insecure,        Mx::bogus, Mx::nxdomain,      Mx::insecure_nxdomain,
                           Mx::nodata, Mx::insecure_nodata, Mx::null,  Mx::insecure_null, Mx::servfail,
                           Mx::timeout};
constexpr Address every_address[] = {Address::secure, Address::insecure, Address::bogus,
                                     Address::none,   Address::servfail, Address::timeout};
constexpr Tlsa every_tlsa[] = {
    Tlsa::usable, Tlsa::unusable,        Tlsa::insecure, Tlsa::nxdomain, Tlsa::insecure_nxdomain,
    Tlsa::nodata, Tlsa::insecure_nodata, Tlsa::bogus,    Tlsa::servfail, Tlsa::timeout};
constexpr Server every_server[] = {Server::good, Server::wrong_certificate, Server::no_starttls,
                                   Server::handshake_fails};

bool is_first(Tlsa tlsa) { return tlsa == every_tlsa[0]; }
bool is_first(Server server) { return server == every_server[0]; }

// Is this cell the one that stands for all that look the same?
bool tells_apart(const Facts& facts) {
    const bool has_host =
        facts.mx == Mx::secure || facts.mx == Mx::insecure || facts.mx == Mx::nodata || facts.mx == Mx::insecure_nodata;
    if (!has_host) return facts.address == every_address[0] && is_first(facts.tlsa) && is_first(facts.server);
    const bool has_address = facts.address == Address::secure || facts.address == Address::insecure;
    if (!has_address) return is_first(facts.tlsa) && is_first(facts.server);
    if (facts.address == Address::insecure) return true; // whatever is below: no TLSA lookup, so it must not matter
    const bool no_records = facts.tlsa == Tlsa::bogus || facts.tlsa == Tlsa::servfail || facts.tlsa == Tlsa::timeout;
    // Below an insecure MX a client may pass the records over, and then meets the server.
    return !no_records || facts.mx == Mx::insecure || is_first(facts.server);
}

} // namespace

std::vector<Facts> all_cells() {
    std::vector<Facts> cells;
    for (const bool mandatory : {true, false})
        for (const auto mx : every_mx)
            for (const auto address : every_address)
                for (const auto tlsa : every_tlsa)
                    for (const auto server : every_server)
                        if (const Facts facts{mandatory, mx, address, tlsa, server}; tells_apart(facts))
                            cells.push_back(facts);
    return cells;
}

std::string_view to_text(Mx mx) {
    switch (mx) {
    case Mx::secure: return "secure";
    case Mx::insecure: return "insecure";
    case Mx::bogus: return "bogus";
    case Mx::nxdomain: return "nxdomain";
    case Mx::insecure_nxdomain: return "insecure-nxdomain";
    case Mx::nodata: return "nodata";
    case Mx::insecure_nodata: return "insecure-nodata";
    case Mx::null: return "null";
    case Mx::insecure_null: return "insecure-null";
    case Mx::servfail: return "servfail";
    case Mx::timeout: return "timeout";
    }
    return "";
}

std::string_view to_text(Address address) {
    switch (address) {
    case Address::secure: return "secure";
    case Address::insecure: return "insecure";
    case Address::bogus: return "bogus";
    case Address::none: return "none";
    case Address::servfail: return "servfail";
    case Address::timeout: return "timeout";
    }
    return "";
}

std::string_view to_text(Tlsa tlsa) {
    switch (tlsa) {
    case Tlsa::usable: return "usable";
    case Tlsa::unusable: return "unusable";
    case Tlsa::insecure: return "insecure";
    case Tlsa::nxdomain: return "nxdomain";
    case Tlsa::insecure_nxdomain: return "insecure-nxdomain";
    case Tlsa::nodata: return "nodata";
    case Tlsa::insecure_nodata: return "insecure-nodata";
    case Tlsa::bogus: return "bogus";
    case Tlsa::servfail: return "servfail";
    case Tlsa::timeout: return "timeout";
    }
    return "";
}

std::string_view to_text(Server server) {
    switch (server) {
    case Server::good: return "good";
    case Server::wrong_certificate: return "wrong-certificate";
    case Server::no_starttls: return "no-starttls";
    case Server::handshake_fails: return "handshake-fails";
    }
    return "";
}

std::string to_text(const Facts& facts) {
    std::string text = "mx=";
    text += to_text(facts.mx);
    text += ",a=";
    text += to_text(facts.address);
    text += ",tlsa=";
    text += to_text(facts.tlsa);
    text += ",server=";
    text += to_text(facts.server);
    return text;
}

} // namespace tlsa::rfc7672
