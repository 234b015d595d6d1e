#include "harness/tlsa_tool/survey.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/smtp_driver.h"
#include "harness/tlsa_tool/lint_parts.h"
#include "harness/transcript.h"
#include "resolver/dns/address_text.h"
#include "resolver/dns/rdata.h"
#include "tlsa/base_domain.h"

namespace harness {

namespace asio = boost::asio;

namespace {

using validator::Security;
constexpr std::size_t most_hosts = 100, most_addresses = 32; // as the walk's (tlsa/README.md)

struct Host {
    dns::Name name;
    bool by_secure_mx = false;
};

class Surveyor {
  public:
    Surveyor(SurveyPlan plan, const WalkSurroundings& surroundings)
        : plan_(std::move(plan))
        , surroundings_(surroundings) {}

    asio::awaitable<Survey> run() {
        const auto hosts = co_await find_hosts();
        for (const Host& host : hosts) co_await visit(host);
        auto found = findings_.take();
        survey_.findings = std::move(found);
        co_return std::move(survey_);
    }

  private:
    asio::awaitable<validator::Lookup> lookup(dns::Name name, dns::RrType type) {
        const dns::Question question(name, type);
        auto found = co_await surroundings_.stub->lookup(question);
        if (found.verdict.security == Security::indeterminate) survey_.complete = false;
        co_return found;
    }

    void note(Severity severity, const char* id, const char* source, const std::string& where, std::string text) {
        findings_.add(severity, id, "", source, where, std::move(text));
    }

    static std::string why(const validator::Lookup& found) {
        return found.verdict.reasons.empty() ? ""
                                             : ": " + std::string(validator::info(found.verdict.reasons[0].code).id);
    }

    asio::awaitable<std::vector<Host>> find_hosts() {
        std::vector<Host> hosts;
        names_ = {plan_.name};
        if (plan_.host_only) {
            hosts.push_back({plan_.name, false});
            co_return hosts;
        }
        const auto mx = co_await lookup(plan_.name, dns::RrType::MX);
        const std::string where = plan_.name.to_text();
        if (mx.is_error()) {
            note(Severity::error, "mx-lookup-fails", "RFC 7672 §2.1.2", where,
                 fmt::format("the MX lookup fails{}: mail waits", why(mx)));
            co_return hosts;
        }
        const bool secure = mx.verdict.security == Security::secure;
        if (!secure)
            note(Severity::error, "mx-not-secure", "RFC 7672 §2.2.1", where,
                 "the MX records are not secured by DNSSEC: clients need not apply DANE to hosts that anyone may name");
        if (!(mx.verdict.final_name == plan_.name)) names_.push_back(mx.verdict.final_name);
        for (const auto& rdata : mx.rdata()) {
            const auto record = dns::Mx::parse(rdata);
            if (!record || hosts.size() >= most_hosts) continue;
            if (record->exchange.is_root()) {
                note(Severity::advice, "takes-no-mail", "RFC 7505 §3", where, "the domain takes no mail (null MX)");
                continue;
            }
            hosts.push_back({record->exchange, secure});
        }
        if (mx.rdata().empty()) hosts.push_back({mx.verdict.final_name, secure});
        co_return hosts;
    }

    asio::awaitable<void> visit(Host host) {
        PublishedService service;
        service.host = without_final_dot(host.name);
        service.port = plan_.port;
        std::vector<dns::Name> bases;
        std::vector<std::string> addresses;
        for (const auto type : {dns::RrType::A, dns::RrType::AAAA}) {
            const auto found = co_await lookup(host.name, type);
            if (found.is_error())
                note(Severity::error, "address-lookup-fails", "RFC 7672 §2.1.2", host.name.to_text(),
                     fmt::format("the {} lookup fails{}: the host counts as unreachable", dns::to_text(type),
                                 why(found)));
            const auto rdata = found.rdata();
            if (rdata.empty()) continue;
            if (found.verdict.security == Security::insecure && bases.empty())
                note(Severity::error, "address-not-secure", "RFC 7672 §2.2.2", host.name.to_text(),
                     "the address records are not secured by DNSSEC: clients do not even ask for TLSA records");
            for (const auto& base : tlsa::candidate_base_domains(found))
                if (std::ranges::find(bases, base) == bases.end()) bases.push_back(base);
            for (const auto& octets : rdata)
                if (addresses.size() < most_addresses && (octets.size() == 4 || octets.size() == 16))
                    addresses.push_back(octets.size() == 4 ? dns::ipv4_text(octets) : dns::ipv6_text(octets));
        }
        if (addresses.empty())
            note(Severity::warning, "no-address", "RFC 5321 §5.1", host.name.to_text(), "the host has no address");
        if (bases.empty()) bases.push_back(host.name); // to say what is published in vain
        co_await find_records(service, bases);
        if (host.by_secure_mx) service.names.insert(service.names.end(), names_.begin(), names_.end());
        for (const auto& address : addresses)
            for (unsigned i = 0; i < plan_.sessions; ++i) {
                co_await connect(service, address);
                if (service.connections.back().tls == ServedChain::Tls::unreachable)
                    break; // it would cost as long again
            }
        survey_.services.push_back(std::move(service));
    }

