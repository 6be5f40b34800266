// The messages of a folder or of a search, page by page, and what can be done to several of them at once.

#include "appliance/base/text.h"
#include "httpd/limits.h"
#include "httpd/webmail/actions.h"
#include "httpd/webmail/labels.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/view.h"

#include <algorithm>
#include <map>

namespace httpd::webmail
{

namespace
{
/// The fields of a query by their names in addresses and forms.
constexpr std::pair<std::string_view, std::string mail::Query::*> text_fields[] = {
    {"q", &mail::Query::words},         {"from", &mail::Query::from},    {"to_", &mail::Query::to},
    {"subject", &mail::Query::subject}, {"body", &mail::Query::body},    {"keyword", &mail::Query::keyword},
    {"since", &mail::Query::since},     {"before", &mail::Query::before}};
constexpr std::pair<std::string_view, bool mail::Query::*> switch_fields[] = {
    {"unread", &mail::Query::unread}, {"starred", &mail::Query::starred}, {"files", &mail::Query::has_files}};

struct Wanted {
    std::string folder; ///< empty: all of them, on the search page
    mail::Query query;
    std::size_t page = 1;
    bool is_search_page = false;
    std::size_t page_size = limits::page_size; ///< as the reader likes it

    std::size_t skip() const { return (page - 1) * page_size; }
    std::size_t last_page(std::size_t total) const { return (total + page_size - 1) / page_size; }

