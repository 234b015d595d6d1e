#include "tlsa/path.h"

#include <fmt/format.h>

#include <algorithm>

namespace tlsa {
namespace {

std::string label(const Certificate& certificate) {
    return certificate.subject().empty() ? "(no subject)" : certificate.subject().to_text();
}

// A hint alone (RFC 5280 §4.2.1.1): 0 the key identifiers agree, 1 one is missing, 2 they differ.
int key_id_rank(const Certificate& subject, const Certificate& issuer) {
    const auto& wanted = subject.extensions().authority_key_id;
    const auto& present = issuer.extensions().subject_key_id;
    if (!wanted || !present) return 1;
    return *wanted == *present ? 0 : 2;
}

} // namespace

PathSearch::PathSearch(std::vector<Certificate> certificates) {
    for (auto& certificate : certificates) {
        const bool known = std::ranges::any_of(
            certificates_, [&](const Certificate& other) { return other.der() == certificate.der(); });
        if (!known && certificates_.size() < max_certificates) certificates_.push_back(std::move(certificate));
    }
}

void PathSearch::note(std::string text) {
    if (std::ranges::find(notes_, text) == notes_.end()) notes_.push_back(std::move(text));
}

SignatureCheck PathSearch::signed_with(std::size_t index, const dns::Bytes& spki) {
    const auto key = std::make_pair(index, spki);
    if (const auto known = checked_.find(key); known != checked_.end()) return known->second;
    if (checked_.size() >= max_signatures) {
        note("path-search-limit: too many signatures to check");
        return SignatureCheck::unsupported;
    }
    const auto check = certificates_[index].signed_with(spki);
    checked_.emplace(key, check);
    return check;
}

std::vector<std::size_t> PathSearch::issuers_of(std::size_t index, const Path& path) const {
    std::vector<std::size_t> issuers;
    const Certificate& subject = certificates_[index];
    for (std::size_t i = 1; i < certificates_.size(); ++i)
        if (std::ranges::find(path, i) == path.end() && certificates_[i].subject() == subject.issuer())
            issuers.push_back(i);
    std::ranges::stable_sort(issuers, {}, [&](std::size_t i) { return key_id_rank(subject, certificates_[i]); });
    return issuers;
}

bool PathSearch::extend(Path& path, const std::function<bool(const Path&)>& visit) {
    if (++steps_ > max_steps) {
        note("path-search-limit: too many paths to try");
        return false;
    }
    if (visit(path)) return true;
    if (path.size() >= max_length) {
        note("path-search-limit: the chain is too long");
        return false;
    }
    const std::size_t top = path.back();
    for (const std::size_t issuer : issuers_of(top, path)) {
        const auto check = signed_with(top, certificates_[issuer].spki());
        if (check == SignatureCheck::good) {
            path.push_back(issuer);
            if (extend(path, visit)) return true;
            path.pop_back();
            continue;
        }
        const std::string_view id = check == SignatureCheck::bad    ? "signature-invalid"
                                    : check == SignatureCheck::weak ? "signature-algorithm-weak"
                                                                    : "signature-algorithm-unsupported";
        note(fmt::format("{}: {} as signed by {}", id, label(certificates_[top]), label(certificates_[issuer])));
    }
    return false;
}

bool PathSearch::search(const std::function<bool(const Path&)>& visit) {
    if (certificates_.empty()) return false;
    steps_ = 0;
    Path path{0};
    return extend(path, visit);
}

} // namespace tlsa
