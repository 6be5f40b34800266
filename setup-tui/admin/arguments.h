#pragma once
// The arguments of setup-tui: --config FILE, --help, --version.

#include <string>

namespace setup
{

/// The configuration file to use. Ends the program for --help and --version (0) and for anything unknown (2).
std::string config_file_of(int argc, char** argv);

} // namespace setup
