// Contacts: the list with its search and groups, one contact, and the same as files.

#include "appliance/base/text.h"
#include "appliance/directory/contact_files.h"
#include "httpd/frame.h"
#include "httpd/webmail/pages.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
using directory::Contact;

std::vector<Contact> all_contacts(Exchange& exchange)
{
    return exchange.services.contacts.contacts(exchange.session->user.id);
}

std::map<std::string, std::size_t> groups_of(std::vector<Contact> const& contacts)
{
    std::map<std::string, std::size_t> groups;
    for (auto const& contact : contacts)
        for (auto const& group : contact.groups) ++groups[group];
    return groups;
}

std::string notice_text(Exchange const& exchange)
{
    auto const& word = exchange.request.query.value("notice");
    constexpr std::uint64_t most = 100000;
    auto const n = static_cast<std::size_t>(base::parse_number(exchange.request.query.value("n"), most).value_or(1));
    if (word == "saved") return exchange.text("The contact is saved.");
    if (word == "deleted") return exchange.count("{1} contact deleted.", "{1} contacts deleted.", n);
    if (word == "added") return exchange.count("{1} contact added.", "{1} contacts added.", n);
    if (word == "text-saved") return exchange.text("The text is saved.");
    if (word == "text-deleted") return exchange.text("The text is deleted.");
    return {};
}

Data contacts_page(Exchange& exchange, std::string const& title, std::vector<Contact> const& contacts,
                   std::string const& current)
{
    std::vector<SideLink> side = {
        {"people", exchange.text("All contacts"), "/contacts", current == "all", contacts.size()}};
    for (auto const& [group, count] : groups_of(contacts))
        side.push_back(
            {"tag", group, "/contacts?group=" + percent_encoded(group), current == "group " + group, count});
    side.push_back({"plus", exchange.text("New contact"), "/contacts/new", current == "new", 0});
    side.push_back({"upload", exchange.text("Import and export"), "/contacts/import", current == "import", 0});
    side.push_back({"file", exchange.text("Ready-made texts"), "/texts", current == "texts", 0});
    auto data = frame_data(exchange, title, Area::contacts, exchange.text("Contacts"), side);
    add_style(data, "compose.css");
    set_notice(data, notice_text(exchange));
    return data;
}

bool has_word(Contact const& contact, std::string const& word)
{
    auto const in = [&](std::string const& text) { return base::lower(text).find(word) != std::string::npos; };
    return in(contact.name) || in(contact.organisation) || in(contact.phone) || in(contact.note) ||
           std::any_of(contact.addresses.begin(), contact.addresses.end(), in) ||
           std::any_of(contact.groups.begin(), contact.groups.end(), in);
}

bool is_wanted(Contact const& contact, std::string const& words, std::string const& group)
{
    if (!group.empty() && std::find(contact.groups.begin(), contact.groups.end(), group) == contact.groups.end())
        return false;
    auto const lower = base::lower(words);
    for (auto const word : base::split(lower, ' '))
        if (!word.empty() && !has_word(contact, std::string(word))) return false;
    return true;
}

DataList rows_of(std::vector<Contact> const& contacts, std::size_t most)
{
    DataList rows;
    for (auto const& contact : contacts) {
        if (rows.size() == most) break;
        Data row;
        row["id"] = Data(std::to_string(contact.id));
        row["name"] = Data(contact.name);
        row["address"] = Data(contact.addresses.empty() ? std::string() : contact.addresses.front());
        row["has_address"] = Data(!contact.addresses.empty());
        row["write_link"] = Data(
            contact.addresses.empty() ? std::string() : "/compose?to=" + percent_encoded(contact.addresses.front()));
        row["phone"] = Data(contact.phone);
        row["groups"] = Data(base::join(contact.groups, ", "));
        rows.push_back(std::move(row));
    }
    return rows;
}

