#pragma once
// Where every request of the keeper comes in: its signature is checked, then it goes to whom it concerns.

#include "dnsd/keep/request.h"
#include "dnsd/keep/tsig_keys.h"

#include <atomic>
#include <memory>
#include <vector>

namespace db
{
class Database;
}

namespace dnsd
{

class ZoneStore;

/// Told that a primary says a zone has changed (RFC 1996).
class NotifyListener
{
public:
    virtual ~NotifyListener() = default;
    virtual void zone_may_have_changed(std::string const& zone) = 0;
};

/// What the desk works with; borrowed.
struct DeskParts {
    db::Database& dns;
    ZoneStore& zones;
    TsigKeys const& keys;
    NotifyListener& notified;
    std::vector<net::Endpoint> own; ///< where our own answering process listens
    base::Clock const& clock;
    unsigned most_transfers = 100; ///< at a time
};

class Desk
{
public:
    explicit Desk(DeskParts parts) : parts_(std::move(parts)) {}

    /// Gives all replies to `send`, in order; none where the RFCs say so. From any thread.
    void handle(std::string message, Client const& client, Send const& send) const;

private:
    /// False: refused, and the refusal sent.
    bool check_signature(Request& request, Send const& send) const;
    void dispatch(Request& request, Replies& replies) const;
    void take_notify(Request& request, Replies& replies) const;
    /// An ordinary question with a signature: our answering process knows the answer.
    void ask_own(Request const& request, Replies& replies) const;

    void send_zone(Request& request, Replies& replies) const;

    DeskParts parts_;
    mutable std::atomic<unsigned> transfers_{0};
};

} // namespace dnsd
