#pragma once
// The declaration shared by sql_directory.cpp (people), sql_addresses.cpp (classes, aliases, what an address
// means) and sql_lists.cpp (who may write to them).

#include "appliance/base/secret.h"
#include "appliance/db/database.h"
#include "appliance/directory/directory.h"
#include "appliance/directory/login_check.h"

#include <map>
#include <set>

namespace directory
{

class SqlDirectory final : public Directory
{
public:
    explicit SqlDirectory(db::Database& school, base::Clock const& clock = base::system_clock())
        : school_(school), clock_(clock)
    {
    }

    std::optional<std::string> setting(std::string_view key) override;
    void set_setting(std::string_view key, std::string_view value) override;
    void unset_setting(std::string_view key) override;
    bool is_local_domain(std::string_view domain) override;

    base::Result<User> add_user(NewUser user) override;
    base::Result<std::vector<User>> add_users(std::vector<NewUser> users, Together const& together) override;
    base::Result<void> update_user(User const& before, User const& after) override;
    std::optional<User> find_user(std::string_view login) override;
    std::optional<User> find_user(UserId id) override;
    std::vector<User> users() override;
    base::Result<void> set_password(std::string_view login, std::string const& password) override;
    base::Result<void> set_enabled(std::string_view login, bool enabled) override;
    base::Result<void> delete_user(std::string_view login, MailFate mail) override;

    std::optional<User> authenticate(std::string_view login, std::string const& password,
                                     std::string_view client = {}) override;
    ScramLogin scram_login(std::string_view login) override;
    std::string add_app_password(UserId user, std::string_view purpose, base::Timestamp expires) override;
    void remove_app_password(std::string const& token) override;

    base::Result<void> add_class(std::string_view name) override;
    std::vector<Class> classes() override;
    base::Result<std::vector<User>> members(std::string_view class_name) override;
    base::Result<void> delete_class(std::string_view name) override;
    base::Result<void> set_class(std::string_view login, std::string_view class_name) override;
    base::Result<void> move_members(std::vector<ClassMove> const& moves) override;

    base::Result<void> add_alias(std::string_view name, std::vector<std::string> const& targets) override;
    std::vector<Alias> aliases() override;
    base::Result<void> delete_alias(std::string_view name) override;

    base::Result<ListPolicy> list_policy(std::string_view name) override;
    base::Result<void> set_writers(std::string_view name, Writers writers) override;
    base::Result<void> set_list_right(std::string_view name, std::string_view login, ListRight right) override;

    Resolution resolve(std::string_view local_part, std::string_view domain) override;

private:
    /// Columns: user_id, login, name, role, class name, quota, enabled, created.
    static User user_from(db::Row const& row);
    static std::vector<User> users_from(db::Rows rows);
    static std::optional<std::string> read_setting(db::Reader& reader, std::string_view key);
    static std::optional<User> read_user(db::Reader& reader, std::string_view login);
    static std::optional<std::int64_t> class_id(db::Reader& reader, std::string_view name);
    /// No user, alias, class address or fixed group has this local part yet.
    static base::Result<void> check_name_is_free(db::Reader& reader, std::string_view name);
    /// What is kept of a password.
    struct Kept {
        std::string hash;
        ScramKeys scram;
    };
    /// On all cores; nothing when `progress` said to give up.
    static std::optional<std::vector<Kept>> keep_all(std::vector<NewUser> const& users,
                                                     std::function<bool(std::size_t)> const& progress);
    static void move_member(db::Transaction& transaction, ClassMove const& move);
    base::Result<void> insert_class(db::Transaction& transaction, std::string_view name);
    static void set_scram(db::Transaction& transaction, UserId user, ScramKeys const& keys);
    User insert_user(db::Transaction& transaction, NewUser const& user, Kept const& kept);

    /// One walk through aliases: what was visited, what was found.
    struct Walk {
        std::set<std::string> visited;
        std::map<UserId, User> users;
        std::set<std::string> remote;
        bool found = false;
    };
    static bool is_local(db::Reader& reader, std::string_view domain);
    /// Without the catch-all.
    static Resolution meaning_of(db::Reader& reader, std::string_view local_part);
    static void walk_address(db::Reader& reader, std::string_view local_part, std::string_view domain, unsigned depth,
                             Walk& walk);
    static void walk_name(db::Reader& reader, std::string const& name, unsigned depth, Walk& walk);
    static bool walk_group(db::Reader& reader, std::string const& name, Walk& walk);
    static void add_all(std::vector<User> users, Walk& walk);

    /// The rule for a local part that is a class, group or alias; nothing for a user's. (sql_lists.cpp)
    static std::optional<ListPolicy> find_list(db::Reader& reader, std::string_view local_part);
    static std::optional<Writers> usual_writers(db::Reader& reader, std::string const& name, unsigned depth = 0);
    static Writers usual_of_alias(db::Reader& reader, std::string const& name, unsigned depth);
    static std::optional<Writers> chosen_writers(db::Reader& reader, std::string_view name);

    db::Database& school_;
    base::Clock const& clock_;
    LoginCheck login_check_;
    std::string const make_believe_ = base::random_bytes(32); ///< for the SCRAM keys of users that do not exist
};

} // namespace directory
