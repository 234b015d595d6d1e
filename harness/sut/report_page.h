// The parts of the conformance report's page, and what they share: cases and columns with their numbers, by which links
// find each other. Everything here is text that was escaped.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/sut/conformance.h"
#include "harness/sut/tally.h"

namespace harness {

// One scenario on the page, with its results by column.
struct PageCase {
    const Cell* any = nullptr;                  // what is true of all its cells: table, row, about, rules, proofs
    const Exhibit* exhibit = nullptr;           // null in reports that were cut
    std::map<std::size_t, std::size_t> results; // column -> cell
};

struct PageColumn {
    std::string system, mode;
    bool judges = false; // says what DNS answers are worth, instead of delivering
    std::string name() const { return system + " " + mode; }
};

// Numbers are positions: #s3 is case 3, #r17 the result of cell 17, #m17 its place in the matrix.
struct PageIndex {
    explicit PageIndex(const Conformance& of); // `of` must outlive it
    const Conformance& conformance;
    std::vector<PageColumn> columns;
    std::vector<PageCase> cases;         // in the order in which they were tried
    std::vector<std::size_t> columns_of; // of each cell
};

std::string_view class_of(Look look); // "ok" "bad" "skip"
std::string_view mark_of(Look look);  // a sign and its meaning, so that colour is never alone

std::string page_text(std::string_view plain);                 // escaped
std::string page_lines(const std::vector<std::string>& lines); // in a <pre>
// "row 5" of a table with its choices, the scenario's name elsewhere.
std::string case_name(const Cell& cell);
// What a table scenario's name says about a column, "rrsig-expired" of ".../mx=nsec,a=rrsig-expired"; "" for nothing.
std::string choice_of(const std::string& scenario, std::string_view column);
// Of column "mx" "a" "tlsa" "certificate"; "" where it is not looked at.
std::string state_word(const tlsa::States& states, std::string_view column);
// What is known, and the sections that decide, dimmed: "It goes on. RFC 7672 §2.2".
std::string page_explanation(const Explanation& explanation);

// A drawing from a report that was read, fit to stand in the page: known elements and attributes only, whatever it
// holds; a line in words where it is no drawing.
std::string page_drawing(const std::string& svg);

std::string page_summary(const PageIndex& index);    // systems with their numbers
std::string page_words(const PageIndex& index);      // the words that occur, explained
std::string page_deviations(const PageIndex& index); // by system, then by cause
std::string page_matrices(const PageIndex& index);   // filters and tables
std::string page_cases(const PageIndex& index);      // each with its zones, chains and results

} // namespace harness
