#include "harness/sut/child_process.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "harness/sut/cell.h"

using namespace harness;
using namespace std::chrono_literals;

namespace {

ChildResult of_shell(const std::string& script, std::chrono::milliseconds deadline = 20s) {
    return run_child({"sh", "-c", script}, {}, deadline);
}

} // namespace

TEST_CASE("child process: exit statuses are no crash beyond those that shells use for signals") {
    CHECK(trouble_of(of_shell("exit 75"), 1s).empty());
    CHECK(trouble_of(of_shell("exit 255"), 1s).empty());
    CHECK(trouble_of(of_shell("exit 193"), 1s).empty());
    CHECK(trouble_of(of_shell("kill -9 $$"), 1s) == "crashed: signal 9");
    CHECK(trouble_of(of_shell("exit 139"), 1s) == "crashed: signal 11"); // what a shell says of a program of its own
}

TEST_CASE("child process: an exit status that a claim names is understood, a program that is not there is not") {
    Sut sut;
    sut.claims = {{.patterns = {}, .without = {}, .exit = 127, .outcome = tlsa::Outcome::deferred}};
    CHECK(trouble_of(sut, of_shell("exit 127")).empty());
    CHECK_FALSE(trouble_of(sut, of_shell("exit 126")).empty());
    CHECK_FALSE(trouble_of(sut, run_child({"no-such-program"}, {}, 1s)).empty());
    CHECK(trouble_of(sut, of_shell("sleep 600", 200ms)).starts_with("hung"));
}

TEST_CASE("child process: one that has left its group ends at the deadline all the same") {
    const auto result =
        run_child({"python3", "-c",
                   "import os, time\nos.setpgid(0, os.getpgid(os.getppid()))\nos.close(1)\nos.close(2)\n"
                   "time.sleep(600)"},
                  {}, 1s);
    if (result.not_run) SKIP("python3 is not installed");
    CHECK(result.timed_out);
    CHECK(result.elapsed < 60s);
}
