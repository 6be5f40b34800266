// Personal over the school database.

#include "appliance/base/cursor.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "appliance/directory/personal.h"

#include <algorithm>
#include <array>
#include <filesystem>

namespace directory
{

namespace
{
constexpr base::Timestamp second = 1'000'000;
constexpr base::Timestamp day = 24 * 3600 * second;
constexpr base::Timestamp device_life = 10 * 365 * day; ///< a phone lives shorter
constexpr base::Timestamp note_pause = 600 * second;    ///< a session's last use is written no more often
constexpr std::size_t pictures_max = 20000;             ///< bytes: some 500 senders

template <std::size_t Count>
bool is_one_of(std::array<std::string_view, Count> const& words, std::string_view value)
{
    return std::find(words.begin(), words.end(), value) != words.end();
}

/// A name of the time zone database that is there.
bool is_time_zone(std::string_view name)
{
    constexpr auto allowed = base::letters | base::digits | base::ByteSet("/_+-");
    constexpr std::size_t longest = 60;
    if (name.empty() || name.size() > longest || !base::letters.contains(name.front())) return false;
    for (char const c : name)
        if (!allowed.contains(c)) return false;
    std::error_code ignored;
    return std::filesystem::is_regular_file("/usr/share/zoneinfo/" + std::string(name), ignored);
}

bool is_text(std::string_view text, bool several_lines)
{
    if (!base::is_utf8(text)) return false;
    return std::none_of(text.begin(), text.end(), [&](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && !(several_lines && (c == '\n' || c == '\t'))) || byte == 0x7f;
    });
}

class SqlPersonal final : public Personal
{
public:
    SqlPersonal(db::Database& school, Directory& directory, base::Clock const& clock)
        : school_(school), directory_(directory), clock_(clock)
    {
    }

    Preferences preferences(UserId user) override
    {
        return school_.read([&](db::Reader& reader) {
            Preferences found;
            auto rows = reader.query("SELECT key, value FROM preference WHERE user_id = ?", user);
            while (auto const row = rows.next()) found.emplace(row->text(0), row->text(1));
            return found;
        });
    }

    base::Result<void> set_preference(UserId user, std::string_view key, std::string_view value) override
    {
        if (!value.empty() && !is_preference(key, value))
            return base::refused(std::string(key), "this cannot be chosen",
                                 "choose one of the values that are offered");
        school_.run([&](db::Transaction& transaction) {
            transaction.exec("DELETE FROM preference WHERE user_id = ? AND key = ?", user, key);
            if (!value.empty())
                transaction.exec("INSERT INTO preference (user_id, key, value) VALUES (?, ?, ?)", user, key, value);
        });
        return {};
    }

    std::vector<Identity> identities(User const& user) override
    {
        auto found = school_.read([&](db::Reader& reader) {
            std::vector<Identity> all;
            auto rows = reader.query(
                "SELECT name, address, signature FROM identity WHERE user_id = ? ORDER BY number", user.id);
            while (auto const row = rows.next()) all.push_back({row->text(0), row->text(1), row->text(2)});
            return all;
        });
        // An alias that was his may have become somebody else's since.
        auto const own = own_addresses(user);
        std::erase_if(found, [&](Identity const& one) {
            return std::find(own.begin(), own.end(), base::lower(one.address)) == own.end();
        });
        if (found.empty()) found.push_back({user.name, own.front(), {}});
        return found;
    }

    base::Result<void> set_identities(User const& user, std::vector<Identity> const& identities) override
    {
        if (identities.size() > identities_max)
            return base::refused("identities", "there are too many of them", "delete one first");
        auto const own = own_addresses(user);
        for (auto const& one : identities)
            if (auto fault = fault_of(one, own)) return *fault;
        school_.run([&](db::Transaction& transaction) {
            transaction.exec("DELETE FROM identity WHERE user_id = ?", user.id);
            int number = 0;
            for (auto const& one : identities)
                transaction.exec(
                    "INSERT INTO identity (user_id, number, name, address, signature) VALUES (?, ?, ?, ?, ?)",
                    user.id, ++number, one.name, base::lower(one.address), one.signature);
        });
        return {};
    }

    std::vector<std::string> own_addresses(User const& user) override
    {
        auto const domain = directory_.domain();
        std::vector<std::string> addresses = {user.login + '@' + domain};
        for (auto const& alias : directory_.aliases())
            if (may_send_as(directory_.resolve(alias.name, domain), user))
                addresses.push_back(alias.name + '@' + domain);
        return addresses;
    }

