#include "tests/independent/chain_judges.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "resolver/dns/text.h"
#include "tests/independent/outside_tool.h"

namespace independent {

namespace {

using namespace std::chrono_literals;
constexpr std::chrono::milliseconds case_limit = 20s; // a loaded machine; a case takes some milliseconds

std::string written(const std::string& path, const std::string& content) {
    std::ofstream(path) << content;
    return path;
}

std::string tlsa_text(const dns::Bytes& rdata) {
    return fmt::format("{} {} {} {}", rdata[0], rdata[1], rdata[2], dns::base16(dns::ByteView(rdata).subspan(3)));
}

std::string ask_ourselves(const ChainCase& wanted, const std::string& chain, const std::string& root) {
    std::vector<std::string> words = {DANELAB_PROGRAM, "tlsa",     "match",  "--chain",      chain,
                                      "--ca",          root,       "--name", reference_name, "--usage-policy",
                                      "generic",       "--format", "json"};
    for (const auto& rdata : wanted.tlsa) words.insert(words.end(), {"--tlsa", tlsa_text(rdata)});
    if (wanted.ee_name_checks) words.push_back("--ee-name-checks");
    const auto finished = run_program(words, case_limit);
    const auto document = nlohmann::json::parse(finished.output, nullptr, false);
    if (document.is_discarded()) return "refused: no JSON: " + finished.output;
    const std::string result = document.at("result");
    if ((result == "match") != (finished.status == 0)) return "refused: exit code and result differ";
    if (result == "match") return fmt::format("match at {}", document.at("depth").get<int>());
    const auto& reasons = document.at("reasons");
    return fmt::format("refused: {}, {}", result, reasons.empty() ? "" : reasons.at(0).get<std::string>());
}

// -n: names do not count for usage 3. The name is told, as ldns 1.8 would take the owner's, with its final dot, which
// no certificate has.
std::string ask_ldns(const ChainCase& wanted, const std::string& chain, const std::string& root,
                     const std::string& records) {
    std::string lines;
    for (const auto& rdata : wanted.tlsa)
        lines += fmt::format("_443._tcp.{}. 3600 IN TLSA {}\n", reference_name, tlsa_text(rdata));
    std::vector<std::string> words = {"ldns-dane", "-d", "-c", chain, "-f", root, "-t", written(records, lines)};
    if (!wanted.ee_name_checks) words.push_back("-n");
    words.insert(words.end(), {"verify", reference_name, "443"});
    const auto finished = run_program(words, case_limit);
    return finished.status == 0 ? "match" : "refused: " + finished.output;
}

void ask_libraries(const std::vector<ChainCase>& cases, const std::string& folder, ChainVerdicts& verdicts) {
    nlohmann::json request{{"name", reference_name}, {"cases", nlohmann::json::array()}};
    for (std::size_t i = 0; i < cases.size(); ++i) {
        nlohmann::json one{{"id", std::to_string(i)},
                           {"chain", nlohmann::json::array()},
                           {"tlsa", nlohmann::json::array()},
                           {"root", dns::base16(cases[i].root)},
                           {"ee_name_checks", cases[i].ee_name_checks}};
        for (const auto& der : cases[i].presented) one["chain"].push_back(dns::base16(der));
        for (const auto& rdata : cases[i].tlsa) one["tlsa"].push_back(dns::base16(rdata));
        request["cases"].push_back(std::move(one));
    }
    const auto input = written(folder + "/cases.json", request.dump());
    const auto finished = run_program({"python3", DANELAB_TLS_LIBRARIES, input}, 60s);
    const auto answer = nlohmann::json::parse(finished.output, nullptr, false);
    if (answer.is_discarded()) throw std::runtime_error("tls_libraries.py: " + finished.output);
    for (const auto& [tool, version] : answer.at("versions").items()) verdicts.versions[tool] = version;
    for (const auto& [tool, said] : answer.at("verdicts").items())
        for (const auto& [id, verdict] : said.items()) verdicts.sayings.at(std::stoul(id)).others[tool] = verdict;
}

} // namespace

ChainVerdicts judge_chains(const std::vector<ChainCase>& cases, const std::string& folder) {
    ChainVerdicts verdicts;
    verdicts.sayings.resize(cases.size());
    const bool ldns = is_installed("ldns-dane");
    if (ldns) verdicts.versions["ldns-dane"] = run_program({"ldns-dane", "-v"}, case_limit).output;
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < cases.size(); i = next++) {
            std::string pem;
            for (const auto& der : cases[i].presented) pem += test::pem(der);
            const auto file = [&](const char* what) { return fmt::format("{}/{}.{}", folder, i, what); };
            const auto chain = written(file("chain.pem"), pem),
                       root = written(file("root.pem"), test::pem(cases[i].root));
            verdicts.sayings[i].ours = ask_ourselves(cases[i], chain, root);
            if (ldns) verdicts.sayings[i].others["ldns-dane"] = ask_ldns(cases[i], chain, root, file("tlsa"));
        }
    };
    std::thread other(work);
    work();
    other.join();
    ask_libraries(cases, folder, verdicts);
    return verdicts;
}

std::string verdict_alone(const std::string& saying, bool with_depth) {
    if (!saying.starts_with("match")) return "refused";
    return with_depth ? saying : "match";
}

} // namespace independent
