// Directory over the school database: people. Addresses: sql_addresses.cpp.

#include "appliance/directory/sql_directory.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/directory/password.h"

#include <atomic>
#include <set>
#include <thread>

namespace directory
{

namespace
{
constexpr std::string_view token_prefix = "kpt_";
constexpr std::size_t token_bytes = 20;
constexpr std::string_view no_such_user = "there is no such user";
constexpr std::size_t many_users = 100; ///< more at once are a table, whose hashing must end before the lesson does
constexpr std::string_view see_users = "see 'kotakpos user list'";

std::string unwanted_mail_key(UserId user) { return "mail.removed." + std::to_string(user); }

void write_setting(db::Transaction& transaction, std::string_view key, std::string_view value)
{
    transaction.exec(
        "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key,
        value);
}

bool is_name(std::string_view name)
{
    return base::is_utf8(name) && name.find_first_of("\r\n\t") == std::string_view::npos;
}

base::Error unreadable_name(std::string const& login)
{
    return base::refused(login, "the name is not readable text", "write the name in UTF-8 on one line");
}
} // namespace

std::optional<std::vector<SqlDirectory::Kept>>
SqlDirectory::keep_all(std::vector<NewUser> const& users, std::function<bool(std::size_t)> const& progress)
{
    std::vector<Kept> kept(users.size());
    std::atomic<std::size_t> next = 0;
    std::atomic<std::size_t> done = 0;
    std::atomic<bool> given_up = false;
    auto const effort = users.size() > many_users ? HashEffort::many : HashEffort::one;
    auto const work = [&](bool reports) {
        for (std::size_t i = next++; i < users.size() && !given_up; i = next++) {
            kept[i] = {hash_password(users[i].password, effort), make_scram_keys(users[i].password)};
            ++done;
            if (reports && progress && !progress(done)) given_up = true;
        }
    };
    std::vector<std::thread> others;
    auto const cores = std::max(1U, std::thread::hardware_concurrency());
    for (unsigned i = 1; i < cores && i < users.size(); ++i) others.emplace_back(work, false);
    work(true);
    for (auto& other : others) other.join();
    if (given_up) return std::nullopt;
    return kept;
}

void SqlDirectory::set_scram(db::Transaction& transaction, UserId user, ScramKeys const& keys)
{
    transaction.exec("DELETE FROM scram WHERE user_id = ?", user);
    transaction.exec("INSERT INTO scram (user_id, salt, iterations, stored_key, server_key) VALUES (?, ?, ?, ?, ?)",
                     user, db::Blob{keys.salt}, keys.iterations, db::Blob{keys.stored_key},
                     db::Blob{keys.server_key});
}

User SqlDirectory::user_from(db::Row const& row)
{
    User user;
    user.id = row.integer(0);
    user.login = row.text(1);
    user.name = row.text(2);
    user.role = parse_role(row.view(3)).value_or(Role::pupil);
    user.class_name = row.text(4);
    user.quota = static_cast<std::uint64_t>(row.integer(5));
    user.enabled = row.integer(6) != 0;
    user.created = row.integer(7);
    return user;
}

std::vector<User> SqlDirectory::users_from(db::Rows rows)
{
    std::vector<User> users;
    while (auto const row = rows.next()) users.push_back(user_from(*row));
    return users;
}

std::optional<std::string> SqlDirectory::setting(std::string_view key)
{
    return school_.read([&](db::Reader& reader) { return read_setting(reader, key); });
}

std::optional<std::string> SqlDirectory::read_setting(db::Reader& reader, std::string_view key)
{
    return reader.text("SELECT value FROM setting WHERE key = ?", key);
}

void SqlDirectory::set_setting(std::string_view key, std::string_view value)
{
    school_.run([&](db::Transaction& transaction) { write_setting(transaction, key, value); });
}

void SqlDirectory::unset_setting(std::string_view key)
{
    school_.run([&](db::Transaction& transaction) { transaction.exec("DELETE FROM setting WHERE key = ?", key); });
}

base::Result<User> SqlDirectory::add_user(NewUser user)
{
    auto added = add_users({std::move(user)}, {});
    if (!added) return added.error();
    return added->front();
}

base::Result<std::vector<User>> SqlDirectory::add_users(std::vector<NewUser> users, Together const& together)
{
    std::set<std::string_view> logins;
    for (auto& user : users) {
        user.login = base::lower(user.login);
        if (!is_valid_login(user.login))
            return base::refused(user.login, "this is not a login",
                                 "use a-z, 0-9, dot, dash and underscore, at most 64");
        if (!logins.insert(user.login).second) return base::refused(user.login, "it is listed twice", "keep one");
        if (!is_name(user.name)) return unreadable_name(user.login);
    }
    auto const kept = keep_all(users, together.progress);
    if (!kept) return base::refused("users", "it was stopped", "nobody was added");
    try {
        return school_.run([&](db::Transaction& transaction) {
            for (auto const& name : together.new_classes) insert_class(transaction, name).value();
            std::vector<User> added;
            for (std::size_t i = 0; i < users.size(); ++i) {
                check_name_is_free(transaction, users[i].login).value();
                if (!users[i].class_name.empty() && !class_id(transaction, users[i].class_name))
                    throw base::Failure(base::refused(users[i].class_name, "there is no such class",
                                                      "add it with 'kotakpos class add'"));
                added.push_back(insert_user(transaction, users[i], (*kept)[i]));
            }
            return added;
        });
    } catch (base::Failure const& refusal) { // thrown inside, so that what was written before it is undone
        return refusal.error();
    }
}

base::Result<void> SqlDirectory::update_user(User const& before, User const& after)
{
    if (!is_name(after.name)) return unreadable_name(before.login);
    return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
        auto const there = read_user(transaction, before.login);
        if (!there || there->id != before.id)
            return base::refused(before.login, "somebody else has deleted this user in the meantime",
                                 "nothing was changed");
        if (*there != before)
            return base::refused(before.login, "somebody else has changed this user in the meantime",
                                 "look at it again and repeat your change");
        std::optional<std::int64_t> const key =
            after.class_name.empty() ? std::nullopt : class_id(transaction, after.class_name);
        if (!after.class_name.empty() && !key)
            return base::refused(after.class_name, "there is no such class", "add it with 'kotakpos class add'");
        transaction.exec("UPDATE user SET name = ?, role = ?, class_id = ?, quota = ? WHERE user_id = ?", after.name,
                         show(after.role), key, after.quota, before.id);
        return {};
    });
}

