// The trust points of a replay file: anchors in AUTOTRUST_FILE, followed by RFC 5011 as Unbound does while the file's
// clock passes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/replay/rpl_scenario.h"
#include "validator/evidence.h"
#include "validator/trust_point.h"

namespace harness::replay {

using Ask = std::function<validator::Response(const dns::Question&)>;

class TrustPoints {
  public:
    // Throws RplError where an anchor file cannot be read.
    explicit TrustPoints(const RplScenario& scenario);

    // What is trusted now, added to `anchors`.
    void add_to(validator::TrustAnchors& anchors) const;
    // Asks for the DNSKEY RRset of every trust point that is due (RFC 5011 §2.3) and takes the answers in.
    void probe(dns::UnixTime now, const validator::Policy& policy, const Ask& ask);
    // A question for `name` needs the keys of the trust point above it: they are fetched, and taken in, where those of
    // the last time are too old to be used.
    void prime(const dns::Name& name, dns::UnixTime now, const validator::Policy& policy, const Ask& ask);
    // Seconds until the next trust point is due; 0 where none will be.
    std::int64_t seconds_to_next_probe(dns::UnixTime now) const;
    // The lines of the anchor file: as it was given until it is written for the first time, then as Unbound writes it.
    // nullopt where no trust point has this id.
    std::optional<std::vector<std::string>> file_lines(const std::string& id, dns::UnixTime now) const;

  private:
    struct Point {
        std::string id;
        validator::TrustPointState state;
        std::string file;            // what is on disk
        dns::UnixTime keys_good_for; // the fetched keys are used until then
    };
    void take_in(Point& point, dns::UnixTime now, const validator::Policy& policy, const Ask& ask);

    validator::TrustPointPolicy policy_ = validator::TrustPointPolicy::unbound();
    std::vector<Point> points_;
};

} // namespace harness::replay
