// A validating resolver's face to outside clients: our validator over a hierarchy's data, without a network in between.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "resolver/dns/message.h"
#include "validator/key_cache.h"
#include "validator/policy.h"
#include "validator/trust_anchor.h"
#include "validator/validation.h"
#include "validator/verdict.h"
#include "zones/authority.h"

namespace harness {

class ValidatingFace {
  public:
    using Clock = std::function<dns::UnixTime()>;
    // What the data behind it are like for one question: Recursion::servfail, silent and garbage make the lookup fail.
    using Behind = std::function<zones::Recursion(const dns::Question&)>;

    // The hierarchy must outlive the face.
    ValidatingFace(const zones::Hierarchy& hierarchy, validator::TrustAnchors anchors, Clock clock, Behind behind);

    // AD where all is secure, SERVFAIL with Extended DNS Errors where it is bogus, CD and DO honoured, TC beyond
    // `limit`
    // octets (RFC 4035 §3.2, RFC 6840 §5.7 and §5.8, RFC 8914). FORMERR where there is not one question, NOTIMP for
    // other operations than a query, REFUSED for zone transfers.
    std::optional<dns::Bytes> reply(const dns::Message& query, std::size_t limit);
    // What it thinks of a question, with its reasons.
    validator::Lookup look_up(const dns::Question& question);

  private:
    const zones::Hierarchy& hierarchy_;
    validator::TrustAnchors anchors_;
    validator::Policy policy_;
    validator::KeyCache keys_;
    Clock clock_;
    Behind behind_;

    validator::Response ask(const dns::Question& question) const;
    validator::Verdict run(validator::Validation& validation) const;
};

} // namespace harness
