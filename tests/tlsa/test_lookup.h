// Lookups made by hand: a question with its verdict, as the validator would give it.
#pragma once

#include <string>
#include <vector>

#include "resolver/dns/text.h"
#include "validator/verdict.h"

namespace test {

inline dns::Question ask(const std::string& name, dns::RrType type) {
    return dns::Question(dns::Name::literal(name), type);
}

inline validator::Reason reason_for(validator::Security security, const dns::Question& question) {
    using validator::ReasonCode;
    using validator::Security;
    const auto code = security == Security::bogus      ? ReasonCode::rrsig_expired
                      : security == Security::insecure ? ReasonCode::delegation_insecure
                                                       : ReasonCode::no_answer;
    return validator::Reason(code, question.name, question.type);
}

inline validator::Lookup empty_lookup(const dns::Question& question, validator::Security security,
                                      validator::AnswerKind kind) {
    validator::Lookup lookup;
    lookup.question = question;
    lookup.verdict.security = security;
    lookup.verdict.kind = kind;
    lookup.verdict.final_name = question.name;
    if (kind == validator::AnswerKind::name_error) lookup.verdict.rcode = dns::Rcode::NXDOMAIN;
    if (security != validator::Security::secure) lookup.verdict.reasons.push_back(reason_for(security, question));
    return lookup;
}
// NODATA, NXDOMAIN, and failures: bogus, or no answer at all.
inline validator::Lookup no_data(const dns::Question& q, validator::Security s = validator::Security::secure) {
    return empty_lookup(q, s, validator::AnswerKind::no_data);
}
inline validator::Lookup name_error(const dns::Question& q, validator::Security s = validator::Security::secure) {
    return empty_lookup(q, s, validator::AnswerKind::name_error);
}
inline validator::Lookup bogus(const dns::Question& q) {
    return empty_lookup(q, validator::Security::bogus, validator::AnswerKind::positive);
}
inline validator::Lookup unanswered(const dns::Question& q) {
    return empty_lookup(q, validator::Security::indeterminate, validator::AnswerKind::failure);
}

struct Hop {
    std::string target;
    validator::Security security = validator::Security::secure;
};
// An answer with these RDATA (presentation format) at the end of these aliases.
inline validator::Lookup found(const dns::Question& question, const std::vector<std::string>& rdata,
                               validator::Security security = validator::Security::secure,
                               const std::vector<Hop>& aliases = {}) {
    auto lookup = empty_lookup(question, security, validator::AnswerKind::positive);
    for (const auto& hop : aliases) {
        const auto target = dns::Name::literal(hop.target);
        lookup.verdict.aliases.push_back({lookup.verdict.final_name, target, dns::RrType::CNAME, hop.security});
        lookup.verdict.final_name = target;
    }
    dns::SignedRrSet answer;
    answer.set = dns::RrSet(lookup.verdict.final_name, question.type, 300, {});
    for (const auto& text : rdata)
        answer.set.rdata.push_back(dns::rdata_from_text(question.type, text, dns::Name()).value());
    lookup.verdict.answer.push_back(answer);
    return lookup;
}

} // namespace test
