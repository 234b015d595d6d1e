// A scripted mail server told to people who have a real one: what it must do, and Postfix's settings for it.
#pragma once

#include <string>
#include <vector>

#include "harness/scenario.h"

namespace harness {

struct MailSettings {
    std::vector<std::string> does;      // beyond port and certificate, in words
    std::vector<std::string> not_stock; // of those what no setting of a stock server brings about
    std::vector<std::string> postfix;   // lines of main.cf beside the names of key and certificates
};

// `folder`: where the server finds its files, a path from the root.
MailSettings mail_settings_of(const ServerSpec& server, const std::string& folder);

} // namespace harness
