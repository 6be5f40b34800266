// The messages of a folder, page by page, and what can be done to several of them at once.

#include "appliance/base/text.h"
#include "httpd/limits.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/view.h"

namespace httpd::webmail
{

namespace
{
struct Wanted {
    std::string folder;
    std::string search;
    std::size_t page = 1;

    std::size_t skip() const { return (page - 1) * limits::page_size; }
    std::string link(std::size_t to_page) const
    {
        std::string query;
        if (to_page > 1) query += "page=" + std::to_string(to_page);
        if (!search.empty()) query += std::string(query.empty() ? "" : "&") + "q=" + percent_encoded(search);
        return folder_link(folder) + (query.empty() ? "" : "?" + query);
    }
};

Wanted read_wanted(Exchange const& exchange, Form const& from)
{
    constexpr std::uint64_t most_pages = 1000000;
    auto const page = base::parse_number(from.value("page"), most_pages).value_or(1);
    return {exchange.parameter("folder"), std::string(base::trim(from.value("q"))),
            static_cast<std::size_t>(page == 0 ? 1 : page)};
}

Data row(Exchange const& exchange, Wanted const& wanted, mail::Summary const& message, bool outgoing)
{
    Data row;
    auto const who = people(outgoing ? message.to : message.from);
    row["uid"] = Data(std::to_string(message.uid));
    row["link"] = Data(message_link(wanted.folder, message.uid));
    row["who"] = Data(who.empty() ? exchange.text("(nobody)") : who);
    row["subject"] = Data(subject_or_placeholder(exchange, message.subject));
    row["time"] = Data(exchange.short_time(message.date));
    row["long_time"] = Data(exchange.long_time(message.date));
    row["size"] = Data(base::show_size(message.size));
    row["unread"] = Data(!message.flags.seen);
    row["answered"] = Data(message.flags.answered);
    row["forwarded"] = Data(message.flags.forwarded);
    row["attachment"] = Data(message.has_attachment);
    return row;
}

/// "1-50 of 1,234"
std::string range_text(Exchange const& exchange, Wanted const& wanted, mail::ListPage const& page)
{
    if (page.total == 0) return {};
    auto const first = wanted.skip() + 1;
    return exchange.text(
        "{1} to {2} of {3}",
        {std::to_string(first), std::to_string(wanted.skip() + page.messages.size()), std::to_string(page.total)});
}

void add_paging(Exchange const& exchange, Wanted const& wanted, mail::ListPage const& page, Data& data)
{
    auto const last = (page.total + limits::page_size - 1) / limits::page_size;
    data["range"] = Data(range_text(exchange, wanted, page));
    data["has_newer"] = Data(wanted.page > 1);
    data["newer_link"] = Data(wanted.link(wanted.page - 1));
    data["has_older"] = Data(wanted.page < last);
    data["older_link"] = Data(wanted.link(wanted.page + 1));
}

std::vector<mail::Uid> chosen(Form const& form)
{
    std::vector<mail::Uid> uids;
    for (auto const& text : form.all("uid"))
        if (auto const uid = base::parse_number(text, UINT32_MAX); uid && *uid > 0)
            uids.push_back(static_cast<mail::Uid>(*uid));
    return uids;
}
} // namespace

Response show_list(Exchange& exchange)
{
    auto const wanted = read_wanted(exchange, exchange.request.query);
    std::vector<mail::Folder> folders;
    mail::ListPage page;
    exchange.use_mail([&](mail::MailClient& client) {
        page = client.list(wanted.folder, wanted.skip(), limits::page_size, wanted.search);
        folders = client.folders();
    });
    // The last page has gone, with its last message.
    if (page.messages.empty() && page.total > 0 && wanted.page > 1)
        return see_other(wanted.link((page.total + limits::page_size - 1) / limits::page_size));

    auto const use = use_of(folders, wanted.folder);
    bool const outgoing = use == mail::FolderUse::sent || use == mail::FolderUse::drafts;
    auto const label = folder_label(exchange, folders, wanted.folder);
    auto data = mail_page_data(exchange, label, folders, wanted.folder);
    DataList rows;
    for (auto const& message : page.messages) rows.push_back(row(exchange, wanted, message, outgoing));
    data["messages"] = Data(rows);
    data["label"] = Data(label);
    data["is_empty"] = Data(page.messages.empty());
    data["is_search"] = Data(!wanted.search.empty());
    data["is_trash"] = Data(use == mail::FolderUse::trash);
    data["found"] = Data(exchange.count("{1} message found", "{1} messages found", page.total));
    data["page"] = Data(std::to_string(wanted.page));
    add_paging(exchange, wanted, page, data);
    return render(exchange, "list", data);
}

Response change_list(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    auto const wanted = read_wanted(exchange, form);
    auto const uids = chosen(form);
    auto const& what = form.value("do");
    auto const back = [&](std::string const& notice) {
        auto const link = wanted.link(wanted.page);
        return see_other(link + (link.find('?') == std::string::npos ? "?" : "&") + "notice=" + notice +
                         "&n=" + std::to_string(uids.size()));
    };
    if (uids.empty()) return back("none");
    return exchange.use_mail([&](mail::MailClient& client) -> Response {
        if (what == "delete") {
            auto const trash = folder_with(client.folders(), mail::FolderUse::trash);
            if (trash.empty() || trash == wanted.folder) {
                client.remove(wanted.folder, uids);
                return back("deleted");
            }
            client.move(wanted.folder, uids, trash);
            return back("trashed");
        }
        if (what == "move") {
            if (form.value("to").empty() || form.value("to") == wanted.folder)
                return see_other(wanted.link(wanted.page));
            client.move(wanted.folder, uids, form.value("to"));
            return back("moved");
        }
        if (what != "read" && what != "unread") return see_other(wanted.link(wanted.page));
        client.set_flag(wanted.folder, uids, mail::Flag::seen, what == "read");
        return back(what);
    });
}

} // namespace httpd::webmail
