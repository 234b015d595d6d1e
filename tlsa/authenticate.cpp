#include "tlsa/authenticate.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "resolver/dns/text.h"
#include "tlsa/certificate.h"
#include "tlsa/digest.h"
#include "tlsa/name_match.h"
#include "tlsa/path.h"

namespace tlsa {
namespace {

// What else was found where nothing matched; the best of it is told (the order is the enumerators').
int rank(AuthenticationResult result) {
    switch (result) {
    case AuthenticationResult::match: return 5;
    case AuthenticationResult::name_mismatch: return 4;
    case AuthenticationResult::expired: return 3;
    case AuthenticationResult::untrusted: return 2;
    case AuthenticationResult::no_match: return 1;
    case AuthenticationResult::unusable: return 0;
    }
    return 0;
}

class Judge {
  public:
    Judge(const CertificateChain& chain, const AuthenticationRequest& request)
        : chain_(chain)
        , request_(request) {}

    Authentication run() {
        best_.result = AuthenticationResult::no_match;
        if (!judge_end_entity() && has_usage({Usage::DANE_TA, Usage::PKIX_TA, Usage::PKIX_EE})) judge_paths();
        if (best_.result == AuthenticationResult::no_match) {
            best_.reasons.push_back(
                fmt::format("certificate-no-match: no TLSA record matches the chain of {}", chain_.size()));
            append(notes_);
        }
        return best_;
    }

  private:
    bool has_usage(std::initializer_list<Usage> usages) const {
        return std::ranges::any_of(request_.records, [&](const AssessedRecord& record) {
            return !record.unusable && std::ranges::find(usages, record.association->usage) != usages.end();
        });
    }

    // Calls `act` with the index and content of every usable record of this usage until it says true.
    template <class Act>
    bool each_record(Usage usage, Act act) const {
        for (std::size_t i = 0; i < request_.records.size(); ++i) {
            const auto& record = request_.records[i];
            if (!record.unusable && record.association->usage == usage && act(static_cast<int>(i), *record.association))
                return true;
        }
        return false;
    }

    static bool fits(const Association& association, const Certificate& certificate) {
        const auto& selected = association.selector == Selector::Cert ? certificate.der() : certificate.spki();
        return association.data == matching_data(association.matching_type, selected);
    }

    void append(const std::vector<std::string>& texts) {
        best_.reasons.insert(best_.reasons.end(), texts.begin(), texts.end());
    }

    // Keeps the outcome if it is better than what there is. True where nothing better can come.
    bool offer(AuthenticationResult result, int depth, int record, std::string matched_name,
               std::vector<std::string> reasons) {
        if (rank(result) > rank(best_.result))
            best_ = {result, depth, record, std::move(matched_name), std::move(reasons)};
        return result == AuthenticationResult::match;
    }

    // Names come before dates, as a wrong name is the graver finding.
    bool offer_path(const Path& path, PathEnd end, int depth, int record) {
        const auto fault = check_path(*search_, path, end, request_.now);
        if (fault && fault->kind == PathFault::Kind::untrusted)
            return offer(AuthenticationResult::untrusted, depth, record, "", {fault->reason});
        const auto name = match_names(search_->certificate(0), request_.reference_names);
        if (!name)
            return offer(AuthenticationResult::name_mismatch, depth, record, "",
                         {name_mismatch_text(search_->certificate(0))});
        if (fault) return offer(AuthenticationResult::expired, depth, record, name->presented, {fault->reason});
        std::vector<std::string> remarks;
        if (end == PathEnd::trust_anchor) // RFC 6698 §8: local policy; ours is to say so
            if (auto outside = outside_validity(search_->certificate(path.back()), request_.now))
                remarks.push_back("trust-anchor-dates-ignored: " + *outside);
        return offer(AuthenticationResult::match, depth, record, name->presented, std::move(remarks));
    }

    std::string name_mismatch_text(const Certificate& leaf) const {
        constexpr std::size_t shown = 5;
        std::string wanted, present;
        for (const auto& name : request_.reference_names) wanted += (wanted.empty() ? "" : ", ") + name.to_text();
        const auto names = presented_names(leaf);
        for (std::size_t i = 0; i < names.size() && i < shown; ++i) {
            for (const char c : names[i].substr(0, 255)) present += c >= 0x20 && c < 0x7f ? c : '?';
            present += i + 1 < names.size() ? ", " : "";
        }
        if (names.size() > shown) present += "...";
        return fmt::format("certificate-name-mismatch: the certificate is for {}, not for {}",
                           present.empty() ? "no name" : present, wanted.empty() ? "any name" : wanted);
    }

