// `danelab tlsa match`: a chain as a server would present it, judged offline against TLSA records.
#pragma once

#include <string>
#include <vector>

#include "tlsa/authenticate.h"

namespace harness {

// RDATA from "U S M HEX": three numbers of 0..255 and the association data, which may be empty or have spaces. Throws
// std::invalid_argument with one clear line. Whether the record is usable is not judged here.
dns::Bytes tlsa_from_text(const std::string& text);

struct MatchRequest {
    tlsa::CertificateChain chain; // as served, leaf first
    std::vector<dns::Bytes> records;
    std::vector<dns::Name> names; // base domain first
    tlsa::CertificateChain ca;    // for usages 0 and 1
    tlsa::UsagePolicy policy = tlsa::UsagePolicy::smtp;
    bool ee_name_checks = false;
    dns::UnixTime now;
};

struct MatchReport {
    std::vector<tlsa::AssessedRecord> records; // in the order given
    tlsa::Authentication outcome;
};

MatchReport match(const MatchRequest& request);
// {"result", "depth", "record", "records":[{"usable","why"}], "reasons":[...]}; schema tlsa-match.schema.json.
std::string match_json(const MatchReport& report);
std::string match_text(const MatchReport& report);

} // namespace harness
