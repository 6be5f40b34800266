#include "appliance/cli/health.h"

#include "appliance/directory/settings.h"

#include "appliance/supervisor/services.h"
#include "maild/queue/spool.h"

#include <algorithm>
#include <csignal>
#include <future>
#include <sys/statvfs.h>
#include <unistd.h>

namespace cli
{

namespace
{
constexpr std::uint64_t low_disk = std::uint64_t{512} << 20;

/// "dns-udp" and "dns-tcp" are one key of the configuration; local sockets are none.
std::vector<std::string> configured_services(supervisor::Service const& service)
{
    std::vector<std::string> names;
    for (auto const& socket : service.sockets) {
        if (socket == "dns-tcp" || socket.ends_with("-local") || socket.ends_with("-poke")) continue;
        names.push_back(socket == "dns-udp" ? "dns" : socket);
    }
    return names;
}

std::vector<ListenerHealth> listeners_of(std::string const& process, config::Config const& config)
{
    std::vector<ListenerHealth> listeners;
    for (auto const& service : supervisor::services()) {
        if (service.name != process) continue;
        for (auto const& name : configured_services(service))
            if (auto const found = config.listen.find(name); found != config.listen.end())
                for (auto const& endpoint : found->second) listeners.push_back({name, endpoint.show(), {}});
    }
    return listeners;
}

void ask_all(std::vector<ProcessHealth>& processes, std::string const& domain)
{
    std::vector<std::pair<ListenerHealth*, std::future<Answer>>> asked;
    for (auto& process : processes)
        for (auto& listener : process.listeners)
            asked.emplace_back(&listener, std::async(std::launch::async, probe, listener.service,
                                                     *net::Endpoint::parse(listener.address), domain));
    for (auto& [listener, answer] : asked) listener->answer = answer.get();
}
} // namespace

bool ProcessHealth::is_healthy() const
{
    return process.state == "ready" &&
           std::all_of(listeners.begin(), listeners.end(), [](auto const& listener) { return listener.answer.good; });
}

bool Health::is_healthy() const
{
    return is_running() &&
           std::all_of(processes.begin(), processes.end(), [](auto const& process) { return process.is_healthy(); });
}

Health look_at_processes(Session& session)
{
    std::signal(SIGPIPE, SIG_IGN); // a service that closes early is an answer
    Health health;
    auto const status = supervisor::read_status(session.config().state);
    if (!status) return health;
    health.supervisor = status->supervisor;
    health.since = status->since;
    for (auto const& process : status->processes)
        health.processes.push_back({process, listeners_of(process.name, session.config())});
    ask_all(health.processes, session.directory().domain());
    return health;
}

std::string_view state_text(ProcessHealth const& health)
{
    if (health.is_healthy()) return "is well";
    if (health.process.state == "missing") return "its program is not installed";
    if (health.process.state == "starting") return "is starting";
    if (health.process.state == "waiting") return "crashed and is started again; see the log";
    if (health.process.state == "stopping") return "is stopping";
    return "runs, but does not answer everywhere";
}

bool Disk::is_low() const { return free < low_disk; }

Disk look_at_disk(std::string const& folder)
{
    struct statvfs space {
    };
    if (::statvfs(folder.c_str(), &space) != 0) return {};
    return {space.f_blocks * space.f_frsize, space.f_bavail * space.f_frsize};
}

std::vector<SenderUse> look_at_senders(directory::Directory& directory)
{
    constexpr base::Timestamp hour = 3'600'000'000;
    std::vector<SenderUse> senders;
    directory::Settings settings(directory);
    try {
        for (auto const& use : maild::queue::make_sql_spool("spool")->use_since(base::system_clock().now() - hour)) {
            auto const user = directory.find_user(use.login);
            if (!user) continue;
            std::string const limit =
                user->role == directory::Role::pupil ? "mail.limit.pupil." : "mail.limit.teacher.";
            senders.push_back({use.login, use.messages, use.recipients, settings.number(limit + "messages-per-hour"),
                               settings.number(limit + "recipients-per-hour")});
        }
    } catch (base::StoreError const&) { // the spool is for root and the mail daemons only
        return {};
    }
    return senders;
}

std::optional<QueueLength> look_at_queue()
{
    try {
        auto const counts = maild::queue::make_sql_spool("spool")->counts();
        auto const& [premium, standard, bulk] = counts.by_class;
        return QueueLength{
            counts.messages, counts.incoming + counts.remote, counts.held, counts.oldest, {premium, standard, bulk}};
    } catch (base::StoreError const&) { // the spool is for root and the mail daemons only
        return std::nullopt;
    }
}

} // namespace cli
