#include "harness/bundle/mail_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/transcript.h"

namespace harness {

namespace {

using tlsa::SmtpStep;

void add(MailSettings& settings, const std::string& does, const std::vector<std::string>& postfix) {
    settings.does.push_back(does);
    if (postfix.empty()) settings.not_stock.push_back(does);
    settings.postfix.insert(settings.postfix.end(), postfix.begin(), postfix.end());
}

void add_tls(MailSettings& settings, const ServerSpec& server, const std::string& folder) {
    const auto& behaviour = server.behaviour;
    const bool offers = behaviour.offers_starttls && !behaviour.implicit_tls;
    const bool demands = behaviour.requires_client_certificate;
    settings.postfix.push_back(fmt::format("smtpd_tls_security_level = {}", demands ? "encrypt"
                                                                            : offers || behaviour.implicit_tls
                                                                                ? "may"
                                                                                : "none"));
    if (behaviour.implicit_tls) add(settings, "TLS from the first octet", {"smtpd_tls_wrappermode = yes"});
    if (!offers && !behaviour.implicit_tls) settings.does.emplace_back("offers no STARTTLS");
    if (server.certificate.empty() && (offers || behaviour.implicit_tls))
        add(settings, "has no certificate: the handshake fails", {"smtpd_tls_cert_file = none"});
    switch (behaviour.versions) {
    case TlsVersions::both: break;
    case TlsVersions::only_1_0: add(settings, "speaks TLS 1.0 alone, which today's libraries refuse", {}); break;
    case TlsVersions::only_1_2: add(settings, "speaks TLS 1.2 alone", {"smtpd_tls_protocols = TLSv1.2"}); break;
    case TlsVersions::only_1_3: add(settings, "speaks TLS 1.3 alone", {"smtpd_tls_protocols = TLSv1.3"}); break;
    }
    if (!behaviour.cipher.empty())
        add(settings, fmt::format("knows one cipher suite, {}", behaviour.cipher),
            {"smtpd_tls_ciphers = high", "tls_high_cipherlist = " + behaviour.cipher});
    if (demands)
        add(settings, "wants a certificate of the client, and fails without one", {"smtpd_tls_req_ccert = yes"});
    else if (behaviour.requests_client_certificate)
        add(settings, "asks the client for a certificate", {"smtpd_tls_ask_ccert = yes"});
    if (!server.certificates_by_sni.empty())
        add(settings, "shows other certificates to clients that name a server (SNI)",
            {fmt::format("tls_server_sni_maps = texthash:{}/sni", folder)});
    if (behaviour.unknown_sni_fails) add(settings, "refuses handshakes for server names that it does not know", {});
    if (behaviour.asks_again) add(settings, "asks for new keys once TLS is up", {});
    if (behaviour.raw_public_key)
        add(settings, "shows a raw public key to clients that take one (Postfix 3.9 and later)",
            {"smtpd_tls_enable_rpk = yes"});
    if (behaviour.alert_instead_of_tls)
        add(settings, fmt::format("answers the ClientHello with alert {}", *behaviour.alert_instead_of_tls), {});
    if (behaviour.handshake_octets)
        add(settings, fmt::format("closes after {} octets of its handshake", *behaviour.handshake_octets), {});
    if (!behaviour.plain_instead_of_tls.empty()) add(settings, "answers the ClientHello in clear", {});
    if (!behaviour.injected_after_starttls.empty()) add(settings, "sends octets behind its 220 to STARTTLS", {});
    if (behaviour.plain_in_tls_at)
        add(settings, fmt::format("answers in clear inside TLS, at {}", to_text(*behaviour.plain_in_tls_at)), {});
}

// Of a reply that is none of success: what Postfix can be told to give, though in words of its own.
std::vector<std::string> postfix_reply(SmtpStep step, const std::string& reply) {
    const std::string action = reply.starts_with("5") ? "reject" : reply.starts_with("4") ? "defer" : "";
    if (action.empty()) return {};
    switch (step) {
    case SmtpStep::banner: return {"smtpd_delay_reject = no", "smtpd_client_restrictions = " + action};
    case SmtpStep::ehlo: return {"smtpd_delay_reject = no", "smtpd_helo_restrictions = " + action};
    case SmtpStep::mail: return {"smtpd_delay_reject = no", "smtpd_sender_restrictions = " + action};
    case SmtpStep::rcpt: return {"smtpd_recipient_restrictions = " + action};
    case SmtpStep::data: return {"smtpd_data_restrictions = " + action};
    case SmtpStep::message: return {"smtpd_end_of_data_restrictions = " + action};
    default: return {};
    }
}

void add_replies(MailSettings& settings, const SmtpBehaviour& behaviour) {
    for (const auto& [step, lines] : behaviour.replies)
        add(settings, fmt::format("replies at {}: {}", to_text(step), fmt::join(lines, " / ")),
            lines.empty() ? std::vector<std::string>{} : postfix_reply(step, lines.back()));
    const auto add_at = [&](const std::optional<SmtpStep>& step, std::string_view what) {
        if (step) add(settings, fmt::format("{} at {}", what, to_text(*step)), {});
    };
    add_at(behaviour.silent_at, "says nothing any more");
    add_at(behaviour.closes_at, "closes the connection");
    add_at(behaviour.half_closes_at, "closes its half of the connection");
    add_at(behaviour.resets_at, "resets the connection");
    add_at(behaviour.floods_at, "sends a line without an end");
    if (!behaviour.reply_octets.empty() || !behaviour.reply_lines.empty()) add(settings, "sends long replies", {});
    if (behaviour.line_end != "\r\n") add(settings, "ends its lines otherwise than with CRLF", {});
    if (behaviour.octet_delay.count() != 0) add(settings, "sends one octet at a time", {});
    if (behaviour.offers_starttls_in_tls) add(settings, "offers STARTTLS inside TLS again", {});
    const auto keywords = [](const std::vector<std::string>& list) {
        return list.empty() ? std::string("none") : fmt::format("{}", fmt::join(list, ", "));
    };
    if (behaviour.capabilities != SmtpBehaviour{}.capabilities || behaviour.capabilities_in_tls)
        add(settings, fmt::format("its EHLO keywords are {}", keywords(behaviour.capabilities)), {});
    if (behaviour.capabilities_in_tls)
        add(settings, fmt::format("its EHLO keywords inside TLS are {}", keywords(*behaviour.capabilities_in_tls)), {});
}

} // namespace

MailSettings mail_settings_of(const ServerSpec& server, const std::string& folder) {
    MailSettings settings;
    if (server.behaviour.refuses_connections) {
        settings.does.emplace_back("refuses connections: start no server at this address and port");
        return settings;
    }
    add_tls(settings, server, folder);
    add_replies(settings, server.behaviour);
    return settings;
}

} // namespace harness