User SqlDirectory::insert_user(db::Transaction& transaction, NewUser const& user, Kept const& kept)
{
    auto const id = base::random_key();
    auto const now = clock_.now();
    std::optional<std::int64_t> const class_key =
        user.class_name.empty() ? std::nullopt : class_id(transaction, user.class_name);
    transaction.exec("INSERT INTO user (user_id, login, name, role, class_id, quota, password, enabled, created) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)",
                     id, user.login, user.name, show(user.role), class_key, user.quota, kept.hash, now);
    set_scram(transaction, id, kept.scram);
    return {id, user.login, user.name, user.role, user.class_name, user.quota, true, now};
}

std::optional<User> SqlDirectory::find_user(std::string_view login)
{
    return school_.read([&](db::Reader& reader) { return read_user(reader, base::lower(login)); });
}

std::optional<User> SqlDirectory::read_user(db::Reader& reader, std::string_view login)
{
    auto rows = reader.query("SELECT u.user_id, u.login, u.name, u.role, c.name, u.quota, u.enabled, u.created "
                             "FROM user u LEFT JOIN class c ON c.class_id = u.class_id WHERE u.login = ?",
                             login);
    auto const row = rows.next();
    return row ? std::optional(user_from(*row)) : std::nullopt;
}

std::optional<User> SqlDirectory::find_user(UserId id)
{
    return school_.read([&](db::Reader& reader) -> std::optional<User> {
        auto rows = reader.query("SELECT u.user_id, u.login, u.name, u.role, c.name, u.quota, u.enabled, u.created "
                                 "FROM user u LEFT JOIN class c ON c.class_id = u.class_id WHERE u.user_id = ?",
                                 id);
        auto const row = rows.next();
        return row ? std::optional(user_from(*row)) : std::nullopt;
    });
}

std::vector<User> SqlDirectory::users()
{
    return school_.read([&](db::Reader& reader) {
        return users_from(
            reader.query("SELECT u.user_id, u.login, u.name, u.role, c.name, u.quota, u.enabled, u.created "
                         "FROM user u LEFT JOIN class c ON c.class_id = u.class_id ORDER BY u.login"));
    });
}

base::Result<void> SqlDirectory::set_password(std::string_view login, std::string const& password)
{
    auto const hash = hash_password(password);
    auto const scram = make_scram_keys(password);
    return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
        auto const user = read_user(transaction, base::lower(login));
        if (!user) return base::refused(std::string(login), std::string(no_such_user), std::string(see_users));
        transaction.exec("UPDATE user SET password = ? WHERE user_id = ?", hash, user->id);
        set_scram(transaction, user->id, scram);
        transaction.exec("DELETE FROM app_password WHERE user_id = ?", user->id); // whoever knew the old one is out
        return {};
    });
}

