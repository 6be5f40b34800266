// Directory over the school database: classes, aliases, and what an address means.

#include "appliance/directory/sql_directory.h"

#include "appliance/base/cursor.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"

namespace directory
{

namespace
{
constexpr unsigned deepest_alias = 10;
constexpr std::size_t longest_class_name = 40;
constexpr std::string_view group_names[] = {"guru", "siswa", "semua"};
constexpr std::string_view no_such_class = "there is no such class";
constexpr std::string_view see_classes = "see 'kotakpos class list'";

bool is_reserved(std::string_view name)
{
    return is_role_name(name) ||
           std::find(std::begin(group_names), std::end(group_names), name) != std::end(group_names);
}

/// What was said about a list goes with it: another one of the same name starts with the usual rule.
void forget_list(db::Transaction& transaction, std::string const& name)
{
    transaction.exec("DELETE FROM list_policy WHERE name = ?", name);
    transaction.exec("DELETE FROM list_right WHERE name = ?", name);
}

bool is_class_name(std::string_view name)
{
    constexpr base::ByteSet allowed = base::letters | base::digits | base::ByteSet("._-");
    constexpr base::ByteSet ends = base::letters | base::digits;
    if (name.empty() || name.size() > longest_class_name) return false;
    for (char const c : name)
        if (!allowed.contains(c)) return false;
    return ends.contains(name.front()) && ends.contains(name.back());
}
} // namespace

std::optional<std::int64_t> SqlDirectory::class_id(db::Reader& reader, std::string_view name)
{
    return reader.number("SELECT class_id FROM class WHERE name = ?", name);
}

base::Result<void> SqlDirectory::check_name_is_free(db::Reader& reader, std::string_view name)
{
    std::string const label(name);
    if (is_reserved(name)) return base::refused(label, "this name belongs to the box itself", "choose another name");
    if (reader.number("SELECT 1 FROM user WHERE login = ?", name))
        return base::refused(label, "there is already a user of this name", "choose another name");
    if (reader.number("SELECT 1 FROM alias WHERE name = ?", name))
        return base::refused(label, "there is already an alias of this name", "choose another name");
    if (class_id(reader, name))
        return base::refused(label, "there is already a class of this name", "choose another name");
    return {};
}

base::Result<void> SqlDirectory::add_class(std::string_view name)
{
    return school_.run([&](db::Transaction& transaction) { return insert_class(transaction, name); });
}

base::Result<void> SqlDirectory::insert_class(db::Transaction& transaction, std::string_view name)
{
    if (!is_class_name(name))
        return base::refused(std::string(name), "this is not a class name",
                             "use letters, digits, dots and dashes, like X-TKJ-1");
    if (auto free = check_name_is_free(transaction, base::lower(name)); !free) return free;
    transaction.exec("INSERT INTO class (class_id, name, created) VALUES (?, ?, ?)", base::random_key(), name,
                     clock_.now());
    return {};
}

std::vector<Class> SqlDirectory::classes()
{
    return school_.read([](db::Reader& reader) {
        std::vector<Class> classes;
        auto rows =
            reader.query("SELECT c.name, COUNT(u.user_id) FROM class c LEFT JOIN user u ON u.class_id = c.class_id "
                         "GROUP BY c.class_id ORDER BY c.name");
        while (auto const row = rows.next())
            classes.push_back({row->text(0), base::lower(row->view(0)), static_cast<std::size_t>(row->integer(1))});
        return classes;
    });
}

base::Result<std::vector<User>> SqlDirectory::members(std::string_view class_name)
{
    return school_.read([&](db::Reader& reader) -> base::Result<std::vector<User>> {
        auto const id = class_id(reader, class_name);
        if (!id) return base::refused(std::string(class_name), std::string(no_such_class), std::string(see_classes));
        return users_from(
            reader.query("SELECT u.user_id, u.login, u.name, u.role, c.name, u.quota, u.enabled, u.created "
                         "FROM user u JOIN class c ON c.class_id = u.class_id WHERE c.class_id = ? ORDER BY u.login",
                         *id));
    });
}

base::Result<void> SqlDirectory::delete_class(std::string_view name)
{
    return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
        auto const id = class_id(transaction, name);
        if (!id) return base::refused(std::string(name), std::string(no_such_class), std::string(see_classes));
        transaction.exec("UPDATE user SET class_id = NULL WHERE class_id = ?", *id);
        transaction.exec("DELETE FROM class WHERE class_id = ?", *id);
        forget_list(transaction, base::lower(name));
        return {};
    });
}

