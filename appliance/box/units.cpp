#include "appliance/box/units.h"

#include "appliance/base/text.h"
#include "appliance/daemon/hand_over.h"
#include "appliance/supervisor/accounts.h"

namespace box
{

namespace
{
constexpr std::string_view state = "/var/lib/kotakpos";

/// What every daemon has in common. No capability, no other user, no device, nothing of the system to write. Of the
/// calls with privileges one may lower its priority, and give a file the owner that it has; Landlock's calls are in
/// no group that Debian 12's systemd allows.
constexpr std::string_view common = R"(Type=notify
NotifyAccess=main
Restart=always
RestartSec=300ms
TimeoutStartSec=300
TimeoutStopSec=10
WatchdogSec=60
SyslogIdentifier=kotakpos
LimitNOFILE=65536
LimitCORE=0
TasksMax=1500
OOMScoreAdjust=-100
CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
ProtectSystem=strict
ReadOnlyPaths=/etc/kotakpos
InaccessiblePaths=-/root -/data -/var/log
ProtectHome=yes
PrivateTmp=yes
PrivateMounts=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
ProcSubset=pid
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources @debug @mount @cpu-emulation @obsolete @raw-io @reboot @swap @module @clock
SystemCallFilter=setpriority lchown landlock_create_ruleset landlock_add_rule landlock_restrict_self
SystemCallErrorNumber=EPERM
KeyringMode=private
UMask=0007
)";

std::string line(std::string_view key, std::string const& value)
{
    return value.empty() ? std::string() : std::string(key) + "=" + value + "\n";
}
} // namespace

std::string unit_name(supervisor::Service const& service) { return "kotakpos-" + service.name + ".service"; }

std::string unit_text(supervisor::Service const& service)
{
    std::vector<std::string> writes, command = {"/usr/lib/kotakpos/" + service.program};
    for (auto const& path : service.writes) writes.push_back(std::string(state) + "/" + path);
    command.insert(command.end(), service.roles.begin(), service.roles.end());
    auto const in_spool = supervisor::account_of(service.user).groups.empty() ? "" : "kp-spool";
    return "# Made from appliance/supervisor/services.cpp by 'kotakpos machine units'.\n[Unit]\n" +
           line("Description", "Kotakpos: " + service.name) +
           "BindsTo=kotakpos.service\nAfter=kotakpos.service\nStartLimitIntervalSec=0\n\n[Service]\n" +
           line("ExecStart", base::join(command, " ")) +
           line("Environment",
                "KOTAKPOS_HAND_OVER=" + std::string(state) + "/" + service::hand_over_place(service.name)) +
           "Environment=MALLOC_ARENA_MAX=2\n" + // a small machine with many threads
           line("User", service.user) + line("Group", "kotakpos") + line("SupplementaryGroups", in_spool) +
           line("ReadWritePaths", base::join(writes, " ")) + std::string(common);
}

} // namespace box
