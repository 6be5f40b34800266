// The page on which folders and labels are made, renamed and removed.

#include "appliance/base/text.h"
#include "httpd/frame.h"
#include "httpd/limits.h"
#include "httpd/webmail/labels.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/view.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
DataList color_data(Exchange const& exchange, std::string const& chosen)
{
    std::pair<std::string_view, std::string> const names[] = {
        {"red", exchange.text("red")},       {"orange", exchange.text("orange")}, {"yellow", exchange.text("yellow")},
        {"green", exchange.text("green")},   {"teal", exchange.text("teal")},     {"blue", exchange.text("blue")},
        {"purple", exchange.text("purple")}, {"pink", exchange.text("pink")},     {"grey", exchange.text("grey")}};
    DataList rows;
    for (auto const& [color, name] : names) {
        Data row;
        row["color_word"] = Data(std::string(color));
        row["color_name"] = Data(name);
        row["chosen"] = Data(color == chosen);
        rows.push_back(std::move(row));
    }
    return rows;
}

DataList folder_rows(Exchange const& exchange, std::vector<mail::Folder> const& folders)
{
    DataList rows;
    for (auto const& folder : folders) {
        Data row;
        row["name"] = Data(folder.name);
        row["label"] = Data(folder_label(exchange, folder));
        row["link"] = Data(folder_link(folder.name));
        row["use"] = Data(std::string(use_word(folder.use)));
        row["messages"] = Data(exchange.count("{1} message", "{1} messages", folder.messages));
        row["unseen_words"] = Data(exchange.count("{1} unread", "{1} unread", folder.unseen));
        row["has_unseen"] = Data(folder.unseen > 0);
        row["is_own"] = Data(folder.use == mail::FolderUse::none);
        rows.push_back(std::move(row));
    }
    return rows;
}

DataList label_rows(Exchange const& exchange, std::vector<Label> const& labels)
{
    auto rows = label_data(labels);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i]["colors"] = Data(color_data(exchange, labels[i].color));
    return rows;
}

/// A name that a folder may have; empty: it may not.
std::string folder_name(std::string_view typed)
{
    constexpr std::size_t longest = 100;
    std::string name(base::trim(typed));
    while (name.ends_with('/')) name.pop_back();
    bool const bad = name.size() > longest || name.starts_with('/') || name.find("//") != std::string::npos ||
                     name.find_first_of("%*") != std::string::npos ||
                     std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    return bad ? std::string() : name;
}

Response show(Exchange& exchange, std::string const& fault, int status = 200)
{
    mail::OpenedMessage page;
    exchange.use_mail([&](mail::MailClient& client) {
        page.folders = client.folders();
        page.notes = {client.note(std::string(labels_note))};
    });
    auto const labels = read_labels(page.notes.front());
    auto data = mail_page_data(exchange, exchange.text("Folders and labels"), page.folders, "", &labels);
    data["folder_rows"] = Data(folder_rows(exchange, page.folders));
    data["label_rows"] = Data(label_rows(exchange, labels));
    data["has_label_rows"] = Data(!labels.empty());
    data["new_colors"] = Data(color_data(exchange, std::string(label_colors[labels.size() % label_colors.size()])));
    data["has_fault"] = Data(!fault.empty());
    data["fault"] = Data(fault);
    data["typed"] = Data(status == 200 ? "" : exchange.request.form.value("name"));
    return render(exchange, "folders", data, status);
}

Response refuse(Exchange& exchange, std::string const& why) { return show(exchange, why, 422); }

/// Does something to folders; a refusal of the mail service comes back as the page with its reason.
template <class Work>
Response change(Exchange& exchange, std::string const& notice, Work&& work)
{
    try {
        exchange.use_mail(std::forward<Work>(work));
    } catch (mail::MailFault const& fault) {
        if (fault.kind() == mail::MailFault::Kind::refused)
            return refuse(exchange,
                          exchange.text("There is a folder of that name already, or the name is not possible."));
        throw;
    }
    return see_other("/folders?notice=" + notice);
}

Response change_labels(Exchange& exchange, std::string const& what)
{
    auto const& form = exchange.request.form;
    std::string const name(base::trim(form.value("name")));
    auto const& color = form.value("color");
    bool const known = std::find(label_colors.begin(), label_colors.end(), color) != label_colors.end();
    if (what != "label-delete" && (name.empty() || name.size() > 60 || !known))
        return refuse(exchange, exchange.text("Give the label a name of at most 60 letters."));
    std::string notice = what == "label-make"     ? "label-made"
                         : what == "label-change" ? "label-changed"
                                                  : "label-deleted";
    exchange.use_mail([&](mail::MailClient& client) {
        auto labels = read_labels(client.note(std::string(labels_note)));
        auto const& keyword = form.value("keyword");
        auto const found =
            std::find_if(labels.begin(), labels.end(), [&](Label const& label) { return label.keyword == keyword; });
        if (what == "label-make" && labels.size() < limits::labels)
            labels.push_back({new_keyword(name, labels), color, name});
        else if (what == "label-change" && found != labels.end())
            *found = {keyword, color, name};
        else if (what == "label-delete" && found != labels.end())
            labels.erase(found); // the keyword stays on the mails; it just has no name any more
        client.set_note(std::string(labels_note), show_labels(labels));
    });
    return see_other("/folders?notice=" + notice);
}
} // namespace

Response show_keys(Exchange& exchange)
{
    auto const folders = exchange.use_mail([](mail::MailClient& client) { return client.folders(); });
    return render(exchange, "keys", mail_page_data(exchange, exchange.text("Keyboard shortcuts"), folders, ""));
}

Response show_folders(Exchange& exchange) { return show(exchange, ""); }

Response change_folders(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    auto const& what = form.value("do");
    if (what.starts_with("label-")) return change_labels(exchange, what);
    auto const& folder = form.value("folder");
    auto const name = folder_name(form.value("name"));
    if (what == "delete") {
        // Its mails are not lost with it: they go to the trash.
        return change(exchange, "folder-deleted", [&](mail::MailClient& client) {
            auto const folders = client.folders();
            if (use_of(folders, folder) != mail::FolderUse::none) return;
            auto const trash = folder_with(folders, mail::FolderUse::trash);
            if (!trash.empty()) client.move_all(folder, trash);
            client.delete_folder(folder);
        });
    }
    if (name.empty())
        return refuse(exchange,
                      exchange.text("Give the folder a name of at most 100 letters, without * and %. A / makes "
                                    "a folder inside another one."));
    if (what == "make")
        return change(exchange, "folder-made",
                      [&](mail::MailClient& client) { client.create_folder(name, mail::FolderUse::none); });
    if (what == "rename" && name != folder)
        return change(exchange, "folder-renamed", [&](mail::MailClient& client) {
            if (use_of(client.folders(), folder) == mail::FolderUse::none) client.rename_folder(folder, name);
        });
    return see_other("/folders");
}

} // namespace httpd::webmail
