// Folders, and what the webmail remembers beside the mail.

#include "appliance/base/text.h"
#include "appliance/imap_client/modified_utf7.h"
#include "httpd/mail/imap_client.h"
#include "httpd/mail/imap_reading.h"

#include <algorithm>

namespace httpd::mail
{

namespace
{
constexpr std::string_view notes_folder = "/private/vendor/kotakpos/";

std::string_view attribute_of(FolderUse use)
{
    switch (use) {
    case FolderUse::drafts: return "\\Drafts";
    case FolderUse::sent: return "\\Sent";
    case FolderUse::archive: return "\\Archive";
    case FolderUse::junk: return "\\Junk";
    case FolderUse::trash: return "\\Trash";
    case FolderUse::inbox:
    case FolderUse::none: break;
    }
    return {};
}

/// Those with a use first, in the order of a mail's life.
int rank(Folder const& folder)
{
    constexpr int last = 7;
    return folder.use == FolderUse::none ? last : static_cast<int>(folder.use);
}
} // namespace

std::string ImapClient::send_folders()
{
    return send("LIST \"\" \"*\" RETURN (STATUS (MESSAGES UNSEEN HIGHESTMODSEQ))"); // RFC 5819
}

std::vector<Folder> ImapClient::receive_folders(std::string const& tag)
{
    std::vector<Folder> folders;
    for (auto const& line : must_receive(tag).data) {
        if (line.keyword == "LIST") {
            if (auto folder = read_list(line)) folders.push_back(std::move(*folder));
        } else if (line.keyword == "STATUS" && !line.values.empty()) {
            auto const name = imap_client::from_modified_utf7(line.values[0].text);
            for (auto& folder : folders)
                if (folder.name == name) read_status(line, folder);
        }
    }
    std::sort(folders.begin(), folders.end(), [](Folder const& a, Folder const& b) {
        return std::pair(rank(a), std::string_view(a.name)) < std::pair(rank(b), std::string_view(b.name));
    });
    return folders;
}

std::vector<Folder> ImapClient::folders() { return receive_folders(send_folders()); }

News ImapClient::news(std::string const& folder)
{
    News news;
    auto const answer = must_run("STATUS " + folder_argument(folder) + " (UIDNEXT UNSEEN HIGHESTMODSEQ)");
    for (auto const& line : answer.data) {
        if (line.keyword != "STATUS" || line.values.size() < 2) continue;
        auto const items = line.values[1].items();
        for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
            if (items[i].is_atom("UIDNEXT")) news.uid_next = static_cast<Uid>(items[i + 1].number());
            if (items[i].is_atom("UNSEEN")) news.unseen = static_cast<std::uint32_t>(items[i + 1].number());
            if (items[i].is_atom("HIGHESTMODSEQ")) news.modseq = items[i + 1].number();
        }
    }
    return news;
}

void ImapClient::create_folder(std::string const& folder, FolderUse use)
{
    auto command = "CREATE " + folder_argument(folder);
    if (auto const attribute = attribute_of(use); !attribute.empty())
        command += " (USE (" + std::string(attribute) + "))"; // RFC 6154
    must_run(command);
}

void ImapClient::rename_folder(std::string const& folder, std::string const& to)
{
    if (open_folder_ == folder) close_folder();
    must_run("RENAME " + folder_argument(folder) + " " + folder_argument(to));
}

void ImapClient::delete_folder(std::string const& folder)
{
    if (open_folder_ == folder) close_folder();
    must_run("DELETE " + folder_argument(folder));
}

void ImapClient::close_folder()
{
    must_run("UNSELECT"); // RFC 3691
    forget_folder();
}

void ImapClient::forget_folder()
{
    open_folder_.clear();
    exists_ = 0;
    shown_.clear();
}

void ImapClient::move_all(std::string const& folder, std::string const& to)
{
    open(folder);
    if (exists_ > 0) must_run("UID MOVE 1:* " + folder_argument(to));
}

void ImapClient::remove_all(std::string const& folder)
{
    open(folder);
    if (exists_ == 0) return;
    must_run("UID STORE 1:* +FLAGS.SILENT (\\Deleted)");
    must_run("UID EXPUNGE 1:*");
}

void ImapClient::mark_all_read(std::string const& folder)
{
    open(folder);
    must_run("UID SEARCH RETURN (SAVE) UNSEEN"); // RFC 5182
    must_run("UID STORE $ +FLAGS.SILENT (\\Seen)");
}

std::string ImapClient::send_notes(std::vector<std::string> const& names)
{
    if (names.empty()) return {};
    std::string entries;
    for (auto const& name : names) entries += (entries.empty() ? "" : " ") + std::string(notes_folder) + name;
    return send("GETMETADATA \"\" (" + entries + ")");
}

std::vector<std::string> ImapClient::receive_notes(std::string const& tag, std::vector<std::string> const& names)
{
    std::vector<std::string> values(names.size());
    if (names.empty()) return values;
    for (auto const& line : must_receive(tag).data) {
        if (line.keyword != "METADATA" || line.values.size() < 2) continue;
        auto const items = line.values[1].items();
        for (std::size_t i = 0; i + 1 < items.size(); i += 2)
            for (std::size_t name = 0; name < names.size(); ++name)
                if (items[i].is_atom(std::string(notes_folder) + names[name])) values[name] = items[i + 1].text;
    }
    return values;
}

std::string ImapClient::note(std::string const& name) { return receive_notes(send_notes({name}), {name}).front(); }

void ImapClient::set_note(std::string const& name, std::string const& value)
{
    must_run("SETMETADATA \"\" (" + std::string(notes_folder) + name + " " +
             (value.empty() ? "NIL" : imap_argument(value)) + ")");
}

} // namespace httpd::mail
