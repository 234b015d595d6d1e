// What a response claims, read from its shape alone (RFC 2308 §2, RFC 1034 §4.3.2, RFC 6672 §3.2): the alias chain, and
// how it ends. Nothing here is proven yet.
#pragma once

#include <optional>
#include <vector>

#include "resolver/dns/message.h"
#include "validator/verdict.h"

namespace validator {

// A response's RRsets with their RRSIGs, wherever in the message those stood. Records of another class are left out.
struct Sections {
    std::vector<dns::SignedRrSet> answer, authority;

    static Sections of(const dns::Message& message, dns::RrClass rr_class);
    const dns::SignedRrSet* answer_set(const dns::Name& owner, dns::RrType type) const;
};

// One link as the ANSWER section shows it.
struct AliasLink {
    dns::Name owner, target;
    const dns::SignedRrSet* cname = nullptr; // null where only a DNAME is there: it yields the CNAME (RFC 6672 §3.4)
    const dns::SignedRrSet* dname = nullptr; // the DNAME above the owner, where there is one
    std::optional<dns::Name> dname_target;   // what it yields for the owner; nullopt where that is too long
};

struct Shape {
    enum class End {
        positive, // RRsets of the wanted type at final_name; of ANY also those behind a CNAME there
        no_data,
        name_error,
        unfinished, // the alias chain leads out of this response: ask for its end
        too_long,   // a DNAME yields a name of more than 255 octets (RFC 6672 §2.2)
        loop,
        too_many_links,
    };
    std::vector<AliasLink> links;
    dns::Name final_name;
    End end = End::no_data;
    std::vector<const dns::SignedRrSet*> sets; // of the answer at final_name
    std::optional<AliasLink> synthesized;      // CNAME or ANY asked for, and a DNAME above makes it (RFC 6672 §3.1)
};

// Follows aliases in `sections` from `start`, at most `most_links`, not through names in `visited` (to which the names
// passed are added). Pointers in the result point into `sections`.
Shape classify(const Sections& sections, const dns::Message& message, const dns::Name& start, dns::RrType type,
               std::size_t most_links, std::vector<dns::Name>& visited);

} // namespace validator
