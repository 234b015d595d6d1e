#include "harness/bundle/relocation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "harness/fake_internet.h"
#include "harness/scenario_values.h"
#include "resolver/dns/text.h"
#include "resolver/dns/zonefile.h"

namespace harness {

namespace {

using boost::asio::ip::address;
using boost::asio::ip::make_address;

constexpr dns::Ttl default_ttl = 3600;
constexpr const char* made_name_server = "192.0.2.53"; // of zones/README.md

class Mover {
  public:
    Mover(const Scenario& scenario, const Relocation& relocation)
        : scenario_(scenario)
        , relocation_(relocation) {}

    dns::Name name(const dns::Name& name) const {
        if (!relocation_.under) return name;
        const auto moved = name.replace_suffix(dns::Name(), *relocation_.under);
        if (!moved) fail(fmt::format("{} gets too long below {}", name.to_text(), relocation_.under->to_text()));
        return *moved;
    }

    // As certificates and SMTP write names: "mx.mail.example", "*.mail.example", ".example". Words that are no host
    // names ("Test Root", "") stay.
    std::string host(const std::string& text) const {
        const bool is_name = text.find('.') != std::string::npos && text.find_first_of(" /:@") == std::string::npos;
        return is_name ? host_below(text) : text;
    }

    std::string host_below(const std::string& text) const {
        if (!relocation_.under) return text;
        const auto suffix = without_final_dot(relocation_.under->to_text());
        return text.ends_with('.') ? text + suffix + "." : text + "." + suffix; // the final dot stays
    }

    address at(const address& old) const {
        if (const auto found = relocation_.addresses.find(old); found != relocation_.addresses.end())
            return found->second;
        return (old.is_v4() ? relocation_.ipv4 : relocation_.ipv6).value_or(old);
    }

    std::string at(const std::string& old) const {
        boost::system::error_code none;
        const auto parsed = make_address(old, none);
        return none ? old : at(parsed).to_string();
    }

    // "192.0.2.25", "[2001:db8::1]:465"
    std::string server(const std::string& text) const {
        const auto bracket = text.find(']');
        if (bracket != std::string::npos) return "[" + at(text.substr(1, bracket - 1)) + text.substr(bracket);
        const auto colon = text.find(':');
        if (colon == std::string::npos || text.find(':', colon + 1) != std::string::npos) return at(text);
        return at(text.substr(0, colon)) + text.substr(colon);
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw ScenarioError(fmt::format("scenario: {}: {}", scenario_.id, what));
    }

