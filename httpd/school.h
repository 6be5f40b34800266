#pragma once
// The few facts about the school that every page shows, asked for once in a while instead of for every request.

#include "appliance/directory/directory.h"

#include <chrono>
#include <mutex>
#include <string>

namespace httpd
{

struct SchoolFacts {
    std::string name;   ///< "SMKN 1 Pendalian", or the domain when nobody has given one
    std::string domain; ///< empty before setup
    std::string sts;    ///< mode of MTA-STS: none, testing, enforce; off: no policy
};

/// Safe from all threads.
class School
{
public:
    explicit School(directory::Directory& directory) : directory_(directory) {}

    /// At most a second old (the contract's promise for every change).
    SchoolFacts facts();

private:
    directory::Directory& directory_;
    std::mutex mutex_;
    SchoolFacts facts_;
    std::chrono::steady_clock::time_point asked_{};
    bool known_ = false;
};

} // namespace httpd
