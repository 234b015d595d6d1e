#include "harness/scenario_values.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "harness/transcript.h"
#include "tlsa/certificate_reasons.h"

namespace harness {

namespace {

template <class T>
struct Word {
    std::string_view text;
    T value;
};

constexpr std::array families_words{
    Word<tlsa::AddressFamilies>{"ipv4-first", tlsa::AddressFamilies::ipv4_first},
    Word<tlsa::AddressFamilies>{"ipv6-first", tlsa::AddressFamilies::ipv6_first},
    Word<tlsa::AddressFamilies>{"ipv4-only", tlsa::AddressFamilies::ipv4_only},
    Word<tlsa::AddressFamilies>{"ipv6-only", tlsa::AddressFamilies::ipv6_only},
};

constexpr std::array statuses{
    tlsa::WalkStatus::dane_success,   tlsa::WalkStatus::certificate_failed,
    tlsa::WalkStatus::could_not_tell, tlsa::WalkStatus::insecure,
    tlsa::WalkStatus::bogus,          tlsa::WalkStatus::no_tlsa,
    tlsa::WalkStatus::tlsa_insecure,  tlsa::WalkStatus::tlsa_unusable,
    tlsa::WalkStatus::cannot_connect, tlsa::WalkStatus::no_starttls,
    tlsa::WalkStatus::tls_failed,     tlsa::WalkStatus::takes_no_mail,
};

constexpr std::array security_words{
    Word<validator::Security>{"secure", validator::Security::secure},
    Word<validator::Security>{"insecure", validator::Security::insecure},
    Word<validator::Security>{"bogus", validator::Security::bogus},
    Word<validator::Security>{"indeterminate", validator::Security::indeterminate},
};

constexpr std::array rcode_words{
    Word<dns::Rcode>{"NOERROR", dns::Rcode::NOERROR},   Word<dns::Rcode>{"FORMERR", dns::Rcode::FORMERR},
    Word<dns::Rcode>{"SERVFAIL", dns::Rcode::SERVFAIL}, Word<dns::Rcode>{"NXDOMAIN", dns::Rcode::NXDOMAIN},
    Word<dns::Rcode>{"NOTIMP", dns::Rcode::NOTIMP},     Word<dns::Rcode>{"REFUSED", dns::Rcode::REFUSED},
    Word<dns::Rcode>{"YXDOMAIN", dns::Rcode::YXDOMAIN}, Word<dns::Rcode>{"BADVERS", dns::Rcode::BADVERS},
};

constexpr std::array smtp_steps{
    tlsa::SmtpStep::connect,   tlsa::SmtpStep::banner,         tlsa::SmtpStep::ehlo,           tlsa::SmtpStep::starttls,
    tlsa::SmtpStep::handshake, tlsa::SmtpStep::authentication, tlsa::SmtpStep::ehlo_after_tls, tlsa::SmtpStep::mail,
    tlsa::SmtpStep::rcpt,      tlsa::SmtpStep::data,           tlsa::SmtpStep::message,        tlsa::SmtpStep::rset,
    tlsa::SmtpStep::quit,
};

constexpr std::array smtp_failures{
    tlsa::SmtpFailure::connection_refused,
    tlsa::SmtpFailure::connection_timeout,
    tlsa::SmtpFailure::network_error,
    tlsa::SmtpFailure::timeout,
    tlsa::SmtpFailure::closed_by_peer,
    tlsa::SmtpFailure::reply_malformed,
    tlsa::SmtpFailure::reply_refused,
    tlsa::SmtpFailure::starttls_not_offered,
    tlsa::SmtpFailure::requiretls_not_offered,
    tlsa::SmtpFailure::host_not_in_policy,
    tlsa::SmtpFailure::host_not_proven,
    tlsa::SmtpFailure::starttls_refused,
    tlsa::SmtpFailure::injection_after_starttls,
    tlsa::SmtpFailure::tls_failed,
    tlsa::SmtpFailure::certificate_no_match,
    tlsa::SmtpFailure::certificate_name_mismatch,
    tlsa::SmtpFailure::certificate_expired,
    tlsa::SmtpFailure::certificate_untrusted,
};

constexpr std::array unusable_records{
    tlsa::Unusable::usage_pkix_in_smtp,    tlsa::Unusable::usage_unknown,     tlsa::Unusable::selector_unknown,
    tlsa::Unusable::matching_type_unknown, tlsa::Unusable::malformed,         tlsa::Unusable::empty_data,
    tlsa::Unusable::digest_length_wrong,   tlsa::Unusable::full_data_not_der, tlsa::Unusable::weaker_digest_ignored,
    tlsa::Unusable::digest_not_accepted,
};

template <class T, std::size_t N>
T listed(const JsonNode& node, const std::array<Word<T>, N>& words) {
    std::vector<std::string_view> known;
    for (const auto& word : words) {
        if (word.text == text_of(node)) return word.value;
        known.push_back(word.text);
    }
    node.fail(fmt::format("\"{}\" is none of {}", node.text, fmt::join(known, ", ")));
}

template <class T, std::size_t N>
std::string_view text_in(T value, const std::array<Word<T>, N>& words) {
    for (const auto& word : words) {
        if (word.value == value) return word.text;
    }
    return "";
}

std::optional<std::int64_t> seconds_of(std::string_view text) { // "-2h", "+14d"
    if (text.size() < 3 || (text.front() != '-' && text.front() != '+')) return std::nullopt;
    std::int64_t unit = 0;
    switch (text.back()) {
    case 's': unit = 1; break;
    case 'm': unit = 60; break;
    case 'h': unit = 3600; break;
    case 'd': unit = 86400; break;
    default: return std::nullopt;
    }
    std::uint32_t count = 0; // 2^32 days still fit into 64 bits of seconds
    const char* const last = text.data() + text.size() - 1;
    const auto [end, error] = std::from_chars(text.data() + 1, last, count);
    if (error != std::errc{} || end != last) return std::nullopt;
    return (text.front() == '-' ? -1 : 1) * static_cast<std::int64_t>(count) * unit;
}

} // namespace

dns::Name name_of(const JsonNode& node) {
    const auto name = dns::Name::from_text(text_of(node));
    if (!name) node.fail(fmt::format("\"{}\" is no domain name: {}", node.text, dns::describe(name.error().code)));
    return *name;
}

dns::RrType rr_type_of(const JsonNode& node) {
    return word_of(node, dns::rr_type_from_text, "the record types (A, MX, TLSA, TYPE123, ...)");
}

dns::Question question_of(const JsonNode& node) {
    const auto& text = text_of(node);
    const auto space = text.rfind(' ');
    if (space == std::string::npos)
        node.fail(fmt::format("\"{}\": expected a name and a type, as in \"mx.example. A\"", text));
    const auto name = dns::Name::from_text(text.substr(0, space));
    const auto type = dns::rr_type_from_text(text.substr(space + 1));
    if (!name) node.fail(fmt::format("\"{}\": no domain name: {}", text, dns::describe(name.error().code)));
    if (!type) node.fail(fmt::format("\"{}\": expected a record type behind the name, as in \"mx.example. A\"", text));
    return dns::Question(*name, *type);
}

std::vector<dns::Question> questions_of(const JsonNode& node) {
    std::vector<dns::Question> questions;
    for (const auto& item : items_of(node)) questions.push_back(question_of(item));
    return questions;
}

dns::UnixTime time_of(const JsonNode& node, dns::UnixTime now) {
    const std::string_view text = text_of(node);
    if (text == "now") return now;
    if (text.starts_with("now")) {
        if (const auto seconds = seconds_of(text.substr(3))) return dns::UnixTime{now.seconds + *seconds};
    } else if (const auto time = dns::from_rfc3339(text)) {
        return *time;
    }
    node.fail(fmt::format("\"{}\" is no time: expected 2026-06-01T00:00:00Z, or now-2h, now+14d", text));
}

boost::asio::ip::address address_of(const JsonNode& node) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(text_of(node), error);
    if (error) node.fail(fmt::format("\"{}\" is no IP address", node.text));
    return address;
}

