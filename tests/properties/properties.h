// What must hold of validation in every world: RFC 4035 §5 speaks of evidence, not of how and when it comes.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "tests/properties/random_world.h"
#include "validator/key_cache.h"
#include "validator/validation.h"

namespace properties {

// How many validations came to what: a check that never sees a verdict proves nothing about it.
struct Tally {
    unsigned validations = 0;
    unsigned by_security[4] = {}; // index: validator::Security
};

class Prover {
  public:
    explicit Prover(const World& world);

    // Each looks at every question of the world and gives "" or what was found, with all that is needed to see it
    // again.
    std::string whole_worlds_are_judged_right(); // nothing broken: secure or insecure, as the delegations say
    std::string secure_is_true();                // whatever is broken
    std::string order_is_irrelevant();
    std::string more_changes_nothing();
    std::string missing_is_no_verdict();
    std::string warm_keys_change_nothing();
    std::string cached_messages_change_nothing();
    std::string mutations_are_never_secure_lies();
    std::string replayed_wildcards_are_no_answers();

    const Tally& tally() const { return tally_; }
    validator::Security security_of(const dns::Question& question) { return plain(question).verdict.security; }

  private:
    using Upstream = std::function<validator::Response(const dns::Question&)>;
    struct Run {
        validator::Verdict verdict;
        std::vector<dns::Question> asked;
    };
    Run run(const dns::Question& question, const Upstream& upstream, validator::KeyCache* keys = nullptr,
            dns::UnixTime at = now);
    const Run& plain(const dns::Question& question); // what a resolver's answers come to
    const validator::Response& answer(const dns::Question& question);
    bool is_securely_delegated(const dns::Name& apex) const;
    std::string expectation(const dns::Question& question, const validator::Verdict& verdict) const;
    std::string lie(const dns::Question& question, const validator::Verdict& verdict) const;
    dns::Message mutate(dns::Message message);
    std::string report(const std::string& what, const dns::Question& question, const validator::Verdict& before,
                       const validator::Verdict& after) const;

    const World& world_;
    Dice dice_;
    validator::TrustAnchors anchors_;
    validator::Policy policy_ = validator::Policy::of(validator::AlgorithmProfile::rfc9904);
    std::unordered_map<dns::Question, validator::Response> answers_;
    std::unordered_map<dns::Question, Run> runs_;
    Tally tally_;
};

// All of the above in the world of this seed; "" or the first failure.
std::string check_world(std::uint64_t seed, Tally& tally);

} // namespace properties
