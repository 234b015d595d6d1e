#include "tests/independent/disagreements.h"

#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "tests/independent/temporary_folder.h"

namespace {

std::string written(const independent::TemporaryFolder& folder, const std::string& lines) {
    const auto path = folder.path() + "/table.json";
    std::ofstream(path) << R"({"disagreements": [)" << lines << "]}";
    return path;
}

constexpr const char* line =
    R"~({"tool": "drill", "scenario": "*=wrong-labels*", "question": "mx.* A", "says": "secure",
                                 "ours": "bogus", "why": "it does not look (RFC 4035 §5.3.1)"})~";

} // namespace

TEST_CASE("independent: a line of the table explains its own difference and no other") {
    const independent::TemporaryFolder folder;
    independent::Disagreements known(written(folder, line), {});
    const std::string scenario = "table/mandatory/07/mx=nsec,a=wrong-labels";
    CHECK(known.unused().size() == 1);
    CHECK_FALSE(known.explains("delv", scenario, "mx.mail.example. A", "secure", "bogus"));
    CHECK_FALSE(
        known.explains("drill", "table/mandatory/07/mx=nsec,a=expired", "mx.mail.example. A", "secure", "bogus"));
    CHECK_FALSE(known.explains("drill", scenario, "mx.mail.example. AAAA", "secure", "bogus"));
    CHECK_FALSE(known.explains("drill", scenario, "mx.mail.example. A", "insecure", "bogus"));
    CHECK_FALSE(known.explains("drill", scenario, "mx.mail.example. A", "secure", "insecure"));
    CHECK(known.unused().size() == 1);
    CHECK(known.explains("drill", scenario, "mx.mail.example. A", "secure", "bogus"));
    CHECK(known.unused().empty());
}

TEST_CASE("independent: a line without an explanation that cites its RFC is refused") {
    const independent::TemporaryFolder folder;
    CHECK_THROWS(independent::Disagreements(
        written(
            folder,
            R"({"tool": "drill", "scenario": "*", "question": "*", "says": "secure", "ours": "bogus", "why": "it is wrong"})"),
        {}));
    CHECK_THROWS(independent::Disagreements(written(folder, R"({"tool": "drill", "why": "RFC 4035 §5"})"), {}));
    CHECK_THROWS(independent::Disagreements(folder.path() + "/none.json", {}));
}

TEST_CASE("independent: a line for one version of a tool counts with that version alone") {
    const independent::TemporaryFolder folder;
    const auto path =
        written(folder, R"~({"tool": "drill", "scenario": "*", "question": "*", "says": "secure", "ours": "bogus",
                                          "why": "RFC 4035 §5", "with": "version 1.8."})~");
    CHECK(independent::Disagreements(path, {{"drill", "drill version 1.8.3"}}).unused().size() == 1);
    CHECK(independent::Disagreements(path, {{"drill", "drill version 1.9.0"}}).unused().empty());
    CHECK(independent::Disagreements(path, {{"delv", "drill version 1.8.3"}}).unused().empty());
}
