// `danelab export`: a scenario as files for public servers: zones, keys, anchors, certificates, settings, what is
// expected, and how to put it all in place.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <map>
#include <string>

#include "harness/fake_internet.h"
#include "harness/scenario.h"

namespace harness {

using Files = std::map<std::string, std::string>; // path inside the bundle -> content

// Where the README has people put a bundle.
inline constexpr const char* deployed_at = "/srv/danelab";

struct ExportedCase {
    Scenario scenario;                    // dated, and where it is to be
    std::string folder;                   // inside the bundle; "" where it is the only one
    dns::Name top;                        // root of the tree: ".", or the name that somebody owns
    boost::asio::ip::address name_server; // of every zone
    zones::Hierarchy hierarchy;           // of the scenario
    dns::UnixTime expires;                // when the first signature does that is not expired on purpose

    // Throws ScenarioError.
    ExportedCase(Scenario there, std::string folder, dns::Name top, boost::asio::ip::address name_server);
    std::vector<const zones::SignedZone*> zones() const; // those to be deployed
    std::string place() const;                           // "/srv/danelab/FOLDER"
};

// "192.0.2.25-25": the folder of a mail server's files, below "mail".
std::string mail_folder(const ServerSpec& server);

// What no stock name server or resolver brings about, a line each.
std::vector<std::string> dns_limits(const ExportedCase& exported);

// All files of one case.
Files files_of(const ExportedCase& exported);
// NS, glue and DS for the zone above, where the tree has been moved below a name; "" else.
std::string delegation_of(const ExportedCase& exported);

// JSON: harness/schemas/export-scenario.schema.json and export-expected.schema.json.
std::string scenario_json(const ExportedCase& exported);
std::string expected_json(const ExportedCase& exported);
// `files`: all the others.
std::string readme_of(const ExportedCase& exported, const Files& files);

// What the client must be told or be, beyond mail for the domain, a line each.
std::vector<std::string> client_settings(const Scenario& scenario);

// What each profile allows, in the modes that the case is for: a table's row is for its own. Empty where mail to the
// domain does not play the case (client_settings), or the scenario does not say.
struct Allowed {
    std::string profile;
    tlsa::Mode mode;
    std::vector<tlsa::Outcome> outcomes;
};
std::vector<Allowed> allowed_by_profiles(const Scenario& scenario);

} // namespace harness
