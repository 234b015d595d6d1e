#include "tests/properties/random_world.h"

#include <algorithm>
#include <stdexcept>

#include "resolver/dns/rdata.h"
#include "zones/authority.h"

namespace properties {

namespace {

using dns::RrType;

const std::vector<std::string> leaves = {
    "@ A 192.0.2.1",
    "@ MX 10 mail",
    "www A 192.0.2.2",
    "www TXT \"one\" \"two\"",
    "mail A 192.0.2.3",
    "_25._tcp.mail TLSA 3 1 1 8bd1da95272f7fa4ffb24137fc0ed03aae67e5c4d8b3c50734e1050a7920b922",
    "e.n.t A 192.0.2.4",
    "*.wild TXT \"wild\"",
    "*.wild A 192.0.2.5",
    "x.wild TXT \"closer\"",
    "alias CNAME www",
    "*.wc CNAME alias",
    "loop1 CNAME loop2\nloop2 CNAME loop1",
    "lost CNAME nowhere",
};

const std::vector<std::string> asked = {
    "@",      "www",      "mail",   "_25._tcp.mail", "_tcp.mail", "t",    "n.t",      "e.n.t", "a.wild",
    "x.wild", "y.x.wild", "*.wild", "wild",          "alias",     "far",  "q.wc",     "loop1", "dn",
    "www.dn", "b.a.dn",   "none",   "no.www",        "chain0",    "lost", "z.z.none", "a.far"};

const std::vector<RrType> types = {RrType::A,      RrType::A,    RrType::TXT,  RrType::TXT, RrType::MX,
                                   RrType::TLSA,   RrType::TLSA, RrType::DS,   RrType::NS,  RrType::SOA,
                                   RrType::DNSKEY, RrType::AAAA, RrType::CNAME};

zones::SigningPolicy signing(Dice& dice) {
    zones::SigningPolicy policy;
    policy.algorithm = dice.chance(60) ? dns::Algorithm::ED25519 : dns::Algorithm::ECDSAP256SHA256;
    policy.csk = dice.chance(50);
    policy.denial = dice.of<zones::Denial>(
        {zones::Denial::nsec, zones::Denial::nsec, zones::Denial::nsec3, zones::Denial::nsec3_opt_out});
    policy.nsec3_iterations = static_cast<std::uint16_t>(dice.below(3));
    if (dice.chance(50)) policy.nsec3_salt = {0xab, 0xcd};
    policy.inception = {now.seconds - 86'400};
    policy.expiration = {now.seconds + 14 * 86'400};
    return policy;
}

std::string records(Dice& dice, const std::vector<std::string>& apexes) {
    std::string text;
    for (const std::string& line : leaves)
        if (dice.chance(55)) text += line + "\n";
    if (dice.chance(15)) text += "* TXT \"any\"\n";
    if (dice.chance(60)) text += "far CNAME " + dice.of(asked) + "." + dice.of(apexes) + "\n";
    if (text.find("CNAME @.") != std::string::npos) text.erase(text.find("CNAME @.") + 6, 2);
    if (dice.chance(60)) text += "dn DNAME " + dice.of(apexes) + "\n";
    if (dice.chance(15)) // longer than a validator follows
        for (int i = 0; i < 14; ++i)
            text +=
                "chain" + std::to_string(i) + " CNAME " + (i == 13 ? "www" : "chain" + std::to_string(i + 1)) + "\n";
    return text;
}

std::vector<zones::ZoneSpec> make_specs(Dice& dice) {
    std::vector<std::string> apexes = {"example."};
    for (const char* apex : {"a.example.", "b.example.", "c.other.", "sub.a.example.", "far.down.a.example."})
        if (dice.chance(55)) apexes.emplace_back(apex);
    std::vector<zones::ZoneSpec> specs;
    for (const std::string& apex : apexes) {
        zones::ZoneSpec spec;
        spec.apex = dns::Name::literal(apex);
        spec.records = records(dice, apexes);
        if (!dice.chance(12)) spec.signing = signing(dice);
        if (dice.chance(10)) spec.parent_ds = zones::ZoneSpec::ParentDs::omit;
        specs.push_back(std::move(spec));
    }
    return specs;
}

dns::Question random_question(Dice& dice, const std::vector<zones::ZoneSpec>& specs) {
    const dns::Name& apex = dice.of(specs).apex;
    return {*dns::Name::from_text(dice.of(asked), apex), dice.of(types)};
}

zones::Fault random_fault(Dice& dice, const std::vector<zones::ZoneSpec>& specs) {
    zones::Fault fault;
    fault.kind = dice.of(zones::all_fault_kinds());
    // There the zone itself signs that nothing else exists: what is proven by it is no lie of the validator's.
    if (fault.kind == zones::FaultKind::attack_unsolicited_denial) fault.kind = zones::FaultKind::rrsig_expired;
    const dns::Question question = random_question(dice, specs);
    const auto rule = zones::type_rule(fault.kind);
    fault.owner = rule == zones::TypeRule::refused ? dice.of(specs).apex : question.name;
    if (rule == zones::TypeRule::required || (rule == zones::TypeRule::optional && dice.chance(70)))
        fault.type = question.type;
    return fault;
}

// One that finds something to break, or none after a few tries: most random ones aim at what is not there.
zones::Hierarchy build_broken(Dice& dice, World& world) {
    for (int attempt = 0; attempt < 6; ++attempt) {
        std::vector<zones::Fault> faults = {random_fault(dice, world.specs)};
        if (dice.chance(20)) faults.push_back(random_fault(dice, world.specs));
        try {
            auto tree = zones::Hierarchy::build(world.specs, world.rest, faults, world.seed);
            world.faults = std::move(faults);
            return tree;
        } catch (const std::invalid_argument&) {
        }
    }
    return zones::Hierarchy::build(world.specs, world.rest, {}, world.seed);
}

} // namespace

World make_world(std::uint64_t seed) {
    Dice dice(seed);
    World world;
    world.seed = seed;
    world.specs = make_specs(dice);
    world.rest = signing(dice);
    world.rest.denial = dice.chance(50) ? zones::Denial::nsec : zones::Denial::nsec3;
    std::vector<zones::ZoneSpec> unsigned_specs = world.specs;
    for (auto& spec : unsigned_specs) spec.signing.reset();
    for (const auto& spec : world.specs)
        world.has_opt_out |= spec.signing && spec.signing->denial == zones::Denial::nsec3_opt_out;
    world.truth = zones::Hierarchy::build(unsigned_specs, world.rest, {}, seed);
    world.tree =
        dice.chance(65) ? build_broken(dice, world) : zones::Hierarchy::build(world.specs, world.rest, {}, seed);
    for (int i = 0; i < 8; ++i) world.questions.push_back(random_question(dice, world.specs));
    // Beside the random ones, what is broken itself.
    for (const zones::Fault& fault : world.faults)
        world.questions.emplace_back(fault.owner, fault.type.value_or(RrType::A));
    return world;
}

std::string World::to_text() const {
    std::string text = "seed " + std::to_string(seed) + "\n";
    for (const auto& spec : specs) {
        text += "zone " + spec.apex.to_text();
        if (spec.signing)
            text += " denial " + std::to_string(static_cast<int>(spec.signing->denial)) + " algorithm " +
                    dns::to_text(spec.signing->algorithm);
        else
            text += " unsigned";
        if (spec.parent_ds == zones::ZoneSpec::ParentDs::omit) text += " island";
        text += "\n" + spec.records;
    }
    for (const auto& fault : faults) text += "fault " + zones::to_text(fault) + "\n";
    return text;
}

bool is_made_by_signing(RrType type) {
    return type == RrType::DS || type == RrType::DNSKEY || type == RrType::NSEC || type == RrType::RRSIG ||
           type == RrType::NSEC3 || type == RrType::NSEC3PARAM;
}

Truth truth_of(const World& world, const dns::Question& question) {
    const dns::Message message =
        zones::answer_recursively(world.truth, dns::make_query(question, 1), zones::Recursion::dnssec);
    Truth truth;
    truth.final_name = question.name;
    // RFC 1034 §4.3.2; the server follows at most 16 links.
    for (int link = 0; link < 20 && question.type != RrType::CNAME; ++link) {
        const auto next = std::find_if(message.answer.begin(), message.answer.end(), [&](const dns::Record& record) {
            return record.type == RrType::CNAME && record.owner == truth.final_name;
        });
        if (next == message.answer.end()) break;
        truth.final_name = dns::SingleName::parse(next->rdata)->name;
    }
    for (const dns::Record& record : message.answer)
        if (record.type == question.type && record.owner == truth.final_name) truth.rdata.push_back(record.rdata);
    std::sort(truth.rdata.begin(), truth.rdata.end());
    if (!truth.rdata.empty())
        truth.kind = Truth::Kind::positive;
    else if (message.rcode == dns::Rcode::NXDOMAIN)
        truth.kind = Truth::Kind::name_error;
    else if (message.rcode == dns::Rcode::NOERROR)
        truth.kind = Truth::Kind::no_data;
    return truth;
}

} // namespace properties
