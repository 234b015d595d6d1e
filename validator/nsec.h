// The NSEC half of denial.h: RFC 4035 §5.4, RFC 6840 §4.
#pragma once

#include "validator/denial.h"

namespace validator {

// The usable NSEC records of one zone.
class NsecRecords {
  public:
    NsecRecords(const dns::Name& zone, std::span<const ProvenRrSet> records);
    bool empty() const { return records_.empty() && unusable_.empty(); }

    Denial no_data(const dns::Question& question) const;
    Denial name_error(const dns::Question& question) const;
    // The next closer name of an expansion; `question` is the RRset's own owner and type.
    Denial next_closer(const dns::Question& question, const dns::Name& next_closer) const;
    CutDenial no_ds(const dns::Name& name) const;

  private:
    struct Record {
        dns::Name owner; // as signed: RFC 4035 §5.3.2
        dns::Name next;
        dns::TypeBitmap types;
        bool is_ancestor_delegation() const; // RFC 6840 §4.1
        bool covers(const dns::Name& name, const dns::Name& zone) const;
    };
    const Record* matching(const dns::Name& name) const;
    const Record* covering(const dns::Name& name) const; // that may deny the name at all
    static bool makes_empty_non_terminal(const Record& covering, const dns::Name& name);
    static dns::Name closest_encloser(const Record& covering, const dns::Name& name);
    Denial no_data_at(const Record& record, const dns::Question& question) const;
    Denial no_data_by_wildcard(const Record& covering, const dns::Question& question) const;
    Reason reason(ReasonCode code, const dns::Question& question) const;
    Denial not_proven(Reason why) const;

    dns::Name zone_;
    std::vector<Record> records_;
    std::vector<Reason> unusable_;
};

} // namespace validator
