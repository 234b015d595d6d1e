#include "harness/anchors/state_store.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

using harness::StateStore;
namespace fs = std::filesystem;

namespace {

class Folder {
  public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "danelab-state.XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    std::size_t entries() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
    }

  private:
    fs::path path_;
};

} // namespace

TEST_CASE("state store: written whole, in a folder that it makes, behind a link too", "[anchors]") {
    const Folder folder;
    const std::string file = folder.file("new/state.json");
    {
        const StateStore store(file);
        CHECK_FALSE(store.exists());
        store.write("one\n");
        CHECK(store.exists());
        CHECK(store.read() == "one\n");
    }
    fs::create_symlink(file, folder.file("link.json"));
    StateStore(folder.file("link.json")).write("two\n");
    CHECK(fs::is_symlink(folder.file("link.json")));
    CHECK(StateStore(file).read() == "two\n");
    CHECK_FALSE(fs::exists(file + ".tmp"));
}

TEST_CASE("state store: updates at one time are all in the file", "[anchors]") {
    const Folder folder;
    const std::string file = folder.file("state.json");
    StateStore(file).write("");
    std::vector<std::thread> writers;
    for (char name = 'a'; name < 'i'; ++name)
        writers.emplace_back([&, name] {
            for (int i = 0; i < 5; ++i) {
                const StateStore store(file, 60);
                store.write(store.read() + name);
            }
        });
    for (auto& writer : writers) writer.join();
    CHECK(StateStore(file).read().size() == 40);
    CHECK(folder.entries() == 2); // the file and its lock; no temporary file is left
}

TEST_CASE("state store: whoever waits too long is told, and changes nothing", "[anchors]") {
    const Folder folder;
    const std::string file = folder.file("state.json");
    const StateStore held(file);
    held.write("kept\n");
    CHECK_THROWS_WITH(StateStore(file, 0), Catch::Matchers::ContainsSubstring("another process"));
    CHECK(held.read() == "kept\n");
}

TEST_CASE("state store: a target that cannot be replaced stays, without a trace beside it", "[anchors]") {
    const Folder folder;
    const std::string file = folder.file("state.json");
    fs::create_directories(file + "/inside"); // a folder where the file should be
    const StateStore store(file);
    CHECK_THROWS_WITH(store.write("x"), Catch::Matchers::ContainsSubstring("nothing was changed"));
    CHECK(fs::is_directory(file));
    CHECK(folder.entries() == 2);
    CHECK_THROWS(store.read());
}
