#pragma once
// What `status` and `check` both look at: processes and their listeners, disk, queue.

#include "appliance/cli/probe.h"
#include "appliance/cli/session.h"
#include "appliance/supervisor/status_file.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cli
{

struct ListenerHealth {
    std::string service; ///< "imaps"
    std::string address;
    Answer answer;
};

struct ProcessHealth {
    supervisor::ProcessStatus process;
    std::vector<ListenerHealth> listeners;
    bool is_healthy() const;
};

/// Every process with real answers of its listeners, asked at the same time. Empty: the appliance does not run.
struct Health {
    long supervisor = 0;
    base::Timestamp since = 0;
    std::vector<ProcessHealth> processes;
    bool is_running() const { return supervisor != 0; }
    bool is_healthy() const;
};
Health look_at_processes(Session& session);
/// How a process is, as an English sentence of the catalogue ("is well", "is starting").
std::string_view state_text(ProcessHealth const& health);

struct Disk {
    std::uint64_t total = 0;
    std::uint64_t free = 0;
    /// Below it mail is refused soon.
    bool is_low() const;
};
Disk look_at_disk(std::string const& folder);

struct QueueLength {
    std::uint64_t messages = 0;
    std::uint64_t waiting = 0; ///< recipients
    std::uint64_t held = 0;
    base::Timestamp oldest = 0;
    std::array<std::uint64_t, 3> by_class = {}; ///< recipients at other servers: premium, standard, bulk
};
/// What a person has sent in the last hour, and may.
struct SenderUse {
    std::string login;
    std::uint64_t messages = 0;
    std::uint64_t recipients = 0;
    std::uint64_t messages_most = 0; ///< 0: no limit
    std::uint64_t recipients_most = 0;
    bool is_full() const
    {
        return (messages_most > 0 && messages >= messages_most) ||
               (recipients_most > 0 && recipients >= recipients_most);
    }
};
/// Who has sent most first; nobody when this user may not look into the spool.
std::vector<SenderUse> look_at_senders(directory::Directory& directory);

/// Nothing when this user may not look into the spool.
std::optional<QueueLength> look_at_queue();

} // namespace cli
