#include <fmt/format.h>

#include "tlsa/name_constraints.h"
#include "tlsa/path.h"

namespace tlsa {
namespace {

std::string label(const Certificate& certificate) {
    return certificate.subject().empty() ? "(no subject)" : certificate.subject().to_text();
}

// May the key of this certificate sign certificates (RFC 5280 §4.2.1.3, §4.2.1.9)? Trust anchors may be older than
// version 3, or say it in the key usage alone.
std::optional<std::string> not_a_ca(const Certificate& certificate, bool is_anchor) {
    const auto& extensions = certificate.extensions();
    if (extensions.key_usage && (*extensions.key_usage & Certificate::key_cert_sign) == 0)
        return fmt::format("issuer-must-not-sign: the key usage of {} lacks keyCertSign", label(certificate));
    if (extensions.basic_constraints) {
        if (extensions.basic_constraints->ca) return std::nullopt;
        return fmt::format("issuer-not-ca: {} is no CA", label(certificate));
    }
    if (is_anchor && (certificate.version() < 3 || extensions.key_usage)) return std::nullopt;
    return fmt::format("issuer-not-ca: {} has no basicConstraints", label(certificate));
}

std::optional<std::string> unfit(const Certificate& certificate) {
    const auto& extensions = certificate.extensions();
    if (extensions.malformed) return fmt::format("extension-malformed: in {}", label(certificate));
    if (extensions.unknown_critical) return fmt::format("extension-critical-unknown: in {}", label(certificate));
    if (extensions.serves_tls == false)
        return fmt::format("purpose-not-server: the extended key usage of {} excludes TLS servers", label(certificate));
    return std::nullopt;
}

// RFC 5280 §4.2.1.9: self-issued certificates do not count.
std::optional<std::string> path_too_long(const PathSearch& search, const Path& path, std::size_t position) {
    const auto& constraints = search.certificate(path[position]).extensions().basic_constraints;
    if (!constraints || !constraints->path_length) return std::nullopt;
    std::size_t below = 0;
    for (std::size_t i = 1; i < position; ++i)
        if (!search.certificate(path[i]).is_self_issued()) ++below;
    if (below <= *constraints->path_length) return std::nullopt;
    return fmt::format("path-length-exceeded: {} allows {} CAs below it, here are {}",
                       label(search.certificate(path[position])), *constraints->path_length, below);
}

std::optional<std::string> name_not_permitted(const PathSearch& search, const Path& path, std::size_t position) {
    const auto& constraints = search.certificate(path[position]).extensions().name_constraints;
    if (!constraints) return std::nullopt;
    for (std::size_t i = 0; i < position; ++i) {
        const Certificate& below = search.certificate(path[i]);
        if (i > 0 && below.is_self_issued()) continue; // RFC 5280 §6.1.3 (b)
        if (const auto broken = broken_constraint(*constraints, below))
            return fmt::format("name-constraint-violated: {}, says {}", *broken,
                               label(search.certificate(path[position])));
    }
    return std::nullopt;
}

std::optional<std::string> untrusted(const PathSearch& search, const Path& path, PathEnd end) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        const Certificate& certificate = search.certificate(path[i]);
        if (auto why = unfit(certificate)) return why;
        if (i == 0) continue;
        const bool is_anchor = end == PathEnd::trust_anchor && i + 1 == path.size();
        if (auto why = not_a_ca(certificate, is_anchor)) return why;
        if (auto why = path_too_long(search, path, i)) return why;
        if (auto why = name_not_permitted(search, path, i)) return why;
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> outside_validity(const Certificate& certificate, dns::UnixTime now) {
    if (!certificate.not_before() || !certificate.not_after())
        return fmt::format("certificate-expired: the dates of {} cannot be read", label(certificate));
    if (now < *certificate.not_before())
        return fmt::format("certificate-not-yet-valid: notBefore {} of {}", dns::to_rfc3339(*certificate.not_before()),
                           label(certificate));
    if (now > *certificate.not_after())
        return fmt::format("certificate-expired: notAfter {} of {}", dns::to_rfc3339(*certificate.not_after()),
                           label(certificate));
    return std::nullopt;
}

std::optional<PathFault> check_path(const PathSearch& search, const Path& path, PathEnd end, dns::UnixTime now) {
    if (auto why = untrusted(search, path, end)) return PathFault{PathFault::Kind::untrusted, std::move(*why)};
    // The server's own certificate has its dates checked even where it is trusted itself (RFC 5280 §6.1.3).
    const std::size_t dated = end == PathEnd::trust_anchor && path.size() > 1 ? path.size() - 1 : path.size();
    for (std::size_t i = 0; i < dated; ++i)
        if (auto why = outside_validity(search.certificate(path[i]), now))
            return PathFault{PathFault::Kind::expired, std::move(*why)};
    return std::nullopt;
}

} // namespace tlsa
