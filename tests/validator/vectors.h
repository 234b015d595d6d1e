// Reads the vector files of tests/vectors: zone-file text, cut into pieces by comment lines that begin with "; @".
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "resolver/dns/message.h"
#include "resolver/dns/zonefile.h"

namespace test {

inline std::string read_vector_file(const std::string& file) {
    std::ifstream in(std::string(DANELAB_VECTORS) + "/" + file);
    if (!in) throw std::runtime_error("no vector file " + file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

inline std::vector<dns::Record> records_of(const std::string& text) {
    const auto records = dns::parse_zone_file("$TTL 3600\n" + text, dns::Name());
    if (!records)
        throw std::runtime_error("line " + std::to_string(records.error().line) + ": " + records.error().message);
    return *records;
}

struct Piece {
    std::string mark; // what stands behind "@"
    std::string text;
};

inline std::vector<Piece> pieces_of(const std::string& file) {
    std::vector<Piece> pieces;
    std::istringstream in(read_vector_file(file));
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("; @"))
            pieces.push_back({line.substr(3), ""});
        else if (!pieces.empty())
            pieces.back().text += line + "\n";
    }
    return pieces;
}

} // namespace test
