// Proven zone keys and proven insecure cuts, shared between sessions that have the same anchors and the same policy. A
// warm cache changes no verdict, only the work.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>

#include "resolver/dns/serial.h"
#include "validator/delegation.h"

namespace validator {

class KeyCache {
  public:
    explicit KeyCache(std::size_t capacity)
        : capacity_(capacity) {}
    // The state of the cut at `name`, while `now` is before its expiry; nullptr otherwise.
    const CutState* find(const dns::Name& name, dns::UnixTime now);
    void store(const dns::Name& name, CutState state, dns::UnixTime expires);
    void forget_below(const dns::Name& name); // and at it
    std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        dns::Name name;
        CutState state;
        dns::UnixTime expires;
    };
    std::size_t capacity_;
    std::list<Entry> order_; // least recently used last
    std::unordered_map<dns::Name, std::list<Entry>::iterator> entries_;
};

} // namespace validator
