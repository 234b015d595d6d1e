#include "harness/deliver/demands.h"

#include "harness/deliver/evaluation.h"
#include "harness/deliver/message.h"

namespace harness::deliver {

using tlsa::AuthenticationResult;
using tlsa::RequireTls;
using tlsa::TlsPolicy;

Demands demands_of(const Claim& claim, const DestinationControl& control) {
    Demands demands;
    demands.tls = control.tls;
    demands.dane = claim.relay ? control.dane : DaneSupport::none;
    // RFC 8689 §5: a bounce asks for it and goes without it.
    if (claim.require_tls) demands.require_tls = claim.sender.empty() ? RequireTls::wanted : RequireTls::demanded;
    if (claim.require_tls || !(claim.tls_report || says_tls_required_no(claim.content))) return demands;
    demands.tls_optional = true;
    demands.dane = DaneSupport::none;
    if (demands.tls != TlsSupport::none) demands.tls = TlsSupport::preferred;
    return demands;
}

tlsa::DecisionTable table_without_dane() {
    using tlsa::Action;
    using tlsa::State;
    tlsa::DecisionTable table;
    table.profile = "no DANE";
    const auto row = [&](std::optional<State> mx, std::optional<State> a, Action action) {
        tlsa::Row r;
        r.number = static_cast<unsigned>(table.rows.size() + 1);
        r.states.mx = mx;
        r.states.a = a;
        r.action = action;
        table.rows.push_back(r);
    };
    row(State::bogus, std::nullopt, Action::dane_fail); // no answer
    row(State::insecure, State::bogus, Action::dane_fail);
    row(State::insecure, State::insecure, Action::opportunistic_tls);
    return table;
}

bool verifies(TlsSupport tls) {
    return tls == TlsSupport::preferred_verify || tls == TlsSupport::required_verify ||
           tls == TlsSupport::required_verify_hosted_domains;
}

TlsPolicy session_policy(const Demands& demands) {
    if (demands.require_tls == RequireTls::demanded) return TlsPolicy::encrypt;
    switch (demands.tls) {
    case TlsSupport::none: return TlsPolicy::cleartext;
    case TlsSupport::preferred:
    case TlsSupport::preferred_verify: return TlsPolicy::opportunistic;
    case TlsSupport::required:
    case TlsSupport::required_verify:
    case TlsSupport::required_verify_hosted_domains: break;
    }
    return TlsPolicy::encrypt;
}

const StsPolicy* sts_for(const Config& config, const Demands& demands, const std::string& domain,
                         const std::optional<std::string>& relay_host) {
    if (demands.tls_optional) return nullptr;
    const auto* policy = config.sts_for(relay_host.value_or(domain));
    return policy == nullptr || policy->mode == StsMode::none ? nullptr : policy;
}

tlsa::PkixRequest sts_request(const tlsa::CertificateChain& roots, const std::string& host, dns::UnixTime now) {
    tlsa::PkixRequest request;
    request.roots = roots;
    request.now = now;
    request.rule = tlsa::NameRule::dns_ids;
    if (const auto name = dns::Name::from_text(host)) request.reference_names = {*name};
    return request;
}

std::pair<std::string, std::string> sts_finding(const StsPolicy& policy, const std::string& host,
                                                const tlsa::SmtpOutcome& outcome, const tlsa::PkixRequest& request) {
    if (!policy.names(host)) return {"validation-failure", "host-not-in-policy"};
    if (!outcome.tls) {
        if (outcome.step == tlsa::SmtpStep::handshake || outcome.failure == tlsa::SmtpFailure::tls_failed ||
            outcome.failure == tlsa::SmtpFailure::injection_after_starttls)
            return {"validation-failure", failure_of(outcome)};
        return {"starttls-not-supported", failure_of(outcome)};
    }
    const auto judged = tlsa::verify_pkix(outcome.tls->chain, request);
    const std::string why = judged.reasons.empty() ? "" : judged.reasons.front();
    switch (judged.result) {
    case AuthenticationResult::match: return {};
    case AuthenticationResult::name_mismatch: return {"certificate-host-mismatch", why};
    case AuthenticationResult::expired: return {"certificate-expired", why};
    case AuthenticationResult::untrusted:
    case AuthenticationResult::no_match:
    case AuthenticationResult::unusable: break;
    }
    return {"certificate-not-trusted", why};
}

Judge all_of(std::vector<Judge> judges) {
    if (judges.size() == 1) return std::move(judges.front());
    return [judges = std::move(judges)](const tlsa::CertificateChain& chain) {
        tlsa::Authentication word;
        for (const auto& judge : judges) {
            word = judge(chain);
            if (word.result != AuthenticationResult::match) break;
        }
        return word;
    };
}

} // namespace harness::deliver
