#include "tlsa/base_domain.h"

namespace tlsa {

using validator::Security;

std::vector<dns::Name> candidate_base_domains(const validator::Lookup& addresses) {
    if (addresses.is_error()) return {};
    const auto& verdict = addresses.verdict;
    const dns::Name& original = addresses.question.name;
    if (verdict.security == Security::secure) {
        if (verdict.aliases.empty() || verdict.final_name == original) return {original};
        return {verdict.final_name, original};
    }
    // RFC 7672 §2.2.2: the alias itself is secure, only what it points to is not. A DNAME hop stands for the CNAME that
    // it yields (RFC 7672 §2.1.3).
    if (!verdict.aliases.empty() && verdict.aliases.front().security == Security::secure) return {original};
    return {};
}

} // namespace tlsa
