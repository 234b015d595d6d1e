// What one system under test did in one scenario, and what its witnesses say: the server's record first, the program's
// own words second, the questions it asked third. Witnesses that contradict each other are shown, never averaged.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/smtp_server_session.h"
#include "harness/sut/child_process.h"
#include "harness/sut/sut.h"
#include "harness/sut/word.h"
#include "tlsa/decision.h"

namespace harness {

// An independent validator's word on one state of the scenario, from the same run.
struct Proof {
    std::string question; // "shop.example. MX"
    std::string wanted;   // "secure" "insecure" "bogus"
    std::string seen;     // the same words; "?" where its output could not be read
    std::string by;       // "unbound-host"
    friend bool operator==(const Proof&, const Proof&) = default;
};

// Why a system deviates, where that is known (harness/sut/deviations.json).
struct Explanation {
    std::string text, rfc; // rfc: the sections that decide
    friend bool operator==(const Explanation&, const Explanation&) = default;
};

// What a DNSSEC judge says to one question.
struct Answer {
    std::string question;                    // "www.example. A"
    std::optional<validator::Security> said; // nullopt: nothing that is understood
    validator::Security expected{};          // by the scenario
    bool agrees() const { return said == expected; }
    friend bool operator==(const Answer&, const Answer&) = default;
};

struct Cell {
    std::string scenario, about;
    std::string table;              // "mandatory" "opportunistic", "" outside of the tables
    unsigned row = 0;               // from 1; 0 outside
    tlsa::States states;            // what the zones and servers were built to be, as far as a table looks
    std::vector<std::string> basis; // what asks for what is allowed: "RFC 7672 §2.2: ...", a line each
    std::string sut, mode, profile;
    std::optional<Word> outcome;       // nullopt: `trouble` says why there is none
    std::optional<tlsa::Outcome> twin; // with another certificate on every server
    std::vector<Word> allowed;         // by the profile
    std::vector<Answer> answers;       // of a DNSSEC judge: `outcome` and `allowed` are those of the deciding one
    std::string trouble;               // hung, crashed, missing
    bool skipped = false;              // the program cannot be asked this: `trouble` says why
    std::vector<std::string> contradictions;
    std::string command;               // as run
    std::vector<std::string> log;      // the program's own lines
    std::vector<std::string> sessions; // the servers' records, a line each
    std::vector<std::string> queries;  // what it asked the resolvers, each once, in order
    std::vector<Proof> proofs;
    std::optional<Explanation> explanation; // of a deviation that is known
    double elapsed_ms = 0;

    bool agrees() const; // an outcome, allowed, and no contradiction
};

std::string word_of(const Cell& cell);                // the outcome's; "not asked", "trouble"
std::string words_of(const std::vector<Word>& words); // "deferred or bounced"
std::string answer_line(const Answer& answer);        // "www.example. A: secure, expected bogus"

// What was seen of one attempt beside the program's own words.
struct Witnesses {
    std::vector<SessionLog> sessions;
    std::string recipient;    // of this attempt; "": every message counts
    bool asked = false;       // it asked the DNS something
    bool asked_tlsa = false;  // TLSA records among it
    bool asks_itself = false; // it has to ask, as nobody hands it the records, and somebody is there to answer
};

// The outcome of one attempt, out of its witnesses. Contradictions are appended. `claim` nullptr: no rule fits its
// words. A claim of "delivered" comes to cleartext or unauthenticated-tls, which the twin may raise.
std::optional<tlsa::Outcome> weigh(const Sut& sut, const ClaimRule* claim, const Witnesses& witnesses,
                                   std::vector<std::string>& contradictions);
inline constexpr const char* attempt_mark = "case"; // recipients are "case1@...", "case2@..."
// Why an attempt has nothing to judge by, "" where it has. An exit status that a claim names is understood, whatever
// shells mean by it.
std::string trouble_of(const Sut& sut, const ChildResult& child);
// Whether a message belongs to the attempt with this recipient. One of an earlier attempt, whose program went on after
// its time, does not; what has a recipient of the program's own choice does.
bool is_of_attempt(const ReceivedMessage& message, const std::string& recipient);
// What the program's lines say; nullptr where no rule fits. `values` fill the patterns.
const ClaimRule* claim_of(const Sut& sut, const std::string& lines, int exit_status,
                          const std::map<std::string, std::string>& values);

// "192.0.2.25:25 TLSv1.3, SNI mx.mail.example, MAIL inside TLS, message of 153 octets inside TLS, quit"
std::string session_line(const SessionLog& session);

// One line of JSON and back (schema: harness/schemas/sut-report.schema.json). Throws ScenarioError.
std::string cell_json(const Cell& cell);
Cell cell_from_json(const std::string& line);

} // namespace harness
