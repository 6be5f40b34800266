#include "httpd/webmail/actions.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "httpd/limits.h"
#include "httpd/mail/imap_client.h"
#include "httpd/webmail/view.h"

namespace httpd::webmail
{

namespace
{
using mail::FolderUse;

void add(std::vector<Chosen>& chosen, std::string_view value, std::string const& folder)
{
    auto const space = value.find(' ');
    auto const name = space == std::string_view::npos ? folder : std::string(value.substr(space + 1));
    auto const uids = mail::read_sequence_set(value.substr(0, space), limits::action_messages);
    if (uids.empty() || name.empty()) return;
    for (auto& group : chosen)
        if (group.folder == name) {
            if (group.uids.size() + uids.size() <= limits::action_messages)
                group.uids.insert(group.uids.end(), uids.begin(), uids.end());
            return;
        }
    chosen.push_back({name, uids});
}

std::size_t count(std::vector<Chosen> const& chosen)
{
    std::size_t sum = 0;
    for (auto const& group : chosen) sum += group.uids.size();
    return sum;
}

/// The folder for that use; Archive is made when it is first needed.
std::string folder_for(mail::MailClient& client, std::vector<mail::Folder> const& folders, FolderUse use)
{
    auto name = folder_with(folders, use);
    if (!name.empty() || use != FolderUse::archive) return name;
    client.create_folder("Archive", FolderUse::archive);
    return "Archive";
}

Acted move_to(mail::MailClient& client, std::vector<Chosen> const& chosen, std::string const& to,
              std::string const& notice)
{
    Acted acted;
    acted.notice = notice;
    for (auto const& group : chosen) {
        if (group.folder == to) continue;
        acted.undo_uids = client.move(group.folder, group.uids, to);
        acted.undo_from = to;
        acted.undo_to = group.folder;
        acted.count += group.uids.size();
    }
    if (chosen.size() != 1) acted.undo_uids.clear();
    return acted;
}

Acted remove(mail::MailClient& client, std::vector<Chosen> const& chosen)
{
    auto const trash = folder_with(client.folders(), FolderUse::trash);
    bool const for_good = trash.empty() || (chosen.size() == 1 && chosen.front().folder == trash);
    if (!for_good) return move_to(client, chosen, trash, "trashed");
    for (auto const& group : chosen) client.remove(group.folder, group.uids);
    return {"deleted", count(chosen), {}, {}, {}};
}

Acted mark_junk(mail::MailClient& client, std::vector<Chosen> const& chosen, bool is_junk)
{
    auto const folders = client.folders();
    auto const to = folder_with(folders, is_junk ? FolderUse::junk : FolderUse::inbox);
    for (auto const& group : chosen) { // registered keywords (RFC 9051 2.3.2), so that a filter can learn
        client.set_keyword(group.folder, group.uids, is_junk ? "$NotJunk" : "$Junk", false);
        client.set_keyword(group.folder, group.uids, is_junk ? "$Junk" : "$NotJunk", true);
    }
    return move_to(client, chosen, to, is_junk ? "junked" : "not-junked");
}

Acted flag(mail::MailClient& client, std::vector<Chosen> const& chosen, std::string const& what)
{
    auto const flag = what == "read" || what == "unread" ? mail::Flag::seen : mail::Flag::flagged;
    for (auto const& group : chosen)
        client.set_flag(group.folder, group.uids, flag, what == "read" || what == "star");
    return {what, count(chosen), {}, {}, {}};
}

Acted label(mail::MailClient& client, std::vector<Chosen> const& chosen, std::string_view label)
{
    bool const on = label.starts_with('+');
    if (label.empty() || !is_keyword(label.substr(1))) return {};
    for (auto const& group : chosen) client.set_keyword(group.folder, group.uids, std::string(label.substr(1)), on);
    return {on ? "labelled" : "unlabelled", count(chosen), {}, {}, {}};
}
} // namespace

bool is_keyword(std::string_view text)
{
    constexpr auto bytes = base::letters | base::digits | base::ByteSet("-_$.");
    for (char const c : text)
        if (!bytes.contains(c)) return false;
    return !text.empty();
}

std::vector<Chosen> chosen_messages(Form const& form, std::string const& folder)
{
    std::vector<Chosen> chosen;
    for (auto const& value : form.all("uid")) add(chosen, value, folder);
    return chosen;
}

Acted act(Exchange& exchange, mail::MailClient& client, std::string const& folder)
{
    auto const& form = exchange.request.form;
    auto what = form.value("do");
    auto chosen = chosen_messages(form, folder);
    for (std::string_view const one : {"star-", "unstar-"})
        if (what.starts_with(one)) {
            chosen.clear();
            add(chosen, std::string_view(what).substr(one.size()), folder);
            what = one.substr(0, one.size() - 1);
        }
    if (chosen.empty()) return {"none", 0, {}, {}, {}};
    if (what == "delete") return remove(client, chosen);
    if (what == "archive")
        return move_to(client, chosen, folder_for(client, client.folders(), FolderUse::archive), "archived");
    if (what == "junk" || what == "not-junk") return mark_junk(client, chosen, what == "junk");
    if (what == "read" || what == "unread" || what == "star" || what == "unstar") return flag(client, chosen, what);
    if (what == "label") return label(client, chosen, form.value("label"));
    if (what != "move" || form.value("to").empty()) return {};
    return move_to(client, chosen, form.value("to"), form.value("undo").empty() ? "moved" : "undone");
}

std::string with_notice(std::string const& link, Acted const& acted)
{
    if (acted.notice.empty()) return link;
    auto out = link + (link.find('?') == std::string::npos ? "?" : "&") + "notice=" + acted.notice +
               "&n=" + std::to_string(acted.count);
    if (!acted.undo_uids.empty() && acted.notice != "undone")
        out += "&undo=" + percent_encoded(mail::sequence_set(acted.undo_uids)) +
               "&undo_from=" + percent_encoded(acted.undo_from) + "&undo_to=" + percent_encoded(acted.undo_to);
    return out;
}

} // namespace httpd::webmail
