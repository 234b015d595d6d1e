// The day's report on TLS sessions (RFC 8460 §4), made of what the queue has recorded.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "harness/deliver/config.h"
#include "harness/deliver/queue.h"

namespace harness::deliver {

struct TlsReport {
    std::string domain;    // of the recipients
    std::string file_name; // RFC 8460 §5.1: submitter!domain!begin!end.json
    nlohmann::ordered_json json;
};

// One report for each recipient domain with sessions on the UTC day that holds `day`, sorted by domain. Sessions of the
// same policy are counted together, and so are failures alike in type, hosts and addresses.
std::vector<TlsReport> tls_reports(const Queue& queue, const TlsReportSettings& settings, const std::string& hostname,
                                   dns::UnixTime day);

std::string text_of(const TlsReport& report); // the file's content

// One line a policy and result: "tlsa mx.shop.example success", "sts shop.example certificate-expired".
std::vector<std::string> summary_of(const TlsReport& report);

} // namespace harness::deliver
