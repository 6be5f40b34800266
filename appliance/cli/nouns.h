#pragma once
// One function per noun of the command line, each in the file of its name.

#include "appliance/cli/command.h"

namespace cli
{

std::vector<Command> run_commands();
std::vector<Command> setup_commands();
std::vector<Command> status_commands();
std::vector<Command> service_commands();
std::vector<Command> check_commands();
std::vector<Command> user_commands();
std::vector<Command> class_commands();
/// Who looks after a class: class_teacher.cpp.
std::vector<Command> class_teacher_commands();
/// `class promote`: class_year.cpp.
int promote_classes(Session& session, Arguments const& arguments);
std::vector<Command> alias_commands();
std::vector<Command> setting_commands();
/// Zones and records; what the running name server is asked; together (dns_nouns.cpp).
std::vector<Command> dns_commands();
std::vector<Command> dns_transfer_commands();
/// `dns zone-add ZONE --primary ADDRESS`.
int add_secondary_zone(Session& session, Arguments const& arguments);
std::vector<Command> dns_watch_commands();
std::vector<Command> dns_forwarder_commands();
std::vector<Command> dns_key_commands();
std::vector<Command> all_dns_commands();
std::vector<Command> dkim_commands();
std::vector<Command> queue_commands();
std::vector<Command> route_commands();
std::vector<Command> trace_commands();
/// The image's own: machine.cpp.
std::vector<Command> machine_commands();
std::vector<Command> update_commands();
/// mailbox.cpp, with those of mailbox_transfer.cpp.
std::vector<Command> mailbox_commands();
std::vector<Command> mailbox_transfer_commands();
/// Settings of the school database that `status` shows: microseconds, and where it went.
inline constexpr char const* last_backup_time = "backup.last.time";
inline constexpr char const* last_backup_file = "backup.last.file";
std::vector<Command> statistics_commands();
std::vector<Command> desk_commands();
/// The school's page.
std::vector<Command> site_commands();
std::vector<Command> backup_commands();
std::vector<Command> restore_commands();
std::vector<Command> verify_commands();

} // namespace cli
