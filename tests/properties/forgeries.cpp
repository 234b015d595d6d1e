// What a forger without keys can do.
#include <algorithm>

#include "tests/properties/properties.h"

namespace properties {

using validator::Answered;
using validator::Response;
using validator::Security;
using validator::Verdict;

// One of the things that a forger can do to a message without any key.
dns::Message Prover::mutate(dns::Message message) {
    std::vector<dns::Record>* const sections[] = {&message.answer, &message.authority};
    auto& section = *sections[dice_.below(2)];
    auto& other = &section == &message.answer ? message.authority : message.answer;
    auto donor = answers_.begin();
    std::advance(donor, static_cast<std::ptrdiff_t>(dice_.below(answers_.size())));
    const dns::Message& foreign = std::get<Answered>(donor->second).message;
    const auto& gift = dice_.chance(50) ? foreign.answer : foreign.authority;
    const std::size_t kind = dice_.below(11);
    if (kind == 0) message.rcode = message.rcode == dns::Rcode::NOERROR ? dns::Rcode::NXDOMAIN : dns::Rcode::NOERROR;
    if (kind == 1) section.clear();
    if (kind == 2) section.insert(section.end(), gift.begin(), gift.end());
    if (kind == 3) section = gift;
    if (kind == 3 && dice_.chance(70)) // another name's data with its signatures: a wildcard's would verify
        for (dns::Record& record : section) record.owner = message.questions.front().name;
    if (kind <= 3 || section.empty()) return message;
    auto& record = section[dice_.below(section.size())];
    if (kind == 4 && !gift.empty()) record = dice_.of(gift);
    if (kind == 5) record.owner = message.questions.front().name;
    if (kind == 6) record.owner = dice_.of(section).owner;
    if (kind == 7 && !record.rdata.empty())
        record.rdata[dice_.below(record.rdata.size())] ^= static_cast<std::uint8_t>(1U << dice_.below(8));
    if (kind == 8) record.type = dice_.of(section).type;
    if (kind == 9) other.push_back(record);
    if (kind >= 9) section.erase(section.begin() + (&record - section.data()));
    return message;
}

std::string Prover::mutations_are_never_secure_lies() {
    for (const auto& question : world_.questions) {
        const Run whole = plain(question);
        for (int i = 0; i < 6; ++i) {
            // The answer itself as a rule, or one of those that the chain rests on.
            const dns::Question target = dice_.chance(75) ? whole.asked.front() : dice_.of(whole.asked);
            dns::Message forged = std::get<Answered>(answer(target)).message;
            for (std::size_t n = 1 + dice_.below(3); n > 0; --n) forged = mutate(std::move(forged));
            const auto upstream = [&](const dns::Question& q) -> Response {
                if (q == target) return Answered{forged, {"forger"}, {}};
                return answer(q);
            };
            const Verdict verdict = run(question, upstream).verdict;
            std::string wrong = lie(question, verdict);
            const bool downgraded = whole.verdict.security == Security::secure &&
                                    verdict.security == Security::insecure && !world_.has_opt_out;
            if (downgraded) wrong = "from secure to insecure without a key";
            if (!wrong.empty())
                return report(wrong + ", forged " + target.to_text() + ":\n" + dns::to_text(forged), question,
                              whole.verdict, verdict);
        }
    }
    return "";
}

// RFC 4035 §5.3.4: the signature of a wildcard fits every name below it, so another name's expansion is put in place of
// data that exists, and of a name under it that does not.
std::string Prover::replayed_wildcards_are_no_answers() {
    for (const auto& spec : world_.specs) {
        const auto at = [&](const char* name) {
            return dns::Question(*dns::Name::from_text(name, spec.apex), dns::RrType::TXT);
        };
        const dns::Message expanded = std::get<Answered>(answer(at("a.wild"))).message;
        for (const char* name : {"x.wild", "y.x.wild", "wild"}) {
            const dns::Question question = at(name);
            const Run whole = plain(question);
            dns::Message forged = std::get<Answered>(answer(question)).message;
            forged.rcode = dns::Rcode::NOERROR;
            forged.answer = expanded.answer;
            for (dns::Record& record : forged.answer) record.owner = question.name;
            if (dice_.chance(50)) forged.authority = expanded.authority;
            const auto upstream = [&](const dns::Question& q) -> Response {
                if (q == question) return Answered{forged, {"forger"}, {}};
                return answer(q);
            };
            const Verdict verdict = run(question, upstream).verdict;
            const std::string wrong = lie(question, verdict);
            if (!wrong.empty()) return report(wrong + ", a wildcard replayed", question, whole.verdict, verdict);
        }
    }
    return "";
}

} // namespace properties
