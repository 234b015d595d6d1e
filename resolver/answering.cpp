#include "resolver/answering.h"

#include <algorithm>
#include <optional>

#include "resolver/dns/rdata.h"
#include "resolver/sentinel.h"

namespace resolver {

namespace {

using dns::EdeCode;
using dns::RrType;
using validator::ReasonCode;
using validator::Security;

class ErrorList {
  public:
    void add(EdeCode code, std::string text) {
        const auto same = [&](const dns::ExtendedError& known) { return known.code == code; };
        if (std::none_of(errors_.begin(), errors_.end(), same)) errors_.push_back({code, std::move(text)});
    }
    std::vector<dns::ExtendedError> take() { return std::move(errors_); }

  private:
    std::vector<dns::ExtendedError> errors_;
};

bool is_failure(ReasonCode code) {
    switch (code) {
    case ReasonCode::no_answer:
    case ReasonCode::servfail:
    case ReasonCode::refused_by_resolver:
    case ReasonCode::answer_malformed:
    case ReasonCode::answer_mismatched:
    case ReasonCode::rcode_unexpected: return true;
    default: return false;
    }
}

void add_failure(ErrorList& errors, const validator::Reason& reason, const std::string& text) {
    if (reason.type == RrType::DNSKEY) errors.add(EdeCode::dnskey_missing, text);
    const bool answered = reason.code == ReasonCode::servfail || reason.code == ReasonCode::answer_malformed ||
                          reason.code == ReasonCode::answer_mismatched || reason.code == ReasonCode::rcode_unexpected;
    if (!answered) errors.add(EdeCode::no_reachable_authority, text);
    if (reason.code != ReasonCode::refused_by_resolver) errors.add(EdeCode::network_error, text);
}

bool is_dnssec_only(RrType type) { return type == RrType::RRSIG || type == RrType::NSEC || type == RrType::NSEC3; }

// What a client without DO sees: nothing of DNSSEC but what it asked for (RFC 4035 §3.2.1).
class Section {
  public:
    Section(std::vector<dns::Record>& to, const dns::Question& question, bool dnssec_ok)
        : to_(to)
        , type_(question.type)
        , dnssec_ok_(dnssec_ok) {}

    void add(const dns::SignedRrSet& set) {
        if (!dnssec_ok_ && is_dnssec_only(set.set.type) && type_ != set.set.type && type_ != RrType::ANY) return;
        auto records = set.set.records();
        for (dns::Record& record : records) to_.push_back(std::move(record));
        if (!dnssec_ok_ && type_ != RrType::RRSIG) return;
        for (const dns::Bytes& rdata : set.signatures)
            to_.emplace_back(set.set.owner, RrType::RRSIG, set.signature_ttl, rdata, set.set.rr_class);
    }