    // RFC 7671 §5.1, RFC 7672 §3.1.1: the leaf alone counts; names, dates, issuer and extensions do not. The octets are
    // hashed as received even where they are not a certificate that we can read.
    bool judge_end_entity() {
        if (chain_.empty()) return false;
        const auto leaf = Certificate::parse(chain_.front());
        return each_record(Usage::DANE_EE, [&](int index, const Association& association) {
            const bool whole = association.selector == Selector::Cert;
            if (!whole && !leaf) return false;
            const auto& selected = whole ? chain_.front() : leaf->spki();
            if (association.data != matching_data(association.matching_type, selected)) return false;
            if (!request_.ee_name_checks) return offer(AuthenticationResult::match, 0, index, "", {});
            const auto name = leaf ? match_names(*leaf, request_.reference_names) : std::nullopt;
            if (name) return offer(AuthenticationResult::match, 0, index, name->presented, {});
            const std::string why =
                leaf ? name_mismatch_text(*leaf) : "certificate-name-mismatch: the certificate cannot be read";
            return offer(AuthenticationResult::name_mismatch, 0, index, "", {why});
        });
    }

    // The chain as received, then whole certificates from DNS (RFC 7671 §5.2.2), then local roots for the PKIX usages.
    bool collect() {
        std::vector<Certificate> certificates;
        const auto add = [&](const dns::Bytes& der) {
            if (auto certificate = Certificate::parse(der)) certificates.push_back(std::move(*certificate));
        };
        if (!chain_.empty()) add(chain_.front());
        if (certificates.empty()) {
            notes_.push_back("certificate-malformed: the server's certificate cannot be read");
            return false;
        }
        for (std::size_t i = 1; i < chain_.size(); ++i) add(chain_[i]);
        for (const Usage usage : {Usage::DANE_TA, Usage::PKIX_TA})
            each_record(usage, [&](int, const Association& association) {
                if (association.selector == Selector::Cert && association.matching_type == MatchingType::Full)
                    add(association.data);
                return false;
            });
        if (has_usage({Usage::PKIX_TA, Usage::PKIX_EE})) add_roots(certificates);
        search_.emplace(std::move(certificates));
        return true;
    }

    // Only the roots that can continue a path: a system's store holds hundreds.
    void add_roots(std::vector<Certificate>& certificates) const {
        std::vector<Certificate> roots;
        for (const auto& der : request_.pkix_roots)
            if (auto root = Certificate::parse(der)) roots.push_back(std::move(*root));
        for (std::size_t i = 0; i < certificates.size() && certificates.size() < PathSearch::max_certificates; ++i)
            for (const auto& root : roots) {
                const bool fits_here = root.subject() == certificates[i].issuer();
                const bool known =
                    std::ranges::any_of(certificates, [&](const Certificate& c) { return c.der() == root.der(); });
                if (fits_here && !known) certificates.push_back(root);
            }
    }

    void judge_paths() {
        if (!collect()) return;
        const bool done = judge_trust_anchors() || judge_trust_anchor_keys() || judge_pkix();
        if (!done) notes_.insert(notes_.end(), search_->notes().begin(), search_->notes().end());
        if (best_.result == AuthenticationResult::untrusted) append(notes_);
    }

    // RFC 7671 §5.2: a certificate above the leaf, at any depth, by a record of usage 2.
    bool judge_trust_anchors() {
        if (!has_usage({Usage::DANE_TA})) return false;
        return search_->search([&](const Path& path) {
            const Certificate& top = search_->certificate(path.back());
            return each_record(Usage::DANE_TA, [&](int index, const Association& association) {
                if (!fits(association, top)) return false;
                const int depth = static_cast<int>(path.size()) - 1;
                if (depth > 0) present_.push_back(index);
                if (depth > 0) return offer_path(path, PathEnd::trust_anchor, depth, index);
                notes_.push_back("trust-anchor-is-leaf: the record of usage 2 matches the server's own certificate, "
                                 "not one above it");
                return false;
            });
        });
    }

    // RFC 7671 §5.2.3: a full public key in DNS, whose certificate is not in the chain, signed the topmost certificate.
    bool judge_trust_anchor_keys() {
        const auto is_key = [this](int index, const Association& association) {
            return std::ranges::find(present_, index) == present_.end() && association.selector == Selector::SPKI &&
                   association.matching_type == MatchingType::Full;
        };
        if (!each_record(Usage::DANE_TA, is_key)) return false;
        return search_->search([&](const Path& path) {
            return each_record(Usage::DANE_TA, [&](int index, const Association& association) {
                if (!is_key(index, association) ||
                    search_->signed_with(path.back(), association.data) != SignatureCheck::good)
                    return false;
                return offer_path(path, PathEnd::signed_by_anchor, static_cast<int>(path.size()) - 1, index);
            });
        });
    }

