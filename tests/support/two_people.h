#pragma once
// A directory of two people (ali is user 1, budi user 2, password 123) for the tests of sessions.

#include "appliance/directory/directory.h"

#include <algorithm>
#include <map>

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
        return find([&](directory::User const& user) { return user.login == login; });
    }
    std::optional<directory::User> find_user(directory::UserId id) override
    {
        return find([&](directory::User const& user) { return user.id == id; });
    }
    /// More of them, and what classes there are.
    void add(directory::UserId id, std::string login, directory::Role role, std::string class_name = {})
    {
        directory::User user;
        user.id = id;
        user.login = std::move(login);
        user.role = role;
        user.class_name = std::move(class_name);
        there.push_back(std::move(user));
    }
    void forget(std::string_view login)
    {
        std::erase_if(there, [&](directory::User const& user) { return user.login == login; });
    }
    directory::User& at(std::string_view login)
    {
        return *std::find_if(there.begin(), there.end(), [&](auto const& user) { return user.login == login; });
    }
    std::vector<directory::User> there = first_two();
    std::vector<directory::Class> class_list;
    std::map<std::string, std::string, std::less<>> settings;

    std::optional<std::string> setting(std::string_view key) override
    {
        auto const found = settings.find(key);
        return found == settings.end() ? std::nullopt : std::optional(found->second);
    }
    void set_setting(std::string_view key, std::string_view value) override { settings[std::string(key)] = value; }
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
    std::vector<directory::Class> classes() override { return class_list; }
    base::Result<std::vector<directory::User>> members(std::string_view) override { return unused(); }
    base::Result<void> delete_class(std::string_view) override { return unused(); }
    base::Result<void> set_class(std::string_view, std::string_view) override { return unused(); }
    base::Result<void> move_members(std::vector<directory::ClassMove> const&) override { return unused(); }
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
    static std::vector<directory::User> first_two()
    {
        std::vector<directory::User> two(2);
        two[0].id = 1;
        two[0].login = "ali";
        two[1].id = 2;
        two[1].login = "budi";
        return two;
    }
    template <class Test>
    std::optional<directory::User> find(Test const& test)
    {
        auto const found = std::find_if(there.begin(), there.end(), test);
        if (found == there.end()) return std::nullopt;
        auto user = *found;
        user.quota = quota;
        return user;
    }
    static base::Error unused() { return base::failed("directory", "not part of this test"); }
};

} // namespace support
