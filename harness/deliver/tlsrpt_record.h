// Where a domain wants TLS reports: the TXT record at _smtp._tls (RFC 8460 §3).
#pragma once

#include <string>
#include <vector>

#include "resolver/dns/bytes.h"
#include "resolver/dns/name.h"
#include "resolver/dns/result.h"

namespace harness::deliver {

struct ReportAddresses {
    std::vector<std::string> mail;  // addresses of mailto: URIs
    std::vector<std::string> https; // URIs
};

// "_smtp._tls.shop.example."; the error says why there is none.
dns::Result<dns::Name, std::string> tlsrpt_name(const std::string& domain);

// The TXT RRset's RDATA. The error says why the domain has to be taken for one that wants no reports.
dns::Result<ReportAddresses, std::string> report_addresses(const std::vector<dns::Bytes>& txt);

} // namespace harness::deliver
