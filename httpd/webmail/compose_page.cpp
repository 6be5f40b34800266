// The page with the form of a mail: what was written, its files, and what is wrong with it.

#include "appliance/base/text.h"
#include "appliance/directory/personal.h"
#include "appliance/net/stream.h"
#include "httpd/frame.h"
#include "httpd/html/sanitize.h"
#include "httpd/webmail/body.h"
#include "httpd/webmail/compose_form.h"
#include "httpd/webmail/people.h"
#include "httpd/webmail/view.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
/// Without mail there are no folders at the side, but the form must come back all the same.
std::vector<mail::Folder> folders_or_none(Exchange& exchange)
{
    try {
        return exchange.use_mail([](mail::MailClient& client) { return client.folders(); });
    } catch (net::Disconnected const&) {
    } catch (mail::MailFault const&) {
    }
    return {};
}

std::optional<mail::Message> origin_or_none(Exchange& exchange, ComposeForm const& form)
{
    if (form.origin_uid == 0) return std::nullopt;
    try { // as above; it may also have been deleted
        return exchange.use_mail(
            [&](mail::MailClient& client) { return client.message(form.origin_folder, form.origin_uid); });
    } catch (net::Disconnected const&) {
    } catch (mail::MailFault const&) {
    }
    return std::nullopt;
}

std::string doubt(Exchange const& exchange)
{
    return exchange.text(
        "Perhaps this message was sent already: look into the folder Sent. Press Send once more if it is "
        "not there.");
}

DataList kept_files(Exchange& exchange, ComposeForm const& form)
{
    DataList rows;
    for (auto const& file : exchange.session->compose.files(form.token)) {
        Data row;
        row["file_id"] = Data(file->id);
        row["file_name"] = Data(safe_file_name(file->name));
        row["file_size"] = Data(base::show_size(file->content.size()));
        rows.push_back(std::move(row));
    }
    return rows;
}

DataList forwarded_files(Exchange& exchange, ComposeForm const& form)
{
    DataList rows;
    if (form.origin != ComposeForm::Origin::forward) return rows;
    auto const origin = origin_or_none(exchange, form);
    if (!origin) return rows;
    for (auto const* part : body_of(origin->root, Prefer::html).files) {
        Data row;
        row["section"] = Data(part->section);
        row["checked"] =
            Data(std::find(form.forwarded.begin(), form.forwarded.end(), part->section) != form.forwarded.end());
        row["file_name"] = Data(safe_file_name(part->file_name()));
        row["file_size"] = Data(base::show_size(part->decoded_size()));
        rows.push_back(std::move(row));
    }
    return rows;
}

/// What is put into the page comes through the sanitizer, whoever wrote it.
std::string clean_html(ComposeForm const& form)
{
    if (base::trim(form.html).empty()) return {};
    auto const clean = html::sanitize(form.html);
    return clean ? clean->html.text() : std::string();
}

void add_identities(Exchange& exchange, ComposeForm const& form, Data& data)
{
    DataList rows;
    for (auto const& identity : exchange.services.personal.identities(exchange.session->user)) {
        Data row;
        row["address"] = Data(identity.address);
        row["label"] = Data(identity.name.empty() ? identity.address : identity.name + " <" + identity.address + ">");
        row["chosen"] = Data(base::equal_ignoring_case(identity.address, form.from));
        rows.push_back(std::move(row));
    }
    data["has_identities"] = Data(rows.size() > 1);
    data["identities"] = Data(rows);
}

void add_canned(Exchange& exchange, Data& data)
{
    DataList rows;
    for (auto const& text : exchange.services.contacts.canned_texts(exchange.session->user.id)) {
        Data row;
        row["canned_id"] = Data(std::to_string(text.id));
        row["canned_title"] = Data(text.title);
        row["canned_text"] = Data(text.text);
        rows.push_back(std::move(row));
    }
    data["has_canned"] = Data(!rows.empty());
    data["canned"] = Data(rows);
}

/// For browsers without scripts, which complete only the first address of a field.
void add_people(Exchange& exchange, Data& data)
{
    constexpr std::size_t most = 150;
    DataList rows;
    for (auto const& one : suggestions(exchange, "", most)) {
        Data row;
        row["value"] = Data(one.value);
        row["label"] = Data(one.about);
        rows.push_back(std::move(row));
    }
    data["has_people"] = Data(!rows.empty());
    data["people"] = Data(rows);
}

