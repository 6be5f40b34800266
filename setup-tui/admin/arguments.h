#pragma once
// The arguments of setup-tui: --config FILE, --wizard, --console, --as LOGIN, --help, --version.

#include <string>

namespace setup
{

struct Arguments {
    std::string config_file = {};
    bool wizard = false;  ///< also where there is a school already
    bool console = false; ///< the box's own screen: its state until a key is pressed
    std::string as = {};  ///< who has already proved who he is (SSH); empty: ask
};

/// Ends the program for --help and --version (0) and for anything unknown (2).
Arguments read_arguments(int argc, char** argv);

} // namespace setup
