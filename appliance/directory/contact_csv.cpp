// Contacts as CSV (RFC 4180, separated by commas, semicolons or tabs), whoever has made it: columns are known by
// name.

#include "appliance/base/text.h"
#include "appliance/directory/contact_files.h"
#include "appliance/message/charset.h"

#include <algorithm>
#include <array>

namespace directory
{

namespace
{
constexpr std::size_t faults_max = 200;
constexpr std::size_t columns_max = 300; ///< Outlook writes 92

struct Row {
    std::size_t line = 0; ///< where it begins
    std::vector<std::string> fields;
    bool is_open = false; ///< a quote has no end
};

/// One row from the front of `rest`.
Row take_row(std::string_view& rest, std::size_t& line, char separator)
{
    Row row{line, std::vector<std::string>(1), false};
    bool quoted = false;
    std::size_t i = 0;
    for (; i < rest.size(); ++i) {
        char const c = rest[i];
        if (c == '\n') ++line;
        if (quoted) {
            if (c == '"' && i + 1 < rest.size() && rest[i + 1] == '"')
                row.fields.back() += rest[++i];
            else if (c == '"')
                quoted = false;
            else if (c != '\r')
                row.fields.back() += c;
        } else if (c == '"' && row.fields.back().empty()) {
            quoted = true;
        } else if (c == separator) {
            if (row.fields.size() < columns_max) row.fields.emplace_back();
        } else if (c == '\n') {
            ++i;
            break;
        } else if (c != '\r') {
            row.fields.back() += c;
        }
    }
    row.is_open = quoted;
    rest.remove_prefix(std::min(i, rest.size()));
    return row;
}

char separator_of(std::string_view file)
{
    auto const first = file.substr(0, file.find('\n'));
    char best = ',';
    for (char const c : {';', '\t'})
        if (std::count(first.begin(), first.end(), c) > std::count(first.begin(), first.end(), best)) best = c;
    return best;
}

enum class Column { unknown, name, first, middle, last, address, phone, organisation, note, groups };

Column column_of(std::string name)
{
    name = base::lower(base::trim(name));
    struct Known {
        std::string_view name;
        Column column;
    };
    static constexpr std::array known = {
        Known{"name", Column::name},
        Known{"display name", Column::name},
        Known{"full name", Column::name},
        Known{"nama", Column::name},
        Known{"first name", Column::first},
        Known{"given name", Column::first},
        Known{"nama depan", Column::first},
        Known{"middle name", Column::middle},
        Known{"additional name", Column::middle},
        Known{"last name", Column::last},
        Known{"family name", Column::last},
        Known{"nama belakang", Column::last},
        Known{"email", Column::address},
        Known{"e-mail", Column::address},
        Known{"surel", Column::address},
        Known{"alamat email", Column::address},
        Known{"email address", Column::address},
        Known{"e-mail address", Column::address},
        Known{"e-mail 2 address", Column::address},
        Known{"e-mail 3 address", Column::address},
        Known{"primary email", Column::address},
        Known{"secondary email", Column::address},
        Known{"phone", Column::phone},
        Known{"telepon", Column::phone},
        Known{"mobile phone", Column::phone},
        Known{"mobile number", Column::phone},
        Known{"home phone", Column::phone},
        Known{"work phone", Column::phone},
        Known{"business phone", Column::phone},
        Known{"company", Column::organisation},
        Known{"organization", Column::organisation},
        Known{"organisasi", Column::organisation},
        Known{"organization name", Column::organisation},
        Known{"note", Column::note},
        Known{"notes", Column::note},
        Known{"catatan", Column::note},
        Known{"labels", Column::groups},
        Known{"categories", Column::groups},
        Known{"group membership", Column::groups},
        Known{"groups", Column::groups},
        Known{"grup", Column::groups},
    };
    for (auto const& one : known)
        if (one.name == name) return one.column;
    if (name.starts_with("e-mail ") && name.ends_with(" - value")) return Column::address;
    if (name.starts_with("phone ") && name.ends_with(" - value")) return Column::phone;
    if (name.starts_with("organization ") && name.ends_with(" - name")) return Column::organisation;
    return Column::unknown;
}

/// Google puts several into one field: "a@x ::: b@x"; others write ";" or ",".
std::vector<std::string> several(std::string text)
{
    text = base::replace_all(std::move(text), ":::", ";");
    std::vector<std::string> parts;
    for (auto const part : base::split(text, ';')) parts.emplace_back(base::trim(part));
    return parts;
}

/// An apostrophe keeps office programs from taking a text for a formula (write_contact_csv).
std::string plain(std::string text)
{
    if (text.size() > 1 && text[0] == '\'' && (text[1] == '=' || text[1] == '@')) text.erase(0, 1);
    return text;
}

std::string one_line(std::string text)
{
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return text;
}

void add(Contact& contact, std::array<std::string, 3>& pieces, Column column, std::string value)
{
    if (base::trim(value).empty()) return;
    value = message::guess_utf8(plain(std::move(value)));
    switch (column) {
    case Column::name: contact.name = one_line(value); break;
    case Column::first: pieces[0] = one_line(value); break;
    case Column::middle: pieces[1] = one_line(value); break;
    case Column::last: pieces[2] = one_line(value); break;
    case Column::address:
        for (auto& address : several(value)) contact.addresses.push_back(one_line(std::move(address)));
        break;
    case Column::phone:
        if (contact.phone.empty()) contact.phone = one_line(several(value).front());
        break;
    case Column::organisation: contact.organisation = one_line(value); break;
    case Column::note: contact.note = value; break;
    case Column::groups:
        for (auto& group : several(value))
            if (!group.starts_with("*")) contact.groups.push_back(one_line(std::move(group))); // "* myContacts"
        break;
    case Column::unknown: break;
    }
}

Contact contact_of(Row const& row, std::vector<Column> const& columns)
{
    Contact contact;
    std::array<std::string, 3> pieces;
    for (std::size_t i = 0; i < row.fields.size() && i < columns.size(); ++i)
        add(contact, pieces, columns[i], row.fields[i]);
    if (contact.name.empty())
        for (auto const& piece : pieces)
            if (!piece.empty()) contact.name += (contact.name.empty() ? "" : " ") + piece;
    return contact;
}

std::string quoted(std::string text)
{
    if (!text.empty() && (text.front() == '=' || text.front() == '@')) text.insert(0, "'");
    if (text.find_first_of(",\"\n;") == std::string::npos) return text;
    return "\"" + base::replace_all(std::move(text), "\"", "\"\"") + "\"";
}
} // namespace

ContactFile read_contact_csv(std::string_view file)
{
    if (file.starts_with("\xEF\xBB\xBF")) file.remove_prefix(3);
    if (file.size() > contact_file_max) return {{}, {{1, "", "the file is too large"}}};
    ContactFile result;
    auto const separator = separator_of(file);
    std::size_t line = 1;
    std::vector<Column> columns;
    for (auto const& name : take_row(file, line, separator).fields) columns.push_back(column_of(name));
    auto const is_useful = [](Column column) {
        return column == Column::name || column == Column::first || column == Column::address;
    };
    if (std::none_of(columns.begin(), columns.end(), is_useful))
        return {{}, {{1, "", "the first line names no column for names or addresses"}}};
    while (!file.empty()) {
        auto const row = take_row(file, line, separator);
        if (row.fields.size() == 1 && base::trim(row.fields[0]).empty()) continue;
        auto contact = contact_of(row, columns);
        auto const name = contact.name.substr(0, contact_field_max);
        auto const tidied = tidy(contact);
        std::string why = row.is_open ? "a quotation mark has no end" : !tidied ? tidied.error().why : "";
        if (why.empty() && result.contacts.size() >= contacts_max) why = "there are too many contacts";
        if (why.empty())
            result.contacts.push_back(std::move(contact));
        else if (result.faults.size() < faults_max)
            result.faults.push_back({row.line, name, std::move(why)});
    }
    if (result.contacts.empty() && result.faults.empty())
        result.faults.push_back({1, "", "there is no contact in this file"});
    return result;
}

std::string write_contact_csv(std::vector<Contact> const& contacts)
{
    std::size_t most = 1;
    for (auto const& contact : contacts) most = std::max(most, contact.addresses.size());
    std::string out = "Name";
    for (std::size_t i = 1; i <= most; ++i) out += ",E-mail " + std::to_string(i) + " - Value";
    out += ",Phone 1 - Value,Organization Name,Notes,Labels\r\n";
    for (auto const& contact : contacts) {
        out += quoted(contact.name);
        for (std::size_t i = 0; i < most; ++i)
            out += "," + (i < contact.addresses.size() ? quoted(contact.addresses[i]) : std::string());
        out += "," + quoted(contact.phone) + "," + quoted(contact.organisation) + "," + quoted(contact.note) + "," +
               quoted(base::join(contact.groups, " ::: ")) + "\r\n";
    }
    return out;
}

} // namespace directory