    asio::awaitable<void> find_records(PublishedService& service, const std::vector<dns::Name>& bases) {
        for (const auto& base : bases) {
            const auto owner = tlsa::tlsa_name(base, plan_.port);
            if (!owner) continue;
            const auto found = co_await lookup(*owner, dns::RrType::TLSA);
            service.owner = owner->to_text();
            service.names = {base};
            if (found.is_error()) {
                service.security = found.verdict.security;
                note(Severity::error, "tlsa-lookup-fails", "RFC 7672 §2.1.2", service.owner,
                     fmt::format("the TLSA lookup fails{}: no DANE client connects, not even without TLS", why(found)));
                co_return;
            }
            if (found.rdata().empty()) continue;
            describe(service, *owner, found);
            co_return;
        }
        note(Severity::warning, "no-records", "RFC 7672 §2.2.3", service.owner, "there are no TLSA records");
    }

    static void describe(PublishedService& service, const dns::Name& owner, const validator::Lookup& found) {
        constexpr std::size_t header = 12, question_tail = 4, record_head = 12,
                              opt = 11; // RFC 1035 §4.1, RFC 6891 §6.1
        service.records = found.rdata();
        service.security = found.verdict.security;
        if (!found.verdict.aliases.empty()) service.alias_target = found.verdict.final_name.to_text();
        service.answer_octets = header + owner.wire().size() + question_tail + opt;
        for (const auto& signed_set : found.verdict.answer) {
            for (const auto& rdata : signed_set.set.rdata) service.answer_octets += record_head + rdata.size();
            for (const auto& rdata : signed_set.signatures) {
                service.answer_octets += record_head + rdata.size();
                const auto signature = dns::Rrsig::parse(rdata);
                if (!signature || signed_set.set.type != dns::RrType::TLSA) continue;
                const std::uint32_t seconds = signature->expiration.seconds - signature->inception.seconds;
                service.signature_seconds = std::max(service.signature_seconds, std::int64_t{seconds});
                service.ttl = std::max(service.ttl, dns::Ttl{signature->original_ttl});
            }
            if (signed_set.set.type == dns::RrType::TLSA && signed_set.signatures.empty())
                service.ttl = signed_set.set.ttl;
        }
    }

    asio::awaitable<void> connect(PublishedService& service, const std::string& address) {
        tlsa::SessionPlan session;
        session.tls = tlsa::TlsPolicy::encrypt;
        session.server_name = service.names.front();
        session.step_timeout = plan_.step_timeout;
        session.implicit_tls = plan_.implicit_tls;
        const auto done = co_await run_session(surroundings_.executor, surroundings_.dial_map, address, plan_.port,
                                               session, surroundings_.tls_seed());
        const auto& outcome = done.first;
        ServedChain served;
        served.address = address;
        served.detail = fmt::format("{} at {}{}{}", tlsa::id(outcome.failure), to_text(outcome.step),
                                    outcome.detail.empty() ? "" : ": ", outcome.detail);
        if (outcome.tls) {
            served.tls = ServedChain::Tls::established;
            served.chain = outcome.tls->chain;
        } else if (outcome.failure == tlsa::SmtpFailure::starttls_not_offered ||
                   outcome.failure == tlsa::SmtpFailure::starttls_refused) {
            served.tls = ServedChain::Tls::not_offered;
        } else if (outcome.step == tlsa::SmtpStep::handshake) {
            served.tls = ServedChain::Tls::failed;
        }
        service.connections.push_back(std::move(served));
    }

    SurveyPlan plan_;
    const WalkSurroundings& surroundings_;
    std::vector<dns::Name> names_; // the mail domain before and after its aliases
    Survey survey_;
    linting::Findings findings_;
};

} // namespace

asio::awaitable<Survey> survey(SurveyPlan plan, const WalkSurroundings& surroundings) {
    Surveyor surveyor(std::move(plan), surroundings);
    auto result = co_await surveyor.run();
    co_return result;
}

} // namespace harness
