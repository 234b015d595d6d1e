// The lines of a replay file with their numbers, and the words of a line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/replay/rpl_error.h"

namespace harness::replay {

struct Line {
    std::size_t number = 0; // from 1
    std::string_view raw;   // without the line end
    std::string_view text;  // blanks at both ends taken off
};

class Lines {
  public:
    Lines(std::string file, std::string_view text);
    bool at_end() const { return next_ == lines_.size(); }
    const Line& peek() const { return lines_[next_]; } // precondition: !at_end()
    const Line& take() { return lines_[next_++]; }
    const std::string& file() const { return file_; }
    [[noreturn]] void fail(std::size_t line, const std::string& problem) const { throw RplError(file_, line, problem); }
    // The end of the file came where `what` was expected.
    [[noreturn]] void fail_at_end(std::string_view what) const;

  private:
    std::string file_;
    std::vector<Line> lines_;
    std::size_t next_ = 0;
};

std::string_view trimmed(std::string_view text);
// Up to a ";" that begins a comment: one that stands in no quotes.
std::string_view without_comment(std::string_view text);
std::vector<std::string_view> words(std::string_view text);
// Is the first word of the line this one?
bool begins_with_word(std::string_view text, std::string_view word);
std::string lower(std::string_view text); // US-ASCII

} // namespace harness::replay