    /// "&q=ujian&unread=1"
    std::string query_string() const
    {
        std::string out;
        for (auto const& [name, field] : text_fields)
            if (!(query.*field).empty()) out += "&" + std::string(name) + "=" + percent_encoded(query.*field);
        for (auto const& [name, field] : switch_fields)
            if (query.*field) out += "&" + std::string(name) + "=1";
        return out;
    }
    std::string link(std::size_t to_page) const
    {
        auto out = query_string();
        if (is_search_page) out += "&folder=" + percent_encoded(folder);
        if (to_page > 1) out += "&page=" + std::to_string(to_page);
        if (!out.empty()) out[0] = '?';
        return (is_search_page ? "/search" : folder_link(folder)) + out;
    }
};

Wanted read_wanted(Exchange const& exchange, Form const& from)
{
    constexpr std::uint64_t most_pages = 1000000;
    Wanted wanted;
    for (auto const& [name, field] : text_fields) wanted.query.*field = base::trim(from.value(name));
    for (auto const& [name, field] : switch_fields) wanted.query.*field = !from.value(name).empty();
    if (!is_keyword(wanted.query.keyword)) wanted.query.keyword.clear();
    wanted.is_search_page = exchange.parameters.find("folder") == exchange.parameters.end();
    wanted.folder = wanted.is_search_page ? from.value("folder") : exchange.parameter("folder");
    auto const page = base::parse_number(from.value("page"), most_pages).value_or(1);
    wanted.page = static_cast<std::size_t>(page == 0 ? 1 : page);
    if (auto const chosen = base::parse_number(exchange.choice(directory::preference::page_size)))
        wanted.page_size = static_cast<std::size_t>(*chosen); // one of the values of is_preference()
    return wanted;
}

/// The messages of a conversation that stand on one page together, newest first.
using Row = std::vector<mail::Summary const*>;

std::vector<Row> rows_of(std::vector<mail::Summary> const& messages, bool together)
{
    std::vector<Row> rows;
    std::map<std::string_view, std::size_t> row_of_thread;
    for (auto const& message : messages) {
        if (!together || message.thread.empty()) {
            rows.push_back({&message});
            continue;
        }
        auto const [place, is_new] = row_of_thread.emplace(message.thread, rows.size());
        if (is_new) rows.emplace_back();
        rows[place->second].push_back(&message);
    }
    return rows;
}

/// "Ali, Budi": who wrote, oldest first, each once.
std::string writers(Row const& row)
{
    constexpr std::size_t most = 3;
    std::vector<std::string> names;
    for (auto i = row.rbegin(); i != row.rend(); ++i) {
        auto name = people((*i)->from, 1);
        if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(std::move(name));
    }
    if (names.size() > most) names = {names.front(), "\u2026", names[names.size() - 2], names.back()};
    return base::join(names, ", ");
}

std::string uids_of(Row const& row)
{
    if (row.size() == 1) return std::to_string(row.front()->uid);
    std::string uids;
    for (auto const* message : row) uids += (uids.empty() ? "" : ",") + std::to_string(message->uid);
    return uids;
}

struct ListView {
    Wanted const& wanted;
    std::vector<mail::Folder> const& folders;
    std::vector<Label> const& labels;
    bool outgoing = false;
};

Data row_data(Exchange const& exchange, ListView const& view, Row const& row)
{
    auto const& newest = *row.front();
    auto const& folder = newest.folder.empty() ? view.wanted.folder : newest.folder;
    Data data;
    auto const who = view.outgoing ? people(newest.to) : writers(row);
    data["uid"] = Data(uids_of(row) + (view.wanted.folder.empty() ? " " + folder : ""));
    data["number"] = Data(std::to_string(newest.uid));
    data["link"] = Data(message_link(folder, newest.uid));
    data["who"] = Data(who.empty() ? exchange.text("(nobody)") : who);
    data["subject"] = Data(subject_or_placeholder(exchange, newest.subject));
    data["preview"] = Data(newest.preview);
    data["time"] = Data(exchange.short_time(newest.date));
    data["long_time"] = Data(exchange.long_time(newest.date));
    data["size"] = Data(base::show_size(newest.size));
    bool unread = false, starred = false, attachment = false;
    for (auto const* message : row) {
        unread = unread || !message->flags.seen;
        starred = starred || message->flags.flagged;
        attachment = attachment || message->has_attachment;
    }
    data["unread"] = Data(unread);
    data["starred"] = Data(starred);
    data["attachment"] = Data(attachment);
    data["answered"] = Data(newest.flags.answered);
    data["forwarded"] = Data(newest.flags.forwarded);
    if (row.size() > 1) data["thread_count"] = Data(std::to_string(row.size()));
    if (!newest.folder.empty()) data["place"] = Data(folder_label(exchange, view.folders, newest.folder));
    if (!newest.flags.keywords.empty() && !view.labels.empty())
        data["tags"] = Data(label_data(view.labels, newest.flags.keywords));
    return data;
}

/// "1 to 50 of 1234"
std::string range_text(Exchange const& exchange, Wanted const& wanted, mail::ListPage const& page)
{
    if (page.total == 0) return {};
    auto const first = wanted.skip() + 1;
    return exchange.text(
        "{1}–{2} of {3}",
        {std::to_string(first), std::to_string(wanted.skip() + page.messages.size()), std::to_string(page.total)});
}

void add_paging(Exchange const& exchange, Wanted const& wanted, mail::ListPage const& page, Data& data)
{
    auto const last = wanted.last_page(page.total);
    data["range"] = Data(range_text(exchange, wanted, page));
    data["has_newer"] = Data(wanted.page > 1);
    data["newer_link"] = Data(wanted.link(wanted.page - 1));
    data["has_older"] = Data(wanted.page < last);
    data["older_link"] = Data(wanted.link(wanted.page + 1));
    data["oldest_link"] = Data(wanted.link(last));
    data["has_oldest"] = Data(wanted.page + 1 < last);
}

/// The fields of the search form, filled in as they were asked.
void add_query(Wanted const& wanted, std::vector<Label> const& labels, Data& data)
{
    for (auto const& [name, field] : text_fields) data["query_" + std::string(name)] = Data(wanted.query.*field);
    for (auto const& [name, field] : switch_fields) data["query_" + std::string(name)] = Data(wanted.query.*field);
    auto rows = label_data(labels);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i]["chosen"] = Data(labels[i].keyword == wanted.query.keyword);
    data["query_labels"] = Data(rows);
}

DataList folder_choice(Exchange const& exchange, std::vector<mail::Folder> const& folders, std::string const& chosen)
{
    DataList rows;
    for (auto const& folder : folders) {
        Data row;
        row["name"] = Data(folder.name);
        row["label"] = Data(folder_label(exchange, folder));
        row["chosen"] = Data(folder.name == chosen);
        rows.push_back(std::move(row));
    }
    return rows;
}

void add_state(std::vector<mail::Folder> const& folders, Wanted const& wanted, Data& data)
{
    for (auto const& folder : folders)
        if (folder.name == wanted.folder && wanted.page == 1 && !wanted.is_search_page && wanted.query.empty()) {
            data["news_link"] = Data(folder_link(folder.name) + "/news");
            data["state"] = Data(std::to_string(folder.modseq));
            data["unseen"] = Data(std::to_string(folder.unseen));
        }
}
} // namespace

