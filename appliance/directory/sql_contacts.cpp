// Contacts over the school database.

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "appliance/directory/contacts.h"
#include "appliance/message/address.h"

#include <algorithm>
#include <map>

namespace directory
{

namespace
{
bool is_text(std::string_view text, bool several_lines)
{
    if (!base::is_utf8(text)) return false;
    return std::none_of(text.begin(), text.end(), [&](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && !(several_lines && (c == '\n' || c == '\t'))) || byte == 0x7f;
    });
}

void trim(std::string& text) { text = std::string(base::trim(text)); }

void trim_all(std::vector<std::string>& texts)
{
    std::vector<std::string> kept;
    for (auto& text : texts) {
        trim(text);
        bool const is_there = std::any_of(kept.begin(), kept.end(),
                                          [&](auto const& other) { return base::equal_ignoring_case(other, text); });
        if (!text.empty() && !is_there) kept.push_back(text);
    }
    texts = std::move(kept);
}

bool is_address(std::string const& text)
{
    auto const address = message::Address::parse(text, message::Utf8::allow);
    return address && !address->domain.empty() && text.find_first_of(",;\"") == std::string::npos;
}

class SqlContacts final : public Contacts
{
public:
    explicit SqlContacts(db::Database& school) : school_(school) {}

    std::vector<Contact> contacts(UserId user) override
    {
        return school_.read([&](db::Reader& reader) { return read(reader, user, 0); });
    }

    std::optional<Contact> find_contact(UserId user, ContactId id) override
    {
        if (id == 0) return std::nullopt;
        auto found = school_.read([&](db::Reader& reader) { return read(reader, user, id); });
        if (found.empty()) return std::nullopt;
        return std::move(found.front());
    }

    base::Result<ContactId> add_contact(UserId user, Contact contact) override
    {
        contact.id = base::random_key();
        auto const id = contact.id;
        if (auto added = add(user, {std::move(contact)}); !added) return added.error();
        return id;
    }

    base::Result<std::size_t> add_contacts(UserId user, std::vector<Contact> contacts) override
    {
        for (auto& contact : contacts) contact.id = base::random_key();
        return add(user, std::move(contacts));
    }

    base::Result<void> update_contact(UserId user, Contact contact) override
    {
        if (auto tidied = tidy(contact); !tidied) return tidied;
        bool const found = school_.run([&](db::Transaction& transaction) {
            if (transaction.exec("UPDATE contact SET name = ?, phone = ?, organisation = ?, note = ? WHERE "
                                 "contact_id = ? AND user_id = ?",
                                 contact.name, contact.phone, contact.organisation, contact.note, contact.id,
                                 user) == 0)
                return false;
            transaction.exec("DELETE FROM contact_address WHERE contact_id = ?", contact.id);
            transaction.exec("DELETE FROM contact_group WHERE contact_id = ?", contact.id);
            insert_lists(transaction, contact);
            return true;
        });
        if (!found)
            return base::refused(contact.name, "this contact is not there any more", "add it again if you need it");
        return {};
    }

    std::size_t remove_contacts(UserId user, std::vector<ContactId> const& ids) override
    {
        return school_.run([&](db::Transaction& transaction) {
            std::size_t count = 0;
            for (auto const id : ids) {
                if (!transaction.number("SELECT 1 FROM contact WHERE contact_id = ? AND user_id = ?", id, user))
                    continue;
                transaction.exec("DELETE FROM contact_address WHERE contact_id = ?", id);
                transaction.exec("DELETE FROM contact_group WHERE contact_id = ?", id);
                transaction.exec("DELETE FROM contact WHERE contact_id = ?", id);
                ++count;
            }
            return count;
        });
    }

    std::vector<CannedText> canned_texts(UserId user) override
    {
        return school_.read([&](db::Reader& reader) {
            std::vector<CannedText> texts;
            auto rows = reader.query(
                "SELECT canned_id, title, text FROM canned WHERE user_id = ? ORDER BY title, canned_id", user);
            while (auto const row = rows.next()) texts.push_back({row->integer(0), row->text(1), row->text(2)});
            return texts;
        });
    }

    base::Result<void> set_canned_text(UserId user, CannedText text) override
    {
        trim(text.title);
        text.text = base::replace_all(std::move(text.text), "\r", "");
        if (text.title.empty()) return base::refused("", "the text has no title", "give it a short one");
        if (base::trim(text.text).empty()) return base::refused(text.title, "the text is empty", "write something");
        if (text.title.size() > contact_field_max || text.text.size() > canned_text_max ||
            !is_text(text.title, false) || !is_text(text.text, true))
            return base::refused(text.title, "the text is too long", "shorten it");
        bool const fits = school_.run([&](db::Transaction& transaction) {
            if (text.id != 0) {
                transaction.exec("UPDATE canned SET title = ?, text = ? WHERE canned_id = ? AND user_id = ?",
                                 text.title, text.text, text.id, user);
                return true;
            }
            if (transaction.number("SELECT COUNT(*) FROM canned WHERE user_id = ?", user).value_or(0) >=
                static_cast<std::int64_t>(canned_max))
                return false;
            transaction.exec("INSERT INTO canned (canned_id, user_id, title, text) VALUES (?, ?, ?, ?)",
                             base::random_key(), user, text.title, text.text);
            return true;
        });
        if (!fits) return base::refused(text.title, "there are too many texts", "delete one that you no longer need");
        return {};
    }

