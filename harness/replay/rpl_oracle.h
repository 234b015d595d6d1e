// Answers a stub's questions out of the RANGE data of a replay file, as the resolver would that the file was written
// for: it begins at the stub or forward address, follows referrals, remembers delegations and answers for their TTL,
// and
// looks for DS at the parent (RFC 4035 §3.1.4.1). Nothing is validated here.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "harness/replay/denial_memory.h"
#include "harness/replay/rpl_scenario.h"
#include "resolver/dns/serial.h"
#include "validator/evidence.h"

namespace harness::replay {

class Oracle {
  public:
    explicit Oracle(const RplScenario& scenario);

    // The clock, and the steps at which a server may answer now, in the order in which they come. `replies` are entries
    // of REPLY and CHECK_OUT_QUERY steps: they answer what no range answers.
    void set_moment(dns::UnixTime now, std::vector<std::uint64_t> steps, std::vector<const Entry*> replies);
    // Another server of each zone comes first; what was learned since mark() is forgotten.
    void prefer_server(unsigned nth);
    void mark();
    bool had_choice() const { return had_choice_; } // since mark(): a zone with more than one server was asked
    // What was learned since mark() is kept for so many seconds at most: it turned out bogus.
    void distrust_new(std::int64_t seconds);
    void forget(const dns::Question& question);

    validator::Response ask(const dns::Question& question);
    // Is an answer to this question kept?
    bool knows(const dns::Question& question) { return cached(question) != nullptr; }
    // A negative answer out of denial seen earlier, to be judged before it is believed (RFC 8198 §5).
    std::optional<dns::Message> from_denial(const dns::Question& question, dns::Rcode rcode) const {
        return denials_.answer_for(question, rcode, now_);
    }

  private:
    struct Servers {
        std::vector<std::string> addresses;
        bool forwards = false;
        dns::UnixTime expires;
        bool is_static = false;
    };
    struct Cached {
        dns::Message message;
        dns::UnixTime stored, expires;
        bool is_new = false; // since mark()
    };
    // What asking one zone's servers came to.
    struct Reply {
        std::optional<dns::Message> message;
        bool malformed = false;
    };
    struct Zone {
        dns::Name name;
        Servers servers;
    };
    enum class Start { closest, configured };

    std::optional<dns::Message> walk(const dns::Question& question, Start start, unsigned depth);
    std::optional<Zone> closest_zone(const dns::Question& question, Start start) const;
    Reply ask_zone(const Zone& zone, const dns::Question& question);
    std::optional<dns::Message> minimised_referral(const Zone& zone, const dns::Question& question);
    const Entry* find_entry(const std::string& address, const dns::Question& question, bool tcp) const;
    const Entry* find_entry_at(std::uint64_t step, const std::string& address, const dns::Question& question,
                               bool tcp) const;
    const Entry* find_anywhere(const dns::Question& question) const;
    bool fits(const Range& range, std::uint64_t step, const std::string& address) const;
    std::optional<dns::Name> referral_of(const dns::Message& message, const Zone& zone,
                                         const dns::Question& question) const;
    std::optional<Zone> follow(const dns::Message& message, const dns::Name& cut, unsigned depth);
    std::optional<dns::Message> remembered_referral(const dns::Question& question) const;
    const dns::Message* cached(const dns::Question& question);
    void remember(const dns::Question& question, const dns::Message& message);

    const RplScenario& scenario_;
    std::set<std::string> named_addresses_; // in any RANGE
    std::map<dns::Name, Servers> zones_;
    std::map<dns::Name, dns::Message> referrals_; // by the name that was delegated
    std::unordered_map<dns::Question, Cached> answers_;
    DenialMemory denials_;
    dns::Message scratch_;
    dns::UnixTime now_;
    std::vector<std::uint64_t> steps_;
    std::vector<const Entry*> replies_;
    unsigned nth_server_ = 0;
    unsigned walks_left_ = 0; // for the question at hand
    bool had_choice_ = false;
};

// An address so that different spellings of it are equal.
std::string normal_address(std::string_view text);

} // namespace harness::replay
