#pragma once
// What the web administration stands on beside the people themselves: who looks after which class, whose a web
// session is, and the list of what was done by whom. Not for the people, classes and addresses (directory.h).

#include "appliance/directory/directory.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace directory
{

/// One line of the audit.
struct Deed {
    std::int64_t id = 0; ///< UTC microseconds: when
    std::string login;   ///< who
    std::string peer = {};
    std::string action; ///< "user.password"
    std::string subject = {};
    std::string detail = {};
};

/// Any thread; throws base::StoreError. Refusals are Results whose texts are translatable.
class Administration
{
public:
    virtual ~Administration() = default;

    /// Whose web session the token is; nobody's when it has ended, is no web session, or the person is disabled.
    virtual std::optional<User> session_user(std::string const& token) = 0;

    /// The logins that look after a class, sorted. Refused: no such class.
    virtual base::Result<std::vector<std::string>> teachers(std::string_view class_name) = 0;
    /// The classes that somebody looks after, sorted.
    virtual std::vector<std::string> classes_of(UserId teacher) = 0;
    /// Refused: no such class or user, or a pupil.
    virtual base::Result<void> add_teacher(std::string_view class_name, std::string_view login) = 0;
    virtual base::Result<void> remove_teacher(std::string_view class_name, std::string_view login) = 0;

    /// Adds to the audit; `id` is given here.
    virtual void note(Deed deed) = 0;
    /// The newest first, at most so many; `before` is the oldest id of the page before, 0: the first page.
    virtual std::vector<Deed> deeds(std::size_t most, std::int64_t before = 0) = 0;
};

/// Over the school database. `people` outlives it.
std::unique_ptr<Administration> make_sql_administration(db::Database& school, Directory& people,
                                                        base::Clock const& clock = base::system_clock());

/// What somebody may do with people of the school in the web administration. One place for all pages and for the
/// desk.
bool is_administrator(User const& user);
/// The administrators; and those who look after the class.
bool may_look_after(Administration& administration, User const& user, std::string_view class_name);
/// The administrators; and those who look after the class of a pupil. Never colleagues.
bool may_look_after(Administration& administration, User const& user, User const& other);

} // namespace directory
