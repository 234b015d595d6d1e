// The check of the next key: which published TLSA records the servers bear out, which are ahead of them (or left
// behind), and which certificates are served without a record (RFC 7671 §8).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tlsa/walker.h"

namespace harness {

struct RecordFinding {
    enum class Role {
        served,    // matches a certificate that a server showed
        next,      // usable, matches nothing that was shown: the key to come, or one that is gone
        duplicate, // the same octets once more (RFC 2181 §5)
        unusable,  // no client can use it
        garbage,   // usable in form, but its data cannot be what it says: it never matches
    };
    std::string text; // "3 1 1 0c72ac70..."
    Role role{};
    std::string why;                    // of unusable and garbage
    std::vector<std::string> addresses; // that showed a certificate which it matches
};
std::string_view to_text(RecordFinding::Role role); // "served" "next" "duplicate" "unusable" "garbage"

struct ServedKey {
    std::string spki_sha256;            // hexadecimal: what a record "3 1 1" would hold
    std::string kind;                   // "ECDSA 256"
    std::vector<std::string> addresses; // that showed it
    bool has_record = false;            // some record matches the chain that came with it, on every address
};

struct RecordCheck {
    std::string owner; // "_25._tcp.mx.example."
    std::vector<RecordFinding> records;
    std::vector<ServedKey> keys;
    // RFC 7671 §8.1: a record for the next server key stands beside the one in use. Only where data differ and both are
    // usable; copies, records that clients set aside, and garbage are none.
    bool next_key_published = false;
    // RFC 7671 §8.2: the server's own key and an authority above it are both published, and both match.
    bool key_and_authority = false;
};

// One for each name that had a secure TLSA RRset and a server that finished a handshake; in the order of the walk.
// `port`: where the attempts name no port of their own.
std::vector<RecordCheck> check_records(const tlsa::WalkResult& result, std::uint16_t port);

// Lines for people, where there is something to say beyond "every record is served": "TLSA record 3 1 1 ab... of
// _25._tcp.mx.example. matches no certificate that was served: the next key, or one that is gone".
std::vector<std::string> to_lines(const RecordCheck& check);

} // namespace harness
