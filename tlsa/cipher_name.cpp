#include "tlsa/cipher_name.h"

#include <algorithm>
#include <iterator>

namespace tlsa {
namespace {

struct CipherName {
    std::string_view registry, openssl;
};

// The suites with a certificate that the TLS library knows, in the order of their code points.
constexpr CipherName names[] = {
    {"RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"},
    {"DHE_RSA_WITH_AES_128_CBC_SHA", "DHE-RSA-AES128-SHA"},
    {"RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"},
    {"DHE_RSA_WITH_AES_256_CBC_SHA", "DHE-RSA-AES256-SHA"},
    {"RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256"},
    {"RSA_WITH_AES_256_CBC_SHA256", "AES256-SHA256"},
    {"DHE_RSA_WITH_AES_128_CBC_SHA256", "DHE-RSA-AES128-SHA256"},
    {"DHE_RSA_WITH_AES_256_CBC_SHA256", "DHE-RSA-AES256-SHA256"},
    {"RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"},
    {"RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"},
    {"DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256"},
    {"DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384"},
    {"AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
    {"AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
    {"CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
    {"AES_128_CCM_SHA256", "TLS_AES_128_CCM_SHA256"},
    {"AES_128_CCM_8_SHA256", "TLS_AES_128_CCM_8_SHA256"},
    {"ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"},
    {"ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
    {"ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
    {"ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"},
    {"ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256"},
    {"ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE-ECDSA-AES256-SHA384"},
    {"ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256"},
    {"ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE-RSA-AES256-SHA384"},
    {"ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {"ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {"ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
    {"RSA_WITH_AES_128_CCM", "AES128-CCM"},
    {"RSA_WITH_AES_256_CCM", "AES256-CCM"},
    {"DHE_RSA_WITH_AES_128_CCM", "DHE-RSA-AES128-CCM"},
    {"DHE_RSA_WITH_AES_256_CCM", "DHE-RSA-AES256-CCM"},
    {"RSA_WITH_AES_128_CCM_8", "AES128-CCM8"},
    {"RSA_WITH_AES_256_CCM_8", "AES256-CCM8"},
    {"DHE_RSA_WITH_AES_128_CCM_8", "DHE-RSA-AES128-CCM8"},
    {"DHE_RSA_WITH_AES_256_CCM_8", "DHE-RSA-AES256-CCM8"},
    {"ECDHE_ECDSA_WITH_AES_128_CCM", "ECDHE-ECDSA-AES128-CCM"},
    {"ECDHE_ECDSA_WITH_AES_256_CCM", "ECDHE-ECDSA-AES256-CCM"},
    {"ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8"},
    {"ECDHE_ECDSA_WITH_AES_256_CCM_8", "ECDHE-ECDSA-AES256-CCM8"},
    {"ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {"DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "DHE-RSA-CHACHA20-POLY1305"},
};

} // namespace

std::string openssl_cipher_name(std::string_view registry_name) {
    const auto* row =
        std::find_if(std::begin(names), std::end(names), [&](const auto& r) { return r.registry == registry_name; });
    return std::string(row == std::end(names) ? registry_name : row->openssl);
}

std::string registry_cipher_name(std::string_view openssl_name) {
    const auto* row =
        std::find_if(std::begin(names), std::end(names), [&](const auto& r) { return r.openssl == openssl_name; });
    return std::string(row == std::end(names) ? std::string_view{} : row->registry);
}

} // namespace tlsa
