#include "harness/client_plans.h"

#include <fmt/format.h>

#include "harness/fake_internet.h"
#include "harness/profile.h"
#include "harness/transcript.h"

namespace harness {

namespace {

constexpr const char* helo_name = "client.example";
constexpr const char* sender = "sender@client.example";

// What both kinds of plans have.
template <class Plan>
Plan plan_of(const Scenario& scenario) {
    const auto& client = *scenario.client;
    Plan plan;
    plan.domain = client.domain;
    plan.families = client.families;
    plan.shuffle_seed = client.shuffle_seed;
    plan.digests = client.digests;
    plan.now = scenario.now;
    plan.helo_name = helo_name;
    plan.step_timeout = scenario.timeouts.smtp_step;
    plan.step_timeouts = scenario.timeouts.smtp_steps;
    if (client.deliver) plan.envelope = envelope_for(scenario);
    return plan;
}

} // namespace

tlsa::Envelope envelope_for(const Scenario& scenario) {
    const auto recipient = "recipient@" + without_final_dot(scenario.client->domain);
    return {sender, recipient,
            fmt::format("From: <{}>\r\nTo: <{}>\r\nSubject: {}\r\n\r\nThe message of this scenario.\r\n", sender,
                        recipient, scenario.id)};
}

tlsa::WalkPlan walk_plan(const Scenario& scenario) {
    const auto& client = *scenario.client;
    auto plan = plan_of<tlsa::WalkPlan>(scenario);
    plan.table = load_profile(client.profile).table(client.mode);
    plan.next_hop = client.next_hop;
    plan.address = client.address;
    plan.own_names = client.own_names;
    plan.port = client.port;
    plan.implicit_tls = client.implicit_tls;
    plan.all_mx = client.all_mx;
    plan.all_addresses = client.all_addresses;
    plan.key_probes = client.key_probes;
    return plan;
}

tlsa::SrvPlan srv_plan(const Scenario& scenario) {
    const auto& client = *scenario.client;
    auto plan = plan_of<tlsa::SrvPlan>(scenario);
    plan.service = *client.srv;
    plan.mode = client.mode;
    plan.roots = authorities_of(scenario);
    return plan;
}

} // namespace harness