  private:
    const Scenario& scenario_;
    const Relocation& relocation_;
};

// The names in RDATA as our presentation format has them: words outside quotes that end with a dot. The root stays: it
// means "none" there (RFC 7505 §3).
std::string with_moved_names(const std::string& rdata, const Mover& mover) {
    std::string out, word;
    bool quoted = false;
    const auto finish = [&] {
        const bool is_name = word.size() > 1 && word.ends_with('.') && !word.ends_with("\\.") && word.front() != '"';
        const auto name = is_name ? dns::Name::from_text(word) : dns::Name::from_text(".");
        out += is_name && name ? mover.name(*name).to_text() : word;
        word.clear();
    };
    for (std::size_t i = 0; i < rdata.size(); ++i) {
        const char c = rdata[i];
        if (c == '\\' && i + 1 < rdata.size()) {
            word += c;
            word += rdata[++i];
        } else if (c == ' ' && !quoted) {
            finish();
            out += c;
        } else {
            if (c == '"') quoted = !quoted;
            word += c;
        }
    }
    finish();
    return out;
}

dns::Record moved(const dns::Record& record, const Mover& mover) {
    const auto text = dns::rdata_to_text(record.type, record.rdata);
    const bool is_address = record.type == dns::RrType::A || record.type == dns::RrType::AAAA;
    const auto moved_text = is_address ? mover.at(text) : with_moved_names(text, mover);
    auto out = record;
    out.owner = mover.name(record.owner);
    if (moved_text == text) return out; // data that is broken on purpose cannot be read either
    const auto rdata = dns::rdata_from_text(record.type, moved_text, dns::Name());
    if (!rdata)
        mover.fail(fmt::format("{} {}: its data cannot be moved: {}", record.owner.to_text(), dns::to_text(record.type),
                               moved_text));
    out.rdata = *rdata;
    return out;
}

bool has(const std::vector<dns::Record>& records, const dns::Name& owner, dns::RrType type) {
    return std::any_of(records.begin(), records.end(),
                       [&](const auto& record) { return record.owner == owner && record.type == type; });
}

// The NS that zones::Hierarchy would add, at its new address.
void add_name_server(std::vector<dns::Record>& records, const dns::Name& apex, const address& at) {
    if (has(records, apex, dns::RrType::NS)) return;
    const bool redirected = has(records, apex, dns::RrType::DNAME); // served from the zone above
    const auto server = (redirected ? apex.parent() : apex).prepend("ns");
    if (!server) return;
    records.emplace_back(apex, dns::RrType::NS, default_ttl, dns::SingleName{*server}.build());
    if (redirected || has(records, *server, dns::RrType::A)) return;
    const auto rdata = dns::rdata_from_text(dns::RrType::A, at.to_string(), dns::Name());
    if (rdata) records.emplace_back(*server, dns::RrType::A, default_ttl, *rdata);
}

zones::ZoneSpec moved(const zones::ZoneSpec& spec, const Mover& mover, const address& name_server) {
    const auto records = dns::parse_zone_file(fmt::format("$TTL {}\n{}", default_ttl, spec.records), spec.apex);
    if (!records) mover.fail(fmt::format("zone {}: {}", spec.apex.to_text(), records.error().message));
    auto out = spec;
    out.apex = mover.name(spec.apex);
    std::vector<dns::Record> there;
    for (const auto& record : *records) there.push_back(moved(record, mover));
    add_name_server(there, out.apex, name_server);
    out.records.clear();
    for (const auto& record : there) out.records += dns::to_text(record) + "\n";
    return out;
}

// With the root and the top-level domains, which zones::Hierarchy would not make at their new places.
std::vector<zones::ZoneSpec> moved_zones(const Scenario& scenario, const Mover& mover, const address& name_server) {
    auto specs = zones_with_tlsa(scenario);
    const auto add = [&](const dns::Name& apex) {
        const bool known = std::any_of(specs.begin(), specs.end(), [&](const auto& spec) { return spec.apex == apex; });
        if (!known) specs.push_back({apex, "", scenario.signing, zones::ZoneSpec::ParentDs::publish});
    };
    add(dns::Name());
    for (const auto& spec : scenario.zones)
        if (!spec.apex.is_root()) add(spec.apex.ancestor(1));
    for (auto& spec : specs) spec = moved(spec, mover, name_server);
    return specs;
}

void move(CertificateDetails& details, const Mover& mover) {
    for (auto* names : {&details.permitted_dns, &details.excluded_dns}) // "example" is a name there
        for (auto& name : *names) name = mover.host_below(name);
    for (auto& one : details.addresses) one = mover.at(one);
}

void move(CertificatePlan& plan, const Mover& mover) {
    // The key stays: it is made from a label, which is a name unless the plan has one.
    if (plan.key_label.empty())
        plan.key_label = !plan.common_name.empty() || plan.dns_names.empty() ? plan.common_name : plan.dns_names[0];
    plan.common_name = mover.host(plan.common_name);
    for (auto& name : plan.dns_names) name = mover.host(name);
    move(plan.details, mover);
    for (auto& authority : plan.above) move(authority.details, mover);
}

void move(ServerSpec& server, const Mover& mover) {
    server.address = mover.at(server.address);
    std::map<std::string, std::string> by_sni;
    for (const auto& [name, certificate] : server.certificates_by_sni) by_sni[mover.host(name)] = certificate;
    server.certificates_by_sni = std::move(by_sni);
    server.behaviour.host = mover.host(server.behaviour.host);
}

void move(Expectation& expect, const Mover& mover) {
    for (auto* questions : {&expect.asked, &expect.not_asked})
        for (auto& question : *questions) question.name = mover.name(question.name);
    if (expect.dialed)
        for (auto& group : *expect.dialed)
            for (auto& server : group) server = mover.server(server);
    std::map<std::string, std::optional<std::string>> sni;
    for (auto& [server, name] : expect.sni)
        sni[mover.server(server)] = name ? std::optional(mover.host(*name)) : std::nullopt;
    expect.sni = std::move(sni);
    expect.commands.reset();
    expect.told.clear();
}

void check_servers(const Scenario& scenario, const Mover& mover) {
    std::set<std::pair<std::string, std::uint16_t>> taken;
    for (const auto& server : scenario.servers)
        if (!taken.emplace(server.address, server.port).second)
            mover.fail(fmt::format("two of its mail servers would stand at {} port {}: give each an --address NEW=OLD",
                                   server.address, server.port));
}

} // namespace

address name_server_of(const Relocation& relocation) {
    return Mover({}, relocation).at(make_address(made_name_server));
}

Scenario relocated(const Scenario& scenario, const Relocation& relocation) {
    const Mover mover(scenario, relocation);
    auto out = scenario;
    for (auto& certificate : out.certificates) move(certificate.plan, mover);
    out.zones = moved_zones(out, mover, name_server_of(relocation));
    for (auto& fault : out.faults) fault.owner = mover.name(fault.owner);
    for (auto& resolver : out.resolvers)
        for (auto& [question, recursion] : resolver.exceptions) question.name = mover.name(question.name);
    for (auto& server : out.servers) move(server, mover);
    check_servers(out, mover);
    if (out.client) {
        out.client->domain = mover.name(out.client->domain);
        out.client->address = mover.at(out.client->address);
        for (auto& name : out.client->own_names) name = mover.name(name);
    }
    if (out.ask) out.ask->name = mover.name(out.ask->name);
    for (auto& judged : out.judged) judged.question.name = mover.name(judged.question.name);
    move(out.expect, mover);
    return out;
}

Scenario with_other_salt(Scenario scenario, std::uint8_t salt) {
    for (auto& zone : scenario.zones)
        if (zone.signing && zone.signing->denial != zones::Denial::nsec) zone.signing->nsec3_salt = {0xda, salt};
    return scenario;
}

} // namespace harness
