// The lints about records and the chains that servers present.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/tlsa_tool/lint_parts.h"
#include "tlsa/certificate.h"
#include "tlsa/name_match.h"

namespace harness::linting {

namespace {

using tlsa::AuthenticationResult;
using Tls = ServedChain::Tls;
// Usage, selector, matching type.
using Combination = std::tuple<int, int, int>;

std::string to_text(const Combination& combination) {
    return fmt::format("{} {} {}", std::get<0>(combination), std::get<1>(combination), std::get<2>(combination));
}

// The usable records by what they compare; digest agility sets none aside here, as each client knows its own digests.
std::map<Combination, std::vector<tlsa::AssessedRecord>> combinations(const Service& service) {
    std::map<Combination, std::vector<tlsa::AssessedRecord>> groups;
    for (auto record : service.assessed) {
        if (!record.association || !counts_for_clients(record)) continue;
        record.unusable.reset();
        const auto& association = *record.association;
        groups[{static_cast<int>(association.usage), static_cast<int>(association.selector),
                static_cast<int>(association.matching_type)}]
            .push_back(std::move(record));
    }
    return groups;
}

tlsa::Authentication judge(const Service& service, const std::vector<tlsa::AssessedRecord>& records,
                           const tlsa::CertificateChain& chain, dns::UnixTime now) {
    tlsa::AuthenticationRequest wanted;
    wanted.records = records;
    wanted.reference_names = service.published->names;
    wanted.now = now;
    return tlsa::authenticate(chain, wanted);
}

std::string reason_of(const tlsa::Authentication& outcome) {
    return outcome.reasons.empty() ? std::string(to_text(outcome.result)) : outcome.reasons.front();
}

std::optional<dns::Bytes> leaf_key(const tlsa::CertificateChain& chain) {
    if (chain.empty()) return std::nullopt;
    const auto leaf = tlsa::Certificate::parse(chain.front());
    return leaf ? std::optional(leaf->spki()) : std::nullopt;
}

// Does the chain end below an authority that is not sent?
bool top_is_missing(const tlsa::CertificateChain& chain) {
    if (chain.empty()) return false;
    const auto top = tlsa::Certificate::parse(chain.back());
    return top && !top->is_self_issued();
}

class Judged {
  public:
    Judged(const Service& service, const tlsa::CertificateChain& chain, dns::UnixTime now) {
        for (const auto& [combination, records] : combinations(service)) {
            auto outcome = judge(service, records, chain, now);
            if (outcome.result == AuthenticationResult::match)
                matched_.insert(combination);
            else
                unmatched_.emplace(combination, reason_of(outcome));
            for (const auto& record : records)
                if (judge(service, {record}, chain, now).result == AuthenticationResult::match)
                    records_.insert(record.rdata);
        }
    }
    const std::set<Combination>& matched() const { return matched_; }
    const std::map<Combination, std::string>& unmatched() const { return unmatched_; }
    const std::set<dns::Bytes>& records() const { return records_; } // that match by themselves
    bool usage_matches(int usage) const {
        return std::ranges::any_of(matched_, [&](const Combination& c) { return std::get<0>(c) == usage; });
    }

