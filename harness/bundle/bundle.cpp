#include "harness/bundle/bundle.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/bundle/mail_settings.h"
#include "harness/scenario_values.h"
#include "resolver/dns/text.h"
#include "resolver/dns/zonefile.h"

namespace harness {

namespace {

using zones::SignedZone;

std::string zone_file(const SignedZone& zone) { return zones::file_stem(zone.apex) + ".zone"; }

std::vector<dns::Record> ds_records(const SignedZone& zone) {
    std::vector<dns::Record> records;
    for (const auto& ds : zone.ds()) records.emplace_back(zone.apex, dns::RrType::DS, dns::Ttl{3600}, ds.build());
    return records;
}

std::string lines(const std::vector<dns::Record>& records) {
    std::string text;
    for (const auto& record : records) text += dns::to_text(record) + "\n";
    return text;
}

// K<zone>+<algorithm>+<tag>.key and .private, as dnssec-keygen and ldns-keygen name them.
void add_keys(Files& files, const SignedZone& zone) {
    std::string apex = zone.apex.lowercased().to_text();
    std::replace(apex.begin(), apex.end(), '/', '_');
    for (const auto& key : zone.keys) {
        const auto stem =
            fmt::format("keys/K{}+{:03}+{:05}", apex, static_cast<unsigned>(key.dnskey().algorithm), key.tag());
        files[stem + ".key"] =
            dns::to_text(dns::Record(zone.apex, dns::RrType::DNSKEY, dns::Ttl{3600}, key.dnskey().build())) + "\n";
        if (const auto text = key.private_key_text(); !text.empty()) files[stem + ".private"] = text;
    }
}

void add_zones(Files& files, const ExportedCase& exported) {
    std::vector<dns::Record> tlsa;
    for (const auto* zone : exported.zones()) {
        files["zones/" + zone_file(*zone)] = dns::write_zone_file(zone->apex, zone->records);
        if (!zone->is_signed()) continue;
        files["ds/" + zones::file_stem(zone->apex) + ".ds"] = lines(ds_records(*zone));
        add_keys(files, *zone);
    }
    for (const auto* zone : exported.zones())
        std::copy_if(zone->records.begin(), zone->records.end(), std::back_inserter(tlsa),
                     [](const auto& record) { return record.type == dns::RrType::TLSA; });
    if (!tlsa.empty()) files["tlsa.txt"] = lines(tlsa);
}

// The tree's top as trust anchor, in the forms that validators read.
void add_anchors(Files& files, const ExportedCase& exported) {
    const auto* top = exported.hierarchy.find(exported.top);
    if (top == nullptr || !top->is_signed()) return;
    const auto& key = top->keys.front().dnskey();
    files["anchors/top.ds"] = lines(ds_records(*top));
    files["anchors/top.key"] =
        dns::to_text(dns::Record(exported.top, dns::RrType::DNSKEY, dns::Ttl{3600}, key.build())) + "\n";
    files["anchors/delv.anchor"] =
        fmt::format("trust-anchors {{\n    {} static-key {} {} {} \"{}\";\n}};\n", exported.top.to_text(), key.flags,
                    key.protocol, static_cast<unsigned>(key.algorithm), dns::base64(key.public_key));
    std::string stubs;
    for (const auto* zone : exported.zones())
        stubs += fmt::format("stub-zone:\n  name: \"{}\"\n  stub-addr: {}\n", zone->apex.to_text(),
                             exported.name_server.to_string());
    files["anchors/unbound.conf"] = fmt::format("# A resolver for this tree before it hangs below the real root: it "
                                                "trusts the tree's top and asks its server.\n"
                                                "server:\n  trust-anchor-file: \"{}/anchors/top.key\"\n{}",
                                                exported.place(), stubs);
}

// A stanza a zone, for each of the usual name servers.
void add_name_servers(Files& files, const ExportedCase& exported) {
    auto &nsd = files["dns/nsd.conf"], &bind = files["dns/named.conf"], &knot = files["dns/knot.conf"];
    nsd = "# include: this file in nsd.conf; NSD serves zones as they are.\n";
    bind = "// include this file in named.conf. BIND looks at zones when it loads them and may refuse broken ones.\n";
    knot = "# include: this file in knot.conf.\nzone:\n";
    for (const auto* zone : exported.zones()) {
        const auto name = zone->apex.to_text(), path = exported.place() + "/zones/" + zone_file(*zone);
        nsd += fmt::format("zone:\n  name: \"{}\"\n  zonefile: \"{}\"\n", name, path);
        bind += fmt::format("zone \"{}\" {{ type primary; file \"{}\"; check-names ignore; check-integrity no; }};\n",
                            name, path);
        knot += fmt::format(
            "  - domain: \"{}\"\n    file: \"{}\"\n    semantic-checks: off\n    zonefile-load: whole\n", name, path);
    }
}

void add_credentials(Files& files, const std::string& stem, const ServerCredentials& credentials) {
    files[stem + ".chain.pem"] = to_pem(credentials.chain);
    if (credentials.key) files[stem + ".key.pem"] = to_pem(*credentials.key);
}

std::string main_cf(const ExportedCase& exported, const ServerSpec& server) {
    const auto folder = exported.place() + "/mail/" + mail_folder(server);
    const auto settings = mail_settings_of(server, folder);
    const auto pair = [&](const char* name) { return fmt::format("{0}/{1}.key.pem, {0}/{1}.chain.pem", folder, name); };
    std::string text = fmt::format("# Postfix as {} port {}; master.cf listens there.\nmyhostname = {}\n",
                                   server.address, server.port, server.behaviour.host);
    if (exported.scenario.client)
        text += fmt::format("mydestination = {}\nlocal_recipient_maps =\nlocal_transport = discard:\n",
                            without_final_dot(exported.scenario.client->domain.to_text()));
    if (!server.certificate.empty())
        text += fmt::format("smtpd_tls_chain_files = {}{}\n", pair("default"),
                            server.other_certificate.empty() ? "" : ", " + pair("other"));
    for (const auto& line : settings.postfix) text += line + "\n";
    for (const auto& line : settings.not_stock) text += "# no setting here brings this about: " + line + "\n";
    return text;
}

void add_mail_servers(Files& files, const ExportedCase& exported) {
    const auto chains = chains_of(exported.scenario);
    for (const auto& server : exported.scenario.servers) {
        const auto folder = "mail/" + mail_folder(server) + "/";
        if (!server.certificate.empty())
            add_credentials(files, folder + "default", chains.at(server.certificate).credentials);
        if (!server.other_certificate.empty())
            add_credentials(files, folder + "other", chains.at(server.other_certificate).credentials);
        for (const auto& [name, certificate] : server.certificates_by_sni) {
            add_credentials(files, folder + name, chains.at(certificate).credentials);
            files[folder + "sni"] +=
                fmt::format("{0} {1}/{2}{0}.key.pem, {1}/{2}{0}.chain.pem\n", name, exported.place(), folder);
        }
        files[folder + "main.cf"] = main_cf(exported, server);
    }
    if (const auto roots = authorities_of(exported.scenario); !roots.empty())
        files["mail/authorities.pem"] = to_pem(roots);
}

} // namespace

ExportedCase::ExportedCase(Scenario there, std::string in_folder, dns::Name top_of_tree,
                           boost::asio::ip::address name_server_address)
    : scenario(std::move(there))
    , folder(std::move(in_folder))
    , top(top_of_tree)
    , name_server(name_server_address)
    , hierarchy(signed_zones(scenario))
    , expires(scenario.signing.expiration) {
    for (const auto* zone : zones())
        if (zone->policy && scenario.now.seconds < zone->policy->expiration.seconds)
            expires.seconds = std::min(expires.seconds, zone->policy->expiration.seconds);
}

std::vector<const SignedZone*> ExportedCase::zones() const {
    std::vector<const SignedZone*> out;
    for (const auto& [apex, zone] : hierarchy.zones())
        if (apex.is_at_or_below(top)) out.push_back(&zone);
    return out;
}

std::string ExportedCase::place() const { return deployed_at + (folder.empty() ? "" : "/" + folder); }

std::string mail_folder(const ServerSpec& server) {
    std::string folder = fmt::format("{}-{}", server.address, server.port);
    std::replace(folder.begin(), folder.end(), ':', '_'); // NTFS and scp have other uses for it
    return folder;
}

namespace {

// What sets a resolver apart from one that helps validators.
std::vector<std::string> ways_of(const ResolverSpec& resolver) {
    if (!resolver.reachable) return {"nothing listens there"};
    std::vector<std::string> ways;
    if (resolver.recursion != zones::Recursion::dnssec) ways.emplace_back(zones::to_text(resolver.recursion));
    if (!resolver.tcp) ways.emplace_back("no TCP");
    for (const auto& [question, recursion] : resolver.exceptions)
        ways.push_back(fmt::format("{} at {}", zones::to_text(recursion), question.to_text()));
    return ways;
}

} // namespace

std::vector<std::string> dns_limits(const ExportedCase& exported) {
    std::vector<std::string> limits;
    for (const auto& fault : exported.scenario.faults) {
        const auto text = zones::to_text(fault);
        if (fault.kind == zones::FaultKind::answer_servfail)
            limits.push_back(text +
                             ": no zone file says it; a zone of its own at that name whose file is missing does");
        else if (fault.kind == zones::FaultKind::answer_silent)
            limits.push_back(text + ": a packet filter in front of the name server that drops the question");
        else if (fault.kind == zones::FaultKind::zone_refuses)
            limits.push_back(text + ": leave the zone's stanza out of the name server's configuration");
        else if (fault.kind == zones::FaultKind::ds_digest_cut_short)
            limits.push_back(text + ": NSD and Knot serve it, BIND does not load the zone");
    }
    for (const auto* zone : exported.zones()) {
        const auto name = zone->apex.to_text();
        if (!zone->unsolicited.empty())
            limits.push_back(name + ": no stock server adds records to answers that nobody asked for");
        if (zone->thought_unsigned)
            limits.push_back(name +
                             ": a server that signs or denies by itself may find the NSEC3 records all the same");
        if (!zone->withheld.empty())
            limits.push_back(name + ": denial records are missing; a server gives another one, or none: as bogus");
    }
    for (const auto& resolver : exported.scenario.resolvers)
        if (const auto ways = ways_of(resolver); !ways.empty())
            limits.push_back(fmt::format("resolver {}: {}: it is the appliance's own resolver that must be so",
                                         resolver.upstream.to_text(), fmt::join(ways, ", ")));
    return limits;
}

std::string delegation_of(const ExportedCase& exported) {
    const auto* top = exported.hierarchy.find(exported.top);
    if (exported.top.is_root() || top == nullptr) return {};
    std::vector<dns::Record> records;
    for (const auto& record : top->records) {
        if (record.owner == exported.top && record.type == dns::RrType::NS) records.push_back(record);
        const bool address = record.type == dns::RrType::A || record.type == dns::RrType::AAAA;
        if (address && record.owner == exported.top.prepend("ns").value()) records.push_back(record);
    }
    for (const auto& record : ds_records(*top)) records.push_back(record);
    return lines(records);
}

Files files_of(const ExportedCase& exported) {
    Files files;
    add_zones(files, exported);
    add_anchors(files, exported);
    add_name_servers(files, exported);
    add_mail_servers(files, exported);
    if (const auto delegation = delegation_of(exported); !delegation.empty()) files["delegation.zone"] = delegation;
    files["scenario.json"] = scenario_json(exported);
    files["expected.json"] = expected_json(exported);
    files["README.md"] = readme_of(exported, files);
    return files;
}

} // namespace harness
