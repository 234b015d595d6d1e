// Names of TLS cipher suites: the registry's (IANA "TLS Cipher Suites" without "TLS_") and OpenSSL's, which is what
// mail logs and transcripts show.
#pragma once

#include <string>
#include <string_view>

namespace tlsa {

// "ECDHE_RSA_WITH_AES_256_GCM_SHA384" -> "ECDHE-RSA-AES256-GCM-SHA384", "AES_128_GCM_SHA256" ->
// "TLS_AES_128_GCM_SHA256". A name that is not in the table stays as it is.
std::string openssl_cipher_name(std::string_view registry_name);
// The reverse; "" for a name that is not in the table.
std::string registry_cipher_name(std::string_view openssl_name);

} // namespace tlsa
