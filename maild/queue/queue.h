#pragma once
// The queue as the daemon sees it: threads that route the spool's messages, deliver them here or elsewhere, and
// report.

#include "appliance/config/config.h"
#include "appliance/daemon/sockets.h"
#include "appliance/directory/directory.h"
#include "appliance/directory/filters.h"
#include "maild/mailbox/store.h"
#include "maild/queue/relay_table.h"
#include "maild/queue/spool.h"

#include <memory>
#include <vector>

namespace maild::auth
{
class OutboundSigner;
}
namespace maild::dns
{
class Resolver;
}
namespace maild::remote
{
class DestinationLookup;
}

namespace maild::queue
{

/// What the queue works with. All of it lives longer than the queue.
struct Context {
    directory::Directory& directory;
    Spool& spool;
    mailbox::MailStore& store;
    config::Config const& config;
    base::Clock const& clock = base::system_clock();
    auth::OutboundSigner* signer = nullptr; ///< of mail for other servers; null: unsigned
    std::string relays = relay_file;        ///< where the routes are kept
    directory::Filters* filters = nullptr;  ///< of people; null: nobody has any
};

class Queue
{
public:
    /// `pokes`: datagram sockets on which SMTP says "something new".
    Queue(Context context, std::vector<service::Socket> pokes, dns::Resolver& resolver);
    /// The same with another way to find the servers of a domain (tests).
    Queue(Context context, std::vector<service::Socket> pokes, std::unique_ptr<remote::DestinationLookup> lookup);
    /// Finishes the messages in work, then ends.
    ~Queue();
    Queue(Queue const&) = delete;
    Queue& operator=(Queue const&) = delete;

    void start();

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace maild::queue
