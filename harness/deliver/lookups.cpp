#include "harness/deliver/lookups.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/transcript.h"
#include "resolver/dns/text.h"

namespace harness::deliver {

using validator::AnswerKind;
using validator::Security;

namespace {

constexpr unsigned max_aliases = 11; // design: the validator's own bound

validator::Lookup positive(const dns::Question& question, std::vector<dns::Bytes> rdata) {
    validator::Lookup lookup;
    lookup.question = question;
    lookup.verdict.security = Security::insecure;
    lookup.verdict.kind = AnswerKind::positive;
    lookup.verdict.final_name = question.name;
    dns::SignedRrSet set;
    set.set = dns::RrSet(question.name, question.type, 0, std::move(rdata));
    lookup.verdict.answer.push_back(std::move(set));
    return lookup;
}

dns::Bytes octets_of(const boost::asio::ip::address& address) {
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        return {bytes.begin(), bytes.end()};
    }
    const auto bytes = address.to_v6().to_bytes();
    return {bytes.begin(), bytes.end()};
}

} // namespace

validator::Lookup unvalidated(const dns::Question& question, const validator::Response& response) {
    validator::Lookup lookup;
    lookup.question = question;
    lookup.verdict.final_name = question.name;
    const auto* answered = std::get_if<validator::Answered>(&response);
    if (answered == nullptr) {
        lookup.attempts = std::get<validator::NoAnswer>(response).attempts;
        return lookup; // indeterminate, failure
    }
    lookup.attempts = answered->attempts;
    lookup.verdict.rcode = answered->message.rcode;
    lookup.verdict.security = Security::insecure;
    const auto& records = answered->message.answer;
    for (unsigned i = 0; i < max_aliases; ++i) {
        const auto alias = std::ranges::find_if(records, [&](const dns::Record& record) {
            return record.type == dns::RrType::CNAME && record.owner == lookup.verdict.final_name;
        });
        if (alias == records.end() || question.type == dns::RrType::CNAME) break;
        dns::Reader reader(alias->rdata);
        const auto target = dns::Name::read_uncompressed(reader);
        if (!target) break;
        lookup.verdict.final_name = *target;
    }
    lookup.verdict.answer = dns::group(records);
    if (!lookup.rdata().empty()) {
        lookup.verdict.kind = AnswerKind::positive;
        for (const auto& set : lookup.verdict.answer)
            if (set.set.type == question.type) lookup.verdict.ttl = set.set.ttl;
    } else if (answered->message.rcode == dns::Rcode::NXDOMAIN) {
        lookup.verdict.kind = AnswerKind::name_error;
    } else if (answered->message.rcode == dns::Rcode::NOERROR) {
        lookup.verdict.kind = AnswerKind::no_data;
    } else {
        lookup.verdict.security = Security::indeterminate;
    }
    return lookup;
}

RouteData::RouteData(const dns::Name& domain, const SmtpRoute& route) {
    std::vector<dns::Bytes> exchanges;
    std::uint16_t preference = 0;
    for (const auto& host : route.hosts) {
        // An address has no name; it goes by one below .invalid, which the DNS does not have (RFC 6761 §6.4).
        std::string label = host.host;
        std::ranges::replace_if(
            label, [](char c) { return c == '.' || c == ':'; }, '-');
        const auto name = dns::Name::from_text(host.literal ? fmt::format("address-{}.invalid.", label) : host.host);
        if (!name) continue;
        dns::Mx exchange;
        exchange.preference = preference++;
        exchange.exchange = *name;
        exchanges.push_back(exchange.build());
        ports_.emplace(without_final_dot(*name), host.port);
        if (!host.literal) continue;
        const auto address = boost::asio::ip::make_address(host.host);
        const dns::Question a(*name, dns::RrType::A), aaaa(*name, dns::RrType::AAAA);
        auto found = positive(address.is_v6() ? aaaa : a, {octets_of(address)});
        auto none = positive(address.is_v6() ? a : aaaa, {});
        none.verdict.kind = AnswerKind::no_data;
        lookups_.emplace(found.question, found);
        lookups_.emplace(none.question, none);
    }
    const dns::Question question(domain, dns::RrType::MX);
    lookups_.emplace(question, positive(question, std::move(exchanges)));
}

const validator::Lookup* RouteData::find(const dns::Question& question) const {
    const auto found = lookups_.find(question);
    return found == lookups_.end() ? nullptr : &found->second;
}

std::uint16_t RouteData::port_of(const std::string& host) const {
    const auto found = ports_.find(host);
    return found == ports_.end() ? std::uint16_t{25} : found->second;
}

dns::Name reverse_name(const boost::asio::ip::address& address) {
    const dns::Bytes octets = octets_of(address);
    std::string text;
    for (auto octet = octets.rbegin(); octet != octets.rend(); ++octet)
        text += address.is_v4() ? fmt::format("{}.", *octet) : fmt::format("{:x}.{:x}.", *octet & 15, *octet >> 4);
    return dns::Name::literal(text + (address.is_v4() ? "in-addr.arpa." : "ip6.arpa."));
}

} // namespace harness::deliver
