#pragma once
// The arguments of setup-tui: --config FILE, --wizard, --help, --version.

#include <string>

namespace setup
{

struct Arguments {
    std::string config_file;
    bool wizard = false; ///< also where there is a school already
};

/// Ends the program for --help and --version (0) and for anything unknown (2).
Arguments read_arguments(int argc, char** argv);

} // namespace setup
