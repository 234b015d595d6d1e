#include "validator/advice.h"

#include <algorithm>

namespace validator {
namespace {

using dns::RrType;

bool is_missing(const Reason& reason) {
    switch (reason.code) {
    case ReasonCode::rrsig_missing:
    case ReasonCode::nsec_missing:
    case ReasonCode::delegation_proof_missing:
    case ReasonCode::dnskey_missing: return true;
    default: return false;
    }
}

bool is_missing_from_answer(const Reason& reason) {
    if (reason.code == ReasonCode::nsec_missing) return true;
    return reason.code == ReasonCode::rrsig_missing && reason.type != RrType::DNSKEY && reason.type != RrType::DS;
}

template <class Visit>
void for_each_record(const dns::Message& message, Visit visit) {
    for (const auto* section : {&message.answer, &message.authority, &message.additional})
        for (const dns::Record& record : *section) visit(record);
}

bool has_type(const dns::Message& message, RrType type) {
    bool found = false;
    for_each_record(message, [&](const dns::Record& record) { found |= record.type == type; });
    return found;
}

std::vector<const Answered*> consulted_answers(const Session& session) {
    std::vector<const Answered*> answers;
    for (const dns::Question& question : session.consulted()) {
        const Response* response = session.evidence().find(question);
        if (response == nullptr) continue;
        if (const auto* answered = std::get_if<Answered>(response)) answers.push_back(answered);
    }
    return answers;
}

// A resolver that never showed an RRSIG, and either does not speak of DNSSEC at all (no OPT, or DO not echoed:
// RFC 4035 §3.2.1) or gave DNSKEY records bare, which no DNSSEC-aware resolver does when DO is set.
bool strips(const Source& source, const std::vector<const Answered*>& answers) {
    bool unaware = false, bare_keys = false;
    for (const Answered* answer : answers) {
        if (answer->source.text != source.text) continue;
        const dns::Message& message = answer->message;
        if (has_type(message, RrType::RRSIG)) return false;
        unaware |= !message.edns || !message.edns->dnssec_ok;
        bare_keys |= has_type(message, RrType::DNSKEY);
    }
    return unaware || bare_keys;
}

std::optional<Reason> stripping_resolver(const Session& session, const Verdict& verdict) {
    if (std::none_of(verdict.reasons.begin(), verdict.reasons.end(), is_missing)) return std::nullopt;
    const auto answers = consulted_answers(session);
    for (const Answered* answer : answers) {
        if (!strips(answer->source, answers)) continue;
        Reason why(ReasonCode::resolver_strips_dnssec, session.question().name, session.question().type);
        why.resolver = answer->source.text;
        why.detail = "put a validating-capable resolver first";
        return why;
    }
    return std::nullopt;
}

// By how much signatures are on the wrong side of now.
struct Offsets {
    std::size_t count = 0, expired = 0, early = 0;
    std::int64_t least = 0, most = 0; // seconds, of those that are expired or early
    std::vector<dns::Name> zones;     // that made these; two are enough to know
    void add(std::int64_t seconds, const dns::Name& zone) {
        if (zones.empty() || (zones.size() == 1 && !(zones.front() == zone))) zones.push_back(zone);
        least = expired + early == 1 ? seconds : std::min(least, seconds);
        most = std::max(most, seconds);
    }
};

Offsets measure(const Session& session) {
    Offsets offsets;
    for (const Answered* answer : consulted_answers(session)) {
        for_each_record(answer->message, [&](const dns::Record& record) {
            const auto rrsig = record.type == RrType::RRSIG ? dns::Rrsig::parse(record.rdata)
                                                            : dns::wire_error(dns::WireErrorCode::bad_rdata);
            if (!rrsig) return;
            const std::int64_t late = session.now().seconds - dns::expand(rrsig->expiration, session.now()).seconds;
            const std::int64_t early = dns::expand(rrsig->inception, session.now()).seconds - session.now().seconds;
            if (dns::is_before(rrsig->expiration, rrsig->inception)) return; // wrong by any clock
            ++offsets.count;
            offsets.expired += late > 0;
            offsets.early += early > 0 && late <= 0;
            if (late > 0 || early > 0) offsets.add(std::max(late, early), rrsig->signer);
        });
    }
    return offsets;
}

std::string duration(std::int64_t seconds) {
    if (seconds >= 2 * 86400) return std::to_string(seconds / 86400) + " days";
    if (seconds >= 2 * 3600) return std::to_string(seconds / 3600) + " hours";
    return std::to_string(seconds) + " seconds";
}

std::optional<Reason> suspect_clock(const Session& session, const Verdict& verdict) {
    const bool dates = std::any_of(verdict.reasons.begin(), verdict.reasons.end(), [](const Reason& r) {
        return r.code == ReasonCode::rrsig_expired || r.code == ReasonCode::rrsig_not_yet_valid;
    });
    if (!dates) return std::nullopt;
    const Offsets offsets = measure(session);
    // A few of other dates (a key's signature made to last, a leftover) do not acquit the clock: four in five condemn
    // it.
    const std::size_t out = std::max(offsets.expired, offsets.early);
    if (out < 2 || (offsets.expired != 0 && offsets.early != 0) || out * 5 < offsets.count * 4) return std::nullopt;
    // Zones do not fail together, so with two of them the clock is the likely cause. Of one zone alone all signatures
    // must be off by about as much; that they were made at different times accounts for a day, or for half of it.
    constexpr std::int64_t slack = 86400;
    const bool alike = offsets.most - offsets.least <= std::max(slack, offsets.most / 2);
    if (offsets.zones.size() < 2 && !alike) return std::nullopt;
    Reason why(ReasonCode::clock_suspect, session.question().name, session.question().type);
    why.detail = (out == offsets.count ? "every signature is " : "nearly every signature is ") +
                 std::string(offsets.expired != 0 ? "expired, by about " : "not yet valid, by about ") +
                 (alike ? duration(offsets.least) : duration(offsets.least) + " to " + duration(offsets.most));
    return why;
}

} // namespace

void add_advice(const Session& session, Verdict& verdict) {
    if (verdict.security != Security::bogus || verdict.reasons.empty()) return;
    const auto clock = suspect_clock(session, verdict);
    if (const auto resolver = stripping_resolver(session, verdict)) {
        // Then the chain breaks at its very beginning; what people asked for, and did not get signed, says more.
        const auto bare = std::find_if(verdict.reasons.begin(), verdict.reasons.end(), is_missing_from_answer);
        if (bare != verdict.reasons.end()) std::rotate(verdict.reasons.begin(), bare, bare + 1);
        verdict.reasons.insert(verdict.reasons.begin() + 1, *resolver);
    }
    if (clock) verdict.reasons.insert(verdict.reasons.begin() + 1, *clock);
}

} // namespace validator
