// Trust anchors told to people and programs: what each key's state means, since when, what happens next and when.
#pragma once

#include <optional>
#include <string>

#include "harness/anchors/anchor_file.h"
#include "harness/cli/command.h"

namespace harness {

struct AnchorReport {
    std::string source; // "anchors.json: a danelab state file", for people
    AnchorFile content;
    validator::TrustPointPolicy policy;
    dns::UnixTime now;
};

// One key's state in two sentences.
struct KeyStory {
    bool trusted = false;
    std::string meaning, next;            // "Trusted." "It stays one until its owner revokes it."
    std::optional<dns::UnixTime> next_at; // the earliest time at which `next` can happen
};
KeyStory story_of(const validator::FollowedKey& key, const validator::TrustPointState& point,
                  const validator::TrustPointPolicy& policy);

// "38696 RSASHA256: START -> ADDPEND (NewKey): ..." for what an update has seen.
std::string change_text(const validator::KeyChange& change);

std::string anchor_text(const AnchorReport& report, const cli::Style& style);
std::string anchor_json(const AnchorReport& report); // schema: anchor-show.schema.json

} // namespace harness
