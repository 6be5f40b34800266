#pragma once
// Filters and vacations of people, remembered between deliveries.

#include "appliance/directory/filters.h"

#include <unordered_map>

namespace maild::queue
{

struct Rules {
    std::vector<directory::Filter> filters;
    directory::Vacation vacation;

    bool empty() const { return filters.empty() && !vacation.enabled; }
};

/// One thread. Changes of people take effect with the next round.
class PersonalRules
{
public:
    /// `filters` may be null: nobody has rules.
    explicit PersonalRules(directory::Filters* filters) : filters_(filters) {}

    /// A round begins: what has changed since is read again. Throws base::StoreError.
    void begin_round();
    /// Good until the next round. Throws base::StoreError.
    Rules const& of(directory::UserId user);

private:
    directory::Filters* filters_;
    std::int64_t version_ = -1;
    std::unordered_map<directory::UserId, Rules> known_;
};

} // namespace maild::queue