void add_wishes(Exchange& exchange, ComposeForm const& form, Data& data)
{
    data["is_high"] = Data(form.priority == "high");
    data["is_low"] = Data(form.priority == "low");
    data["receipt"] = Data(form.wants_receipt);
    data["report"] = Data(form.wants_report);
    data["later"] = Data(form.later);
    auto const now = exchange.services.clock.now();
    auto const there = static_cast<std::time_t>(now / 1'000'000 + exchange.zone_minutes(now) * 60);
    std::tm parts{};
    ::gmtime_r(&there, &parts);
    char text[20] = {};
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M", &parts);
    data["earliest"] = Data(std::string(text));
    data["has_wishes"] =
        Data(!form.priority.empty() || form.wants_receipt || form.wants_report || !form.later.empty());
}
} // namespace

Response show_compose_form(Exchange& exchange, ComposeForm const& form, ComposeFaults const& found_faults)
{
    auto faults = found_faults;
    if (recover_if_possible(exchange, form) == Recovered::doubtful) faults.try_emplace("", doubt(exchange));
    auto const title = form.origin == ComposeForm::Origin::reply     ? exchange.text("Reply")
                       : form.origin == ComposeForm::Origin::forward ? exchange.text("Forward")
                                                                     : exchange.text("New message");
    auto data = mail_page_data(exchange, title, folders_or_none(exchange), "");
    add_script(data, "compose.js");
    add_style(data, "compose.css");
    add_identities(exchange, form, data);
    add_wishes(exchange, form, data);
    add_canned(exchange, data);
    add_people(exchange, data);
    data["token"] = Data(form.token);
    data["html"] = Data(clean_html(form));
    data["is_rich"] = Data(!base::trim(form.html).empty());
    data["draft_saved"] = Data(exchange.session->compose.draft(form.token) != 0);
    data["to"] = Data(form.to);
    data["cc"] = Data(form.cc);
    data["bcc"] = Data(form.bcc);
    data["has_copies"] = Data(!form.cc.empty() || !form.bcc.empty());
    data["subject"] = Data(form.subject);
    data["text"] = Data(form.text);
    data["origin"] = Data(std::string(word(form.origin)));
    data["origin_folder"] = Data(form.origin_folder);
    data["origin_uid"] = Data(std::to_string(form.origin_uid));
    data["focus_text"] = Data(form.origin == ComposeForm::Origin::reply);
    data["focus_to"] = Data(form.origin != ComposeForm::Origin::reply);
    auto const files = kept_files(exchange, form);
    auto const along = forwarded_files(exchange, form);
    data["has_kept_files"] = Data(!files.empty());
    data["kept_files"] = Data(files);
    data["has_forwarded_files"] = Data(!along.empty());
    data["forwarded_files"] = Data(along);
    data["largest"] = Data(base::show_size(exchange.services.config.message_size_max));
    data["largest_bytes"] = Data(std::to_string(exchange.services.config.message_size_max));
    for (std::string const field : {"", "to", "cc", "bcc", "files", "later", "forgotten"}) {
        auto const found = faults.find(field);
        auto const name = field.empty() ? std::string("form") : field;
        data["has_" + name + "_fault"] = Data(found != faults.end());
        data[name + "_fault"] = Data(found == faults.end() ? std::string() : found->second);
    }
    return render(exchange, "compose", data, faults.empty() ? 200 : 422);
}

std::string signature(Exchange& exchange, std::string const& address)
{
    auto const identities = exchange.services.personal.identities(exchange.session->user);
    auto found = std::find_if(identities.begin(), identities.end(), [&](auto const& identity) {
        return base::equal_ignoring_case(identity.address, address);
    });
    if (found == identities.end()) found = identities.begin();
    if (found == identities.end() || base::trim(found->signature).empty()) return {};
    return "\n\n-- \n" + found->signature;
}

std::string with_signature(Exchange& exchange, std::string const& quoted)
{
    auto const place = exchange.choice(directory::preference::signature);
    if (place == "off") return "\n\n" + quoted;
    return place == "below" ? "\n\n" + quoted + signature(exchange, "") : signature(exchange, "") + "\n\n" + quoted;
}

} // namespace httpd::webmail
