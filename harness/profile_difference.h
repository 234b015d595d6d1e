// Where two profiles decide differently, and what RFC 7672 says there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/profile.h"

namespace harness {

struct ProfileDifference {
    tlsa::Mode mode{};
    tlsa::States states;         // as far as either of the two looks
    tlsa::Decision ours, theirs; // `row` points into the profiles
    std::string section, says;   // "RFC 7672 §2.2.1", what it says
};

// What RFC 7672 says of these states: "RFC 7672 §2.2.1", and the sentence in short.
struct RfcSaying {
    const char* section;
    const char* says;
};
RfcSaying rfc7672_saying(tlsa::Mode mode, const tlsa::States& states);

// What a published table does not say; our profile file had to choose.
struct ProfileSilence {
    tlsa::Mode mode{};
    std::string about, taken_as, section;
};

struct ProfileComparison {
    std::vector<ProfileDifference> differences; // mandatory first, in the order MX, address, TLSA, certificate
    std::vector<tlsa::Mode> compared;           // modes that both have
    std::size_t cells = 0;                      // states compared
};

// Both profiles must outlive the result.
ProfileComparison compare(const Profile& ours, const Profile& theirs);
std::vector<ProfileSilence> silences(const Profile& profile);

std::string comparison_text(const Profile& ours, const Profile& theirs);
std::string comparison_json(const Profile& ours, const Profile& theirs); // harness/schemas/profiles.schema.json

} // namespace harness
