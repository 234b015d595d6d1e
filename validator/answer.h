// One question, judged over the evidence so far: each link of the alias chain, the answer or its absence, and what they
// come to together (RFC 4035 §5, RFC 6672 §5.3.3).
#pragma once

#include <optional>
#include <vector>

#include "validator/chain.h"
#include "validator/classify.h"
#include "validator/denial.h"
#include "validator/session.h"

namespace validator {

// RFC 6672 §5.3.3, RFC 4035 §4.3: one bogus link spoils all; what could not be had comes before what is not signed.
int severity(Security security);

// What one RRset, link or denial came to.
struct Judgement {
    bool pending = false;
    Security security = Security::indeterminate;
    std::vector<Reason> reasons;
    std::optional<ValidityWindow> window;
    dns::Ttl ttl = 0x7fffffff;
    AnswerKind kind = AnswerKind::positive; // of a denial: what it turned out to be
    bool expanded = false;                  // of an RRset: made from a wildcard

    static Judgement waiting();
    static Judgement of(Security security, std::vector<Reason> reasons);
    static Judgement of(const Walk& walk); // insecure, broken or pending
    void rest_on(const ValidityWindow& more);
    void add(const Judgement& more); // the worse of both, and what both rest on
};

// The response that is being judged.
struct Part {
    const dns::Question& question;
    const Sections& sections;
    bool behind_alias;
};

class Judge {
  public:
    Judge(Session& session, Chain& chain)
        : session_(session)
        , chain_(chain) {}

    // An RRset of the ANSWER section, with the proof that a wildcard needs.
    Judgement positive(const dns::SignedRrSet& set, const Part& part);
    Judgement link(const AliasLink& link, const Part& part);
    // Absence of the type or of the name at `question.name`.
    Judgement negative(const dns::Question& question, Shape::End end, const Part& part);

  private:
    Judgement positive_of_one(const dns::SignedRrSet& set, const Part& part);
    Judgement refuse_above_cut(const dns::SignedRrSet& set, const Walk& walk, const Walk& deep) const;
    Judgement signed_by(const dns::Name& signer, const dns::SignedRrSet& set, const Part& part);
    Judgement unproven(const dns::SignedRrSet& set, std::vector<Reason> reasons, bool any_indeterminate,
                       const Part& part);
    Judgement proven(const ProvenRrSet& set, const Walk& walk, const Part& part);
    Judgement denied_by(const dns::Name& signer, const dns::Question& question, Shape::End end, const Part& part);
    Judgement undenied(const dns::Question& question, std::vector<Reason> reasons, bool any_indeterminate,
                       const Part& part);
    Judgement claim(const dns::Question& question, Shape::End end, const DenialRecords& records, const Walk& walk,
                    const Part& part);
    bool soa_holds(const Walk& walk, const Part& part, Judgement& judgement);

    Session& session_;
    Chain& chain_;
};

// The whole question. nullopt: session.needs() says what is lacking.
std::optional<Verdict> judge(Session& session);

} // namespace validator
