#include "validator/key_cache.h"

namespace validator {

const CutState* KeyCache::find(const dns::Name& name, dns::UnixTime now) {
    const auto found = entries_.find(name);
    if (found == entries_.end()) return nullptr;
    if (!(now < found->second->expires)) {
        order_.erase(found->second);
        entries_.erase(found);
        return nullptr;
    }
    order_.splice(order_.begin(), order_, found->second);
    return &found->second->state;
}

void KeyCache::store(const dns::Name& name, CutState state, dns::UnixTime expires) {
    if (capacity_ == 0) return;
    if (const auto found = entries_.find(name); found != entries_.end()) {
        order_.erase(found->second);
        entries_.erase(found);
    }
    while (order_.size() >= capacity_) {
        entries_.erase(order_.back().name);
        order_.pop_back();
    }
    order_.push_front(Entry{name, std::move(state), expires});
    entries_.emplace(name, order_.begin());
}

void KeyCache::forget_below(const dns::Name& name) {
    for (auto entry = order_.begin(); entry != order_.end();) {
        const auto current = entry++;
        if (!current->name.is_at_or_below(name)) continue;
        entries_.erase(current->name);
        order_.erase(current);
    }
}

} // namespace validator
