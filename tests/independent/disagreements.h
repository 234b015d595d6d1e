// The checked-in table of differences between other validators and ours, each with its explanation.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace independent {

struct Disagreement {
    std::string tool;       // "delv", ...
    std::string scenario;   // pattern of fnmatch(3)
    std::string question;   // pattern, of "mx.example. A"
    std::string says, ours; // verdicts, in the words of Saying; patterns too
    std::string why;
    std::string right; // "ours", "theirs" or "both": where the table tells
    std::string with;  // only where the tool's own words about its version hold this; "": everywhere
    bool used = false; // it explained something in this run
};

class Disagreements {
  public:
    // Throws std::runtime_error with one line where the file is not as it should be: every line must cite its RFC.
    // `versions`: by tool, what it prints about its version. Lines for another version are left out.
    Disagreements(const std::string& file, const std::map<std::string, std::string>& versions);
    // True where a line explains this difference; marks it as used.
    bool explains(std::string_view tool, const std::string& scenario, const std::string& question,
                  const std::string& says, const std::string& ours);
    // Lines that explained nothing.
    std::vector<std::string> unused() const;

  private:
    std::vector<Disagreement> lines_;
};

} // namespace independent
