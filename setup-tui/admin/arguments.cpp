#include "setup-tui/admin/arguments.h"

#include "appliance/config/config.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace setup
{

std::string config_file_of(int argc, char** argv)
{
    std::string file = config::default_file();
    for (int i = 1; i < argc; ++i) {
        std::string_view const argument = argv[i];
        if (argument == "--help") {
            std::puts("setup-tui [--config FILE] [--help] [--version]\n\n"
                      "The users of the school in a terminal: list, add, remove.");
            std::exit(0);
        } else if (argument == "--version") {
            std::puts("setup-tui " KOTAKPOS_VERSION);
            std::exit(0);
        } else if (argument == "--config" && i + 1 < argc) {
            file = argv[++i];
        } else {
            std::fprintf(stderr, "setup-tui: unknown argument '%s'; see setup-tui --help\n", argv[i]);
            std::exit(2);
        }
    }
    return file;
}

} // namespace setup
