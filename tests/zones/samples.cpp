#include "tests/zones/samples.h"

#include <algorithm>

#include "resolver/dns/text.h"

namespace samples {

zones::SigningPolicy policy(dns::UnixTime at, zones::Denial denial, dns::Algorithm algorithm, bool csk) {
    constexpr std::int64_t day = 24 * 60 * 60;
    zones::SigningPolicy result;
    result.algorithm = algorithm;
    result.csk = csk;
    result.denial = denial;
    result.inception = {at.seconds - 10 * day};
    result.expiration = {at.seconds + 20 * day};
    if (denial != zones::Denial::nsec) result.nsec3_salt = {0xab, 0xcd};
    return result;
}

const std::string& rich_zone_text() {
    static const std::string text = R"($TTL 3600
@               SOA   ns hostmaster 1 3600 600 604800 300
                NS    ns
                MX    10 mx
                MX    20 mx.plain.example.
                TXT   "one" "two; three"
ns              A     192.0.2.53
                AAAA  2001:db8::53
mx              A     192.0.2.1
_24._tcp.mx     TLSA  3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
_25._tcp.mx     TLSA  3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
mx2             A     192.0.2.2
*.wild          A     192.0.2.3
                TXT   "from the wildcard"
deep.ent.below  A     192.0.2.4
alias           CNAME mx
away            CNAME mx.plain.example.
tree            DNAME other.example.
odd             TYPE65280 \# 3 010203
secure.sub      NS    ns.secure.sub
secure.sub      DS    12345 13 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
ns.secure.sub   A     192.0.2.54
insecure.sub    NS    ns.insecure.sub
ns.insecure.sub A     192.0.2.55
)";
    return text;
}

std::vector<zones::ZoneSpec> specs(const zones::SigningPolicy& signing) {
    using ParentDs = zones::ZoneSpec::ParentDs;
    const std::string host = "@ MX 10 mx\nmx A 192.0.2.9\n_25._tcp.mx TLSA 3 1 1 "
                             "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
    return {
        {name("mail.example."), rich_zone_text(), signing, ParentDs::publish},
        {name("other.example."), host, signing, ParentDs::publish},
        {name("plain.example."), host, std::nullopt, ParentDs::publish},
        {name("island.example."), host, signing, ParentDs::omit},
    };
}

zones::Hierarchy hierarchy(const std::vector<zones::Fault>& faults, zones::Denial denial) {
    const auto signing = policy(now, denial);
    return zones::Hierarchy::build(specs(signing), signing, faults, seed);
}

dns::Name name(std::string_view text) { return dns::Name::literal(text); }

dns::Message query(std::string_view owner, dns::RrType type, bool dnssec) {
    auto message = dns::make_query(dns::Question(name(owner), type), 1);
    if (!dnssec) message.edns->dnssec_ok = false;
    return message;
}

std::vector<std::string> lines(const std::vector<dns::Record>& section, dns::RrType type) {
    std::vector<std::string> result;
    for (const auto& record : section) {
        if (record.type != type) continue;
        result.push_back(record.owner.to_text() + " " + dns::to_text(type) + " " +
                         dns::rdata_to_text(type, record.rdata));
    }
    return result;
}

std::size_t count(const std::vector<dns::Record>& section, dns::RrType type) {
    return static_cast<std::size_t>(
        std::count_if(section.begin(), section.end(), [type](const auto& record) { return record.type == type; }));
}

} // namespace samples
