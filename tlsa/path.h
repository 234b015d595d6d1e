// Certification paths for DANE-TA and the PKIX usages: our own short and bounded search (RFC 5280 §6, RFC 7671 §5.2).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "resolver/dns/serial.h"
#include "tlsa/certificate.h"

namespace tlsa {

// Certificates of a path as indexes, leaf first.
using Path = std::vector<std::size_t>;

// Finds every path upward from certificate 0 over issuers whose name fits and whose signature is good, whatever the
// order of the certificates and however many more there are. Not thread-safe: signatures once checked are remembered.
class PathSearch {
  public:
    // Paths of more certificates, and searches of more steps, are given up. RFC 5280 sets no bound; the longest public
    // chains have five certificates, and a search without a bound is exponential in certificates that sign one another.
    static constexpr std::size_t max_length = 10, max_steps = 512, max_signatures = 64, max_certificates = 64;

    // certificates[0] is the leaf; identical ones are looked at once, those past max_certificates not at all.
    explicit PathSearch(std::vector<Certificate> certificates);

    // Calls `visit` for every path found, the leaf alone first, shorter paths before those that continue them, until it
    // says true. Says whether it did.
    bool search(const std::function<bool(const Path&)>& visit);

    std::size_t size() const { return certificates_.size(); }
    const Certificate& certificate(std::size_t index) const { return certificates_[index]; }
    // Was the certificate signed with this key? Remembered by (certificate, key).
    SignatureCheck signed_with(std::size_t index, const dns::Bytes& spki);
    // Ids with a text, of signatures that were tried and are not good, and of limits reached.
    const std::vector<std::string>& notes() const { return notes_; }

  private:
    bool extend(Path& path, const std::function<bool(const Path&)>& visit);
    std::vector<std::size_t> issuers_of(std::size_t index, const Path& path) const;
    void note(std::string text);

    std::vector<Certificate> certificates_;
    std::map<std::pair<std::size_t, dns::Bytes>, SignatureCheck> checked_;
    std::vector<std::string> notes_;
    std::size_t steps_ = 0;
};

struct PathFault {
    enum class Kind { untrusted, expired } kind;
    std::string reason; // "issuer-not-ca: ..."
};
// What the last certificate of the path is.
enum class PathEnd {
    trust_anchor,    // the TA itself: its own dates do not count (RFC 6698 §8, RFC 5280 §6.1.1)
    signed_by_anchor // signed by a TA of which only the key is known (RFC 7671 §5.2.3)
};
// Dates, CA flag, keyCertSign, path lengths, name constraints, extended key usage and critical extensions of a path
// whose signatures are good (RFC 5280 §6.1.3, §6.1.4). The first untrusted fault, else the first of dates.
std::optional<PathFault> check_path(const PathSearch& search, const Path& path, PathEnd end, dns::UnixTime now);

// "certificate-expired: ..." or "certificate-not-yet-valid: ..."; nullopt while valid.
std::optional<std::string> outside_validity(const Certificate& certificate, dns::UnixTime now);

} // namespace tlsa