/// Several, with line ends or commas between them.
std::vector<std::string> lines_of(std::string text)
{
    std::replace(text.begin(), text.end(), ',', '\n');
    std::vector<std::string> lines;
    for (auto const line : base::split(text, '\n'))
        if (!base::trim(line).empty()) lines.emplace_back(base::trim(line));
    return lines;
}

Contact read_contact(Form const& form)
{
    return {0,
            form.value("name"),
            lines_of(form.value("addresses")),
            form.value("phone"),
            form.value("organisation"),
            form.value("note"),
            lines_of(form.value("groups"))};
}

std::string fault_text(Exchange const& exchange, base::Error const& error)
{
    auto text = (error.what.empty() ? "" : error.what + ": ") + exchange.text(error.why);
    return error.to_do.empty() ? text : text + "; " + exchange.text(error.to_do) + ".";
}

Response contact_page(Exchange& exchange, Contact const& contact, std::string const& fault)
{
    bool const is_new = contact.id == 0;
    auto const contacts = all_contacts(exchange);
    auto data =
        contacts_page(exchange, is_new ? exchange.text("New contact") : contact.name, contacts, is_new ? "new" : "");
    data["is_new"] = Data(is_new);
    data["id"] = Data(std::to_string(contact.id));
    data["name"] = Data(contact.name);
    data["addresses"] = Data(base::join(contact.addresses, "\n"));
    data["phone"] = Data(contact.phone);
    data["organisation"] = Data(contact.organisation);
    data["note"] = Data(contact.note);
    data["groups"] = Data(base::join(contact.groups, ", "));
    data["has_fault"] = Data(!fault.empty());
    data["fault"] = Data(fault);
    data["write_link"] = Data("/compose?to=" + percent_encoded(base::join(contact.addresses, ", ")));
    data["can_write"] = Data(!is_new && !contact.addresses.empty());
    return render(exchange, "contact", data, fault.empty() ? 200 : 422);
}

directory::ContactId id_parameter(Exchange const& exchange)
{
    return static_cast<directory::ContactId>(base::parse_number(exchange.parameter("id"), INT64_MAX).value_or(0));
}

std::vector<directory::ContactId> chosen(Form const& form)
{
    std::vector<directory::ContactId> ids;
    for (auto const& text : form.all("id"))
        if (auto const id = base::parse_number(text, INT64_MAX))
            ids.push_back(static_cast<directory::ContactId>(*id));
    return ids;
}

/// A mail to all of them.
Response write_to(Exchange& exchange, std::vector<directory::ContactId> const& ids)
{
    std::vector<std::string> addresses;
    for (auto const& contact : all_contacts(exchange))
        if (std::find(ids.begin(), ids.end(), contact.id) != ids.end() && !contact.addresses.empty())
            addresses.push_back(contact.addresses.front());
    return see_other("/compose?to=" + percent_encoded(base::join(addresses, ", ")));
}
} // namespace

Response show_contacts(Exchange& exchange)
{
    constexpr std::size_t most = 500; // of one page; who has more looks for them
    auto const& words = exchange.request.query.value("q");
    auto const& group = exchange.request.query.value("group");
    auto const contacts = all_contacts(exchange);
    std::vector<Contact> found;
    for (auto const& contact : contacts)
        if (is_wanted(contact, words, group)) found.push_back(contact);
    auto const title = group.empty() ? exchange.text("Contacts") : group;
    auto data = contacts_page(exchange, title, contacts, group.empty() ? "all" : "group " + group);
    data["q"] = Data(words);
    data["group"] = Data(group);
    data["count"] = Data(exchange.count("{1} contact", "{1} contacts", found.size()));
    data["contacts"] = Data(rows_of(found, most));
    data["is_empty"] = Data(found.empty());
    data["is_search"] = Data(!words.empty());
    data["is_cut"] = Data(found.size() > most);
    return render(exchange, "contacts", data);
}

