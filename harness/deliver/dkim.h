// DKIM signatures of mail that this client writes itself (RFC 6376): relaxed/relaxed, over the whole body.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/dns/result.h"
#include "resolver/dns/serial.h"

namespace Botan {
class Private_Key;
}

namespace harness::deliver {

class DkimKey {
  public:
    // An RSA or Ed25519 key in PKCS #8, not encrypted. The error says what it is instead.
    static dns::Result<DkimKey, std::string> from_pem(std::string_view pem);

    std::string_view algorithm() const;            // "rsa-sha256", or "ed25519-sha256" (RFC 8463 §3)
    std::string sign(std::string_view text) const; // base64
    // What the world is to find below SELECTOR._domainkey.DOMAIN (RFC 6376 §3.6.1), for TLS reports alone (RFC 8460 §3).
    std::string record() const;

  private:
    explicit DkimKey(std::shared_ptr<const Botan::Private_Key> key)
        : key_(std::move(key)) {}
    std::shared_ptr<const Botan::Private_Key> key_;
};

// RFC 6376 §3.4.2: one header field, with CR LF at its end.
std::string relaxed_field(std::string_view field);
// RFC 6376 §3.4.4.
std::string relaxed_body(std::string_view body);

struct DkimSignature {
    std::string domain, selector;
    std::vector<std::string> fields; // names of the header fields that are signed; those that are not there are none
    dns::UnixTime time;
};

// The DKIM-Signature field for a message with CRLF lines, with CR LF at its end: to be put in front of it. Without l=
// (RFC 8460 §3).
std::string dkim_field(std::string_view message, const DkimSignature& signature, const DkimKey& key);

} // namespace harness::deliver
