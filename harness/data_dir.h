// Where the data files are (scenarios, realizations, profiles, schemas): $DANELAB_DATA_DIR, else ../share/danelab
// beside the executable when it is there, else the source tree that this build came from.
#pragma once

#include <string>

namespace harness {

// Throws std::runtime_error with one clear line where none of the places has the data.
std::string data_file(const std::string& relative); // e.g. "tlsa/profiles/cisco-esa.json"
std::string data_dir();

} // namespace harness
