// Values made from a seed, for properties that must hold for all values. The same seed gives the same values on every
// machine: std::mt19937_64 is specified to the bit, the standard distributions are not and so are not used.
#pragma once

#include <random>

#include "resolver/dns/message.h"
#include "resolver/dns/rdata.h"

namespace generators {

class Generator {
  public:
    explicit Generator(std::uint64_t seed)
        : random_(seed) {}

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    bool coin() { return (random_() & 1) != 0; }
    std::uint8_t octet() { return static_cast<std::uint8_t>(random_()); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(random_()); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(random_()); }
    dns::Bytes octets(std::size_t least, std::size_t most) {
        dns::Bytes out(least + below(most - least + 1));
        for (auto& one : out) one = octet();
        return out;
    }

    // Often below few ancestors and of mixed case, so that compression and comparison have something to do; sometimes
    // with octets that text must escape.
    dns::Name name() {
        dns::Name name = below(4) == 0 ? dns::Name() : dns::Name::literal(coin() ? "Example." : "mail.example.");
        for (std::uint64_t labels = below(5); labels > 0; --labels) {
            const auto longer = below(6) == 0 ? name.prepend_label(octets(1, 63)) : name.prepend_label(short_label());
            if (longer) name = *longer;
        }
        return name;
    }

    dns::TypeBitmap bitmap() {
        std::vector<dns::RrType> types;
        for (std::uint64_t count = below(8); count > 0; --count) {
            const auto type = static_cast<dns::RrType>(coin() ? 1 + below(60) : u16());
            if (type != dns::RrType{} && !dns::is_meta_type(type)) types.push_back(type);
        }
        return dns::TypeBitmap(std::move(types));
    }

    dns::Record record() {
        const dns::Name owner = name();
        const dns::Ttl ttl = u32() & 0x7FFFFFFF;
        switch (below(12)) {
        case 0: return {owner, dns::RrType::A, ttl, octets(4, 4)};
        case 1: return {owner, dns::RrType::NS, ttl, dns::SingleName{name()}.build()};
        case 2:
            return {owner, dns::RrType::SOA, ttl, dns::Soa{name(), name(), u32(), u32(), u32(), u32(), u32()}.build()};
        case 3: return {owner, dns::RrType::MX, ttl, dns::Mx{u16(), name()}.build()};
        case 4: return {owner, dns::RrType::TXT, ttl, dns::Txt{{octets(0, 255), octets(0, 20)}}.build()};
        case 5: return {owner, dns::RrType::SRV, ttl, dns::Srv{u16(), u16(), u16(), name()}.build()};
        case 6: return {owner, dns::RrType::TLSA, ttl, dns::Tlsa{octet(), octet(), octet(), octets(0, 64)}.build()};
        case 7: return {owner, dns::RrType::DNAME, ttl, dns::SingleName{name()}.build()};
        case 8: return {owner, dns::RrType::NSEC, ttl, dns::Nsec{name(), bitmap()}.build()};
        case 9:
            return {owner, dns::RrType::NSEC3, ttl,
                    dns::Nsec3{1, octet(), u16(), octets(0, 8), octets(1, 20), bitmap()}.build()};
        case 10: return {owner, dns::RrType::RRSIG, ttl, rrsig().build()};
        default: return {owner, static_cast<dns::RrType>(65280 + below(255)), ttl, octets(0, 40)};
        }
    }

    dns::Rrsig rrsig() {
        dns::Rrsig rrsig;
        rrsig.type_covered = static_cast<dns::RrType>(u16());
        rrsig.algorithm = static_cast<dns::Algorithm>(octet());
        rrsig.labels = octet();
        rrsig.original_ttl = u32();
        rrsig.expiration = {u32()};
        rrsig.inception = {u32()};
        rrsig.key_tag = u16();
        rrsig.signer = name();
        rrsig.signature = octets(1, 80);
        return rrsig;
    }

    dns::Message message() {
        dns::Message message;
        dns::Header& header = message.header;
        header.id = u16();
        header.response = coin(), header.authoritative = coin(), header.truncated = coin();
        header.recursion_desired = coin(), header.recursion_available = coin();
        header.authentic_data = coin(), header.checking_disabled = coin();
        header.opcode = static_cast<dns::Opcode>(below(16));
        message.rcode = static_cast<dns::Rcode>(below(16));
        for (std::uint64_t count = below(3); count > 0; --count) {
            message.questions.emplace_back(name(), static_cast<dns::RrType>(u16()), static_cast<dns::RrClass>(u16()));
        }
        for (auto* section : {&message.answer, &message.authority, &message.additional}) {
            for (std::uint64_t count = below(8); count > 0; --count) section->push_back(record());
        }
        if (coin()) {
            message.edns = dns::Edns{u16(), octet(), coin(), {}};
            message.rcode = static_cast<dns::Rcode>(below(4096));
            for (std::uint64_t count = below(4); count > 0; --count) {
                message.edns->options.push_back({static_cast<std::uint16_t>(below(20)), octets(0, 12)});
            }
        }
        return message;
    }

  private:
    dns::Bytes short_label() {
        static constexpr std::string_view letters = "abAB_-1*";
        dns::Bytes label(1 + below(3));
        for (auto& one : label) one = static_cast<std::uint8_t>(letters[below(letters.size())]);
        return label;
    }

    std::mt19937_64 random_;
};

} // namespace generators
