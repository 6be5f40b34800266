// vCard in and out (RFC 6350, RFC 2426).

#include "appliance/base/text.h"
#include "appliance/directory/contact_files.h"
#include "appliance/message/charset.h"
#include "appliance/message/transfer.h"

#include <algorithm>

namespace directory
{

namespace
{
constexpr std::size_t faults_max = 200;
constexpr std::size_t value_max = 16384; ///< bytes of a property's value; photos are longer, and not read

struct Line {
    std::size_t number = 0;
    std::string text;
};

bool is_quoted_printable(std::string_view line)
{
    return base::upper(line.substr(0, line.find(':'))).find("QUOTED-PRINTABLE") != std::string::npos;
}

/// Unfolded (RFC 6350 3.2): a line that begins with a blank goes on with the one before it. Quoted-printable of
/// vCard 2.1 goes on behind a "=" at the end.
std::vector<Line> lines_of(std::string_view file)
{
    std::vector<Line> lines;
    std::size_t number = 0;
    for (auto text : base::split(file, '\n')) {
        ++number;
        if (text.ends_with('\r')) text.remove_suffix(1);
        bool const folded = !text.empty() && (text.front() == ' ' || text.front() == '\t');
        bool const soft =
            !lines.empty() && lines.back().text.ends_with('=') && is_quoted_printable(lines.back().text);
        if (!lines.empty() && (folded || soft)) {
            auto& whole = lines.back().text;
            if (soft) whole.pop_back();
            if (whole.size() < value_max) whole += folded && !soft ? text.substr(1) : text;
        } else {
            lines.push_back({number, std::string(text.substr(0, value_max))});
        }
    }
    return lines;
}

/// "item1.EMAIL;TYPE=work:budi@x" in its pieces.
struct Property {
    std::string name; ///< upper case, without a group
    std::string parameters;
    std::string value;
};

Property property_of(std::string const& line)
{
    std::size_t colon = 0; // the first one outside quotes
    for (bool quoted = false; colon < line.size() && (quoted || line[colon] != ':'); ++colon)
        if (line[colon] == '"') quoted = !quoted;
    if (colon == line.size()) return {};
    auto const semicolon = std::min(line.find(';'), colon);
    auto name = line.substr(0, semicolon);
    if (auto const dot = name.rfind('.'); dot != std::string::npos) name.erase(0, dot + 1);
    Property property{base::upper(base::trim(name)), base::upper(line.substr(semicolon, colon - semicolon)),
                      line.substr(colon + 1)};
    if (property.parameters.find("QUOTED-PRINTABLE") != std::string::npos) {
        message::TransferDecoder decoder("quoted-printable");
        std::string plain;
        decoder.feed(property.value, plain);
        decoder.finish(plain);
        property.value = plain;
    }
    property.value = message::guess_utf8(property.value);
    return property;
}

/// The parts between separators, with RFC 6350 3.4's escapes undone.
std::vector<std::string> parts_of(std::string_view value, char separator)
{
    std::vector<std::string> parts(1);
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\' && i + 1 < value.size()) {
            ++i;
            parts.back() += value[i] == 'n' || value[i] == 'N' ? '\n' : value[i];
        } else if (separator != '\0' && value[i] == separator) {
            parts.emplace_back();
        } else {
            parts.back() += value[i];
        }
    }
    return parts;
}

std::string text_of(std::string_view value) { return parts_of(value, '\0').front(); }

std::string one_line(std::string text)
{
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return text;
}

std::string without(std::string_view scheme, std::string value)
{
    while (base::equal_ignoring_case(std::string_view(value).substr(0, scheme.size()), scheme))
        value.erase(0, scheme.size());
    return value;
}

/// N: family; given; additional; prefixes; suffixes.
std::string name_of(std::string_view value)
{
    auto parts = parts_of(value, ';');
    parts.resize(std::max<std::size_t>(parts.size(), 3));
    std::string name = parts[1];
    for (auto const* part : {&parts[2], &parts[0]})
        if (!part->empty()) name += (name.empty() ? "" : " ") + *part;
    return name;
}

