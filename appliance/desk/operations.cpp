#include "appliance/desk/operations.h"

#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/directory/administration.h"

#include <algorithm>

namespace desk
{

namespace
{
using Right = Operation::Right;
constexpr auto admin = Right::administrator;
constexpr auto teacher = Right::class_teacher;
constexpr auto mail = Office::mail;
constexpr auto names = Office::names;

// name, office, right, commands, verb, fixed, operands, options, takes_file
constexpr Operation table[] = {
    {"status", mail, admin, cli::status_commands, "", "--json"},
    {"statistics", mail, admin, cli::statistics_commands, "", "--json", "", "days"},
    {"class.statistics", mail, teacher, cli::statistics_commands, "", "--json", "", "class days"},
    {"service.restart", mail, admin, cli::service_commands, "restart", "", "name"},

    {"queue.list", mail, admin, cli::queue_commands, "list", "--json", "", "to from limit"},
    {"queue.show", mail, admin, cli::queue_commands, "show", "--json", "id"},
    {"queue.retry", mail, admin, cli::queue_commands, "retry", "", "id"},
    {"queue.hold", mail, admin, cli::queue_commands, "hold", "", "id"},
    {"queue.expire", mail, admin, cli::queue_commands, "expire", "", "id"},
    {"queue.delete", mail, admin, cli::queue_commands, "delete", "", "id"},
    {"trace", mail, admin, cli::trace_commands, "", "--json", "", "from to id since until limit"},

    {"site.list", mail, admin, cli::site_commands, "list", "--json"},
    {"site.upload", mail, admin, cli::site_commands, "upload", "-", "", "", true},
    {"site.restore", mail, admin, cli::site_commands, "restore"},
    {"site.clear", mail, admin, cli::site_commands, "clear"},

    {"dns.zones", names, admin, cli::dns_commands, "zones", "--json"},
    {"dns.list", names, admin, cli::dns_commands, "list", "--json", "", "zone"},
    {"dns.add", names, admin, cli::dns_commands, "add", "", "record", "zone"},
    {"dns.delete", names, admin, cli::dns_commands, "delete", "", "record", "zone"},
    {"dns.replace", names, admin, cli::dns_commands, "replace", "", "record by", "zone"},
    {"dns.zone-add", names, admin, cli::dns_commands, "zone-add", "", "zone", "name-server address"},
    {"dns.zone-delete", names, admin, cli::dns_commands, "zone-delete", "", "zone"},
    {"dns.keys", names, admin, cli::dns_key_commands, "keys", "--json", "", "zone"},
    {"dns.sign", names, admin, cli::dns_key_commands, "sign", "", "zone"},
    {"dns.unsign", names, admin, cli::dns_key_commands, "unsign", "", "zone"},
};

std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> list;
    for (auto const word : base::split(text, ' '))
        if (!word.empty()) list.emplace_back(word);
    return list;
}

bool is_in(std::vector<std::string> const& list, std::string_view word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}
} // namespace

std::span<Operation const> operations() { return table; }

Operation const* find_operation(std::string_view name)
{
    auto const found =
        std::find_if(std::begin(table), std::end(table), [&](auto const& entry) { return entry.name == name; });
    return found == std::end(table) ? nullptr : found;
}

bool is_allowed(Operation const& operation, Request const& request, directory::User const& user,
                directory::Administration& administration)
{
    if (directory::is_administrator(user)) return true;
    if (operation.right != Right::class_teacher) return false;
    auto const found = request.arguments.find("class");
    return found != request.arguments.end() && directory::may_look_after(administration, user, found->second);
}

base::Result<std::vector<std::string>> words_of(Operation const& operation, Request const& request)
{
    auto const operands = words(operation.operands);
    auto const options = words(operation.options);
    auto result = words(operation.fixed);
    for (auto const& [name, value] : request.arguments) {
        if (!is_in(options, name)) {
            if (is_in(operands, name)) continue;
            return base::refused(name, "this operation has no such argument");
        }
        result.push_back("--" + name + "=" + value); // in one word: a value can never become an option
    }
    result.emplace_back("--"); // from here on nothing is an option
    for (auto const& name : operands) {
        auto const found = request.arguments.find(name);
        if (found == request.arguments.end() || found->second.empty())
            return base::refused(name, "this argument is missing");
        result.push_back(found->second);
    }
    return result;
}

int run(Operation const& operation, std::vector<std::string> const& words, cli::Session& session)
{
    for (auto const& command : operation.commands())
        if (command.verb == operation.verb) return command.action(session, cli::parse_arguments(command, words));
    throw base::Failure(base::failed(std::string(operation.name), "the command is not there"));
}

} // namespace desk
