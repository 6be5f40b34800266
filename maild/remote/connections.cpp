#include "maild/remote/connections.h"

#include "maild/limits.h"

#include <algorithm>

namespace maild::remote
{

bool OpenConnection::serves(MailHost const& other, TlsDemand const& other_demand) const
{
    if (host.endpoint != other.endpoint || client.security() < other_demand.least) return false;
    if (other_demand.least < Security::verified) return true;
    return demand.by == other_demand.by && demand.peer == other_demand.peer;
}

Connections::~Connections()
{
    for (auto& idle : idle_) idle.connection.client.quit();
}

std::optional<OpenConnection> Connections::take(std::string const& destination)
{
    for (;;) {
        std::optional<OpenConnection> found;
        {
            std::lock_guard const lock(mutex_);
            auto const at = std::find_if(idle_.begin(), idle_.end(), [&](auto const& idle) {
                return idle.connection.destination == destination;
            });
            if (at == idle_.end()) return std::nullopt;
            found = std::move(at->connection);
            idle_.erase(at);
        }
        if (found->client.is_alive()) return found;
    }
}

void Connections::keep(OpenConnection connection)
{
    std::optional<Idle> oldest;
    std::lock_guard const lock(mutex_);
    if (idle_.size() >= limits::idle_connections) {
        oldest = std::move(idle_.front());
        idle_.erase(idle_.begin());
        oldest->connection.client.quit();
    }
    idle_.push_back({std::move(connection), std::chrono::steady_clock::now() + limits::connection_kept});
}

void Connections::close_old()
{
    std::vector<Idle> old;
    {
        std::lock_guard const lock(mutex_);
        auto const now = std::chrono::steady_clock::now();
        auto const fresh =
            std::find_if(idle_.begin(), idle_.end(), [&](auto const& idle) { return idle.until > now; });
        std::move(idle_.begin(), fresh, std::back_inserter(old));
        idle_.erase(idle_.begin(), fresh);
    }
    for (auto& idle : old) idle.connection.client.quit();
}

} // namespace maild::remote
