// What the parts of lint.cpp share.
#pragma once

#include <string>
#include <vector>

#include "harness/tlsa_tool/lint.h"

namespace harness::linting {

class Findings {
  public:
    void add(Severity severity, std::string id, std::string rule, std::string source, std::string where,
             std::string text) {
        all_.push_back(
            {severity, std::move(id), std::move(rule), std::move(source), std::move(where), std::move(text)});
    }
    std::vector<Finding> take() { return std::move(all_); }

  private:
    std::vector<Finding> all_;
};

struct Service {
    const PublishedService* published;
    std::vector<tlsa::AssessedRecord> assessed; // by the port: mail clients use fewer usages
};

std::string record_text(const tlsa::AssessedRecord& record);
// Usable, or set aside only beside a stronger digest.
bool counts_for_clients(const tlsa::AssessedRecord& record);

void lint_records(const Service& service, Findings& out);
// Against each chain that was served, and the one that is to come.
void lint_served(const Service& service, const LintRequest& request, Findings& out);
// What only several services together show.
void lint_together(const std::vector<Service>& services, Findings& out);

} // namespace harness::linting
