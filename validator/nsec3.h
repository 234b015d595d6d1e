// The NSEC3 half of denial.h: RFC 5155 §8, RFC 6840 §4, RFC 9276 §3.2.
#pragma once

#include <array>

#include "validator/denial.h"

namespace validator {

// The usable NSEC3 records of one zone with the same parameters (RFC 5155 §8.2: never combined with others).
class Nsec3Chain {
  public:
    struct Record {
        std::array<std::uint8_t, 20> owner, next;
        dns::TypeBitmap types;
        bool opt_out;
        bool is_ancestor_delegation() const; // RFC 6840 §4.1
    };
    Nsec3Chain(const dns::Name& zone, std::uint16_t iterations, dns::Bytes salt)
        : zone_(zone)
        , iterations_(iterations)
        , salt_(std::move(salt)) {}
    bool has_parameters(const dns::Nsec3& nsec3) const {
        return nsec3.iterations == iterations_ && nsec3.salt == salt_;
    }
    void add(Record record) { records_.push_back(std::move(record)); }
    std::uint16_t iterations() const { return iterations_; }

    Denial no_data(const dns::Question& question, Work work) const;
    Denial name_error(const dns::Question& question, Work work) const;
    Denial next_closer(const dns::Question& question, const dns::Name& next_closer, Work work) const;
    CutDenial no_ds(const dns::Name& name, Work work) const;

  private:
    struct Found { // nullptr: no such record
        const Record* record = nullptr;
        bool over_budget = false;
    };
    struct Encloser { // RFC 5155 §8.3, as far as it is proven
        dns::Name name;
        dns::Name next_closer;
        const Record* cover = nullptr;
    };
    Found matching(const dns::Name& name, Work work) const;
    Found covering(const dns::Name& name, Work work) const;
    // The closest encloser proof, or why there is none.
    std::variant<Encloser, Reason> closest_encloser(const dns::Question& question, Work work) const;
    Denial no_data_at(const Record& record, const dns::Question& question) const;
    Denial no_data_without_match(const dns::Question& question, Work work) const;
    Reason reason(ReasonCode code, const dns::Question& question) const;
    Reason over_budget(const dns::Question& question, Work work) const;
    Denial insecure_by_opt_out(const dns::Question& question) const;

    dns::Name zone_;
    std::uint16_t iterations_;
    dns::Bytes salt_;
    std::vector<Record> records_;
};

// The hash in the owner name of an NSEC3 record; nullopt where that is not one label of base32hex, 20 octets, directly
// under the zone (RFC 5155 §3).
std::optional<std::array<std::uint8_t, 20>> nsec3_owner_hash(const dns::Name& owner, const dns::Name& zone);

struct Nsec3Records {
    std::vector<Nsec3Chain> chains;
    std::vector<Reason> unusable; // records that were ignored, and why
};
Nsec3Records read_nsec3(const dns::Name& zone, std::span<const ProvenRrSet> records);

} // namespace validator
