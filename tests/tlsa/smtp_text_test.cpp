#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>

#include "tlsa/smtp_session.h"

TEST_CASE("smtp message: leading dots are doubled and every line ends with CR LF (RFC 5321 §4.5.2)") {
    struct Row {
        const char *about, *message, *wire;
    };
    for (const auto& row : {
             Row{"plain", "a\r\nb\r\n", "a\r\nb\r\n.\r\n"},
             Row{"empty", "", ".\r\n"},
             Row{"no end of line", "a", "a\r\n.\r\n"},
             Row{"leading dots", ".\r\n..a\r\nb.c\r\n", "..\r\n...a\r\nb.c\r\n.\r\n"},
             Row{"dot first of all", ".a\r\n", "..a\r\n.\r\n"},
             Row{"a lone LF cannot hide a dot", "a\n.\nb\n", "a\r\n..\r\nb\r\n.\r\n"},
             Row{"a lone CR cannot either", "a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"},
             Row{"CR at the very end", "a\r", "a\r\n.\r\n"},
             Row{"blank lines stay", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n.\r\n"},
         }) {
        DYNAMIC_SECTION(row.about) { CHECK(tlsa::dot_stuffed(row.message) == row.wire); }
    }
}

TEST_CASE("smtp words: each step and each failure has a word of its own") {
    std::set<std::string_view> words;
    for (int i = 0; i <= static_cast<int>(tlsa::SmtpStep::quit); ++i)
        words.insert(to_text(static_cast<tlsa::SmtpStep>(i)));
    CHECK(words.size() == 13);
    CHECK_FALSE(words.contains(""));
    words.clear();
    for (int i = 0; i <= static_cast<int>(tlsa::SmtpFailure::certificate_untrusted); ++i)
        words.insert(id(static_cast<tlsa::SmtpFailure>(i)));
    CHECK(words.size() == 16);
    CHECK_FALSE(words.contains(""));
    CHECK(words.contains("starttls-not-offered"));
}
