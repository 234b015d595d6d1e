#include "tlsa/pkix.h"

#include <fmt/format.h>

#include <algorithm>

#include "tlsa/name_match.h"
#include "tlsa/path.h"

namespace tlsa {

namespace {

// The first name of the subject or of the DNS-IDs that fits; references in their order.
std::optional<std::string> fitting_name(const Certificate& leaf, const PkixRequest& request) {
    const auto& alternatives = leaf.extensions().subject_alternative_names;
    if (request.rule == NameRule::dns_ids && (!alternatives || alternatives->dns_ids.empty())) return std::nullopt;
    if (const auto match = match_names(leaf, request.reference_names)) return match->presented;
    if (request.rule != NameRule::all_names) return std::nullopt;
    for (const auto& reference : request.reference_names)
        for (const auto& name : leaf.subject().common_names())
            if (matches(name, reference)) return name;
    return std::nullopt;
}

std::string wanted_names(const PkixRequest& request) {
    std::string text;
    for (const auto& name : request.reference_names) text += (text.empty() ? "" : ", ") + name.to_text();
    return text.empty() ? "any name" : text;
}

// The chain as received, and the roots that can continue a path: a system's store holds hundreds.
std::vector<Certificate> collect(const CertificateChain& chain, const PkixRequest& request) {
    std::vector<Certificate> certificates, roots;
    for (const auto& der : chain) {
        auto certificate = Certificate::parse(der);
        if (certificate)
            certificates.push_back(std::move(*certificate));
        else if (certificates.empty())
            return {}; // the leaf itself cannot be read
    }
    for (const auto& der : request.roots)
        if (auto root = Certificate::parse(der)) roots.push_back(std::move(*root));
    for (std::size_t i = 0; i < certificates.size() && certificates.size() < PathSearch::max_certificates; ++i)
        for (const auto& root : roots) {
            const bool known =
                std::ranges::any_of(certificates, [&](const Certificate& c) { return c.der() == root.der(); });
            if (root.subject() == certificates[i].issuer() && !known) certificates.push_back(root);
        }
    return certificates;
}

} // namespace

Authentication verify_pkix(const CertificateChain& chain, const PkixRequest& request) {
    Authentication outcome;
    outcome.result = AuthenticationResult::untrusted;
    auto certificates = collect(chain, request);
    if (certificates.empty()) {
        outcome.reasons = {"certificate-malformed: the server's certificate cannot be read"};
        return outcome;
    }
    PathSearch search(std::move(certificates));
    std::optional<PathFault> fault;
    const bool found = search.search([&](const Path& path) {
        const auto& top = search.certificate(path.back()).der();
        if (std::ranges::find(request.roots, top) == request.roots.end()) return false;
        auto here = check_path(search, path, PathEnd::trust_anchor, request.now);
        outcome.depth = static_cast<int>(path.size()) - 1;
        // A path that is merely out of date is the better finding of two.
        if (!fault || fault->kind == PathFault::Kind::untrusted) fault = here;
        return !here;
    });
    if (!found && !fault) {
        outcome.reasons = {"certificate-untrusted: no path leads to a trusted authority"};
        return outcome;
    }
    if (!found && fault->kind == PathFault::Kind::untrusted) {
        outcome.reasons = {fault->reason};
        return outcome;
    }
    const auto name = fitting_name(search.certificate(0), request);
    if (!name) {
        outcome.result = AuthenticationResult::name_mismatch;
        outcome.reasons = {
            fmt::format("certificate-name-mismatch: the certificate is not for {}", wanted_names(request))};
    } else if (!found) {
        outcome.result = AuthenticationResult::expired;
        outcome.reasons = {fault->reason};
    } else {
        outcome.result = AuthenticationResult::match;
        outcome.matched_name = *name;
    }
    return outcome;
}

} // namespace tlsa