Response show_list(Exchange& exchange)
{
    auto const wanted = read_wanted(exchange, exchange.request.query);
    bool const asks = !wanted.is_search_page || !wanted.query.empty();
    mail::ListPage page;
    exchange.use_mail([&](mail::MailClient& client) {
        auto const notes = std::vector<std::string>{std::string(labels_note)};
        // The empty search form needs the folders and labels alone.
        if (asks)
            page = client.list({wanted.folder, wanted.query, wanted.skip(), wanted.page_size, notes});
        else
            page = client.list({"INBOX", {}, 0, 1, notes});
    });
    if (!asks) page.messages.clear(), page.total = 0;
    // The last page has gone, with its last message.
    if (page.messages.empty() && page.total > 0 && wanted.page > 1)
        return see_other(wanted.link(wanted.last_page(page.total)));

    auto const labels = read_labels(page.notes.empty() ? "" : page.notes.front());
    auto const use = use_of(page.folders, wanted.folder);
    ListView const view{wanted, page.folders, labels, use == mail::FolderUse::sent || use == mail::FolderUse::drafts};
    auto const label =
        wanted.is_search_page ? exchange.text("Search") : folder_label(exchange, page.folders, wanted.folder);
    auto data = mail_page_data(exchange, label, page.folders, wanted.is_search_page ? "" : wanted.folder, &labels);
    DataList rows;
    bool const together = wanted.query.empty() && !view.outgoing && use != mail::FolderUse::trash &&
                          exchange.choice(directory::preference::conversations) != "off";
    for (auto const& row : rows_of(page.messages, together)) rows.push_back(row_data(exchange, view, row));
    data["messages"] = Data(rows);
    data["label"] = Data(label);
    data["action"] = Data(wanted.is_search_page ? "/search" : folder_link(wanted.folder));
    data["back"] = Data(wanted.link(wanted.page));
    data["is_empty"] = Data(page.messages.empty());
    data["is_search"] = Data(asks && !wanted.query.empty());
    data["is_search_page"] = Data(wanted.is_search_page);
    data["asks"] = Data(asks);
    data["is_trash"] = Data(use == mail::FolderUse::trash);
    data["is_junk"] = Data(use == mail::FolderUse::junk);
    data["may_empty"] = Data(page.total > 0 && (use == mail::FolderUse::trash || use == mail::FolderUse::junk));
    data["is_archive"] = Data(use == mail::FolderUse::archive);
    data["found"] = Data(exchange.count("{1} message found", "{1} messages found", page.total));
    data["all_labels"] = Data(label_data(labels));
    data["has_labels"] = Data(!labels.empty());
    data["page"] = Data(std::to_string(wanted.page));
    data["folder_choice"] = Data(folder_choice(exchange, page.folders, wanted.folder));
    data["refine_link"] = Data("/search?folder=" + percent_encoded(wanted.folder) + wanted.query_string());
    add_query(wanted, labels, data);
    add_state(page.folders, wanted, data);
    add_paging(exchange, wanted, page, data);
    return render(exchange, "list", data);
}

Response change_list(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    auto const folder = exchange.parameter("folder");
    auto back = local_path(form.value("back"));
    if (back == "/") back = folder.empty() ? "/search" : folder_link(folder);
    if (form.value("do") == "read-all" || form.value("do") == "empty") {
        exchange.use_mail([&](mail::MailClient& client) {
            if (form.value("do") == "read-all")
                client.mark_all_read(folder);
            else if (auto const use = use_of(client.folders(), folder);
                     use == mail::FolderUse::trash || use == mail::FolderUse::junk)
                client.remove_all(folder);
        });
        return see_other(with_notice(folder_link(folder), {form.value("do"), 0, {}, {}, {}}));
    }
    return see_other(with_notice(
        back, exchange.use_mail([&](mail::MailClient& client) { return act(exchange, client, folder); })));
}

Response show_news(Exchange& exchange)
{
    auto const news =
        exchange.use_mail([&](mail::MailClient& client) { return client.news(exchange.parameter("folder")); });
    return plain(200, std::to_string(news.modseq) + " " + std::to_string(news.unseen) + "\n");
}

} // namespace httpd::webmail