base::Result<void> SqlDirectory::set_enabled(std::string_view login, bool enabled)
{
    return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
        if (transaction.exec("UPDATE user SET enabled = ? WHERE login = ?", enabled, base::lower(login)) == 0)
            return base::refused(std::string(login), std::string(no_such_user), std::string(see_users));
        return {};
    });
}

base::Result<void> SqlDirectory::delete_user(std::string_view login, MailFate mail)
{
    return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
        auto const name = base::lower(login);
        auto const user = read_user(transaction, name);
        if (!user) return base::refused(std::string(login), std::string(no_such_user), std::string(see_users));
        if (mail == MailFate::removed) {
            auto const id = std::to_string(user->id);
            write_setting(transaction, unwanted_mail_key(user->id), "yes");
            write_setting(transaction, "mail.removed", id);
        }
        transaction.exec("DELETE FROM user WHERE user_id = ?", user->id);
        transaction.exec("DELETE FROM alias WHERE target = ?", name);
        return {};
    });
}

bool Directory::is_mail_unwanted(UserId user)
{
    return setting(unwanted_mail_key(user)).has_value() && !find_user(user);
}

std::optional<User> SqlDirectory::authenticate(std::string_view login, std::string const& password,
                                               std::string_view client)
{
    auto const at = login.rfind('@');
    bool const ours = at == std::string_view::npos || is_local_domain(login.substr(at + 1));
    auto const name = base::lower(login.substr(0, at));
    std::optional<User> user;
    std::string hash;
    bool token_fits = false;
    school_.read([&](db::Reader& reader) {
        user = ours ? read_user(reader, name) : std::nullopt;
        if (!user || !user->enabled) return;
        hash = reader.text("SELECT password FROM user WHERE user_id = ?", user->id).value_or("");
        if (password.starts_with(token_prefix))
            token_fits =
                reader
                    .number("SELECT 1 FROM app_password WHERE token_hash = ? AND user_id = ? AND expires > ?",
                            db::Blob{base::sha256(password)}, user->id, clock_.now())
                    .has_value();
    });
    if (token_fits) return user;
    if (!login_check_.verify(password, hash, client)) return std::nullopt;
    bool const still_fits = school_.read([&](db::Reader& reader) { // the queue may have been long
        return reader.number("SELECT 1 FROM user WHERE user_id = ? AND password = ? AND enabled = 1", user->id, hash)
            .has_value();
    });
    return still_fits ? user : std::nullopt;
}

Directory::ScramLogin SqlDirectory::scram_login(std::string_view login)
{
    auto const at = login.rfind('@');
    bool const ours = at == std::string_view::npos || is_local_domain(login.substr(at + 1));
    auto const name = base::lower(login.substr(0, at));
    return school_.read([&](db::Reader& reader) -> ScramLogin {
        auto const user = ours ? read_user(reader, name) : std::nullopt;
        if (user && user->enabled) {
            auto rows = reader.query("SELECT salt, iterations, stored_key, server_key FROM scram WHERE user_id = ?",
                                     user->id);
            if (auto const row = rows.next())
                return {{row->text(0), static_cast<unsigned>(row->integer(1)), row->text(2), row->text(3)}, user};
        }
        return {make_believe_keys(name, make_believe_), std::nullopt};
    });
}

std::string SqlDirectory::add_app_password(UserId user, std::string_view purpose, base::Timestamp expires)
{
    auto token = std::string(token_prefix) + base::random_hex(token_bytes);
    auto const digest = base::sha256(token);
    school_.run([&](db::Transaction& transaction) {
        transaction.exec("DELETE FROM app_password WHERE expires <= ?", clock_.now());
        transaction.exec(
            "INSERT INTO app_password (token_hash, user_id, purpose, created, expires) VALUES (?, ?, ?, ?, ?)",
            db::Blob{digest}, user, purpose, clock_.now(), expires);
    });
    return token;
}

void SqlDirectory::remove_app_password(std::string const& token)
{
    auto const digest = base::sha256(token);
    school_.run([&](db::Transaction& transaction) {
        transaction.exec("DELETE FROM app_password WHERE token_hash = ?", db::Blob{digest});
    });
}

std::unique_ptr<Directory> make_sql_directory(db::Database& school) { return std::make_unique<SqlDirectory>(school); }

} // namespace directory
