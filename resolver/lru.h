// LruMap: a map with a bound on entries and on octets; the least recently used leave first.
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>

namespace resolver {

template <class Key, class Value>
class LruMap {
  public:
    LruMap(std::size_t max_entries, std::size_t max_octets)
        : max_entries_(max_entries)
        , max_octets_(max_octets) {}

    // nullptr where it is not there. The entry becomes the most recently used one; the pointer is good until the next
    // store() or erase().
    Value* find(const Key& key) {
        const auto found = index_.find(key);
        if (found == index_.end()) return nullptr;
        order_.splice(order_.begin(), order_, found->second);
        return &found->second->value;
    }

    // Replaces an older entry of the same key. `octets` is what this entry counts; one above the bound is not kept.
    void store(const Key& key, Value value, std::size_t octets) {
        erase(key);
        if (max_entries_ == 0 || octets > max_octets_) return;
        while (order_.size() >= max_entries_ || octets_ + octets > max_octets_) erase(Key(order_.back().key));
        order_.push_front(Entry{key, std::move(value), octets});
        index_.emplace(key, order_.begin());
        octets_ += octets;
    }

    void erase(const Key& key) {
        const auto found = index_.find(key);
        if (found == index_.end()) return;
        octets_ -= found->second->octets;
        order_.erase(found->second);
        index_.erase(found);
    }

    // Every entry whose key is such.
    template <class Predicate>
    void erase_if(Predicate is_such) {
        for (auto entry = order_.begin(); entry != order_.end();) {
            const Key key = entry->key;
            ++entry;
            if (is_such(key)) erase(key);
        }
    }

    std::size_t size() const { return order_.size(); }
    std::size_t octets() const { return octets_; }

  private:
    struct Entry {
        Key key;
        Value value;
        std::size_t octets;
    };
    std::size_t max_entries_, max_octets_;
    std::size_t octets_ = 0;
    std::list<Entry> order_; // most recently used first
    std::unordered_map<Key, typename std::list<Entry>::iterator> index_;
};

} // namespace resolver
