#include "tlsa/digest.h"

#include <botan/hash.h>

namespace tlsa {

dns::Bytes matching_data(MatchingType type, dns::ByteView data) {
    const char* algorithm = nullptr;
    switch (type) {
    case MatchingType::Full: return {data.begin(), data.end()};
    case MatchingType::SHA2_256: algorithm = "SHA-256"; break;
    case MatchingType::SHA2_512: algorithm = "SHA-512"; break;
    case MatchingType::PrivMatch: return {};
    }
    if (algorithm == nullptr) return {};
    const auto hash = Botan::HashFunction::create_or_throw(algorithm);
    dns::Bytes digest(hash->output_length());
    hash->update(data.data(), data.size());
    hash->final(digest.data());
    return digest;
}

} // namespace tlsa
