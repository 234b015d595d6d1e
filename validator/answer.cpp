#include "validator/answer.h"

#include <algorithm>

#include "validator/advice.h"

namespace validator {
namespace {

// Puts the parts of an answer together.
class Assembly {
  public:
    explicit Assembly(Session& session)
        : session_(session)
        , judge_(session, chain_) {}
    std::optional<Verdict> run();

  private:
    enum class Next { done, ask_for_target };
    Next take_response(const dns::Question& question);
    void take_links(const Shape& shape, const Part& part);
    Next take_end(const dns::Question& question, const Shape& shape, const Part& part, dns::Rcode rcode);
    Next take_positive(const Shape& shape, const Part& part);
    Next take_negative(const dns::Question& question, const Shape& shape, const Part& part);
    bool is_spoilt() const;
    void take_failure(Security security, Reason why);
    void take(const Judgement& judgement);
    void finish();

    Session& session_;
    Chain chain_{session_};
    Judge judge_;
    Verdict verdict_;
    std::vector<Judgement> parts_;
    std::vector<dns::Name> visited_;
    bool pending_ = false;
};

void Assembly::take(const Judgement& judgement) {
    pending_ |= judgement.pending;
    parts_.push_back(judgement);
}

void Assembly::take_failure(Security security, Reason why) {
    verdict_.kind = AnswerKind::failure;
    take(Judgement::of(security, {std::move(why)}));
}

void Assembly::take_links(const Shape& shape, const Part& part) {
    for (const AliasLink& link : shape.links) {
        const Judgement judgement = judge_.link(link, part);
        take(judgement);
        const bool by_dname = link.dname != nullptr && (link.cname == nullptr || link.cname->signatures.empty());
        verdict_.aliases.push_back(
            {link.owner, link.target, by_dname ? dns::RrType::DNAME : dns::RrType::CNAME, judgement.security});
        if (by_dname) verdict_.answer.push_back(*link.dname);
        if (link.cname != nullptr) verdict_.answer.push_back(*link.cname);
    }
}

// A part that was judged and is neither secure nor insecure: more evidence cannot mend the whole.
bool Assembly::is_spoilt() const {
    return std::any_of(parts_.begin(), parts_.end(), [](const Judgement& part) {
        return !part.pending && severity(part.security) >= severity(Security::indeterminate);
    });
}

Assembly::Next Assembly::take_positive(const Shape& shape, const Part& part) {
    const bool never_signed = session_.question().type == dns::RrType::RRSIG; // RFC 4035 §2.2
    std::vector<Judgement> judged;
    std::vector<dns::SignedRrSet> answer;
    for (const dns::SignedRrSet* set : shape.sets) { // RFC 6840 §4.2: of ANY, every one that is given out
        const bool is_any = session_.question().type == dns::RrType::ANY;
        if (is_any && judged.size() == session_.policy().limits.any_rrsets) break;
        if (shape.synthesized && set == shape.synthesized->cname && set->signatures.empty()) {
            judged.push_back(judge_.link(*shape.synthesized, part));
            answer.push_back(*shape.synthesized->dname);
        } else if (!never_signed)
            judged.push_back(judge_.positive(*set, part));
        answer.push_back(*set);
    }
    // RFC 4035 §5.4: what denials there are may be of the chain's beginning only; the target's own response has its own.
    const bool lacking = std::any_of(judged.begin(), judged.end(), [](const Judgement& one) {
        return !one.pending && std::any_of(one.reasons.begin(), one.reasons.end(), [](const Reason& why) {
            return why.code == ReasonCode::wildcard_expansion_not_proven;
        });
    });
    if (lacking && !shape.links.empty() && !is_spoilt()) return Next::ask_for_target;
    if (never_signed)
        take_failure(Security::insecure, Reason(ReasonCode::answer_not_signable, shape.final_name, dns::RrType::RRSIG));
    for (const Judgement& one : judged) take(one);
    verdict_.kind = AnswerKind::positive;
    verdict_.rcode = dns::Rcode::NOERROR; // whatever the header says: the data is there
    verdict_.answer.insert(verdict_.answer.end(), answer.begin(), answer.end());
    return Next::done;
}

Assembly::Next Assembly::take_negative(const dns::Question& question, const Shape& shape, const Part& part) {
    if (question.type == dns::RrType::RRSIG && shape.end == Shape::End::no_data) {
        take_failure(Security::insecure, Reason(ReasonCode::answer_not_signable, question.name, question.type));
        verdict_.kind = AnswerKind::no_data;
        return Next::done;
    }
    const Judgement judgement = judge_.negative(question, shape.end, part);
    const bool lacking = !judgement.pending && judgement.security == Security::bogus;
    // RFC 4035 §5.4: what proof there is may be of the chain's beginning only; the target has its own.
    if (lacking && !shape.links.empty() && !is_spoilt()) return Next::ask_for_target;
    take(judgement);
    verdict_.kind = judgement.kind;
    if (judgement.pending || judgement.security != Security::secure) return Next::done;
    // The RCODE is not signed: what was proven counts (an empty non-terminal, compact denial).
    verdict_.rcode = judgement.kind == AnswerKind::name_error ? dns::Rcode::NXDOMAIN : dns::Rcode::NOERROR;
    return Next::done;
}

Assembly::Next Assembly::take_end(const dns::Question& question, const Shape& shape, const Part& part,
                                  dns::Rcode rcode) {
    const dns::Question at_end(shape.final_name, question.type, question.rr_class);
    switch (shape.end) {
    case Shape::End::positive: return take_positive(shape, part);
    case Shape::End::unfinished: return Next::ask_for_target;
    case Shape::End::too_long: // RFC 6672 §2.2: the DNAME itself, judged as a link, is the proof
        verdict_.kind = AnswerKind::failure;
        verdict_.rcode = dns::Rcode::YXDOMAIN;
        return Next::done;
    case Shape::End::loop:
        take_failure(Security::indeterminate, Reason(ReasonCode::alias_loop, shape.final_name, question.type));
        return Next::done;
    case Shape::End::too_many_links: {
        Reason why(ReasonCode::alias_chain_too_long, session_.question().name, question.type);
        why.detail = std::to_string(session_.policy().limits.aliases);
        take_failure(Security::indeterminate, std::move(why));
        return Next::done;
    }
    case Shape::End::no_data:
    case Shape::End::name_error: break;
    }
    if (rcode == dns::Rcode::YXDOMAIN) {
        Reason why(ReasonCode::rcode_unexpected, at_end.name, at_end.type);
        why.detail = dns::to_text(rcode);
        take_failure(Security::indeterminate, std::move(why));
        return Next::done;
    }
    return take_negative(at_end, shape, part);
}

Assembly::Next Assembly::take_response(const dns::Question& question) {
    const Found found = session_.want(question);
    if (found.is_pending()) {
        pending_ = true;
        return Next::done;
    }
    if (auto why = failure_of(question, found, session_.policy())) {
        if (!found.over_budget && std::holds_alternative<Answered>(*found.response))
            verdict_.rcode = message_of(found).rcode;
        take_failure(Security::indeterminate, *std::move(why));
        return Next::done;
    }
    const dns::Message& message = message_of(found);
    const Sections& sections = session_.sections(question);
    const std::size_t links_left = session_.policy().limits.aliases -
                                   std::min<std::size_t>(verdict_.aliases.size(), session_.policy().limits.aliases);
    const Shape shape = classify(sections, message, question.name, question.type, links_left, visited_);
    const bool behind_alias = !verdict_.aliases.empty() || !shape.links.empty();
    const Part part{question, sections, behind_alias};
    verdict_.rcode = message.rcode;
    verdict_.final_name = shape.final_name;
    take_links(shape, part);
    return take_end(question, shape, part, message.rcode);
}

void Assembly::finish() {
    int worst = 0;
    for (const Judgement& part : parts_) worst = std::max(worst, severity(part.security));
    verdict_.ttl = 0x7fffffff;
    std::optional<ValidityWindow> window;
    for (const Judgement& part : parts_) {
        if (severity(part.security) == worst) verdict_.security = part.security;
        verdict_.ttl = std::min(verdict_.ttl, part.ttl);
        if (part.window) {
            if (!window) window = part.window;
            window =
                ValidityWindow{std::max(window->from, part.window->from), std::min(window->until, part.window->until)};
        }
        if (severity(part.security) != worst) continue;
        for (const Reason& reason : part.reasons)
            if (std::find(verdict_.reasons.begin(), verdict_.reasons.end(), reason) == verdict_.reasons.end())
                verdict_.reasons.push_back(reason);
    }
    if (verdict_.security == Security::indeterminate && !verdict_.reasons.empty())
        verdict_.reasons.emplace_back(ReasonCode::not_determined, session_.question().name, session_.question().type);
    const bool usable = verdict_.security == Security::secure || verdict_.security == Security::insecure;
    if (usable)
        verdict_.window = window;
    else
        verdict_.ttl = 0;
    add_advice(session_, verdict_);
    verdict_.chain = std::move(chain_).take_links();
    verdict_.questions = session_.questions_asked();
    verdict_.verifications = session_.memo().verifications();
    verdict_.nsec3_hashes = session_.memo().nsec3_hashes();
    verdict_.nsec3_hash_blocks = session_.memo().nsec3_hash_blocks();
}

std::optional<Verdict> Assembly::run() {
    dns::Question question = session_.question();
    verdict_.final_name = question.name;
    // Each time round adds at least one link, and links are limited.
    while (take_response(question) == Next::ask_for_target) {
        if (is_spoilt()) break;
        question.name = verdict_.final_name;
    }
    if (pending_ || !session_.needs().empty()) return std::nullopt;
    finish();
    return std::move(verdict_);
}

} // namespace

std::optional<Verdict> judge(Session& session) {
    session.begin_run();
    return Assembly(session).run();
}

} // namespace validator
