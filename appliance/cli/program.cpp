#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/cli/command.h"
#include "appliance/cli/output.h"

#include <algorithm>
#include <cstdio>

namespace cli
{

namespace
{
constexpr int done = 0, failed = 1, usage = 2, refused = 3;

/// The options that every command takes, taken out of the words.
struct Common {
    std::string config_file = config::default_file();
    bool help = false;
    bool version = false;
};

Common take_common(std::vector<std::string>& words)
{
    Common common;
    std::vector<std::string> rest;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--") {
            rest.insert(rest.end(), words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
            break;
        }
        if (words[i] == "--help" || words[i] == "-h")
            common.help = true;
        else if (words[i] == "--version")
            common.version = true;
        else if (words[i].starts_with("--config="))
            common.config_file = words[i].substr(9);
        else if (words[i] == "--config") {
            if (++i == words.size()) throw UsageError{"--config needs a file"};
            common.config_file = words[i];
        } else
            rest.push_back(words[i]);
    }
    words = std::move(rest);
    return common;
}

std::string usage_line(std::string_view noun, Command const& command)
{
    std::string line = "kotakpos " + std::string(noun);
    if (!command.verb.empty()) line += " " + command.verb;
    if (!command.operands.empty()) line += " " + command.operands;
    for (auto const& option : command.options)
        line += " [" + option.name + (option.value.empty() ? "" : " " + option.value) + "]";
    return line;
}

void print_help(Session& session, std::vector<Noun> const& nouns, std::string_view noun, std::string_view verb)
{
    std::string text;
    for (auto const& entry : nouns) {
        if (!noun.empty() && entry.name != noun) continue;
        for (auto const& command : entry.commands()) {
            if (!verb.empty() && command.verb != verb && !command.verb.starts_with(std::string(verb) + " ")) continue;
            text += usage_line(entry.name, command) + "\n";
            if (!noun.empty()) text += "    " + session.text(command.summary) + "\n";
        }
    }
    text += "\n" +
            session.text("Every command: --config FILE, --help, --version. Exit codes: 0 done, 1 failed, 2 usage, "
                         "3 refused input.") +
            "\n";
    print(text);
}

Noun const& find_noun(std::vector<Noun> const& nouns, std::string const& name)
{
    for (auto const& noun : nouns)
        if (noun.name == name) return noun;
    throw UsageError{"there is no command '" + name + "'"};
}

/// How many words the verb is ("add", "key add"), when the words begin with it; else 0.
std::size_t words_of_verb(std::string const& verb, std::vector<std::string> const& words)
{
    auto const parts = base::split(verb, ' ');
    if (words.size() < parts.size() || !std::equal(parts.begin(), parts.end(), words.begin())) return 0;
    return parts.size();
}

/// The command that the first words name; `words` keeps what follows them.
Command find_command(Noun const& noun, std::vector<std::string>& words)
{
    auto const commands = noun.commands();
    if (commands.size() == 1 && commands.front().verb.empty()) return commands.front();
    std::vector<std::string> verbs;
    for (auto const& command : commands) {
        verbs.push_back(command.verb);
        auto const count = words_of_verb(command.verb, words);
        if (count == 0) continue;
        words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
        return command;
    }
    throw UsageError{"kotakpos " + std::string(noun.name) + " " + base::join(verbs, "|")};
}

int run_command(Session& session, std::vector<Noun> const& nouns, std::vector<std::string> words, bool help)
{
    if (words.empty()) {
        print_help(session, nouns, {}, {});
        return help ? done : usage;
    }
    auto const& noun = find_noun(nouns, words.front());
    words.erase(words.begin());
    if (help) {
        print_help(session, nouns, noun.name, words.empty() ? "" : words.front());
        return done;
    }
    auto const command = find_command(noun, words);
    return command.action(session, parse_arguments(command, words));
}

void complain(std::string const& line)
{
    std::string text = line;
    std::replace(text.begin(), text.end(), '\n', ' '); // one line, whatever was in a name or a file
    std::fprintf(stderr, "kotakpos: %s\n", text.c_str());
}

/// The only place that catches: every error becomes one line and an exit code.
int run_guarded(Session& session, std::vector<Noun> const& nouns, std::vector<std::string> const& words, bool help)
{
    try {
        return run_command(session, nouns, words, help);
    } catch (UsageError const& error) {
        complain(session.text("wrong usage") + ": " + session.translate(error.text) + "; " +
                 session.text("see 'kotakpos --help'"));
        return usage;
    } catch (base::Failure const& failure) {
        complain(session.show(failure.error()));
        return failure.error().refused ? refused : failed;
    } catch (base::StoreError const& error) {
        complain(session.show(explain(error)));
        return failed;
    } catch (std::exception const& error) {
        complain(error.what());
        return failed;
    }
}

bool takes_value(Command const& command, std::string const& name)
{
    for (auto const& option : command.options)
        if (option.name == name) return !option.value.empty();
    throw UsageError{"there is no option '" + name + "' here"};
}
} // namespace

Arguments parse_arguments(Command const& command, std::vector<std::string> const& words)
{
    Arguments arguments;
    bool options_over = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto const& word = words[i];
        if (options_over || word.size() < 2 || word.front() != '-') {
            arguments.operands.push_back(word);
        } else if (word == "--") {
            options_over = true;
        } else {
            auto const equals = word.find('=');
            auto const name = word.substr(0, equals);
            bool const inline_value = equals != std::string::npos;
            if (!takes_value(command, name)) {
                if (inline_value) throw UsageError{"'" + name + "' takes no value"};
                arguments.options[name] = "";
            } else if (inline_value) {
                arguments.options[name] = word.substr(equals + 1);
            } else {
                if (++i == words.size()) throw UsageError{"'" + name + "' needs a value"};
                arguments.options[name] = words[i];
            }
        }
    }
    auto const count = arguments.operands.size();
    if (count < command.least_operands || count > command.most_operands)
        throw UsageError{(command.verb.empty() ? "" : command.verb + " ") +
                         (command.operands.empty() ? "takes no further words" : command.operands)};
    return arguments;
}

int run_program(std::vector<Noun> const& nouns, std::vector<std::string> words)
{
    base::set_log_program("kotakpos");
    Common common;
    try {
        common = take_common(words);
    } catch (UsageError const& error) { // before there is a session to speak its language
        complain("wrong usage: " + error.text);
        return usage;
    }
    if (common.version) {
        std::printf("kotakpos %s\n", KOTAKPOS_VERSION);
        return done;
    }
    Session session(common.config_file);
    int const code = run_guarded(session, nouns, words, common.help);
    return std::fflush(stdout) == 0 ? code : failed;
}

} // namespace cli
