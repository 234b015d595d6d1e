// README.md of a bundle: step by step from files to an answer.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/bundle/bundle.h"
#include "harness/bundle/mail_settings.h"
#include "harness/scenario_values.h"
#include "harness/sut/cell.h"

namespace harness {

namespace {

std::string head(const ExportedCase& exported) {
    const auto& scenario = exported.scenario;
    std::string text = fmt::format("# {}\n{}\n\n", scenario.id, scenario.about);
    for (const auto& fault : scenario.faults) text += fmt::format("- broken on purpose: {}\n", zones::to_text(fault));
    return text + fmt::format("\nSigned at {}. **The signatures expire at {}**: export again before then.\n"
                              "The private keys here are made from a seed that everybody can have: use them for this "
                              "test alone.\n\n",
                              dns::to_rfc3339(scenario.now), dns::to_rfc3339(exported.expires));
}

// Files that name the folder in which the bundle is to stand.
std::string places(const Files& files, const std::string& place) {
    std::vector<std::string> names;
    for (const auto& [name, content] : files)
        if (!name.ends_with(".json") && content.find(place) != std::string::npos) names.push_back(name);
    return fmt::format("{}", fmt::join(names, " "));
}

std::string files_section(const ExportedCase& exported, const Files& files) {
    struct Line {
        const char *begins, *shown, *says;
    };
    std::string text = fmt::format("## Files\nThe settings expect this folder as `{0}`; elsewhere, change the path:\n"
                                   "`sed -i 's#{0}#/your/folder#g' {1}`\n\n| | |\n|---|---|\n",
                                   exported.place(), places(files, exported.place()));
    for (const auto& line :
         {Line{"zones/", "`zones/`", "zone files as a name server loads them, faults included: do not sign them again"},
          Line{"ds/", "`ds/`",
               "the DS records that a zone's parent should have (they stand in the zone files already)"},
          Line{"delegation.zone", "`delegation.zone`", "for the zone above: NS, glue, DS"},
          Line{"keys/", "`keys/`", "the zones' keys, `K*.key` and `.private` for BIND's and ldns's tools"},
          Line{"anchors/", "`anchors/`", "the tree's top as trust anchor: DS, DNSKEY, for delv, for Unbound"},
          Line{"dns/", "`dns/`", "stanzas for NSD, BIND and Knot"},
          Line{"mail/authorities.pem", "`mail/authorities.pem`", "the certificate authorities that a client trusts"},
          Line{"mail/", "`mail/`", "for each mail server its chain as sent, its key (PEM), Postfix settings"},
          Line{"tlsa.txt", "`tlsa.txt`", "all TLSA records"},
          Line{"expected.json", "`scenario.json`, `expected.json`",
               "the case, and what is to come out, for programs"}}) {
        const auto found = files.lower_bound(line.begins);
        if (found != files.end() && found->first.starts_with(line.begins))
            text += fmt::format("| {} | {} |\n", line.shown, line.says);
    }
    return text + "\n";
}

std::string dns_section(const ExportedCase& exported) {
    std::string text = fmt::format("## Name server at {}\n"
                                   "Include one of `dns/nsd.conf`, `dns/named.conf`, `dns/knot.conf` and reload. NSD "
                                   "serves every zone file; BIND refuses some.\n\n",
                                   exported.name_server.to_string());
    if (exported.top.is_root())
        text += "The tree has a root of its own. Give the appliance's resolver this root: the name server above as its "
                "root hint, `anchors/top.ds` as its only trust anchor. `anchors/unbound.conf` is such a resolver. To "
                "use the real root, export with `--under` a domain that you own.\n\n";
    else
        text += fmt::format("Put the lines of `delegation.zone` into the zone above {} (NS, glue, DS), and sign that "
                            "zone as usual: then every validating resolver sees the case. Before that, "
                            "`anchors/unbound.conf` is a resolver that trusts {} alone.\n\n",
                            exported.top.to_text(), exported.top.to_text());
    if (const auto limits = dns_limits(exported); !limits.empty())
        text += fmt::format("Not in the files:\n- {}\n\n", fmt::join(limits, "\n- "));
    return text;
}

std::string mail_section(const ExportedCase& exported) {
    if (exported.scenario.servers.empty()) return {};
    std::string text = "## Mail servers\n| address | port | name | certificate | does |\n|---|---|---|---|---|\n";
    std::string not_stock;
    for (const auto& server : exported.scenario.servers) {
        const auto settings = mail_settings_of(server, exported.place() + "/mail/" + mail_folder(server));
        text += fmt::format("| {} | {} | {} | {} | {} |\n", server.address, server.port, server.behaviour.host,
                            server.certificate.empty() ? "none" : "`mail/" + mail_folder(server) + "/default.*`",
                            settings.does.empty() ? "STARTTLS, takes all mail"
                                                  : fmt::format("{}", fmt::join(settings.does, "; ")));
        for (const auto& line : settings.not_stock)
            not_stock += fmt::format("- {} port {}: {}\n", server.address, server.port, line);
    }
    text +=
        "\nPostfix: `mail/*/main.cf` are the settings, an instance for each address. Exim: `tls_advertise_hosts = *`, "
        "`tls_certificate = default.chain.pem`, `tls_privatekey = default.key.pem`. Any other server: the key, the "
        "chain in this order, and what the table says. Mail may be thrown away; its log is the witness.\n\n";
    if (!not_stock.empty())
        text += fmt::format("The settings here do not bring these about; `danelab shell` has a server that does:\n{}\n",
                            not_stock);
    return text;
}

// Of a case that mail to the domain does not play.
std::string client_section(const Scenario& scenario) {
    const auto told = client_settings(scenario);
    if (told.empty()) return {};
    return fmt::format("\nMail to `{}` does not play this case. The client:\n- {}\n\nWhat danelab's own client does "
                       "then is in `expected.json`.\n",
                       without_final_dot(scenario.client->domain.to_text()), fmt::join(told, "\n- "));
}

std::string expectation_section(const ExportedCase& exported) {
    const auto& scenario = exported.scenario;
    std::string text = "## What is to come out\n";
    if (!scenario.judged.empty()) text += "A validating resolver finds:\n\n| question | |\n|---|---|\n";
    for (const auto& judged : scenario.judged)
        text += fmt::format("| {} | {} |\n", judged.question.to_text(), validator::to_text(judged.security));
    if (scenario.ask && scenario.expect.security)
        text += fmt::format("\n{} is {}.\n", scenario.ask->to_text(), validator::to_text(*scenario.expect.security));
    if (!scenario.client) return text;
    const auto allowed = allowed_by_profiles(scenario);
    if (allowed.empty()) return text + client_section(scenario);
    text += fmt::format("\nMail to `anybody@{}`{}:\n\n| judged by | DANE | allowed |\n|---|---|---|\n",
                        without_final_dot(scenario.client->domain.to_text()),
                        scenario.row == 0 ? "" : ", in the mode of the table that the case is from");
    for (const auto& one : allowed)
        text += fmt::format("| {} | {} | {} |\n", one.profile, tlsa::to_text(one.mode),
                            words_of({one.outcomes.begin(), one.outcomes.end()}));
    return text +
           "\n`verified`: delivered, the server authenticated by TLSA records below a secure MX; "
           "`verified-insecure-mx`: the same below an insecure one; `unauthenticated-tls`: delivered inside TLS; "
           "`cleartext`: without; `deferred`: waits in the queue; `bounced`: goes back.\n";
}

} // namespace

std::string readme_of(const ExportedCase& exported, const Files& files) {
    return head(exported) + files_section(exported, files) + dns_section(exported) + mail_section(exported) +
           expectation_section(exported);
}

} // namespace harness
