#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "appliance/directory/administration.h"

#include <algorithm>

namespace directory
{

namespace
{
std::optional<std::int64_t> class_id(db::Reader& reader, std::string_view name)
{
    return reader.number("SELECT class_id FROM class WHERE name = ?", base::trim(name));
}

base::Error no_such_class(std::string_view name)
{
    return base::refused(std::string(name), "there is no such class", "see 'kotakpos class list'");
}

std::vector<std::string> texts(db::Rows rows)
{
    std::vector<std::string> list;
    while (auto const row = rows.next()) list.push_back(row->text(0));
    return list;
}

class SqlAdministration final : public Administration
{
public:
    SqlAdministration(db::Database& school, Directory& people, base::Clock const& clock)
        : school_(school), people_(people), clock_(clock)
    {
    }

    std::optional<User> session_user(std::string const& token) override
    {
        auto const digest = base::sha256(token);
        auto const id = school_.read([&](db::Reader& reader) {
            return reader.number("SELECT user_id FROM app_password WHERE token_hash = ? AND purpose = 'web' "
                                 "AND expires > ?",
                                 db::Blob{digest}, clock_.now());
        });
        auto user = id ? people_.find_user(*id) : std::nullopt;
        return user && user->enabled ? user : std::nullopt;
    }

    base::Result<std::vector<std::string>> teachers(std::string_view class_name) override
    {
        return school_.read([&](db::Reader& reader) -> base::Result<std::vector<std::string>> {
            auto const id = class_id(reader, class_name);
            if (!id) return no_such_class(class_name);
            return texts(reader.query("SELECT user.login FROM class_teacher JOIN user USING (user_id) "
                                      "WHERE class_teacher.class_id = ? ORDER BY user.login",
                                      *id));
        });
    }

    std::vector<std::string> classes_of(UserId teacher) override
    {
        return school_.read([&](db::Reader& reader) {
            return texts(reader.query("SELECT class.name FROM class_teacher JOIN class USING (class_id) "
                                      "WHERE user_id = ? ORDER BY class.name",
                                      teacher));
        });
    }

    base::Result<void> add_teacher(std::string_view class_name, std::string_view login) override
    {
        auto const user = people_.find_user(base::lower(login));
        if (!user) return base::refused(std::string(login), "there is no such user", "see 'kotakpos user list'");
        if (user->role == Role::pupil)
            return base::refused(std::string(login), "a pupil cannot look after a class",
                                 "choose a teacher, or change the role first");
        return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
            auto const id = class_id(transaction, class_name);
            if (!id) return no_such_class(class_name);
            transaction.exec("DELETE FROM class_teacher WHERE class_id = ? AND user_id = ?", *id, user->id);
            transaction.exec("INSERT INTO class_teacher (class_id, user_id) VALUES (?, ?)", *id, user->id);
            return {};
        });
    }

    base::Result<void> remove_teacher(std::string_view class_name, std::string_view login) override
    {
        auto const user = people_.find_user(base::lower(login));
        return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
            auto const id = class_id(transaction, class_name);
            if (!id) return no_such_class(class_name);
            if (!user ||
                transaction.exec("DELETE FROM class_teacher WHERE class_id = ? AND user_id = ?", *id, user->id) == 0)
                return base::refused(std::string(login), "this person does not look after the class",
                                     "see 'kotakpos class teacher list CLASS'");
            return {};
        });
    }

    void note(Deed deed) override
    {
        school_.run([&](db::Transaction& transaction) {
            auto const last = transaction.number("SELECT MAX(audit_id) FROM audit").value_or(0);
            transaction.exec(
                "INSERT INTO audit (audit_id, login, peer, action, subject, detail) VALUES (?, ?, ?, ?, ?, ?)",
                std::max<std::int64_t>(clock_.now(), last + 1), deed.login, deed.peer, deed.action, deed.subject,
                deed.detail);
        });
    }

    std::vector<Deed> deeds(std::size_t most, std::int64_t before) override
    {
        constexpr auto newest = std::numeric_limits<std::int64_t>::max();
        return school_.read([&](db::Reader& reader) {
            std::vector<Deed> list;
            auto rows = reader.query("SELECT audit_id, login, peer, action, subject, detail FROM audit "
                                     "WHERE audit_id < ? ORDER BY audit_id DESC LIMIT ?",
                                     before == 0 ? newest : before, static_cast<std::int64_t>(most));
            while (auto const row = rows.next())
                list.push_back(
                    {row->integer(0), row->text(1), row->text(2), row->text(3), row->text(4), row->text(5)});
            return list;
        });
    }

private:
    db::Database& school_;
    Directory& people_;
    base::Clock const& clock_;
};
} // namespace

std::unique_ptr<Administration> make_sql_administration(db::Database& school, Directory& people,
                                                        base::Clock const& clock)
{
    return std::make_unique<SqlAdministration>(school, people, clock);
}

bool is_administrator(User const& user) { return user.enabled && user.role == Role::admin; }

bool may_look_after(Administration& administration, User const& user, std::string_view class_name)
{
    if (is_administrator(user)) return true;
    if (!user.enabled || user.role == Role::pupil || class_name.empty()) return false;
    auto const own = administration.classes_of(user.id);
    return std::any_of(own.begin(), own.end(),
                       [&](auto const& name) { return base::equal_ignoring_case(name, class_name); });
}

bool may_look_after(Administration& administration, User const& user, User const& other)
{
    if (is_administrator(user)) return true;
    return other.role == Role::pupil && may_look_after(administration, user, other.class_name);
}

} // namespace directory
