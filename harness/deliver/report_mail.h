// A TLS report as a mail (RFC 8460 §5.3), signed.
#pragma once

#include <string>

#include "harness/deliver/config.h"
#include "harness/deliver/dkim.h"
#include "harness/deliver/queue.h"
#include "harness/deliver/tls_report.h"

namespace harness::deliver {

// Precondition: settings.dkim, with that key. The sender is the contact, who learns what becomes of it from other
// hosts; this client tells nobody.
NewMessage report_mail(const TlsReport& report, const TlsReportSettings& settings, const DkimKey& key,
                       const std::string& recipient, dns::UnixTime now);

} // namespace harness::deliver
