#pragma once
// The command line as data: nouns, verbs, operands, options; and what a command gets when it runs.

#include "appliance/base/result.h"
#include "appliance/cli/session.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli
{

/// "--class NAME" (value is not empty) or "--dry-run" (value is empty).
struct Option {
    std::string name;
    std::string value;
};

/// The words after noun and verb, taken apart.
struct Arguments {
    std::vector<std::string> operands;
    std::map<std::string, std::string, std::less<>> options;

    bool has(std::string_view option) const { return options.contains(option); }
    std::optional<std::string> value(std::string_view option) const
    {
        auto const found = options.find(option);
        return found == options.end() ? std::nullopt : std::optional(found->second);
    }
};

/// Gives the exit code: 0 or 1. Errors are thrown as base::Failure (1, or 3 when refused).
using Action = int (*)(Session& session, Arguments const& arguments);

struct Command {
    std::string verb;     ///< empty: the noun alone is the command; "key add" are two words
    std::string operands; ///< "LOGIN", "[ID...]" as shown in the help
    std::size_t least_operands = 0;
    std::size_t most_operands = 0;
    std::vector<Option> options;
    std::string summary; ///< an English sentence, translated when shown
    Action action = nullptr;
};

struct Noun {
    std::string_view name;
    std::vector<Command> (*commands)();
};

/// Wrong words on the command line: exit code 2.
struct UsageError {
    std::string text;
};

/// Takes words apart as the command declares them. Throws UsageError.
Arguments parse_arguments(Command const& command, std::vector<std::string> const& words);

/// Runs the program: gives the exit code of main().
int run_program(std::vector<Noun> const& nouns, std::vector<std::string> words);

} // namespace cli
