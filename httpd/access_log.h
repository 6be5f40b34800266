#pragma once
// Who asked for what: one line per request in the form that Apache calls vhost_combined, so that the usual programs
// read it. Bounded in size and age. No query, no referrer, no browser name, no login, and of the webmail's addresses
// only their pattern: this is for counting and for finding faults, not for watching people.

#include "appliance/base/file.h"
#include "httpd/request.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace httpd
{

/// Safe from all threads.
class AccessLog
{
public:
    /// `file`: "web/access.log"; older ones are access.log.1, .2 ... A log that cannot be written is not written:
    /// pages go on.
    explicit AccessLog(std::string file);

    void add(Request const& request, int minor_version, int status, std::uint64_t bytes,
             std::chrono::microseconds took);

private:
    void write(std::string_view line);
    void rotate();

    std::string const path_;
    std::mutex mutex_;
    base::Fd file_;
    std::uint64_t size_ = 0;
    bool is_failing_ = false;
};

} // namespace httpd
