// The debug log of lookups. The forms differ in blanks and quotes on purpose: they are the appliance's.
#include <fmt/format.h>

#include "harness/deliver/lookups.h"
#include "harness/transcript.h"
#include "resolver/dns/text.h"

namespace harness::deliver {

using validator::AnswerKind;
using validator::NoAnswerCause;
using validator::Security;

namespace {

std::string name_of(const dns::Question& question) { return without_final_dot(question.name); }

// "194.191.40.84" of "194.191.40.84:53 (priority 0)": the appliance prints no port 53.
std::string address_of(const std::string& upstream) {
    const auto endpoint = resolver::Endpoint::from_text(upstream.substr(0, upstream.find(' ')), 53);
    if (!endpoint) return upstream;
    return endpoint->port == 53 ? endpoint->address.to_string() : endpoint->to_text();
}

// One piece of data as a Python tuple or string: "(0, 'mail.ietf.org.')", "'4.31.198.44'", TLSA as hex.
std::string datum(dns::RrType type, const dns::Bytes& rdata, bool final_dot) {
    const auto name = [&](const dns::Name& n) { return final_dot ? n.to_text() : without_final_dot(n); };
    if (type == dns::RrType::TLSA) return fmt::format("'{}'", dns::base16(rdata));
    if (type == dns::RrType::MX) {
        const auto mx = dns::Mx::parse(rdata);
        return mx ? fmt::format("({}, '{}')", mx->preference, name(mx->exchange)) : "''";
    }
    return fmt::format("'{}'", dns::rdata_to_text(type, rdata));
}

// What stands for the status in "DNSSEC Response data(...)": nothing where there is no data, as in the sample.
std::string_view status_of(const validator::Lookup& lookup) {
    return lookup.verdict.kind == AnswerKind::positive ? validator::to_text(lookup.verdict.security) : "";
}

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

} // namespace

void LookupLog::began(const dns::Question& question, bool validated) {
    open_[question].validated = validated;
    log_->debug(fmt::format("DNS query: Q('{}', '{}')", name_of(question), dns::to_text(question.type)));
}

void LookupLog::exchanged(const resolver::Exchange& exchange) {
    const auto found = open_.find(exchange.question);
    const std::string address = address_of(exchange.upstream);
    if (found != open_.end()) {
        const std::string name = name_of(exchange.question), type = dns::to_text(exchange.question.type);
        found->second.last = address;
        if (found->second.exchanges++ == 0)
            log_->debug(fmt::format("DNS query: QN('{}', '{}', 'recursive_nameserver0.parent')", name, type));
        log_->debug(fmt::format("DNS query: QIP ('{}','{}','{}',{})", name, type, address, seconds_));
        log_->debug(fmt::format("DNS query: Q ('{}', '{}', '{}')", name, type, address));
    }
    told_failure(exchange, address, found == open_.end() || found->second.validated);
}

void LookupLog::told_failure(const resolver::Exchange& exchange, const std::string& address, bool validated) {
    const auto* cause = std::get_if<NoAnswerCause>(&exchange.outcome);
    if (cause == nullptr) return;
    const std::string name = name_of(exchange.question), type = dns::to_text(exchange.question.type);
    if (*cause == NoAnswerCause::servfail) {
        log_->warning(
            fmt::format("Received an invalid DNS Response: SERVER FAILED to IP {} looking up {}", address, name));
        return;
    }
    if (!validated) {
        log_->warning(fmt::format("Received an invalid DNS Response: {} to IP {} looking up {}",
                                  upper(validator::describe(*cause)), address, name));
        return;
    }
    log_->warning(
        fmt::format("Received an invalid DNSSEC Response: DNSSEC_Error('{0}', '{1}', '{2}', 'DNSSEC Error for "
                    "hostname {0} ({1}) while asking {2}. Error was: {3}') of qtype {1} looking up {0}",
                    name, type, address, validator::describe(*cause)));
}

void LookupLog::ended(const validator::Lookup& lookup, bool validated) {
    std::string asked; // the resolver that answered last
    if (const auto found = open_.find(lookup.question); found != open_.end()) {
        asked = found->second.last;
        open_.erase(found);
    }
    const std::string name = name_of(lookup.question), type = dns::to_text(lookup.question.type);
    const auto& verdict = lookup.verdict;
    if (verdict.security == Security::bogus) {
        const std::string why =
            verdict.reasons.empty() ? "bogus" : validator::to_text(verdict.reasons.front(), clock_());
        log_->warning(
            fmt::format("Received an invalid DNSSEC Response: DNSSEC_Error('{0}', '{1}', '{3}', 'DNSSEC Error for "
                        "hostname {0} ({1}) while asking {3}. Error was: {2}') of qtype {1} looking up {0}",
                        name, type, why, asked));
    }
    if (!log_->is_debug()) return;
    const auto rdata = lookup.rdata();
    std::string data, cached;
    const auto until = (clock_().seconds + verdict.ttl) * 1'000'000; // the appliance's ticks; ours are microseconds
    for (const auto& one : rdata) {
        data += fmt::format("{}{}", data.empty() ? "" : ", ", datum(lookup.question.type, one, true));
        cached += fmt::format("{}({}L, 0, '{}', {})", cached.empty() ? "" : ", ", until,
                              upper(validator::to_text(verdict.security)), datum(lookup.question.type, one, false));
    }
    if (verdict.kind != AnswerKind::failure && !lookup.is_error())
        log_->debug(fmt::format("{} Response data([{}], {}, {}, {})", validated ? "DNSSEC" : "DNS", data,
                                status_of(lookup), static_cast<unsigned>(verdict.rcode), verdict.ttl));
    if (!rdata.empty()) log_->debug(fmt::format("DNS encache ({}, {}, [{}])", name, type, cached));
    const bool none = !lookup.is_error() && rdata.empty() && verdict.kind != AnswerKind::failure;
    if (none && verdict.kind == AnswerKind::name_error)
        log_->debug(fmt::format("Received NXDOMAIN for domain {} type {}", name, type));
    else if (none)
        log_->debug(fmt::format("Received NODATA for domain {} type {}", name, type));
    if (lookup.question.type == dns::RrType::CNAME && rdata.empty())
        log_->debug(fmt::format("No CNAME record({}) found for domain({})", none ? "NoError" : "", name));
}

} // namespace harness::deliver
