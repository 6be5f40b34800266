#pragma once
// A directory of two people (ali is user 1, budi user 2, password 123) for the tests of sessions.

#include "appliance/directory/directory.h"

namespace support
{

/// Who exists, for sessions that only log in. Everything else is not asked.
class TwoPeople : public directory::Directory
{
public:
    std::uint64_t quota = 0;

    std::optional<directory::User> authenticate(std::string_view login, std::string const& password,
                                                std::string_view) override
    {
        return password == "123" ? find_user(login) : std::nullopt;
    }
    std::optional<directory::User> find_user(std::string_view login) override
    {
        if (login == "ali") return find_user(directory::UserId{1});
        if (login == "budi") return find_user(directory::UserId{2});
        return std::nullopt;
    }
    std::optional<directory::User> find_user(directory::UserId id) override
    {
        directory::User user;
        user.id = id;
        user.login = id == 1 ? "ali" : "budi";
        user.quota = quota;
        return user;
    }

    std::optional<std::string> setting(std::string_view) override { return std::nullopt; }
    void set_setting(std::string_view, std::string_view) override {}
    void unset_setting(std::string_view) override {}
    bool is_local_domain(std::string_view) override { return false; }
    base::Result<directory::User> add_user(directory::NewUser) override { return unused(); }
    base::Result<std::vector<directory::User>> add_users(std::vector<directory::NewUser>,
                                                         directory::Together const&) override
    {
        return unused();
    }
    base::Result<void> update_user(directory::User const&, directory::User const&) override { return unused(); }
    std::vector<directory::User> users() override { return {}; }
    base::Result<void> set_password(std::string_view, std::string const&) override { return unused(); }
    base::Result<void> set_enabled(std::string_view, bool) override { return unused(); }
    base::Result<void> delete_user(std::string_view, directory::MailFate) override { return unused(); }
    std::string add_app_password(directory::UserId, std::string_view, base::Timestamp) override { return {}; }
    void remove_app_password(std::string const&) override {}
    base::Result<void> add_class(std::string_view) override { return unused(); }
    std::vector<directory::Class> classes() override { return {}; }
    base::Result<std::vector<directory::User>> members(std::string_view) override { return unused(); }
    base::Result<void> delete_class(std::string_view) override { return unused(); }
    base::Result<void> set_class(std::string_view, std::string_view) override { return unused(); }
    base::Result<void> add_alias(std::string_view, std::vector<std::string> const&) override { return unused(); }
    std::vector<directory::Alias> aliases() override { return {}; }
    base::Result<void> delete_alias(std::string_view) override { return unused(); }
    ScramLogin scram_login(std::string_view login) override
    {
        static auto const keys = directory::make_scram_keys("123");
        return {keys, find_user(login)};
    }
    base::Result<directory::ListPolicy> list_policy(std::string_view) override { return unused(); }
    base::Result<void> set_writers(std::string_view, directory::Writers) override { return unused(); }
    base::Result<void> set_list_right(std::string_view, std::string_view, ListRight) override { return unused(); }
    directory::Resolution resolve(std::string_view, std::string_view) override { return {}; }

private:
    static base::Error unused() { return base::failed("directory", "not part of this test"); }
};

} // namespace support
