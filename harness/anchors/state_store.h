// A state file on disk that survives: a crash at any moment leaves the old contents or the new ones, and two processes
// that update it at once both have their say.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

namespace harness {

// The environment's fault: "FILE: what: what stayed as it was".
struct StateStoreError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Holds the lock of a state file ("FILE.lock" beside it, flock(2)), so that what is read stays true until it is
// written.
class StateStore {
  public:
    // Waits for another process for at most `patience_seconds`. Makes the folder where it is missing. Throws
    // StateStoreError.
    explicit StateStore(std::string path, unsigned patience_seconds = 10);
    ~StateStore();
    StateStore(const StateStore&) = delete;
    StateStore& operator=(const StateStore&) = delete;

    bool exists() const;
    std::string read() const; // the whole file
    // A temporary file in the same folder, fsync, rename, fsync of the folder. Whatever fails, the file is as before.
    void write(const std::string& content) const;

  private:
    std::string path_, target_; // target_: what a symbolic link points to
    int lock_ = -1;
};

// $XDG_STATE_HOME/danelab/anchors.json, else ~/.local/state/danelab/anchors.json.
std::string default_state_path();

} // namespace harness
