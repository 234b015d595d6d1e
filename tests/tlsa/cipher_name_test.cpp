#include "tlsa/cipher_name.h"

#include <catch2/catch_test_macros.hpp>

TEST_CASE("cipher names: the registry's and OpenSSL's translate both ways") {
    struct Row {
        const char *registry, *openssl;
    };
    for (const auto& row : {Row{"ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
                            Row{"ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
                            Row{"ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
                            Row{"AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
                            Row{"CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"}}) {
        DYNAMIC_SECTION(row.openssl) {
            CHECK(tlsa::openssl_cipher_name(row.registry) == row.openssl);
            CHECK(tlsa::registry_cipher_name(row.openssl) == row.registry);
        }
    }
    CHECK(tlsa::openssl_cipher_name("FUTURE_WITH_THINGS") == "FUTURE_WITH_THINGS");
    CHECK(tlsa::registry_cipher_name("FUTURE-THINGS").empty());
}