    bool is_root(const Certificate& certificate) const {
        return std::ranges::find(request_.pkix_roots, certificate.der()) != request_.pkix_roots.end();
    }

    // RFC 6698 §2.1.1: a path to a local root must hold, and a record must match the leaf (usage 1) or a CA of the path
    // (usage 0). Paths go on past a root while nothing matches (RFC 7671 §5.4).
    bool judge_pkix() {
        if (!has_usage({Usage::PKIX_TA, Usage::PKIX_EE})) return false;
        bool valid = false;
        const bool done = search_->search([&](const Path& path) {
            if (!is_root(search_->certificate(path.back()))) return false;
            const auto fault = check_path(*search_, path, PathEnd::trust_anchor, request_.now);
            valid = valid || !fault;
            const bool end_entity = each_record(Usage::PKIX_EE, [&](int index, const Association& association) {
                return fits(association, search_->certificate(0)) && offer_path(path, PathEnd::trust_anchor, 0, index);
            });
            return end_entity || match_pkix_authority(path);
        });
        if (done || valid) return done;
        const std::string why = "certificate-untrusted: no path leads to a trusted root";
        if (pkix_record_fits())
            offer(AuthenticationResult::untrusted, -1, -1, "", {why});
        else
            notes_.push_back(why);
        return false;
    }

    // Is there a certificate that a record of usage 1 or 0 means? Where none is, the missing path is not what is wrong.
    bool pkix_record_fits() const {
        const auto fits_from = [&](Usage usage, std::size_t first, std::size_t end) {
            return each_record(usage, [&](int, const Association& association) {
                for (std::size_t i = first; i < end; ++i)
                    if (fits(association, search_->certificate(i))) return true;
                return false;
            });
        };
        return fits_from(Usage::PKIX_EE, 0, 1) || fits_from(Usage::PKIX_TA, 1, search_->size());
    }

    bool match_pkix_authority(const Path& path) {
        for (std::size_t depth = 1; depth < path.size(); ++depth) {
            const bool done = each_record(Usage::PKIX_TA, [&](int index, const Association& association) {
                return fits(association, search_->certificate(path[depth])) &&
                       offer_path(path, PathEnd::trust_anchor, static_cast<int>(depth), index);
            });
            if (done) return true;
        }
        return false;
    }

    const CertificateChain& chain_;
    const AuthenticationRequest& request_;
    std::optional<PathSearch> search_;
    Authentication best_;
    std::vector<std::string> notes_;
    std::vector<int> present_; // records of usage 2 that match a certificate above the leaf
};

} // namespace

std::string_view to_text(AuthenticationResult result) {
    switch (result) {
    case AuthenticationResult::match: return "match";
    case AuthenticationResult::no_match: return "no-match";
    case AuthenticationResult::name_mismatch: return "name-mismatch";
    case AuthenticationResult::expired: return "expired";
    case AuthenticationResult::untrusted: return "untrusted";
    case AuthenticationResult::unusable: return "unusable";
    }
    return "";
}

namespace {

bool is_raw_key_record(const AssessedRecord& record) {
    return record.association->usage == Usage::DANE_EE && record.association->selector == Selector::SPKI;
}

Authentication without_usable_record(const AuthenticationRequest& request) {
    Authentication none;
    for (const auto& record : request.records)
        if (record.unusable) none.reasons.push_back(fmt::format("tlsa-unusable: {}", describe(*record.unusable)));
    if (request.records.empty()) none.reasons.push_back("tlsa-unusable: there is no record");
    return none;
}

} // namespace

Authentication authenticate(const CertificateChain& chain, const AuthenticationRequest& request) {
    return any_usable(request.records) ? Judge(chain, request).run() : without_usable_record(request);
}

bool raw_key_suffices(std::span<const AssessedRecord> records) {
    return any_usable(records) && std::ranges::all_of(records, [](const AssessedRecord& record) {
               return record.unusable || is_raw_key_record(record);
           });
}

Authentication authenticate_raw_key(const dns::Bytes& spki, const AuthenticationRequest& request) {
    if (!any_usable(request.records)) return without_usable_record(request);
    Authentication judged;
    for (std::size_t i = 0; i < request.records.size(); ++i) {
        const auto& record = request.records[i];
        if (record.unusable || !is_raw_key_record(record)) continue;
        if (record.association->data != matching_data(record.association->matching_type, spki)) continue;
        judged.result = AuthenticationResult::match;
        judged.depth = 0;
        judged.record = static_cast<int>(i);
        return judged;
    }
    judged.result = AuthenticationResult::no_match;
    judged.reasons = {"certificate-no-match: no TLSA record matches the server's raw public key"};
    return judged;
}

} // namespace tlsa
