// A delivery scenario ("deliver" in a scenario file): the delivery client's configuration, and what is done with it
// step by step on a clock that only the steps move. The scenario's zones, resolvers and servers are its world.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/deliver/config.h"
#include "harness/scenario.h"
#include "harness/strict_json.h"

namespace harness {

struct Seen;

struct StoryMessage {
    std::string sender; // "": none, so a bounce is told to nobody
    std::vector<std::string> recipients, headers;
    std::string policy; // mail flow policy; "": the configuration's first
    bool require_tls = false;
};

// One attempt at one recipient, as the client tells it and as the servers' logs must bear it out.
struct StoryAttempt {
    std::string outcome; // "verified", "deferred", ...
    std::string why;     // must stand in the error; mandatory for deferred and bounced
    std::string to;      // recipient; "": not compared
};

struct StoryExpectation {
    std::vector<StoryAttempt> attempts;             // all of the step, in order
    std::optional<std::int64_t> active;             // recipients in the instance's queue afterwards
    Expectation common;                             // asked, not_asked, dialed, sni
    std::optional<std::size_t> mail_commands;       // where it differs from the number of deliveries
    std::vector<std::string> commands, no_commands; // that the servers received, and did not
    std::vector<std::string> mail, no_mail;         // parts of the messages that the servers accepted
    std::vector<std::string> log, no_log;           // parts of lines of this step's log
    // The TLS report of the day: "tlsa mx.shop.example certificate-not-trusted", "sts shop.example success".
    std::optional<std::vector<std::string>> report;
};

struct StoryStep {
    std::string instance;
    std::int64_t wait = 0;                 // seconds that pass first
    std::optional<deliver::Config> config; // the instance's from now on
    std::shared_ptr<const Scenario> world; // from now on; nullptr: as before
    std::vector<StoryMessage> send;
    bool send_reports = false; // first the TLS reports of the day before go into the queue
    bool until_empty = false;  // from retry to retry until the queue is empty, else one pass
    StoryExpectation expect;
};

struct Story {
    std::map<std::string, deliver::Config> instances; // "" where there is one alone
    std::map<std::string, std::string> intakes;       // server address -> the instance that queues what it accepts
    std::vector<StoryStep> steps;
};

// Reads "deliver". `world_of` gives the scenario with some of its sections replaced by those of the node. Throws
// ScenarioError.
Story story_of(const JsonNode& node, const std::function<Scenario(const JsonNode&)>& world_of);

// Plays it in a folder of its own that goes away again; what differs from the expectations, a line each. `seen` gets
// what a report shows.
std::vector<std::string> play(const Scenario& scenario, Seen& seen);

} // namespace harness
