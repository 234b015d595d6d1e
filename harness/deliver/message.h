// Messages as the client takes them in, and the notices that it writes itself.
#pragma once

#include <string>
#include <string_view>

#include "harness/deliver/queue.h"
#include "resolver/dns/result.h"

namespace harness::deliver {

// Every line ends in CR LF, also where the file has LF or CR alone (RFC 5321 §2.3.8); a last line without end gets one.
std::string with_crlf(std::string_view text);

// "user@example.com" as a command line can carry it: printable ASCII without blanks and angle brackets, a local part of
// at most 64 octets (RFC 5321 §4.5.3.1.1) and a domain name. The error says what was expected. Address literals and
// quoted local parts are not supported.
dns::Result<std::string, std::string> checked_address(const std::string& text);

// The non-delivery notice for the sender (RFC 3464 §2): what was tried, until when, and the headers of what
// did not arrive. It has no sender of its own, so nobody is told when it bounces in turn (RFC 5321 §4.5.5).
NewMessage non_delivery_notice(const Claim& claim, const std::string& error, const std::string& status,
                               const std::string& hostname, dns::UnixTime now);

// Has the header one field "TLS-Required: No" (RFC 8689 §3)? Another value, or a second field, is none.
bool says_tls_required_no(std::string_view content);

} // namespace harness::deliver
