#pragma once
// What the school has decided about its queue: the settings queue.*, and in which class somebody's mail waits.

#include "appliance/directory/settings.h"
#include "maild/queue/retry.h"

namespace maild::queue
{

/// Safe from all threads; asks the database at most every half second. Throws base::StoreError.
class Policy
{
public:
    explicit Policy(directory::Directory& directory, base::Clock const& clock = base::system_clock())
        : directory_(directory), settings_(directory, clock)
    {
    }

    RetryRule retry();
    /// Connections to one destination at a time, at most.
    std::size_t connections() { return settings_.number("queue.connections"); }
    /// The class a person was given by hand; else by who it is: teachers, staff, head and administrators premium,
    /// everybody else standard.
    MailClass class_of(Envelope const& envelope);
    Settlement::BulkRule bulk();
    /// Reports that cannot be sent are kept for the postmaster.
    bool holds_unreportable() { return settings_.text("queue.unreportable") == "hold"; }

private:
    std::optional<MailClass> chosen(std::string const& login);

    directory::Directory& directory_;
    directory::Settings settings_;
};

} // namespace maild::queue