base::Result<void> SqlDirectory::set_class(std::string_view login, std::string_view class_name)
{
    return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
        std::optional<std::int64_t> id;
        if (!class_name.empty()) {
            id = class_id(transaction, class_name);
            if (!id)
                return base::refused(std::string(class_name), std::string(no_such_class), std::string(see_classes));
        }
        if (transaction.exec("UPDATE user SET class_id = ? WHERE login = ?", id, base::lower(login)) == 0)
            return base::refused(std::string(login), "there is no such user", "see 'kotakpos user list'");
        return {};
    });
}

base::Result<void> SqlDirectory::move_members(std::vector<ClassMove> const& moves)
{
    try {
        school_.run([&](db::Transaction& transaction) {
            for (auto const& move : moves)
                if (!move.to.empty() && !class_id(transaction, move.to)) insert_class(transaction, move.to).value();
            for (auto const& move : moves) move_member(transaction, move);
        });
        return {};
    } catch (base::Failure const& refusal) { // thrown inside, so that what was written before it is undone
        return refusal.error();
    }
}

void SqlDirectory::move_member(db::Transaction& transaction, ClassMove const& move)
{
    auto const login = base::lower(move.login);
    auto const from = class_id(transaction, move.from).value_or(0);
    auto const to = move.to.empty() ? std::nullopt : class_id(transaction, move.to);
    auto const moved =
        transaction.exec("UPDATE user SET class_id = ?, enabled = enabled AND ? WHERE login = ? AND class_id = ?", to,
                         to.has_value(), login, from);
    if (moved == 0)
        throw base::Failure(
            base::refused(login, "this user is not in the class any more", "look at the classes again"));
}

base::Result<void> SqlDirectory::add_alias(std::string_view name, std::vector<std::string> const& targets)
{
    auto const alias = base::lower(name);
    if (!is_valid_login(alias))
        return base::refused(std::string(name), "this is not an alias name",
                             "use a-z, 0-9, dot, dash and underscore");
    if (targets.empty())
        return base::refused(alias, "an alias needs somebody who gets the mail", "name a login or an address");
    return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
        bool const may_override = is_role_name(alias) && alias != "mailer-daemon";
        bool const extends = transaction.number("SELECT 1 FROM alias WHERE name = ?", alias).has_value();
        if (!may_override && !extends)
            if (auto free = check_name_is_free(transaction, alias); !free) return free;
        for (auto const& target : targets) {
            Walk walk;
            auto const at = target.rfind('@');
            walk_address(transaction, std::string_view(target).substr(0, at),
                         at == std::string::npos ? std::string_view() : std::string_view(target).substr(at + 1), 0,
                         walk);
            if (!walk.found)
                return base::refused(target, "there is no such user, class, alias or address", "check the spelling");
            if (walk.visited.contains(alias))
                return base::refused(alias, base::format("{1} leads back to it: mail would go round", {target}),
                                     "name somebody else");
            transaction.exec("INSERT OR IGNORE INTO alias (name, target, created) VALUES (?, ?, ?)", alias,
                             base::lower(target), clock_.now());
        }
        return {};
    });
}

std::vector<Alias> SqlDirectory::aliases()
{
    return school_.read([](db::Reader& reader) {
        std::vector<Alias> aliases;
        auto rows = reader.query("SELECT name, target FROM alias ORDER BY name, target");
        while (auto const row = rows.next()) {
            if (aliases.empty() || aliases.back().name != row->view(0)) aliases.push_back({row->text(0), {}});
            aliases.back().targets.push_back(row->text(1));
        }
        return aliases;
    });
}

base::Result<void> SqlDirectory::delete_alias(std::string_view name)
{
    return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
        if (transaction.exec("DELETE FROM alias WHERE name = ?", base::lower(name)) == 0)
            return base::refused(std::string(name), "there is no such alias", "see 'kotakpos alias list'");
        forget_list(transaction, base::lower(name));
        return {};
    });
}

bool SqlDirectory::is_local(db::Reader& reader, std::string_view domain)
{
    auto const name = base::lower(domain);
    if (name.empty() || name == "localhost") return true;
    auto const ours = read_setting(reader, "domain").value_or("");
    return name == ours || name == "mail." + ours ||
           name == base::lower(read_setting(reader, "hostname").value_or(""));
}