    void remove_canned_text(UserId user, std::int64_t id) override
    {
        school_.run([&](db::Transaction& transaction) {
            transaction.exec("DELETE FROM canned WHERE canned_id = ? AND user_id = ?", id, user);
        });
    }

private:
    /// One of them, or all (`only` 0).
    static std::vector<Contact> read(db::Reader& reader, UserId user, ContactId only)
    {
        std::vector<Contact> found;
        std::map<ContactId, std::size_t> place;
        {
            auto rows =
                reader.query("SELECT contact_id, name, phone, organisation, note FROM contact WHERE user_id = ? "
                             "AND (? = 0 OR contact_id = ?) ORDER BY name COLLATE NOCASE, contact_id",
                             user, only, only);
            while (auto const row = rows.next()) {
                place[row->integer(0)] = found.size();
                found.push_back({row->integer(0), row->text(1), {}, row->text(2), row->text(3), row->text(4), {}});
            }
        }
        auto addresses = reader.query("SELECT a.contact_id, a.address FROM contact_address a JOIN contact c USING "
                                      "(contact_id) WHERE c.user_id = ? AND (? = 0 OR a.contact_id = ?) ORDER BY "
                                      "a.contact_id, a.number",
                                      user, only, only);
        while (auto const row = addresses.next()) found[place.at(row->integer(0))].addresses.push_back(row->text(1));
        auto groups =
            reader.query("SELECT g.contact_id, g.name FROM contact_group g JOIN contact c USING (contact_id) "
                         "WHERE c.user_id = ? AND (? = 0 OR g.contact_id = ?) ORDER BY g.contact_id, g.name",
                         user, only, only);
        while (auto const row = groups.next()) found[place.at(row->integer(0))].groups.push_back(row->text(1));
        return found;
    }

    static void insert_lists(db::Transaction& transaction, Contact const& contact)
    {
        int number = 0;
        for (auto const& address : contact.addresses)
            transaction.exec("INSERT INTO contact_address (contact_id, number, address) VALUES (?, ?, ?)", contact.id,
                             ++number, address);
        for (auto const& group : contact.groups)
            transaction.exec("INSERT INTO contact_group (contact_id, name) VALUES (?, ?)", contact.id, group);
    }

    base::Result<std::size_t> add(UserId user, std::vector<Contact> contacts)
    {
        for (auto& contact : contacts)
            if (auto tidied = tidy(contact); !tidied) return tidied.error();
        bool const fits = school_.run([&](db::Transaction& transaction) {
            auto const there = transaction.number("SELECT COUNT(*) FROM contact WHERE user_id = ?", user).value_or(0);
            if (static_cast<std::size_t>(there) + contacts.size() > contacts_max) return false;
            for (auto const& contact : contacts) {
                transaction.exec("INSERT INTO contact (contact_id, user_id, name, phone, organisation, note) VALUES "
                                 "(?, ?, ?, ?, ?, ?)",
                                 contact.id, user, contact.name, contact.phone, contact.organisation, contact.note);
                insert_lists(transaction, contact);
            }
            return true;
        });
        if (!fits) return base::refused("", "there are too many contacts", "at most 5000 are possible");
        return contacts.size();
    }

    db::Database& school_;
};
} // namespace

base::Result<void> tidy(Contact& contact)
{
    trim(contact.name);
    trim(contact.phone);
    trim(contact.organisation);
    contact.note = base::replace_all(std::move(contact.note), "\r", "");
    trim(contact.note);
    for (auto& group : contact.groups) { // they stand in lists
        std::replace(group.begin(), group.end(), ',', ' ');
        std::replace(group.begin(), group.end(), ';', ' ');
        while (group.find(":::") != std::string::npos) group = base::replace_all(std::move(group), ":::", " ");
    }
    trim_all(contact.addresses);
    trim_all(contact.groups);
    if (contact.name.empty() && !contact.addresses.empty()) contact.name = contact.addresses.front();
    if (contact.name.empty()) return base::refused("", "a contact needs a name or an address", "write one of them");
    for (auto const& address : contact.addresses)
        if (!is_address(address) || address.size() > contact_field_max)
            return base::refused(address, "this is no mail address", "an address looks like budi@example.com");
    if (contact.addresses.size() > contact_addresses_max || contact.groups.size() > contact_groups_max)
        return base::refused(contact.name, "there are too many addresses or groups",
                             "at most 10 addresses and 20 groups are possible");
    auto const is_short = [](std::string const& text) {
        return text.size() <= contact_field_max && is_text(text, false);
    };
    if (!is_short(contact.name) || !is_short(contact.phone) || !is_short(contact.organisation) ||
        !std::all_of(contact.groups.begin(), contact.groups.end(), is_short) ||
        contact.note.size() > contact_note_max || !is_text(contact.note, true))
        return base::refused(contact.name.substr(0, 40), "a text is too long, or has signs that cannot be shown",
                             "shorten it");
    return {};
}

std::unique_ptr<Contacts> make_sql_contacts(db::Database& school) { return std::make_unique<SqlContacts>(school); }

} // namespace directory
