#pragma once
// What every daemon's main() does around its own work: arguments, configuration, sockets, confinement, stopping.
// (Namespace service: the C library has a function daemon.)

#include "appliance/config/config.h"
#include "appliance/daemon/sockets.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace service
{

/// What the confined process may still touch below the state folder (relative paths). Everything it needs of the
/// system (libraries, /etc, time zones) is readable anyway.
struct Confinement {
    std::vector<std::string> read;
    std::vector<std::string> write;
};

/// The frame of a daemon:
///     int main(int argc, char** argv)
///     {
///         return service::guarded("dnsd", [&] {
///             service::Daemon daemon(argc, argv, "dnsd", {});
///             ... read what is closed later: the TLS key ...
///             daemon.confine({.read = {"school"}});
///             ... open stores, build services, listen, start ...
///             return daemon.serve_until_stopped();
///         });
///     }
class Daemon
{
public:
    /// Reads `--config FILE`, `--help`, `--version` and the roles; blocks the stop signals for all threads to come;
    /// changes into the state folder: every path from here on is relative to it. `roles`: those the program knows.
    Daemon(int argc, char** argv, std::string program, std::vector<std::string> roles);

    config::Config const& config() const { return config_; }
    std::string const& config_file() const { return config_file_; }
    bool has_role(std::string_view role) const;

    /// The listening sockets of that name: inherited from the supervisor, else bound here (config.listen).
    /// Names: those of config::service_ports() without "dns", "dns-udp" (dns.threads each), "dns-tcp", and the local
    /// "imap-local", "submission-local", "dns-control-local", "dns-keeper-local", "queue-poke".
    std::vector<Socket> sockets(std::string_view name);

    /// No new privileges, no capabilities, no core dumps, and a file system of only the given paths (Landlock where
    /// the kernel has it; the found version is logged). Call it when everything is open.
    void confine(Confinement const& confinement);

    /// Tells the supervisor (and systemd, in a unit of its own) "ready", then waits for SIGTERM, SIGINT or the
    /// supervisor's end. Gives the exit code of main(). A program that does one thing at a time gives its listening
    /// sockets: `accepted` is called in this thread for each connection, which is closed afterwards.
    int serve_until_stopped(std::vector<Socket> const& sockets = {}, std::function<void(int)> const& accepted = {});

private:
    /// In a unit of its own (KOTAKPOS_HAND_OVER names the supervisor's socket): asks for what a child would inherit.
    /// Gives the configuration's file.
    std::string fetch_inheritance(std::string const& place);

    std::string program_;
    std::string config_file_;
    config::Config config_;
    base::Fd supervisor_; ///< the line to it; none for a child
    std::vector<std::string> roles_;
    std::vector<Socket> inherited_;
};

/// Runs the body of main(); a Failure or any other exception becomes one clear line and the contract's exit code.
int guarded(std::string const& program, std::function<int()> const& body);

} // namespace service