Response change_contacts(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    auto const& user = exchange.session->user;
    if (form.value("do") == "delete" || form.value("do") == "write") {
        auto const ids = chosen(form);
        if (ids.empty()) return see_other("/contacts");
        if (form.value("do") == "write") return write_to(exchange, ids);
        auto const count = exchange.services.contacts.remove_contacts(user.id, ids);
        return see_other("/contacts?notice=deleted&n=" + std::to_string(count));
    }
    auto contact = read_contact(form);
    auto const added = exchange.services.contacts.add_contact(user.id, contact);
    if (!added) return contact_page(exchange, contact, fault_text(exchange, added.error()));
    return see_other("/contacts?notice=saved");
}

Response show_new_contact(Exchange& exchange)
{
    auto const& query = exchange.request.query;
    Contact contact;
    contact.name = query.value("name");
    contact.addresses = lines_of(query.value("address"));
    for (auto const& other : all_contacts(exchange)) // "Add to contacts", pressed twice
        for (auto const& address : other.addresses)
            if (!contact.addresses.empty() && base::equal_ignoring_case(address, contact.addresses.front()))
                return see_other("/contacts/" + std::to_string(other.id));
    return contact_page(exchange, contact, {});
}

Response show_contact(Exchange& exchange)
{
    auto const contact = exchange.services.contacts.find_contact(exchange.session->user.id, id_parameter(exchange));
    if (!contact) return not_found_page(exchange);
    return contact_page(exchange, *contact, {});
}

Response change_contact(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    auto const id = id_parameter(exchange);
    if (form.value("do") == "delete") {
        auto const count = exchange.services.contacts.remove_contacts(exchange.session->user.id, {id});
        return see_other("/contacts?notice=deleted&n=" + std::to_string(count));
    }
    auto contact = read_contact(form);
    contact.id = id;
    auto const saved = exchange.services.contacts.update_contact(exchange.session->user.id, contact);
    if (!saved) return contact_page(exchange, contact, fault_text(exchange, saved.error()));
    return see_other("/contacts?notice=saved");
}

namespace
{
/// Those that are not there yet, by their first address, else by name.
std::vector<Contact> new_ones(std::vector<Contact> const& there, std::vector<Contact> const& wanted)
{
    std::map<std::string, bool> known;
    auto const key = [](Contact const& contact) {
        return base::lower(contact.addresses.empty() ? contact.name : contact.addresses.front());
    };
    for (auto const& contact : there) {
        known[key(contact)] = true;
        for (auto const& address : contact.addresses) known[base::lower(address)] = true;
    }
    std::vector<Contact> fresh;
    for (auto const& contact : wanted)
        if (known.emplace(key(contact), true).second) fresh.push_back(contact);
    return fresh;
}

Response import_page(Exchange& exchange, std::string const& file, directory::ContactFile const& read,
                     std::string const& fault)
{
    constexpr std::size_t shown = 200;
    auto const contacts = all_contacts(exchange);
    auto const fresh = new_ones(contacts, read.contacts);
    auto data = contacts_page(exchange, exchange.text("Import and export"), contacts, "import");
    DataList faults;
    for (auto const& one : read.faults) {
        Data row;
        row["line"] = Data(exchange.text("Line {1}", {std::to_string(one.line)}));
        row["what"] = Data(one.what);
        row["has_what"] = Data(!one.what.empty());
        row["why"] = Data(exchange.text(one.why));
        faults.push_back(std::move(row));
    }
    data["is_preview"] = Data(!fresh.empty());
    data["was_read"] = Data(!file.empty());
    data["fresh"] = Data(rows_of(fresh, shown));
    data["fresh_count"] =
        Data(exchange.count("{1} contact will be added.", "{1} contacts will be added.", fresh.size()));
    auto const known = read.contacts.size() - fresh.size();
    data["has_known"] = Data(known > 0);
    data["known_count"] = Data(exchange.count("{1} is in your contacts already and stays as it is.",
                                              "{1} are in your contacts already and stay as they are.", known));
    data["has_faults"] = Data(!faults.empty());
    data["faults"] = Data(faults);
    data["file"] = Data(file);
    data["has_fault"] = Data(!fault.empty());
    data["fault"] = Data(fault);
    data["has_contacts"] = Data(!contacts.empty());
    return render(exchange, "contacts_import", data, fault.empty() ? 200 : 422);
}
} // namespace

