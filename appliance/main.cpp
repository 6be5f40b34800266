#include "appliance/cli/nouns.h"

int main(int argc, char** argv)
{
    return cli::run_program(
        {
            {"run", cli::run_commands},
            {"setup", cli::setup_commands},
            {"status", cli::status_commands},
            {"service", cli::service_commands},
            {"check", cli::check_commands},
            {"user", cli::user_commands},
            {"class", cli::class_commands},
            {"alias", cli::alias_commands},
            {"setting", cli::setting_commands},
            {"dns", cli::all_dns_commands},
            {"dkim", cli::dkim_commands},
            {"queue", cli::queue_commands},
            {"route", cli::route_commands},
            {"trace", cli::trace_commands},
            {"statistics", cli::statistics_commands},
            {"desk", cli::desk_commands},
            {"site", cli::site_commands},
            {"backup", cli::backup_commands},
            {"restore", cli::restore_commands},
            {"verify", cli::verify_commands},
            {"machine", cli::machine_commands},
            {"update", cli::update_commands},
            {"mailbox", cli::mailbox_commands},
        },
        {argv + 1, argv + argc});
}
