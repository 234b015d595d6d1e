// Single values of scenario files: names, questions, times, and words of closed lists. Each throws ScenarioError with
// the node's place and what was expected.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "harness/smtp_server_session.h"
#include "harness/strict_json.h"
#include "resolver/dns/record.h"
#include "resolver/endpoint.h"
#include "tlsa/decision.h"
#include "tlsa/walker.h"
#include "validator/reason.h"

namespace harness {

dns::Name name_of(const JsonNode& node);         // "mx.example." (a missing final dot is taken as present)
dns::RrType rr_type_of(const JsonNode& node);    // "MX", "TYPE65534"
dns::Question question_of(const JsonNode& node); // "mx.example. A"
// "2026-06-01T00:00:00Z", or relative to the scenario's clock: "now", "now-2h", "now+14d" (units s m h d).
dns::UnixTime time_of(const JsonNode& node, dns::UnixTime now);
boost::asio::ip::address address_of(const JsonNode& node); // "192.0.2.1", "2001:db8::1"

tlsa::State state_of(const JsonNode& node);
tlsa::CertificateState certificate_state_of(const JsonNode& node);
tlsa::Action action_of(const JsonNode& node);
tlsa::Mode mode_of(const JsonNode& node);
tlsa::SmtpStep smtp_step_of(const JsonNode& node);
tlsa::SmtpStep smtp_step_of(const JsonNode& node, std::string_view text);
tlsa::AddressFamilies families_of(const JsonNode& node); // "ipv4-first" ...
tlsa::WalkStatus status_of(const JsonNode& node);        // "dane-success" "no-tlsa" ...
validator::Security security_of(const JsonNode& node);
dns::Rcode rcode_of(const JsonNode& node);
// An id that a verdict or a session can give: of validator/reason.h, tlsa/smtp_session.h, tlsa/association.h.
std::string reason_id_of(const JsonNode& node);
std::vector<std::string> reason_ids_of(const JsonNode& node);
std::vector<dns::Question> questions_of(const JsonNode& node); // ["mx.example. A", ...]
std::vector<dns::EdeCode> ede_codes_of(const JsonNode& node);  // [11, 6]

std::string_view to_text(tlsa::AddressFamilies families);
std::string without_final_dot(std::string name); // as certificates and SMTP have names; "." stays

// One of `words`; `find` gives nothing for any other text.
template <class Find>
auto word_of(const JsonNode& node, Find find, std::string_view words) {
    const auto value = find(text_of(node));
    if (!value) node.fail(fmt::format("\"{}\" is none of {}", node.text, words));
    return *value;
}

} // namespace harness