tlsa::State state_of(const JsonNode& node) {
    return word_of(node, tlsa::state_from_text, "secure, insecure, bogus, nxdomain, unusable");
}

tlsa::CertificateState certificate_state_of(const JsonNode& node) {
    return word_of(node, tlsa::certificate_state_from_text, "success, failed");
}

tlsa::Action action_of(const JsonNode& node) {
    return word_of(node, tlsa::action_from_text, "dane-success, dane-fail, opportunistic-tls, pkix-tls");
}

tlsa::Mode mode_of(const JsonNode& node) { return word_of(node, tlsa::mode_from_text, "mandatory, opportunistic"); }

tlsa::SmtpStep smtp_step_of(const JsonNode& node, std::string_view text) {
    std::vector<std::string_view> known;
    for (const auto step : smtp_steps) {
        if (tlsa::to_text(step) == text) return step;
        known.push_back(tlsa::to_text(step));
    }
    node.fail(fmt::format("\"{}\" is none of {}", text, fmt::join(known, ", ")));
}

tlsa::SmtpStep smtp_step_of(const JsonNode& node) { return smtp_step_of(node, text_of(node)); }
tlsa::AddressFamilies families_of(const JsonNode& node) { return listed(node, families_words); }

tlsa::WalkStatus status_of(const JsonNode& node) {
    std::vector<std::string_view> known;
    for (const auto status : statuses) {
        if (to_text(status) == text_of(node)) return status;
        known.push_back(to_text(status));
    }
    node.fail(fmt::format("\"{}\" is none of {}", node.text, fmt::join(known, ", ")));
}

validator::Security security_of(const JsonNode& node) { return listed(node, security_words); }
dns::Rcode rcode_of(const JsonNode& node) { return listed(node, rcode_words); }

std::string reason_id_of(const JsonNode& node) {
    const auto& text = text_of(node);
    const auto has_id = [&](auto value) { return id(value) == text; };
    if (validator::reason_from_id(text) || tlsa::is_certificate_reason(text) ||
        std::any_of(smtp_failures.begin(), smtp_failures.end(), has_id) ||
        std::any_of(unusable_records.begin(), unusable_records.end(), has_id))
        return text;
    node.fail(fmt::format("\"{}\" is the id of no reason (they are listed in validator/reason.h, tlsa/smtp_session.h, "
                          "tlsa/certificate_reasons.h and "
                          "tlsa/association.h)",
                          text));
}

std::vector<std::string> reason_ids_of(const JsonNode& node) {
    std::vector<std::string> ids;
    for (const auto& item : items_of(node)) ids.push_back(reason_id_of(item));
    return ids;
}

std::vector<dns::EdeCode> ede_codes_of(const JsonNode& node) {
    std::vector<dns::EdeCode> codes;
    for (const auto& item : items_of(node)) codes.push_back(static_cast<dns::EdeCode>(whole_number_of(item, 0, 65535)));
    return codes;
}

std::string_view to_text(tlsa::AddressFamilies families) { return text_in(families, families_words); }

std::string without_final_dot(std::string name) {
    if (name.size() > 1 && name.back() == '.') name.pop_back();
    return name;
}

} // namespace harness
