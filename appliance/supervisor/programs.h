#pragma once
// Where the daemons' programs are, opened so that a user who cannot walk there can still be started on them.

#include "appliance/base/file.h"
#include "appliance/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace supervisor
{

/// An opened program.
struct Program {
    std::string path;
    base::Fd file; ///< for execveat; may be a copy in memory when its mode shuts other users out
};

/// Where to look for a program: beside this one in the build tree, then the installed folder.
std::vector<std::string> program_folders();
/// Tries FOLDER/NAME/NAME and FOLDER/NAME in each folder. An error names the program.
base::Result<Program> open_program(std::string const& name, std::vector<std::string> const& folders);

/// An unnamed file in memory with these bytes, readable by everybody who inherits it.
base::Fd memory_file(std::string const& name, std::string_view bytes);

} // namespace supervisor
