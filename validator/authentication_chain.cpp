#include "validator/authentication_chain.h"

#include <algorithm>

#include "validator/classify.h"

namespace validator {
namespace {

using dns::RrType;

constexpr std::size_t most_octets = 65535; // of the AuthenticationChain: 2^16-1 (RFC 9102 §2.3)

dns::Result<dns::Record> read_record(dns::Reader& reader) {
    const auto owner = dns::Name::read_uncompressed(reader);
    if (!owner) return owner.error_as_failure();
    const auto type = reader.u16();
    const auto rr_class = reader.u16();
    const auto ttl = reader.u32();
    const auto length = reader.u16();
    if (!type || !rr_class || !ttl || !length) return dns::wire_error(dns::WireErrorCode::truncated, reader.offset());
    const auto rdata = reader.octets(*length);
    if (!rdata) return rdata.error_as_failure();
    constexpr dns::Ttl max_ttl = 0x7fffffff; // RFC 2181 §8
    return dns::Record(*owner, static_cast<RrType>(*type), *ttl > max_ttl ? 0 : *ttl,
                       dns::Bytes(rdata->begin(), rdata->end()), static_cast<dns::RrClass>(*rr_class));
}

dns::Result<std::vector<dns::Record>> read_records(dns::Reader reader) {
    std::vector<dns::Record> records;
    while (!reader.at_end()) { // each takes at least 11 octets of at most 65535
        auto record = read_record(reader);
        if (!record) return record.error_as_failure();
        records.push_back(*std::move(record));
    }
    return records;
}

// The type that the record is, or signs.
RrType concerned_type(const dns::Record& record) {
    if (record.type != RrType::RRSIG) return record.type;
    const auto rrsig = dns::Rrsig::parse(record.rdata);
    return rrsig ? rrsig->type_covered : record.type;
}

bool is_denial(RrType type) { return type == RrType::NSEC || type == RrType::NSEC3; }

// Gives the chain's records as the answers that a resolver would have given.
class ChainResponder {
  public:
    ChainResponder(const AuthenticationChain& chain, dns::Rcode rcode)
        : chain_(chain)
        , rcode_(rcode) {}

    Response operator()(const dns::Question& question) const {
        dns::Message message;
        message.header.response = true;
        message.questions = {question};
        const bool of_a_zone = question.type == RrType::DS || question.type == RrType::DNSKEY;
        if (of_a_zone)
            collect(message.answer, question.name, question.type);
        else
            collect_answers(message.answer);
        if (question.type == RrType::DS && message.answer.empty()) // RFC 4035 §2.5: a CNAME leaves no room for a cut
            collect(message.answer, question.name, RrType::CNAME);
        const bool may_be_denied = question.type != RrType::DNSKEY && !(of_a_zone && !message.answer.empty());
        if (may_be_denied)
            for (const dns::Record& record : chain_.records)
                if (is_denial(concerned_type(record)) || concerned_type(record) == RrType::SOA)
                    message.authority.push_back(record);
        if (message.answer.empty() && message.authority.empty()) return NoAnswer{NoAnswerCause::not_recorded, {}};
        if (!of_a_zone) message.rcode = rcode_;
        return Answered{std::move(message), {}, {}};
    }

  private:
    void collect(std::vector<dns::Record>& section, const dns::Name& owner, RrType type) const {
        for (const dns::Record& record : chain_.records)
            if (record.owner == owner && concerned_type(record) == type) section.push_back(record);
    }
    // Everything that is neither of a delegation nor a denial: the RRset asked for and the aliases that lead to it.
    void collect_answers(std::vector<dns::Record>& section) const {
        for (const dns::Record& record : chain_.records) {
            const RrType type = concerned_type(record);
            if (type != RrType::DS && type != RrType::DNSKEY && type != RrType::SOA && !is_denial(type))
                section.push_back(record);
        }
    }