  private:
    std::vector<dns::Record>& to_;
    RrType type_;
    bool dnssec_ok_;
};

// SOA and the denial, as they came with the answer to the last question of the alias chain.
void add_authority(dns::Message& answer, const validator::Verdict& verdict, const validator::Evidence& evidence,
                   bool dnssec_ok) {
    const dns::Question& question = answer.questions.front();
    const dns::Question last(verdict.final_name, question.type, question.rr_class);
    const auto* response = evidence.find(last);
    if (response == nullptr) response = evidence.find(question);
    const auto* answered = response == nullptr ? nullptr : std::get_if<validator::Answered>(response);
    if (answered == nullptr) return;
    Section section(answer.authority, question, dnssec_ok);
    for (const dns::SignedRrSet& set : dns::group(answered->message.authority)) {
        const RrType type = set.set.type;
        if (type == RrType::SOA || type == RrType::NSEC || type == RrType::NSEC3) section.add(set);
    }
}

// A record that does not have the form of its type, in the response to this question.
std::optional<dns::ExtendedError> malformed_record(const dns::Question& question, const validator::Evidence& evidence) {
    const auto* response = evidence.find(question);
    const auto* answered = response == nullptr ? nullptr : std::get_if<validator::Answered>(response);
    if (answered == nullptr) return std::nullopt;
    for (const auto* section : {&answered->message.answer, &answered->message.authority})
        for (const dns::Record& record : *section) {
            if (dns::check_rdata(record.type, record.rdata)) continue;
            const std::string what = record.owner.to_text() + " " + dns::to_text(record.type);
            return dns::ExtendedError{EdeCode::other, what + ": the data does not have the form of its type"};
        }
    return std::nullopt;
}

// No other code says it (RFC 8914 §4.1). Looked for in the response itself and in those that the reasons are about.
void add_malformed_records(dns::Message& answer, const validator::Verdict& verdict,
                           const validator::Evidence& evidence) {
    std::vector<dns::Question> questions{answer.questions.front()};
    questions.emplace_back(verdict.final_name, answer.questions.front().type);
    for (const validator::Reason& reason : verdict.reasons) questions.emplace_back(reason.owner, reason.type);
    for (const dns::Question& question : questions)
        if (auto error = malformed_record(question, evidence)) {
            answer.add_extended_error(*error);
            return;
        }
}

} // namespace

std::vector<dns::ExtendedError> extended_errors_of(const validator::Verdict& verdict, dns::UnixTime now) {
    ErrorList errors;
    for (const validator::Reason& reason : verdict.reasons) {
        const std::string text = validator::to_text(reason, now);
        if (is_failure(reason.code))
            add_failure(errors, reason, text);
        else if (const auto code = validator::info(reason.code).ede)
            errors.add(*code, text);
    }
    const std::string text = verdict.reasons.empty() ? "" : validator::to_text(verdict.reasons.front(), now);
    if (verdict.security == Security::bogus) errors.add(EdeCode::dnssec_bogus, text);
    if (verdict.security == Security::indeterminate) errors.add(EdeCode::dnssec_indeterminate, text);
    return errors.take();
}

dns::Message answer_for(const dns::Message& query, const validator::Verdict& verdict,
                        const validator::Evidence* evidence, const AnsweringPolicy& policy, dns::UnixTime now) {
    dns::Message answer;
    answer.questions = query.questions;
    answer.header = query.header;
    answer.header.response = true;
    answer.header.authoritative = answer.header.truncated = answer.header.authentic_data = false;
    answer.header.recursion_available = true;
    const bool dnssec_ok = query.edns && query.edns->dnssec_ok;
    if (query.edns) answer.edns = dns::Edns{1232, 0, dnssec_ok, {}};
    if (policy.extended_errors && query.edns)
        for (const auto& error : extended_errors_of(verdict, now)) answer.add_extended_error(error);

    const bool given_out = verdict.security == Security::secure || verdict.security == Security::insecure ||
                           query.header.checking_disabled || policy.permissive;
    const bool nothing_known = verdict.security == Security::indeterminate && verdict.answer.empty();
    if (policy.sentinel != nullptr && sentinel_fails(query, verdict.security, *policy.sentinel)) {
        answer.rcode = dns::Rcode::SERVFAIL;
        return answer;
    }
    if (!given_out || nothing_known || answer.questions.empty()) {
        answer.rcode = dns::Rcode::SERVFAIL;
        const bool explains = policy.extended_errors && query.edns && evidence != nullptr;
        if (explains && !answer.questions.empty()) add_malformed_records(answer, verdict, *evidence);
        return answer;
    }
    answer.rcode = verdict.rcode;
    answer.header.authentic_data = verdict.security == Security::secure && (dnssec_ok || query.header.authentic_data);
    Section section(answer.answer, answer.questions.front(), dnssec_ok);
    for (const dns::SignedRrSet& set : verdict.answer) section.add(set);
    if (evidence != nullptr && verdict.kind != validator::AnswerKind::positive)
        add_authority(answer, verdict, *evidence, dnssec_ok);
    return answer;
}

} // namespace resolver
