#include "setup-tui/admin/arguments.h"

#include "appliance/config/config.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace setup
{

Arguments read_arguments(int argc, char** argv)
{
    Arguments result{.config_file = config::default_file()};
    for (int i = 1; i < argc; ++i) {
        std::string_view const argument = argv[i];
        if (argument == "--help") {
            std::puts(
                "setup-tui [--config FILE] [--wizard] [--console] [--as LOGIN] [--help] [--version]\n\n"
                "The school in a terminal: the wizard where there is none yet, else the administrator's screens.\n"
                "--wizard goes through the questions again; nothing is lost by it.\n"
                "--console shows the state of the box until a key is pressed. --as LOGIN: already logged in.");
            std::exit(0);
        } else if (argument == "--version") {
            std::puts("setup-tui " KOTAKPOS_VERSION);
            std::exit(0);
        } else if (argument == "--config" && i + 1 < argc) {
            result.config_file = argv[++i];
        } else if (argument == "--wizard") {
            result.wizard = true;
        } else if (argument == "--console") {
            result.console = true;
        } else if (argument == "--as" && i + 1 < argc) {
            result.as = argv[++i];
        } else {
            std::fprintf(stderr, "setup-tui: unknown argument '%s'; see setup-tui --help\n", argv[i]);
            std::exit(2);
        }
    }
    return result;
}

} // namespace setup
