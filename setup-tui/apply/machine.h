#pragma once
// This machine's part of setup: the configuration file and the folders. Not for the school (school.h).

#include "appliance/config/config.h"
#include "setup-tui/steps/step.h"

namespace setup
{

/// The configuration as it will be, and the text of its file.
struct Machine {
    config::Config config;
    std::string text;
    bool is_new = false;  ///< the file is not there yet
    bool changed = false; ///< the file must be written
};

/// Reads the file that is there, or makes a new configuration; writes nothing. What an existing file says about
/// folders and listeners stays; language, lab and hostname follow the answers. A file that cannot be read is refused.
base::Result<Machine> plan_machine(Draft const& draft, std::string const& config_file);

/// What is configured now, before any answer; without a file the defaults, with the state folder where plan_machine
/// would have it.
base::Result<config::Config> current_config(std::string const& config_file);

/// Makes the folders of the state folder and writes the file.
base::Result<void> write_machine(Machine const& machine, std::string const& config_file);

/// The text with `key = value` in place of the key's line, or at its end. Comments and order stay.
std::string with_setting(std::string const& text, std::string_view key, std::string_view value);

} // namespace setup