  private:
    std::set<Combination> matched_;
    std::map<Combination, std::string> unmatched_;
    std::set<dns::Bytes> records_;
};

void lint_chain(const Service& service, const ServedChain& served, const LintRequest& request, Findings& out) {
    const Judged judged(service, served.chain, request.now);
    const auto& published = *service.published;
    const std::string where = fmt::format("{} at {}", published.host, served.address);
    if (judged.matched().empty() && !judged.unmatched().empty())
        out.add(Severity::error, "chain-unmatched", "D-201", "RFC 7672 §8.1", where,
                fmt::format("no record matches what is served: {}; publish 3 1 1 of this key, or serve the certificate "
                            "that the records mean",
                            judged.unmatched().begin()->second));
    for (const auto& [combination, why] : judged.unmatched()) {
        if (judged.matched().empty()) break; // that is said
        out.add(Severity::error, "combination-unmatched", "D-143", "RFC 7671 §8", where,
                fmt::format("no record {} ... matches what is served ({}): a client that looks at these alone fails",
                            to_text(combination), why));
        const int usage = std::get<0>(combination);
        if (!judged.usage_matches(usage))
            out.add(
                Severity::error, "usage-ahead-of-chain", "D-145", "RFC 7671 §8.2", where,
                fmt::format("usage {} was added before the server serves a chain for it: first records for the chain "
                            "in use, then the chain, then remove the old ones",
                            usage));
    }
    const bool anchors = std::ranges::any_of(
        judged.unmatched(), [](const auto& one) { return std::get<0>(one.first) == 2 && std::get<2>(one.first) != 0; });
    if (anchors && !judged.usage_matches(2) && top_is_missing(served.chain))
        out.add(Severity::error, "anchor-not-sent", "D-148", "RFC 7672 §3.1.2", where,
                "a digest of an authority is published, and the chain that is sent ends below it: the server must send "
                "the authority's certificate too, even a root");
    std::set<Combination> with_rest;
    for (const auto& [combination, records] : combinations(service)) {
        if (!judged.matched().contains(combination)) continue;
        for (const auto& record : records)
            if (!judged.records().contains(record.rdata)) with_rest.insert(combination);
    }
    for (const auto& combination : with_rest)
        out.add(
            Severity::advice, "record-unmatched", "D-144", "RFC 7671 §8.1", where,
            fmt::format("of the records {} ... one matches nothing served here: the next key, which may be used two "
                        "TTLs ({} s) after it was published, or one left behind, to be removed",
                        to_text(combination), 2 * std::uint64_t{published.ttl}));
}

// RFC 7672 §3.2.3: "*" is a whole first label; other clients may be laxer, ours and many are not.
void lint_names(const Service& service, const ServedChain& served, Findings& out) {
    const bool names_count = std::ranges::any_of(service.assessed, [](const tlsa::AssessedRecord& record) {
        return record.association && counts_for_clients(record) && record.association->usage == tlsa::Usage::DANE_TA;
    });
    if (!names_count || served.chain.empty()) return;
    const auto leaf = tlsa::Certificate::parse(served.chain.front());
    if (!leaf) return;
    for (const auto& name : tlsa::presented_names(*leaf)) {
        const auto star = name.find('*');
        if (star == std::string::npos || (name.starts_with("*.") && name.find('*', 1) == std::string::npos)) continue;
        out.add(Severity::warning, "wildcard-partial", "D-207", "RFC 7672 §3.2.3",
                fmt::format("{} at {}", service.published->host, served.address),
                "a name of the certificate has a wildcard that is not its whole first label, which matches nothing");
    }
}

void lint_tls(const Service& service, Findings& out) {
    const auto& published = *service.published;
    std::map<std::string, std::set<Tls>> by_address;
    bool offered = false, refused = false;
    for (const auto& served : published.connections) {
        if (served.tls == Tls::unreachable) {
            out.add(Severity::warning, "unreachable", "", "RFC 7672 §2.2",
                    fmt::format("{} at {}", published.host, served.address),
                    fmt::format("cannot be judged: {}", served.detail));
            continue;
        }
        offered = offered || served.tls == Tls::established;
        refused = refused || served.tls == Tls::not_offered;
        by_address[served.address].insert(served.tls);
    }
    for (const auto& [address, seen] : by_address) {
        const std::string where = fmt::format("{} at {}", published.host, address);
        if (seen.contains(Tls::not_offered) && offered)
            out.add(Severity::error, "starttls-selective", "D-202", "RFC 7672 §9.2", where,
                    seen.size() > 1
                        ? "STARTTLS is offered in one session and not in another: clients that must have it "
                          "fail by chance"
                        : "STARTTLS is not offered here, and is at other addresses of the same host");
        else if (seen.contains(Tls::not_offered))
            out.add(Severity::error, "no-tls", "D-147", "RFC 7672 §2.2", where,
                    "TLSA records are published for a service that offers no TLS: mail from DANE clients does not "
                    "arrive; offer STARTTLS or remove the records");
        if (seen.contains(Tls::failed))
            out.add(Severity::error, "handshake-failed", "D-147", "RFC 7672 §2.2", where,
                    "TLS is offered and its handshake fails: mail from DANE clients does not arrive");
    }
}

void lint_next(const Service& service, const tlsa::CertificateChain& next, dns::UnixTime now, Findings& out) {
    const Judged judged(service, next, now);
    const auto& published = *service.published;
    for (const auto& [combination, why] : judged.unmatched())
        out.add(
            Severity::error, "next-not-published", "D-144", "RFC 7671 §8.1", published.owner,
            fmt::format("the chain to come has no record {} ... ({}): publish it, wait two TTLs ({} s), then use the "
                        "chain",
                        to_text(combination), why, 2 * std::uint64_t{published.ttl}));
    if (!judged.unmatched().empty()) {
        const auto to_come = leaf_key(next);
        const bool new_key = std::ranges::any_of(published.connections, [&](const ServedChain& served) {
            const auto in_use = leaf_key(served.chain);
            return to_come && in_use && *to_come != *in_use;
        });
        if (new_key)
            out.add(Severity::error, "renewal-new-key", "D-150", "RFC 7671 §5.1", published.owner,
                    "the certificate to come has another key than the one in use: keep the key at renewals, or publish "
                    "its record first");
    } else if (!judged.matched().empty()) {
        out.add(Severity::advice, "next-published", "D-144", "RFC 7671 §8.1", published.owner,
                fmt::format("the chain to come has its records: use it two TTLs ({} s) after they were published, then "
                            "remove the old ones",
                            2 * std::uint64_t{published.ttl}));
    }
}

} // namespace

void lint_served(const Service& service, const LintRequest& request, Findings& out) {
    lint_tls(service, out);
    std::set<std::pair<std::string, tlsa::CertificateChain>> seen; // several sessions with one address show the same
    for (const auto& served : service.published->connections) {
        if (served.tls != Tls::established || !seen.emplace(served.address, served.chain).second) continue;
        lint_chain(service, served, request, out);
        lint_names(service, served, out);
    }
    if (request.next_chain) lint_next(service, *request.next_chain, request.now, out);
}

// RFC 7672 §2.2.3: an alias shares the records, so the servers must be equivalent; a usage 3 record is of one key.
void lint_together(const std::vector<Service>& services, Findings& out) {
    std::map<std::string, std::vector<const Service*>> by_target;
    for (const auto& service : services)
        if (!service.published->alias_target.empty()) by_target[service.published->alias_target].push_back(&service);
    for (const auto& [target, sharing] : by_target) {
        const bool end_entity = std::ranges::any_of(sharing.front()->assessed, [](const tlsa::AssessedRecord& record) {
            return record.association && record.association->usage == tlsa::Usage::DANE_EE;
        });
        std::set<dns::Bytes> keys;
        for (const auto* service : sharing)
            for (const auto& served : service->published->connections)
                if (auto key = leaf_key(served.chain)) keys.insert(*std::move(key));
        if (sharing.size() > 1 && end_entity && keys.size() > 1)
            out.add(Severity::error, "shared-by-unlike", "D-207", "RFC 7672 §2.2.3", target,
                    fmt::format("{} hosts share these records of usage 3 by alias, and their servers have {} different "
                                "keys: give each host its own records, or share an authority's",
                                sharing.size(), keys.size()));
    }
}

} // namespace harness::linting
