// What drivers and explanations look for in the words of other people's programs: Perl-compatible regular expressions,
// by PCRE2. They need no stack for long lines, and a search that would never end is given up.
#pragma once

#include <map>
#include <memory>
#include <string>

struct pcre2_real_code_8;

namespace harness {

class Pattern {
  public:
    // Throws ScenarioError with PCRE2's words and the octet where it stopped.
    explicit Pattern(const std::string& expression);

    // Anywhere in the text; "^" and "$" are its beginning and end, "." is no line end. False too where the search costs
    // more steps than PCRE2's own limit (pcre2_set_match_limit: 10,000,000).
    bool found_in(const std::string& text) const;

  private:
    std::shared_ptr<const pcre2_real_code_8> code_;
};

// For use inside an expression: every octet stands for itself.
std::string quoted_for_pattern(const std::string& text);
std::map<std::string, std::string> quoted_for_pattern(std::map<std::string, std::string> values);

} // namespace harness