bool SqlDirectory::is_local_domain(std::string_view domain)
{
    return school_.read([&](db::Reader& reader) { return is_local(reader, domain); });
}

Resolution SqlDirectory::resolve(std::string_view local_part, std::string_view domain)
{
    return school_.read([&](db::Reader& reader) -> Resolution {
        if (!is_local(reader, domain)) return {Resolution::Kind::elsewhere, {}, {}, {}};
        auto meaning = meaning_of(reader, local_part);
        if (meaning.kind != Resolution::Kind::unknown) return meaning;
        auto const catcher = read_setting(reader, "mail.catch-all").value_or("");
        if (catcher.empty()) return meaning;
        auto caught = meaning_of(reader, catcher);
        caught.is_caught = true;
        return caught;
    });
}

Resolution SqlDirectory::meaning_of(db::Reader& reader, std::string_view local_part)
{
    Walk walk;
    walk_address(reader, local_part, {}, 0, walk);
    Resolution resolution;
    if (!walk.found) return resolution;
    resolution.list = find_list(reader, local_part);
    // An alias for postmaster whose people have left must not leave the world without one.
    if (resolution.list && resolution.list->is_role && walk.users.empty() && walk.remote.empty())
        walk_group(reader, resolution.list->name, walk);
    resolution.kind = Resolution::Kind::local;
    for (auto& [id, user] : walk.users) resolution.users.push_back(std::move(user));
    resolution.remote.assign(walk.remote.begin(), walk.remote.end());
    return resolution;
}

void SqlDirectory::walk_address(db::Reader& reader, std::string_view local_part, std::string_view domain,
                                unsigned depth, Walk& walk)
{
    if (!is_local(reader, domain)) {
        walk.found = true;
        walk.remote.insert(std::string(local_part) + "@" + base::lower(domain));
        return;
    }
    auto const name = base::lower(local_part);
    bool const found_before = std::exchange(walk.found, false);
    walk_name(reader, name, depth, walk);
    if (auto const plus = name.find('+'); !walk.found && plus != std::string::npos)
        walk_name(reader, name.substr(0, plus), depth, walk);
    walk.found = walk.found || found_before;
}

void SqlDirectory::walk_name(db::Reader& reader, std::string const& name, unsigned depth, Walk& walk)
{
    if (depth > deepest_alias) return;
    if (!walk.visited.insert(name).second) { // a loop, or named twice: what it means is in the walk already
        walk.found = true;
        return;
    }
    if (auto user = read_user(reader, name)) {
        walk.found = true;
        if (user->enabled) walk.users.emplace(user->id, std::move(*user));
        return;
    }
    std::vector<std::string> targets;
    auto rows = reader.query("SELECT target FROM alias WHERE name = ?", name);
    while (auto const row = rows.next()) targets.push_back(row->text(0));
    if (targets.empty()) {
        walk.found = walk_group(reader, name, walk);
        return;
    }
    walk.found = true;
    for (auto const& target : targets) {
        auto const at = target.rfind('@');
        walk_address(reader, std::string_view(target).substr(0, at),
                     at == std::string::npos ? std::string_view() : std::string_view(target).substr(at + 1),
                     depth + 1, walk);
    }
}

bool SqlDirectory::walk_group(db::Reader& reader, std::string const& name, Walk& walk)
{
    if (auto const id = class_id(reader, name)) {
        add_all(users_from(
                    reader.query("SELECT u.user_id, u.login, u.name, u.role, c.name, u.quota, u.enabled, u.created "
                                 "FROM user u JOIN class c ON c.class_id = u.class_id WHERE c.class_id = ?",
                                 *id)),
                walk);
        return true;
    }
    if (!is_reserved(name)) return false;
    std::string_view const roles = name == "guru"    ? "teacher head"
                                   : name == "siswa" ? "pupil"
                                   : name == "semua" ? "pupil teacher staff head admin"
                                                     : "admin"; // the role names
    auto all =
        users_from(reader.query("SELECT u.user_id, u.login, u.name, u.role, c.name, u.quota, u.enabled, u.created "
                                "FROM user u LEFT JOIN class c ON c.class_id = u.class_id "
                                "WHERE instr(?, u.role) > 0",
                                roles));
    add_all(std::move(all), walk);
    return true;
}

void SqlDirectory::add_all(std::vector<User> users, Walk& walk)
{
    for (auto& user : users)
        if (user.enabled) walk.users.emplace(user.id, std::move(user));
}

} // namespace directory