class Reader
{
public:
    ContactFile read(std::string_view file)
    {
        for (auto const& line : lines_of(file)) take(line);
        if (is_open_) fault(begin_, "the card has no end (END:VCARD)");
        if (file_.contacts.empty() && file_.faults.empty()) fault(1, "there is no card in this file");
        return std::move(file_);
    }

private:
    void take(Line const& line)
    {
        if (base::trim(line.text).empty()) return;
        auto const property = property_of(line.text);
        if (property.name == "BEGIN" && base::equal_ignoring_case(base::trim(property.value), "VCARD")) {
            if (is_open_) fault(begin_, "the card has no end (END:VCARD)");
            begin_ = line.number;
            is_open_ = true;
            contact_ = {};
        } else if (!is_open_) {
            if (!is_outside_told_) fault(line.number, "this line is in no card");
            is_outside_told_ = true;
        } else if (property.name.empty()) {
            fault(line.number, "this line is no property (NAME:value)");
        } else if (property.name == "END") {
            finish();
        } else {
            add(property);
        }
    }

    void add(Property const& property)
    {
        auto const& value = property.value;
        if (property.name == "FN")
            contact_.name = one_line(text_of(value));
        else if (property.name == "N" && contact_.name.empty())
            contact_.name = one_line(name_of(value));
        else if (property.name == "EMAIL" && contact_.addresses.size() < contact_addresses_max)
            contact_.addresses.push_back(without("mailto:", one_line(text_of(value))));
        else if (property.name == "TEL" && contact_.phone.empty())
            contact_.phone = without("tel:", one_line(text_of(value)));
        else if (property.name == "ORG" && contact_.organisation.empty())
            contact_.organisation = one_line(parts_of(value, ';').front());
        else if (property.name == "NOTE")
            contact_.note += (contact_.note.empty() ? "" : "\n") + text_of(value);
        else if (property.name == "CATEGORIES")
            for (auto const& group : parts_of(value, ','))
                if (contact_.groups.size() < contact_groups_max) contact_.groups.push_back(one_line(group));
    }

    void finish()
    {
        is_open_ = false;
        if (file_.contacts.size() >= contacts_max) {
            fault(begin_, "there are too many contacts");
            return;
        }
        if (auto const tidied = tidy(contact_); !tidied)
            fault(begin_, tidied.error().why);
        else
            file_.contacts.push_back(std::move(contact_));
    }

    void fault(std::size_t line, std::string why)
    {
        if (file_.faults.size() < faults_max) file_.faults.push_back({line, contact_.name, std::move(why)});
    }

    ContactFile file_;
    Contact contact_;
    std::size_t begin_ = 0;
    bool is_open_ = false;
    bool is_outside_told_ = false;
};

std::string escaped(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        if (c == '\\' || c == ',' || c == ';') out += '\\';
        if (c == '\n')
            out += "\\n";
        else if (c != '\r')
            out += c;
    }
    return out;
}

/// Folded at 75 bytes, never inside a character.
void put(std::string& out, std::string_view line)
{
    constexpr std::size_t width = 75;
    std::size_t room = width;
    while (line.size() > room) {
        std::size_t cut = room;
        while (cut > 1 && (static_cast<unsigned char>(line[cut]) & 0xC0U) == 0x80) --cut;
        out.append(line.substr(0, cut)).append("\r\n ");
        line.remove_prefix(cut);
        room = width - 1;
    }
    out.append(line).append("\r\n");
}
} // namespace

ContactFile read_vcards(std::string_view file)
{
    if (file.starts_with("\xEF\xBB\xBF")) file.remove_prefix(3);
    if (file.size() > contact_file_max) return {{}, {{1, "", "the file is too large"}}};
    return Reader().read(file);
}

std::string write_vcards(std::vector<Contact> const& contacts, VcardVersion version)
{
    std::string out;
    for (auto const& contact : contacts) {
        put(out, "BEGIN:VCARD");
        put(out, version == VcardVersion::v4 ? "VERSION:4.0" : "VERSION:3.0");
        put(out, "FN:" + escaped(contact.name));
        if (version == VcardVersion::v3) put(out, "N:" + escaped(contact.name) + ";;;;"); // RFC 2426 wants it
        for (auto const& address : contact.addresses) put(out, "EMAIL:" + escaped(address));
        if (!contact.phone.empty()) put(out, "TEL:" + escaped(contact.phone));
        if (!contact.organisation.empty()) put(out, "ORG:" + escaped(contact.organisation));
        if (!contact.note.empty()) put(out, "NOTE:" + escaped(contact.note));
        std::string groups;
        for (auto const& group : contact.groups) groups += (groups.empty() ? "" : ",") + escaped(group);
        if (!groups.empty()) put(out, "CATEGORIES:" + groups);
        put(out, "END:VCARD");
    }
    return out;
}

ContactFile read_contacts(std::string_view file)
{
    auto const beginning = base::upper(file.substr(0, 200));
    return beginning.find("BEGIN:VCARD") != std::string::npos ? read_vcards(file) : read_contact_csv(file);
}

} // namespace directory
