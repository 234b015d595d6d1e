// What is known of experiments before they are done: what their enclosure needs, and what their cells will be of.
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <set>

#include "harness/fake_internet.h"
#include "harness/isolation/private_files.h"
#include "harness/sut/judging.h"
#include "harness/sut/laboratory.h"

namespace harness {

EnclosurePlan plan_for(const Sut& sut, const std::vector<Experiment>& experiments, std::vector<std::string> trees) {
    EnclosurePlan plan;
    std::set<boost::asio::ip::address> addresses{boost::asio::ip::make_address("127.0.0.1")};
    for (const auto& experiment : experiments)
        for (const auto& address : published_addresses(experiment.scenario)) addresses.insert(address);
    plan.addresses.assign(addresses.begin(), addresses.end());
    plan.trees = std::move(trees);
    if (!experiments.empty()) {
        const auto& first = experiments.front().scenario;
        plan.files = private_files(published_resolvers(first), 1, signed_zones(first));
    }
    std::string passwd, group;
    for (const auto& [path, text] :
         {std::pair<const char*, std::string*>{"/etc/passwd", &passwd}, {"/etc/group", &group}}) {
        std::ifstream in(path);
        text->assign(std::istreambuf_iterator<char>(in), {});
    }
    for (const auto& user : sut.users) {
        passwd += fmt::format("{0}:x:{1}:{1}::/nonexistent:/usr/sbin/nologin\n", user.name, user.id);
        group += fmt::format("{}:x:{}:\n", user.name, user.id);
    }
    if (!sut.users.empty()) {
        plan.files["/etc/passwd"] = passwd;
        plan.files["/etc/group"] = group;
    }
    for (const auto& [path, content] : sut.files) plan.files[path] = content;
    return plan;
}

Cell blank_cell(const Sut& sut, const Experiment& experiment, const SutMode& mode) {
    const auto& scenario = experiment.scenario;
    Cell cell;
    cell.scenario = scenario.id;
    cell.about = scenario.about;
    cell.table = scenario.table ? std::string(tlsa::to_text(*scenario.table)) : "";
    cell.row = scenario.row;
    cell.sut = sut.name;
    cell.mode = mode.name;
    if (scenario.expect.states) cell.states = *scenario.expect.states;
    cell.basis = experiment.basis;
    cell.allowed.assign(experiment.allowed.begin(), experiment.allowed.end());
    if (sut.judges_dnssec) {
        cell.profile = "rfc4035";
        cell.allowed = {weakest_of(judged_questions(scenario))};
    }
    return cell;
}

} // namespace harness
