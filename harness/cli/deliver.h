// What the parts of `danelab deliver` share.
#pragma once

#include "harness/cli/command.h"
#include "harness/deliver/config.h"
#include "harness/deliver/log.h"

namespace harness::cli {

int deliver_send(const Arguments& arguments);
int deliver_run(const Arguments& arguments);
int deliver_status(const Arguments& arguments);
int deliver_report(const Arguments& arguments);

// --config and --queue, which every part takes.
struct QueueOptions {
    std::string config, queue, at;
};
void add_queue_options(CLI::App& app, QueueOptions& options);
// The configuration with --queue in it.
deliver::Config config_from(const QueueOptions& options);
// --at, or the machine's clock.
dns::UnixTime time_from(const QueueOptions& options);

} // namespace harness::cli