    std::vector<AppPassword> app_passwords(UserId user) override
    {
        return school_.read([&](db::Reader& reader) {
            std::vector<AppPassword> found;
            auto rows = reader.query("SELECT token_hash, purpose, label, created, used, expires FROM app_password "
                                     "WHERE user_id = ? AND expires > ? ORDER BY created DESC",
                                     user, clock_.now());
            while (auto const row = rows.next())
                found.push_back({base::hex(row->view(0)), row->text(1), row->text(2), row->integer(3),
                                 row->integer(4), row->integer(5)});
            return found;
        });
    }

    base::Result<std::string> add_device(UserId user, std::string_view label) override
    {
        auto const name = std::string(base::trim(label));
        if (name.empty() || name.size() > label_max || !is_text(name, false))
            return base::refused("device", "it needs a name of up to 80 characters", "write for example: my phone");
        auto const all = app_passwords(user);
        if (std::count_if(all.begin(), all.end(), [](auto const& one) { return one.purpose == "device"; }) >=
            static_cast<std::ptrdiff_t>(devices_max))
            return base::refused("device", "there are too many of them", "delete one that is no longer used");
        auto const token = directory_.add_app_password(user, "device", clock_.now() + device_life);
        set_label(token, name);
        return token;
    }

    void note_session(std::string const& token, std::string_view label, base::Timestamp now) override
    {
        auto const digest = base::sha256(token);
        auto const used = school_.read([&](db::Reader& reader) {
            return reader.number("SELECT used FROM app_password WHERE token_hash = ?", db::Blob{digest});
        });
        if (!used || now - *used < note_pause) return;
        school_.run([&](db::Transaction& transaction) {
            transaction.exec("UPDATE app_password SET used = ?, label = ? WHERE token_hash = ?", now,
                             label.substr(0, label_max), db::Blob{digest});
        });
    }

    base::Result<void> remove_app_password(UserId user, std::string_view id) override
    {
        return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
            auto const gone = transaction.exec(
                "DELETE FROM app_password WHERE user_id = ? AND lower(hex(token_hash)) = ?", user, id);
            if (gone == 0) return base::refused("device", "it is not there any more", "reload the page");
            return {};
        });
    }

    std::size_t remove_sessions(UserId user, std::string const& but_token) override
    {
        auto const digest = base::sha256(but_token);
        return school_.run([&](db::Transaction& transaction) {
            return static_cast<std::size_t>(
                transaction.exec("DELETE FROM app_password WHERE user_id = ? AND purpose = 'web' AND token_hash <> ?",
                                 user, db::Blob{digest}));
        });
    }

private:
    static std::optional<base::Error> fault_of(Identity const& one, std::vector<std::string> const& own)
    {
        constexpr std::size_t name_max = 200;
        if (std::find(own.begin(), own.end(), base::lower(one.address)) == own.end())
            return base::refused(one.address, "this address is not yours", "choose one of your own addresses");
        if (one.name.size() > name_max || !is_text(one.name, false))
            return base::refused("name", "it is too long or not readable text", "write your name on one line");
        if (one.signature.size() > signature_max || !is_text(one.signature, true))
            return base::refused("signature", "it is too long or not readable text", "write at most 4096 letters");
        return std::nullopt;
    }

    void set_label(std::string const& token, std::string const& label)
    {
        auto const digest = base::sha256(token);
        school_.run([&](db::Transaction& transaction) {
            transaction.exec("UPDATE app_password SET label = ? WHERE token_hash = ?", label, db::Blob{digest});
        });
    }

    db::Database& school_;
    Directory& directory_;
    base::Clock const& clock_;
};
} // namespace

std::string_view value(Preferences const& preferences, std::string_view key)
{
    auto const found = preferences.find(key);
    return found == preferences.end() ? std::string_view() : std::string_view(found->second);
}

bool is_preference(std::string_view key, std::string_view value)
{
    using Words = std::array<std::string_view, 2>;
    if (key == preference::look) return is_one_of(Words{"light", "dark"}, value);
    if (key == preference::language) return is_one_of(Words{"id", "en"}, value);
    if (key == preference::conversations) return is_one_of(Words{"on", "off"}, value);
    if (key == preference::receipts) return is_one_of(Words{"ask", "never"}, value);
    if (key == preference::signature)
        return is_one_of(std::array<std::string_view, 3>{"above", "below", "off"}, value);
    if (key == preference::page_size)
        return is_one_of(std::array<std::string_view, 4>{"25", "50", "100", "200"}, value);
    if (key == preference::undo) return is_one_of(std::array<std::string_view, 5>{"0", "5", "10", "20", "30"}, value);
    if (key == preference::time_zone) return is_time_zone(value);
    if (key == preference::pictures) return value.size() <= pictures_max && is_text(value, true);
    return false;
}

std::unique_ptr<Personal> make_sql_personal(db::Database& school, Directory& directory, base::Clock const& clock)
{
    return std::make_unique<SqlPersonal>(school, directory, clock);
}

} // namespace directory
