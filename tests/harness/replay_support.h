// Replay files of our own: the answers of a signed hierarchy, written down as servers' entries in either dialect.
#pragma once

#include <string>
#include <vector>

#include "harness/replay/rpl_file.h"
#include "harness/replay/rpl_player.h"
#include "resolver/dns/text.h"
#include "zones/authority.h"
#include "zones/hierarchy.h"

namespace test {

inline constexpr dns::UnixTime replay_now{1'800'000'000}; // 2027-01-15T08:00:00Z

class ReplayWriter {
  public:
    explicit ReplayWriter(harness::replay::Dialect dialect)
        : dialect_(dialect) {}

    // Options, one a line, behind the anchors and the clock.
    void option(const std::string& line) { options_ += line + "\n"; }
    void serve(const zones::Hierarchy& hierarchy, const std::vector<dns::Question>& questions) {
        for (const auto& question : questions) {
            auto message = zones::answer_authoritatively(hierarchy, dns::make_query(question, 1));
            entries_ += entry(
                "MATCH opcode qtype qname\nADJUST copy_id\nREPLY QR AA " + dns::to_text(message.rcode) + "\n", message);
        }
        if (anchors_.empty())
            for (const auto& record : hierarchy.root_anchors())
                anchors_ += "trust-anchor: \"" + dns::to_text(record) + "\"\n";
    }
    void raw_entry(const std::string& text) { entries_ += text; }
    void range(const std::string& steps) { range_ = steps; }
    void step(const std::string& text) { steps_ += text; }
    void ask(unsigned number, const std::string& flags, const dns::Question& question) {
        dns::Message message;
        message.questions = {question};
        steps_ += "STEP " + std::to_string(number) + " QUERY\n" + entry("REPLY " + flags + "\n", message);
    }
    void expect(unsigned number, const std::string& match, const std::string& flags, const dns::Question& question,
                const std::vector<dns::Record>& answer = {}) {
        dns::Message message;
        message.questions = {question};
        message.answer = answer;
        steps_ += "STEP " + std::to_string(number) + " CHECK_ANSWER\n" +
                  entry("MATCH " + match + "\nREPLY " + flags + "\n", message);
    }
    std::string text() const {
        const bool unbound = dialect_ == harness::replay::Dialect::unbound;
        std::string out = "; written by a test\n";
        if (unbound) out += "server:\n";
        out += anchors_ + "val-override-date: \"20270115080000\"\n" + options_;
        out += unbound ? "forward-zone:\n\tname: \".\"\n\tforward-addr: 192.0.2.53\n" : "forward-addr: 192.0.2.53\n";
        out += "CONFIG_END\n\nSCENARIO_BEGIN a test\nRANGE_BEGIN " + range_ + "\n\tADDRESS 192.0.2.53\n";
        return out + entries_ + "RANGE_END\n" + steps_ + "SCENARIO_END\n";
    }
    harness::replay::Played play() const {
        return harness::replay::play(harness::replay::read_rpl("test.rpl", text()), {replay_now});
    }

  private:
    static std::string section(const std::string& name, const std::vector<dns::Record>& records) {
        std::string out = "SECTION " + name + "\n";
        for (const auto& record : records) out += dns::to_text(record) + "\n";
        return out;
    }
    static std::string entry(const std::string& head, const dns::Message& message) {
        const auto& question = message.questions.front();
        return "ENTRY_BEGIN\n" + head + "SECTION QUESTION\n" + question.name.to_text() + " IN " +
               dns::to_text(question.type) + "\n" + section("ANSWER", message.answer) +
               section("AUTHORITY", message.authority) + section("ADDITIONAL", {}) + "ENTRY_END\n";
    }

    harness::replay::Dialect dialect_;
    std::string anchors_, options_, entries_, steps_, range_ = "0 100";
};

} // namespace test