Response show_import_contacts(Exchange& exchange) { return import_page(exchange, {}, {}, {}); }

Response import_contacts(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    std::string file = form.value("file");
    for (auto const& upload : form.files())
        if (upload.field == "upload" && !upload.content.empty()) file = upload.content.bytes();
    if (file.size() > directory::contact_file_max)
        return import_page(exchange, {}, {}, exchange.text("The file is too large: at most 4 MB are possible."));
    if (base::trim(file).empty())
        return import_page(exchange, {}, {}, exchange.text("Choose a file first: vCard (.vcf) or CSV."));
    auto const read = directory::read_contacts(file);
    if (form.value("do") != "import") return import_page(exchange, file, read, {});
    auto const fresh = new_ones(all_contacts(exchange), read.contacts);
    auto const added = exchange.services.contacts.add_contacts(exchange.session->user.id, fresh);
    if (!added) return import_page(exchange, file, read, fault_text(exchange, added.error()));
    return see_other("/contacts?notice=added&n=" + std::to_string(*added));
}

Response export_contacts(Exchange& exchange)
{
    auto const contacts = all_contacts(exchange);
    auto const& format = exchange.parameter("format");
    Response response;
    if (format == "csv") {
        response.type = "text/csv; charset=utf-8";
        response.body = directory::write_contact_csv(contacts);
        return response.set("Content-Disposition", attachment_disposition("contacts.csv"));
    }
    if (format != "vcard" && format != "vcard3") return not_found_page(exchange);
    response.type = "text/vcard; charset=utf-8";
    response.body = directory::write_vcards(contacts, format == "vcard" ? directory::VcardVersion::v4
                                                                        : directory::VcardVersion::v3);
    return response.set("Content-Disposition", attachment_disposition("contacts.vcf"));
}

Response show_texts(Exchange& exchange)
{
    auto const& edited = exchange.request.query.value("id");
    auto data = contacts_page(exchange, exchange.text("Ready-made texts"), all_contacts(exchange), "texts");
    DataList rows;
    for (auto const& text : exchange.services.contacts.canned_texts(exchange.session->user.id)) {
        Data row;
        row["id"] = Data(std::to_string(text.id));
        row["canned_title"] = Data(text.title);
        row["canned_text"] = Data(text.text);
        row["is_open"] = Data(edited == std::to_string(text.id));
        rows.push_back(std::move(row));
    }
    data["is_empty"] = Data(rows.empty());
    data["texts"] = Data(rows);
    auto const& fault = exchange.request.form.value("fault");
    data["has_fault"] = Data(!fault.empty());
    data["fault"] = Data(fault);
    data["new_title"] = Data(exchange.request.form.value("title"));
    data["new_text"] = Data(exchange.request.form.value("text"));
    return render(exchange, "texts", data, fault.empty() ? 200 : 422);
}

Response change_texts(Exchange& exchange)
{
    auto& form = exchange.request.form;
    auto const user = exchange.session->user.id;
    auto const id = static_cast<std::int64_t>(base::parse_number(form.value("id"), INT64_MAX).value_or(0));
    if (form.value("do") == "delete") {
        exchange.services.contacts.remove_canned_text(user, id);
        return see_other("/texts?notice=text-deleted");
    }
    auto const saved =
        exchange.services.contacts.set_canned_text(user, {id, form.value("title"), form.value("text")});
    if (saved) return see_other("/texts?notice=text-saved");
    Form again;
    again.add("fault", fault_text(exchange, saved.error()));
    again.add("title", form.value("title"));
    again.add("text", form.value("text"));
    form = std::move(again);
    return show_texts(exchange);
}

} // namespace httpd::webmail
