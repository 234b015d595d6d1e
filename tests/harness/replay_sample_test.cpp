// Scenario files of other validators, where a sample of them is at hand: named by DANELAB_SHARED, or in ../shared
// beside the tree. All pass, or are waived with a reason.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/data_dir.h"
#include "harness/replay/replay_report.h"
#include "harness/replay/rpl_file.h"

namespace {

namespace fs = std::filesystem;

fs::path samples() {
    if (const char* named = std::getenv("DANELAB_SHARED")) return fs::path(named) / "rpl";
    return fs::path(harness::data_dir()).parent_path() / "shared" / "rpl";
}

} // namespace

TEST_CASE("replay sample: every file of Unbound and Deckard that is at hand passes or is waived") {
    std::error_code error;
    if (!fs::is_directory(samples(), error)) SKIP("no sample of replay files is at hand");
    std::vector<harness::replay::Played> played;
    for (const auto& item : fs::recursive_directory_iterator(samples())) {
        if (item.path().extension() != ".rpl" && item.path().extension() != ".crpl") continue;
        std::ifstream in(item.path());
        std::ostringstream text;
        text << in.rdbuf();
        played.push_back(harness::replay::play(harness::replay::read_rpl(item.path().string(), text.str()),
                                               {dns::UnixTime{1'800'000'000}}));
    }
    REQUIRE(played.size() >= 58);
    const auto waivers = harness::replay::read_waivers(harness::data_file("harness/replay/waivers.json"));
    harness::replay::apply_waivers(waivers, played);
    std::size_t not_passed = 0;
    for (const auto& one : played) {
        INFO(one.file << ": " << one.why);
        CHECK(one.result != harness::replay::FileResult::fail);
        not_passed += one.result == harness::replay::FileResult::pass ? 0 : 1;
    }
    CHECK(not_passed <= 3);
}

TEST_CASE("replay sample: a waived failure counts as skipped, a waived success is told") {
    using harness::replay::FileResult;
    std::vector<harness::replay::Played> files{{"a/x.rpl", "", FileResult::fail, "differs", {}},
                                               {"a/y.rpl", "", FileResult::pass, "", {}},
                                               {"a/z.rpl", "", FileResult::fail, "differs", {}}};
    harness::replay::apply_waivers({{"x.rpl", "because"}, {"y.rpl", "because"}}, files);
    CHECK(files[0].result == FileResult::skip);
    CHECK(files[0].why == "waived: because (differs)");
    CHECK(files[1].result == FileResult::pass);
    CHECK(files[1].why.find("its waiver can go") != std::string::npos);
    CHECK(files[2].result == FileResult::fail);
    const auto json = harness::replay::replay_json(files);
    CHECK(json.find("\"result\": \"skip\"") != std::string::npos);
    CHECK(harness::replay::replay_junit(files).find("tests=\"3\" failures=\"1\" skipped=\"1\"") != std::string::npos);
}
