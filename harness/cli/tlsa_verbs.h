// What the verbs of `danelab tlsa` share.
#pragma once

#include "harness/cli/command.h"
#include "harness/tlsa_tool/pem.h"
#include "resolver/dns/name.h"

namespace harness::cli {

int tlsa_make_command(const Arguments& arguments);
int tlsa_check_command(const Arguments& arguments);

// --at, or the system's clock.
dns::UnixTime clock_argument(const std::string& at);
// Usage error unless it is a name other than the root.
dns::Name host_name(const std::string& option, const std::string& text);
// Reads a PEM file; what is wrong with it is the user's to mend. Throws PemError and CommandError.
std::vector<PemBlock> pem_file(const std::string& path);
// The certificates of a PEM file, each of which must be one.
std::vector<dns::Bytes> certificate_file(const std::string& path);

} // namespace harness::cli
