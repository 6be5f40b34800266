// Directory over the school database: who may write to a class, group or alias, and who may send as one.

#include "appliance/base/text.h"
#include "appliance/directory/sql_directory.h"

#include <algorithm>

namespace directory
{

namespace
{
constexpr unsigned deepest_alias = 10;

base::Error no_such_list(std::string_view name)
{
    return base::refused(std::string(name), "there is no class, group or alias of this name",
                         "see 'kotakpos class list' and 'kotakpos alias list'");
}
} // namespace

std::optional<Writers> SqlDirectory::usual_writers(db::Reader& reader, std::string const& name, unsigned depth)
{
    if (reader.number("SELECT 1 FROM user WHERE login = ?", name)) return std::nullopt;
    if (is_role_name(name)) return Writers::everyone;
    if (reader.number("SELECT 1 FROM alias WHERE name = ?", name)) return usual_of_alias(reader, name, depth);
    if (name == "siswa" || name == "semua") return Writers::teachers;
    if (name == "guru" || class_id(reader, name)) return Writers::school;
    return std::nullopt;
}

/// The strictest rule of the lists in it. The order of Writers is that of strictness.
Writers SqlDirectory::usual_of_alias(db::Reader& reader, std::string const& name, unsigned depth)
{
    auto strictest = Writers::everyone;
    if (depth > deepest_alias) return strictest;
    std::vector<std::string> targets;
    auto rows = reader.query("SELECT target FROM alias WHERE name = ?", name);
    while (auto const row = rows.next()) targets.push_back(row->text(0));
    for (auto const& target : targets) {
        auto const at = target.rfind('@');
        if (at != std::string::npos && !is_local(reader, std::string_view(target).substr(at + 1))) continue;
        auto const inner = target.substr(0, at);
        auto const usual = usual_writers(reader, inner, depth + 1);
        if (usual && !is_role_name(inner))
            strictest = std::max(strictest, chosen_writers(reader, inner).value_or(*usual));
    }
    return strictest;
}

std::optional<Writers> SqlDirectory::chosen_writers(db::Reader& reader, std::string_view name)
{
    auto const chosen = reader.text("SELECT writers FROM list_policy WHERE name = ?", name);
    return chosen ? parse_writers(*chosen) : std::nullopt;
}

std::optional<ListPolicy> SqlDirectory::find_list(db::Reader& reader, std::string_view local_part)
{
    // As in walk_address: the whole name first, then the part before the plus.
    auto name = base::lower(local_part);
    auto usual = usual_writers(reader, name);
    if (auto const plus = name.find('+'); !usual && plus != std::string::npos) {
        name.resize(plus);
        usual = usual_writers(reader, name);
    }
    if (!usual) return std::nullopt;
    ListPolicy policy{name, false, *usual, {}, {}};
    policy.is_alias = reader.number("SELECT 1 FROM alias WHERE name = ?", name).has_value();
    policy.is_role = is_role_name(name);
    policy.title = reader.text("SELECT name FROM class WHERE name = ?", name).value_or(name);
    if (!policy.is_role) policy.writers = chosen_writers(reader, name).value_or(*usual);
    auto rows = reader.query("SELECT u.login, r.may_send FROM list_right r JOIN user u ON u.user_id = r.user_id "
                             "WHERE r.name = ? ORDER BY u.login",
                             name);
    while (auto const row = rows.next()) {
        policy.writers_named.push_back(row->text(0));
        if (row->integer(1) != 0) policy.senders_named.push_back(row->text(0));
    }
    return policy;
}

base::Result<ListPolicy> SqlDirectory::list_policy(std::string_view name)
{
    return school_.read([&](db::Reader& reader) -> base::Result<ListPolicy> {
        auto policy = find_list(reader, name);
        if (!policy) return no_such_list(name);
        return *policy;
    });
}

base::Result<void> SqlDirectory::set_writers(std::string_view name, Writers writers)
{
    return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
        auto const list = base::lower(name);
        if (!usual_writers(transaction, list)) return no_such_list(name);
        if (is_role_name(list) && writers != Writers::everyone)
            return base::refused(list, "everybody must be able to write to this address (RFC 5321, RFC 2142)",
                                 "choose another address for mail that few may send");
        transaction.exec("INSERT INTO list_policy (name, writers) VALUES (?, ?) "
                         "ON CONFLICT (name) DO UPDATE SET writers = excluded.writers",
                         list, show(writers));
        return {};
    });
}

base::Result<void> SqlDirectory::set_list_right(std::string_view name, std::string_view login, ListRight right)
{
    return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
        auto const list = base::lower(name);
        if (!usual_writers(transaction, list)) return no_such_list(name);
        auto const user = read_user(transaction, base::lower(login));
        if (!user) return base::refused(std::string(login), "there is no such user", "see 'kotakpos user list'");
        transaction.exec("DELETE FROM list_right WHERE name = ? AND user_id = ?", list, user->id);
        if (right != ListRight::none)
            transaction.exec("INSERT INTO list_right (name, user_id, may_send) VALUES (?, ?, ?)", list, user->id,
                             right == ListRight::send);
        return {};
    });
}

} // namespace directory
