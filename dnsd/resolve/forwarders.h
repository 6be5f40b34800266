#pragma once
// Where the resolver learns whom to ask: the setting 'forwarders' of the dns database, watched for changes.

#include "appliance/net/address.h"

#include <memory>
#include <string>
#include <vector>

namespace dnsd
{

/// The list, and a way to hear of changes without asking all the time. Used by one thread.
class ForwarderSource
{
public:
    virtual ~ForwarderSource() = default;
    /// As it is now; never throws.
    virtual std::vector<net::Endpoint> current() = 0;
    /// Readable when current() may give something else now or a moment later. -1: never.
    virtual int descriptor() const { return -1; }
    /// Makes the descriptor quiet again.
    virtual void heard() {}
};

/// Always the same.
std::unique_ptr<ForwarderSource> make_fixed_forwarders(std::vector<net::Endpoint> forwarders);
/// From the dns database at `path`. Without it the last list stays (none, as long as it was never there).
std::unique_ptr<ForwarderSource> make_forwarder_watch(std::string path);

} // namespace dnsd
