#include "harness/transcript.h"

#include <fmt/format.h>

namespace harness {

namespace {

using tlsa::EventKind;

TranscriptLine certain(std::string text) { return {std::move(text), true}; }
TranscriptLine ours(std::string text) { return {std::move(text), false}; }

std::string_view upper(tlsa::State state) {
    switch (state) {
    case tlsa::State::secure: return "SECURE";
    case tlsa::State::insecure: return "INSECURE";
    case tlsa::State::bogus: return "BOGUS";
    case tlsa::State::nxdomain: return "NO";
    case tlsa::State::unusable: return "UNUSABLE";
    }
    return "";
}

// ": why", from the root cause; nothing where no reason was given.
std::string why(const tlsa::Event& event, dns::UnixTime now) {
    if (!event.reasons.empty()) return fmt::format(": {}", validator::to_text(event.reasons.front(), now));
    return event.text.empty() ? "" : fmt::format(": {}", event.text);
}

// One line of ours for every DNS reason: the root cause first, then what else applies (the resolver at fault, say).
void add_reasons(std::vector<TranscriptLine>& lines, const tlsa::Event& event, dns::UnixTime now) {
    for (const auto& reason : event.reasons)
        lines.push_back(ours(fmt::format("  because: {}", validator::to_text(reason, now))));
}

// Who the line is about: "MX(mx.example)" or "SRV(smtp.example:587)".
std::string place(const tlsa::Event& event) {
    return event.port ? fmt::format("SRV({}:{})", event.mx, *event.port) : fmt::format("MX({})", event.mx);
}

std::string address_type(const tlsa::Event& event) { return event.ipv6 ? "AAAA" : "A"; }

std::vector<TranscriptLine> mx_lines(const tlsa::Event& event, const std::string& domain, dns::UnixTime now) {
    std::vector<TranscriptLine> lines;
    switch (event.kind) {
    case EventKind::mx_found: {
        const auto state = event.state.value_or(tlsa::State::insecure);
        lines.push_back(certain(fmt::format("{} MX record({}) found for {}", upper(state), event.mx, domain)));
        if (state == tlsa::State::insecure)
            lines.push_back(
                certain(fmt::format("INSECURE MX record({}) found. The command will still proceed.", event.mx)));
        break;
    }
    case EventKind::mx_bogus:
        lines.push_back(certain(fmt::format("BOGUS MX record found for {}", domain)));
        add_reasons(lines, event, now);
        break;
    case EventKind::mx_lookup_failed:
        lines.push_back(ours(fmt::format("MX lookup failed for {}{}", domain, why(event, now))));
        break;
    case EventKind::mx_none_implicit:
        lines.push_back(ours(fmt::format("No MX record found for {}. The domain is its own mail host.", domain)));
        break;
    case EventKind::mx_null:
        lines.push_back(ours(fmt::format("Null MX record found for {}. The domain takes no mail.", domain)));
        break;
    case EventKind::mx_is_client:
        lines.push_back(ours(fmt::format("MX record for {} names this client. The mail would come back.", domain)));
        break;
    case EventKind::domain_does_not_exist: lines.push_back(ours(fmt::format("No such domain {}.", domain))); break;
    case EventKind::next_mx: lines.push_back(certain(fmt::format("Trying next MX record in {}", domain))); break;
    default: break;
    }
    return lines;
}

std::vector<TranscriptLine> srv_lines(const tlsa::Event& event, const std::string& domain, dns::UnixTime now) {
    std::vector<TranscriptLine> lines;
    switch (event.kind) {
    case EventKind::srv_found: {
        const auto state = event.state.value_or(tlsa::State::insecure);
        const auto record = fmt::format("{} SRV record({}:{}) found", upper(state), event.mx, event.port.value_or(0));
        lines.push_back(ours(fmt::format("{} for {}", record, domain)));
        if (state == tlsa::State::insecure)
            lines.push_back(ours(fmt::format("{}. The command will still proceed.", record)));
        break;
    }
    case EventKind::srv_bogus:
        lines.push_back(ours(fmt::format("BOGUS SRV record found for {}", domain)));
        add_reasons(lines, event, now);
        break;
    case EventKind::srv_lookup_failed:
        lines.push_back(ours(fmt::format("SRV lookup failed for {}{}", domain, why(event, now))));
        break;
    case EventKind::srv_none:
        lines.push_back(ours(fmt::format("No SRV record found for {}. The domain is its own server.", domain)));
        break;
    case EventKind::srv_not_offered:
        lines.push_back(ours(fmt::format("SRV record found for {}: the service is not offered.", domain)));
        break;
    case EventKind::next_srv: lines.push_back(ours(fmt::format("Trying next SRV record in {}", domain))); break;
    default: break;
    }
    return lines;
}

std::vector<TranscriptLine> address_lines(const tlsa::Event& event, const std::string& domain, dns::UnixTime now) {
    const std::string type = address_type(event);
    std::vector<TranscriptLine> lines;
    switch (event.kind) {
    case EventKind::address_found: {
        const auto text =
            fmt::format("{} {} record ({}) found for {} in {}", upper(event.state.value_or(tlsa::State::insecure)),
                        type, event.address, place(event), domain);
        lines.push_back({text, !event.ipv6});
        break;
    }
    case EventKind::address_bogus:
        lines.push_back(ours(fmt::format("BOGUS {} record found for {} in {}", type, place(event), domain)));
        add_reasons(lines, event, now);
        break;
    case EventKind::address_lookup_failed:
        lines.push_back(
            ours(fmt::format("{} lookup failed for {} in {}{}", type, place(event), domain, why(event, now))));
        break;
    case EventKind::address_none:
        lines.push_back(ours(fmt::format("No A or AAAA record found for {} in {}", place(event), domain)));
        break;
    case EventKind::next_address:
        lines.push_back(
            {fmt::format("Trying next {} record ({}) for {} in {}", type, event.address, place(event), domain),
             !event.ipv6});
        break;
    default: break;
    }
    return lines;
}

std::vector<TranscriptLine> tlsa_lines(const tlsa::Event& event, const std::string& domain, dns::UnixTime now) {
    const auto found = [&](std::string_view word) {
        return fmt::format("{} TLSA record found for {} in {}", word, place(event), domain);
    };
    std::vector<TranscriptLine> lines;
    switch (event.kind) {
    case EventKind::tlsa_found: lines.push_back(certain(found("SECURE"))); break;
    case EventKind::tlsa_none: lines.push_back(ours(found("No"))); break;
    case EventKind::tlsa_insecure: lines.push_back(ours(found("INSECURE"))); break;
    case EventKind::tlsa_bogus:
        lines.push_back(ours(found("BOGUS")));
        add_reasons(lines, event, now);
        break;
    case EventKind::tlsa_lookup_failed:
        lines.push_back(ours(fmt::format("TLSA lookup failed for {} in {}{}", place(event), domain, why(event, now))));
        break;
    case EventKind::tlsa_unusable:
        lines.push_back(ours(fmt::format("SECURE TLSA record found for {} in {}, but none is usable{}", place(event),
                                         domain, why(event, now))));
        break;
    default: break;
    }
    return lines;
}

std::vector<TranscriptLine> connection_lines(const tlsa::Event& event, const std::string& domain, std::uint16_t port) {
    switch (event.kind) {
    case EventKind::key_probe:
        return {ours(fmt::format("Asking {} for a certificate with a key of the kind {}", event.address, event.text))};
    case EventKind::key_not_served:
        return {ours(fmt::format("{} has no such certificate: {}", event.address, event.text))};
    case EventKind::key_unproven:
        return {
            ours(fmt::format("{} shows a certificate ({}) that a TLSA record matches; whether it has the key is not "
                             "checked: the TLS library cannot",
                             event.address, event.text))};
    case EventKind::connecting: return {certain(fmt::format("Connecting to {} on port {}.", event.address, port))};
    case EventKind::connected:
        return {certain(fmt::format("Connected to {} from interface {}.", event.address, event.text))};
    case EventKind::connect_failed:
        return {ours(fmt::format("Connection to {} on port {} failed: {}", event.address, port, event.text))};
    case EventKind::tls_checking: return {certain("Checking TLS connection.")};
    case EventKind::tls_established:
        return {certain(fmt::format("TLS connection established: protocol {}, cipher {}.", event.text, event.text2))};
    case EventKind::tls_failed: return {ours(fmt::format("TLS connection failed: {}", event.text))};
    case EventKind::certificate_verified:
        if (event.text.empty()) return {certain("Certificate verification successful")};
        return {
            ours(fmt::format("Certificate verification successful: a public authority vouches for {}", event.text))};
    case EventKind::certificate_failed: return {ours(fmt::format("Certificate verification failed: {}", event.text))};
    case EventKind::tls_succeeded: return {certain(fmt::format("TLS connection succeeded {}.", domain))};
    case EventKind::smtp_failed:
        return {ours(fmt::format("SMTP session with {} failed: {}", event.address, event.text))};
    case EventKind::delivered: return {ours(fmt::format("Message delivered to {} in {}", place(event), domain))};
    default: return {};
    }
}

} // namespace

std::vector<TranscriptLine> transcript_lines(const tlsa::Event& event, const std::string& domain, dns::UnixTime now,
                                             std::uint16_t port) {
    for (auto lines : {mx_lines(event, domain, now), srv_lines(event, domain, now), address_lines(event, domain, now),
                       tlsa_lines(event, domain, now)})
        if (!lines.empty()) return lines;
    return connection_lines(event, domain, event.port.value_or(port));
}

std::vector<TranscriptLine> closing_lines(const tlsa::WalkResult& result, const std::string& domain) {
    const TranscriptLine completed = certain("DANE verification completed.");
    switch (result.action) {
    case tlsa::Action::dane_success: return {certain(fmt::format("DANE SUCCESS for {}", domain)), completed};
    case tlsa::Action::dane_fail: return {certain(fmt::format("DANE FAILED for {}", domain)), completed};
    case tlsa::Action::opportunistic_tls:
        return {ours(fmt::format("DANE FALLBACK to opportunistic TLS for {}", domain)), completed};
    case tlsa::Action::pkix_tls:
        return {ours(fmt::format("DANE FALLBACK to public authorities for {}", domain)), completed};
    }
    return {completed};
}

std::string without_final_dot(const dns::Name& name) {
    std::string text = name.to_text();
    if (text.size() > 1 && text.back() == '.') text.pop_back();
    return text;
}

int exit_code(tlsa::WalkStatus status) {
    switch (status) {
    case tlsa::WalkStatus::dane_success: return 0;
    case tlsa::WalkStatus::certificate_failed: return 1;
    case tlsa::WalkStatus::could_not_tell: return 3;
    case tlsa::WalkStatus::insecure: return 4;
    case tlsa::WalkStatus::bogus: return 5;
    case tlsa::WalkStatus::no_tlsa: return 6;
    case tlsa::WalkStatus::tlsa_insecure: return 7;
    case tlsa::WalkStatus::tlsa_unusable: return 8;
    case tlsa::WalkStatus::cannot_connect: return 9;
    case tlsa::WalkStatus::no_starttls: return 10;
    case tlsa::WalkStatus::tls_failed: return 11;
    case tlsa::WalkStatus::takes_no_mail: return 12;
    }
    return 3;
}

std::string_view to_text(tlsa::WalkStatus status) {
    switch (status) {
    case tlsa::WalkStatus::dane_success: return "dane-success";
    case tlsa::WalkStatus::certificate_failed: return "certificate-failed";
    case tlsa::WalkStatus::could_not_tell: return "could-not-tell";
    case tlsa::WalkStatus::insecure: return "insecure";
    case tlsa::WalkStatus::bogus: return "bogus";
    case tlsa::WalkStatus::no_tlsa: return "no-tlsa";
    case tlsa::WalkStatus::tlsa_insecure: return "tlsa-insecure";
    case tlsa::WalkStatus::tlsa_unusable: return "tlsa-unusable";
    case tlsa::WalkStatus::cannot_connect: return "cannot-connect";
    case tlsa::WalkStatus::no_starttls: return "no-starttls";
    case tlsa::WalkStatus::tls_failed: return "tls-failed";
    case tlsa::WalkStatus::takes_no_mail: return "takes-no-mail";
    }
    return "";
}

} // namespace harness
