#pragma once
// The administrator's screens, one function each; the main menu knows them all.

#include "setup-tui/admin/desk.h"

#include <string>

namespace setup
{

/// Refuses (base::Failure) on a computer that is not a box of its own: a student's PC must not be switched off by a
/// test. (machine.cpp)
void must_be_a_box();

/// The main menu, until the administrator leaves.
void run_menu(Desk& desk);

// School. (users.cpp, classes.cpp, aliases.cpp)
void manage_users(Desk& desk);
void manage_classes(Desk& desk);
void manage_aliases(Desk& desk);
/// A table of users: which file, preview or errors, add with progress, slips. Gives the sentence to show afterwards.
/// (user_import.cpp)
std::string import_users(Desk& desk);

// Names. (zones.cpp, records.cpp)
void manage_zones(Desk& desk);
void manage_records(Desk& desk, std::string const& zone);

// Mail. (mail_queue.cpp, trace.cpp)
void manage_queue(Desk& desk);
void search_trace(Desk& desk);

// The box. (settings.cpp, services.cpp, status.cpp, machine.cpp, update.cpp)
void change_settings(Desk& desk);
void manage_services(Desk& desk);
void show_status(Desk& desk);
void show_network(Desk& desk);
std::string make_backup(Desk& desk);
std::string restore_backup(Desk& desk);
std::string update_box(Desk& desk);
std::string open_shell(Desk& desk);
std::string restart_box(Desk& desk);
std::string shut_down_box(Desk& desk);

} // namespace setup
