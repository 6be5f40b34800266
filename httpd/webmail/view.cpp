#include "httpd/webmail/view.h"

#include "appliance/base/text.h"
#include "appliance/message/words.h"
#include "httpd/frame.h"

namespace httpd::webmail
{

namespace
{
std::string display_name(message::AddressItem const& item)
{
    auto const name = message::decode_words(item.name);
    return base::trim(name).empty() ? item.address() : name;
}

/// What a redirect wanted to say, in words. Unknown words say nothing: the address bar is anybody's.
std::string notice_text(Exchange const& exchange)
{
    auto const& word = exchange.request.query.value("notice");
    constexpr std::uint64_t most = 100000;
    auto const n = static_cast<std::size_t>(base::parse_number(exchange.request.query.value("n"), most).value_or(1));
    if (word == "sent") return exchange.text("Your message was sent.");
    if (word == "sent-later") return exchange.text("Your message goes out at the time you chose.");
    if (word == "too-late") return exchange.text("It was too late: the message has been sent.");
    if (word == "taken-back") return exchange.text("The message was not sent. You can go on writing.");
    if (word == "kept-as-draft") return exchange.text("The message was not sent. It is in Drafts now.");
    if (word == "draft-saved") return exchange.text("The draft is saved.");
    if (word == "discarded") return exchange.text("The draft was discarded.");
    if (word == "receipt-sent") return exchange.text("The writer is told that you have read it.");
    if (word == "sent-no-copy")
        return exchange.text("Your message was sent, but no copy could be kept in the folder Sent.");
    if (word == "already-sent") return exchange.text("This message had been sent already. It was not sent again.");
    if (word == "trashed")
        return exchange.count("{1} message moved to the trash.", "{1} messages moved to the trash.", n);
    if (word == "deleted")
        return exchange.count("{1} message deleted for good.", "{1} messages deleted for good.", n);
    if (word == "moved") return exchange.count("{1} message moved.", "{1} messages moved.", n);
    if (word == "read") return exchange.count("{1} message marked as read.", "{1} messages marked as read.", n);
    if (word == "unread") return exchange.count("{1} message marked as unread.", "{1} messages marked as unread.", n);
    if (word == "archived") return exchange.count("{1} message archived.", "{1} messages archived.", n);
    if (word == "junked") return exchange.count("{1} message moved to junk.", "{1} messages moved to junk.", n);
    if (word == "not-junked")
        return exchange.count("{1} message moved to the inbox.", "{1} messages moved to the inbox.", n);
    if (word == "star") return exchange.count("{1} message starred.", "{1} messages starred.", n);
    if (word == "unstar") return exchange.count("{1} star taken away.", "{1} stars taken away.", n);
    if (word == "labelled") return exchange.count("{1} message labelled.", "{1} messages labelled.", n);
    if (word == "unlabelled")
        return exchange.count("Label taken off {1} message.", "Label taken off {1} messages.", n);
    if (word == "undone") return exchange.text("Undone: everything is where it was.");
    if (word == "read-all") return exchange.text("All messages are marked as read.");
    if (word == "empty") return exchange.text("The folder is empty now.");
    if (word == "folder-made") return exchange.text("The folder was made.");
    if (word == "folder-renamed") return exchange.text("The folder was renamed.");
    if (word == "folder-deleted") return exchange.text("The folder was deleted.");
    if (word == "label-made") return exchange.text("The label was made.");
    if (word == "label-changed") return exchange.text("The label was changed.");
    if (word == "label-deleted") return exchange.text("The label was deleted.");
    if (word == "none") return exchange.text("Choose at least one message first.");
    return {};
}

/// The button beside the notice: the same messages, back to where they were.
void add_undo(Exchange const& exchange, Data& data)
{
    auto const& query = exchange.request.query;
    auto const& from = query.value("undo_from");
    auto const& to = query.value("undo_to");
    if (query.value("undo").empty() || from.empty() || to.empty()) return;
    data["has_undo"] = Data(true);
    data["undo_action"] = Data(folder_link(from));
    data["undo_uids"] = Data(query.value("undo"));
    data["undo_to"] = Data(to);
    data["undo_back"] = Data(folder_link(to));
}
} // namespace

std::string_view use_word(mail::FolderUse use)
{
    switch (use) {
    case mail::FolderUse::inbox: return "inbox";
    case mail::FolderUse::drafts: return "drafts";
    case mail::FolderUse::sent: return "sent";
    case mail::FolderUse::archive: return "archive";
    case mail::FolderUse::trash: return "trash";
    case mail::FolderUse::junk: return "junk";
    case mail::FolderUse::none: return "folder";
    }
    return "folder";
}

std::string folder_label(Exchange const& exchange, mail::Folder const& folder)
{
    switch (folder.use) {
    case mail::FolderUse::inbox: return exchange.text("Inbox");
    case mail::FolderUse::drafts: return exchange.text("Drafts");
    case mail::FolderUse::sent: return exchange.text("Sent");
    case mail::FolderUse::archive: return exchange.text("Archive");
    case mail::FolderUse::trash: return exchange.text("Trash");
    case mail::FolderUse::junk: return exchange.text("Junk");
    case mail::FolderUse::none: return folder.name;
    }
    return folder.name;
}

std::string folder_label(Exchange const& exchange, std::vector<mail::Folder> const& folders, std::string const& name)
{
    for (auto const& folder : folders)
        if (folder.name == name) return folder_label(exchange, folder);
    return name;
}

mail::FolderUse use_of(std::vector<mail::Folder> const& folders, std::string const& name)
{
    for (auto const& folder : folders)
        if (folder.name == name) return folder.use;
    return mail::FolderUse::none;
}

std::string folder_with(std::vector<mail::Folder> const& folders, mail::FolderUse use)
{
    for (auto const& folder : folders)
        if (folder.use == use) return folder.name;
    return {};
}

std::string folder_link(std::string const& folder) { return "/mail/" + percent_encoded(folder); }
std::string message_link(std::string const& folder, mail::Uid uid)
{
    return folder_link(folder) + "/" + std::to_string(uid);
}

Data mail_page_data(Exchange const& exchange, std::string const& title, std::vector<mail::Folder> const& folders,
                    std::string const& current, std::vector<Label> const* labels)
{
    auto data = frame_data(exchange, title, Area::mail);
    data["is_mail"] = Data(true);
    data["has_waiting"] = Data(!exchange.request.query.value("waiting").empty());
    data["waiting_id"] = Data(exchange.request.query.value("waiting"));
    data["waiting_token"] = Data(exchange.request.query.value("token"));
    DataList rows;
    for (auto const& folder : folders) {
        Data row;
        row["name"] = Data(folder.name);
        row["label"] = Data(folder_label(exchange, folder));
        row["link"] = Data(folder_link(folder.name));
        row["use"] = Data(std::string(use_word(folder.use)));
        row["current"] = Data(folder.name == current);
        row["has_unseen"] = Data(folder.unseen > 0);
        row["unseen"] = Data(std::to_string(folder.unseen));
        row["unseen_words"] = Data(exchange.count("{1} unread", "{1} unread", folder.unseen));
        rows.push_back(std::move(row));
    }
    data["folders"] = Data(rows);
    data["folder_link"] = Data(current.empty() ? "/search" : folder_link(current));
    data["search"] = Data(exchange.request.query.value("q"));
    data["search_link"] = Data("/search?folder=" + percent_encoded(current));
    if (labels) data["side_labels"] = Data(label_data(*labels));
    data["has_side_labels"] = Data(labels && !labels->empty());
    set_notice(data, notice_text(exchange));
    add_undo(exchange, data);
    return data;
}

std::string people(message::AddressList const& list, std::size_t most)
{
    std::vector<std::string> names;
    for (auto const& item : list) {
        if (item.kind != message::AddressItem::Kind::mailbox) continue;
        if (names.size() == most) {
            names.back() += " \u2026";
            break;
        }
        names.push_back(display_name(item));
    }
    return base::join(names, ", ");
}

DataList address_data(message::AddressList const& list)
{
    constexpr std::size_t most = 200; // the full header has them all
    DataList rows;
    for (auto const& item : list) {
        if (item.kind != message::AddressItem::Kind::mailbox || rows.size() == most) continue;
        auto const name = message::decode_words(item.name);
        Data row;
        row["has_name"] = Data(!base::trim(name).empty());
        row["name"] = Data(name);
        row["address"] = Data(item.address());
        row["write_link"] = Data("/compose?to=" + percent_encoded(item.address()));
        rows.push_back(std::move(row));
    }
    return rows;
}

Response gone_page(Exchange const& exchange, std::string const& folder, std::vector<mail::Folder> const& folders)
{
    auto data = mail_page_data(exchange, exchange.text("This message is no longer here"), folders, folder);
    return render(exchange, "gone", data, 404);
}

mail::Uid uid_parameter(Exchange const& exchange)
{
    return static_cast<mail::Uid>(base::parse_number(exchange.parameter("uid"), UINT32_MAX).value_or(0));
}

std::string subject_or_placeholder(Exchange const& exchange, std::string const& subject)
{
    return base::trim(subject).empty() ? exchange.text("(no subject)") : subject;
}

} // namespace httpd::webmail
