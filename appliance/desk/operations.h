#pragma once
// The closed list of what the web administration may ask the desk for. Each operation is one command of the command
// line with some of its operands and options; nothing else can be run, and none gives out the text of a mail.

#include "appliance/cli/command.h"
#include "appliance/desk/request.h"
#include "appliance/directory/directory.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace directory
{
class Administration;
}

namespace desk
{

/// Which of the two processes does it: the one that may write the spool, or the one that owns the zones.
enum class Office { mail, names };

struct Operation {
    std::string_view name; ///< "queue.hold"
    Office office = Office::mail;
    enum class Right {
        administrator,
        class_teacher, ///< too, when the argument "class" is a class that this person looks after
    } right = Right::administrator;
    std::vector<cli::Command> (*commands)() = nullptr;
    std::string_view verb = {};
    std::string_view fixed = {};    ///< options that are always given, separated by blanks
    std::string_view operands = {}; ///< arguments that must be given, in the order of the command's operands
    std::string_view options = {};  ///< arguments that may be given: "since" is --since
    bool takes_file = false;        ///< what follows the request's line is the command's standard input
};

std::span<Operation const> operations();
Operation const* find_operation(std::string_view name);

/// Whether this person may do it with these arguments.
bool is_allowed(Operation const& operation, Request const& request, directory::User const& user,
                directory::Administration& administration);

/// The words behind the verb. Refused: an argument is missing, unknown or empty.
base::Result<std::vector<std::string>> words_of(Operation const& operation, Request const& request);

/// Runs the command; what it prints goes to standard output. Gives its exit code. Throws as commands do.
int run(Operation const& operation, std::vector<std::string> const& words, cli::Session& session);

} // namespace desk
