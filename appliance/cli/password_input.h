#pragma once
// Where a new password comes from: never from the arguments.

#include "appliance/cli/command.h"

#include <string>

namespace cli
{

struct ChosenPassword {
    std::string text;
    bool generated = false; ///< must be shown once
};

/// --password-stdin: one line of standard input; on a terminal: asked for twice without echo, empty for a generated
/// one; else generated. Checked against the school's policy (off in practice mode). Throws base::Failure (refused).
ChosenPassword choose_password(Session& session, Arguments const& arguments, std::string const& login);

/// A password that exists already: one line of standard input with --password-stdin, else asked for without echo.
/// Refused where there is neither.
std::string read_password(std::string const& question, Arguments const& arguments);

} // namespace cli