    const AuthenticationChain& chain_;
    dns::Rcode rcode_;
};

Verdict verify_as(const AuthenticationChain& chain, dns::Rcode rcode, const dns::Question& question,
                  const TrustAnchors& anchors, const Policy& policy, dns::UnixTime now) {
    const ChainResponder responder(chain, rcode);
    Validation validation(question, anchors, policy, now);
    for (;;) { // at most Limits::questions needs
        auto step = validation.advance();
        if (auto* verdict = std::get_if<Verdict>(&step)) return std::move(*verdict);
        for (const dns::Question& needed : std::get<Needs>(step).questions)
            validation.supply(needed, responder(needed));
    }
}

bool is_settled(const Verdict& verdict) {
    return verdict.security == Security::secure || verdict.security == Security::insecure;
}

bool has_denial(const AuthenticationChain& chain) {
    return std::any_of(chain.records.begin(), chain.records.end(),
                       [](const dns::Record& record) { return is_denial(record.type); });
}

std::vector<dns::RrSet> answer_of(const Verdict& verdict) {
    std::vector<dns::RrSet> sets;
    for (const dns::SignedRrSet& set : verdict.answer) {
        dns::RrSet plain = set.set;
        plain.ttl = 0;
        if (!set.signatures.empty()) sets.push_back(std::move(plain)); // a CNAME that a DNAME yields may be left out
    }
    return sets;
}

// The same outcome; the data of insecure answers is no part of a chain.
bool says_the_same(const Verdict& a, const Verdict& b) {
    if (a.security != b.security) return false;
    if (a.security == Security::insecure) return true;
    return a.kind == b.kind && a.final_name == b.final_name && answer_of(a) == answer_of(b);
}

// The RRset with its signatures, once.
void add(std::vector<dns::SignedRrSet>& sets, const dns::SignedRrSet& set) {
    const auto same = [&](const dns::SignedRrSet& known) {
        // Parent and child may each have an NSEC there; of other types two versions would spoil each other.
        const bool may_differ = set.set.type == RrType::NSEC && !(known.set.rdata == set.set.rdata);
        return known.set.owner == set.set.owner && known.set.type == set.set.type && !may_differ;
    };
    if (!set.signatures.empty() && std::none_of(sets.begin(), sets.end(), same)) sets.push_back(set);
}

AuthenticationChain chain_of(const std::vector<dns::SignedRrSet>& sets) {
    AuthenticationChain chain;
    for (const dns::SignedRrSet& set : sets) {
        for (const dns::Record& record : set.set.records()) chain.records.push_back(record);
        for (const dns::Bytes& signature : set.signatures)
            chain.records.emplace_back(set.set.owner, RrType::RRSIG, set.signature_ttl, signature, set.set.rr_class);
    }
    return chain;
}

} // namespace

dns::Result<AuthenticationChain> AuthenticationChain::parse(dns::ByteView extension_data) {
    dns::Reader reader(extension_data);
    AuthenticationChain chain;
    const auto lifetime = reader.u16();
    if (!lifetime) return lifetime.error_as_failure();
    chain.support_lifetime = *lifetime;
    if (reader.at_end()) return dns::wire_error(dns::WireErrorCode::truncated, reader.offset()); // <1..2^16-1>
    if (reader.remaining() > most_octets + 2)
        return dns::wire_error(dns::WireErrorCode::too_many_records, most_octets + 2);
    dns::Reader behind_length = reader;
    const auto length = behind_length.u16();
    auto records =
        read_records(length && *length == behind_length.remaining() && *length != 0 ? behind_length : reader);
    if (!records) records = read_records(reader);
    if (!records) return records.error_as_failure();
    chain.records = *std::move(records);
    return chain;
}

std::optional<dns::Bytes> AuthenticationChain::build() const {
    dns::Writer writer;
    writer.u16(support_lifetime);
    for (const dns::Record& record : records) {
        writer.octets(record.owner.wire());
        writer.u16(static_cast<std::uint16_t>(record.type));
        writer.u16(static_cast<std::uint16_t>(record.rr_class));
        writer.u32(record.ttl);
        writer.u16(static_cast<std::uint16_t>(record.rdata.size()));
        writer.octets(record.rdata);
    }
    if (writer.size() > most_octets + 2) return std::nullopt;
    return std::move(writer).take();
}

Verdict verify(const AuthenticationChain& chain, const dns::Question& question, const TrustAnchors& anchors,
               const Policy& policy, dns::UnixTime now) {
    Verdict verdict = verify_as(chain, dns::Rcode::NOERROR, question, anchors, policy, now);
    if (is_settled(verdict) || !has_denial(chain)) return verdict;
    Verdict of_name = verify_as(chain, dns::Rcode::NXDOMAIN, question, anchors, policy, now);
    return is_settled(of_name) ? std::move(of_name) : std::move(verdict);
}

std::optional<AuthenticationChain> build_chain(std::span<const dns::Message> messages, const dns::Question& question,
                                               const Verdict& verdict, const TrustAnchors& anchors,
                                               const Policy& policy, dns::UnixTime now) {
    if (!is_settled(verdict)) return std::nullopt;
    std::vector<dns::SignedRrSet> sets;
    for (const dns::Message& message : messages) {
        const Sections sections = Sections::of(message, question.rr_class);
        for (const dns::SignedRrSet& set : sections.answer) add(sets, set);
        for (const dns::SignedRrSet& set : sections.authority)
            if (is_denial(set.set.type)) add(sets, set);
    }
    const auto holds = [&](const std::vector<dns::SignedRrSet>& some) {
        return says_the_same(verify(chain_of(some), question, anchors, policy, now), verdict);
    };
    if (!holds(sets)) return std::nullopt;
    for (std::size_t i = sets.size(); i-- > 0;) { // what is not missed is left out
        std::vector<dns::SignedRrSet> fewer = sets;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
        if (holds(fewer)) sets = std::move(fewer);
    }
    AuthenticationChain chain = chain_of(sets);
    if (!chain.build()) return std::nullopt;
    return chain;
}

} // namespace validator
