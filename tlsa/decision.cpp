#include "tlsa/decision.h"

#include <algorithm>
#include <array>
#include <span>

namespace tlsa {
namespace {

template <class T>
struct Word {
    T value;
    std::string_view text;
};
constexpr std::array state_words = {
    Word<State>{State::secure, "secure"},     Word<State>{State::insecure, "insecure"},
    Word<State>{State::bogus, "bogus"},       Word<State>{State::nxdomain, "nxdomain"},
    Word<State>{State::unusable, "unusable"},
};
constexpr std::array certificate_words = {
    Word<CertificateState>{CertificateState::success, "success"},
    Word<CertificateState>{CertificateState::failed, "failed"},
};
constexpr std::array mode_words = {
    Word<Mode>{Mode::mandatory, "mandatory"},
    Word<Mode>{Mode::opportunistic, "opportunistic"},
};
constexpr std::array action_words = {
    Word<Action>{Action::dane_success, "dane-success"},
    Word<Action>{Action::dane_fail, "dane-fail"},
    Word<Action>{Action::opportunistic_tls, "opportunistic-tls"},
    Word<Action>{Action::pkix_tls, "pkix-tls"},
};

template <class T, std::size_t N>
std::string_view word_of(const std::array<Word<T>, N>& words, T value) {
    for (const auto& word : words)
        if (word.value == value) return word.text;
    return "";
}
template <class T, std::size_t N>
std::optional<T> value_of(const std::array<Word<T>, N>& words, std::string_view text) {
    for (const auto& word : words)
        if (word.text == text) return word.value;
    return std::nullopt;
}

// What one cell says about one state: nothing against it, a contradiction, or that the state must be found out.
enum class Cell { fits, contradicts, unknown };
template <class T>
Cell compare(const std::optional<T>& cell, const std::optional<T>& state) {
    if (!cell) return Cell::fits;
    if (!state) return Cell::unknown;
    return *cell == *state ? Cell::fits : Cell::contradicts;
}

std::array<Cell, 4> compare(const Row& row, const States& states) {
    return {compare(row.states.mx, states.mx), compare(row.states.a, states.a), compare(row.states.tlsa, states.tlsa),
            compare(row.states.certificate, states.certificate)};
}

constexpr std::array all_columns = {Column::mx, Column::a, Column::tlsa, Column::certificate};
constexpr std::array mx_and_a_states = {State::secure, State::insecure, State::bogus};

// Walks every combination of states that the table asks for.
void walk(const DecisionTable& table, const States& states, TableFaults& faults, std::vector<unsigned>& reached) {
    const auto step = decide(table, states);
    if (!step) {
        faults.holes.push_back(states);
        return;
    }
    if (const auto* decision = std::get_if<Decision>(&*step)) {
        if (decision->row != nullptr) reached.push_back(decision->row->number);
        return;
    }
    States next = states;
    switch (std::get<Undecided>(*step).next) {
    case Column::mx:
        for (const State state : mx_and_a_states) {
            next.mx = state;
            walk(table, next, faults, reached);
        }
        break;
    case Column::a:
        for (const State state : mx_and_a_states) {
            next.a = state;
            walk(table, next, faults, reached);
        }
        break;
    case Column::tlsa:
        for (const auto& word : state_words) {
            next.tlsa = word.value;
            walk(table, next, faults, reached);
        }
        break;
    case Column::certificate:
        for (const auto& word : certificate_words) {
            next.certificate = word.value;
            walk(table, next, faults, reached);
        }
        break;
    }
}

} // namespace

std::string_view to_text(State state) { return word_of(state_words, state); }
std::string_view to_text(CertificateState state) { return word_of(certificate_words, state); }
std::string_view to_text(Mode mode) { return word_of(mode_words, mode); }
std::string_view to_text(Action action) { return word_of(action_words, action); }
std::optional<State> state_from_text(std::string_view text) { return value_of(state_words, text); }
std::optional<CertificateState> certificate_state_from_text(std::string_view text) {
    return value_of(certificate_words, text);
}
std::optional<Mode> mode_from_text(std::string_view text) { return value_of(mode_words, text); }
std::optional<Action> action_from_text(std::string_view text) { return value_of(action_words, text); }

std::optional<std::variant<Decision, Undecided>> decide(const DecisionTable& table, const States& states) {
    for (const Row& row : table.rows) {
        const auto cells = compare(row, states);
        if (std::ranges::count(cells, Cell::contradicts) != 0) continue;
        for (std::size_t column = 0; column < cells.size(); ++column)
            if (cells[column] == Cell::unknown) return Undecided{all_columns[column]};
        return Decision{row.action, &row};
    }
    // RFC 7672 §2.2: a secure RRset without a usable record is neither "secure" nor absent; the tables have no row for it.
    if (states.tlsa == State::unusable && table.unusable) return Decision{*table.unusable, nullptr};
    return std::nullopt;
}

TableFaults check(const DecisionTable& table) {
    TableFaults faults;
    std::vector<unsigned> reached;
    walk(table, States{}, faults, reached);
    for (const Row& row : table.rows)
        if (std::ranges::count(reached, row.number) == 0) faults.unreachable.push_back(row.number);
    return faults;
}

} // namespace tlsa
