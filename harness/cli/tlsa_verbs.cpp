#include "harness/cli/tlsa_verbs.h"

#include <fmt/format.h>

#include "harness/system.h"
#include "tlsa/certificate.h"

namespace harness::cli {

dns::UnixTime clock_argument(const std::string& at) { return at.empty() ? system_now() : time_argument("--at", at); }

dns::Name host_name(const std::string& option, const std::string& text) {
    const auto name = dns::Name::from_text(text);
    if (!name || name->is_root())
        throw CommandError(exit_usage,
                           fmt::format("{}: '{}' is not a host name: write it as mx.example.com", option, text));
    return *name;
}

std::vector<PemBlock> pem_file(const std::string& path) { return read_pem(read_file(path), path); }

std::vector<dns::Bytes> certificate_file(const std::string& path) {
    auto certificates = certificates_in(pem_file(path), path);
    for (std::size_t i = 0; i < certificates.size(); ++i)
        if (!tlsa::Certificate::parse(certificates[i]))
            throw PemError(fmt::format("{}: certificate {} of the file is no X.509 certificate", path, i));
    return certificates;
}

} // namespace harness::cli
