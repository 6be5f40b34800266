#include "maild/transfer/export.h"

#include "appliance/base/as_caller.h"
#include "appliance/base/file.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "maild/transfer/line_ends.h"
#include "maild/transfer/maildir_files.h"
#include "maild/transfer/mbox.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace maild::transfer
{

namespace
{
namespace fs = std::filesystem;
using mailbox::AccountView;
using mailbox::Mailbox;
using mailbox::MessageInfo;

[[noreturn]] void fail(std::string const& path)
{
    throw base::Failure(base::failed(path, std::strerror(errno), "choose a folder that you may write, with room"));
}

void make_folder(std::string const& path) { base::make_folders(path, 0700).value(); }

base::Fd make_file(std::string const& path)
{
    base::Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) fail(path);
    return file;
}

void write_file(std::string const& path, std::string_view bytes)
{
    base::AsCaller const person;
    auto const file = make_file(path);
    base::write_all(file.get(), bytes);
}

void must_be_usable(ExportOptions const& options)
{
    base::AsCaller const person;
    std::error_code error;
    bool const is_there = fs::exists(options.folder, error);
    if (is_there && !fs::is_directory(options.folder, error))
        throw base::Failure(base::refused(options.folder, "this is not a folder", "choose another name"));
    if (is_there && !options.resume && !fs::is_empty(options.folder, error))
        throw base::Failure(base::refused(options.folder, "this folder is not empty",
                                          "choose an empty one, or write --resume to go on"));
    make_folder(options.folder);
}

/// One mailbox as a folder of a Maildir++.
class MaildirFolder
{
public:
    MaildirFolder(std::string path, bool is_root) : path_(std::move(path))
    {
        base::AsCaller const person;
        for (auto const* part : {"/cur", "/new", "/tmp"}) make_folder(path_ + part);
        if (!is_root) make_file(path_ + "/maildirfolder");
        std::error_code error;
        for (auto const& entry : fs::directory_iterator(path_ + "/cur", error)) {
            auto const name = entry.path().filename().string();
            there_[parse_maildir_name(name).base] = name;
        }
    }

    /// False: it was there already.
    bool put(MessageInfo const& message, std::uint32_t uid_validity, std::vector<std::string> const& keywords,
             std::function<std::optional<std::string>()> const& read, std::size_t& damaged)
    {
        // The name begins alike whenever it is made, so that an export can go on where another one ended.
        auto const stem = std::to_string(message.internal_date / 1000000) + ".M" +
                          std::to_string(message.internal_date % 1000000) + "P" + std::to_string(message.uid) + "V" +
                          std::to_string(uid_validity) + ".kotakpos";
        auto const letters = letters_of(message.flags, keywords);
        if (auto const old = find(stem); !old.empty()) {
            auto const base = parse_maildir_name(old).base;
            if (old != base + ":2," + letters)
                rename(path_ + "/cur/" + old, path_ + "/cur/" + base + ":2," + letters);
            list.uids[base] = message.uid;
            return false;
        }
        auto const bytes = read();
        if (!bytes) {
            ++damaged;
            return true;
        }
        bool const is_plain = is_plain_crlf(*bytes);
        auto const text = is_plain ? with_lf(*bytes) : *bytes;
        auto const base = stem + ",S=" + std::to_string(text.size()) + (is_plain ? "" : ",raw");
        write(base + ":2," + letters, text, message.internal_date);
        list.uids[base] = message.uid;
        return true;
    }

    /// What an earlier export left and is gone since.
    void remove_others()
    {
        base::AsCaller const person;
        for (auto const& [base, name] : there_)
            if (!list.uids.contains(base) && base.find(".kotakpos,S=") != std::string::npos)
                ::unlink((path_ + "/cur/" + name).c_str());
    }

    UidList list;

private:
    std::string find(std::string const& stem) const
    {
        auto const found = there_.lower_bound(stem + ",");
        return found != there_.end() && found->first.starts_with(stem + ",") ? found->second : std::string();
    }

    void rename(std::string const& from, std::string const& to)
    {
        base::AsCaller const person;
        if (::rename(from.c_str(), to.c_str()) != 0) fail(to);
    }

    void write(std::string const& name, std::string_view bytes, base::Timestamp date)
    {
        base::AsCaller const person;
        auto const temporary = path_ + "/tmp/" + base::random_hex(8);
        auto const file = make_file(temporary);
        base::write_all(file.get(), bytes);
        timespec const moment{date / 1000000, static_cast<long>(date % 1000000 * 1000)};
        timespec const both[] = {moment, moment};
        ::futimens(file.get(), both); // the internal date, for Dovecot and us
        if (::rename(temporary.c_str(), (path_ + "/cur/" + name).c_str()) != 0) fail(path_);
    }

    std::string path_;
    std::map<std::string, std::string, std::less<>> there_; ///< names by base, of an earlier export
};

std::vector<std::string> keywords_of(std::vector<MessageInfo> const& messages)
{
    std::set<std::string> all;
    for (auto const& message : messages) all.insert(message.flags.keywords.begin(), message.flags.keywords.end());
    return {all.begin(), all.end()};
}

constexpr std::size_t longest_name = 255;

/// Where a mailbox's name does not fit into a file's.
std::string short_name(std::string name, std::string_view mailbox)
{
    if (name.size() <= longest_name) return name;
    return name.substr(0, 180) + "-" + base::hex(base::sha256(mailbox)).substr(0, 16);
}

std::string_view show(mailbox::SpecialUse use)
{
    switch (use) {
    case mailbox::SpecialUse::none: return "";
    case mailbox::SpecialUse::drafts: return "\\Drafts";
    case mailbox::SpecialUse::sent: return "\\Sent";
    case mailbox::SpecialUse::trash: return "\\Trash";
    case mailbox::SpecialUse::junk: return "\\Junk";
    case mailbox::SpecialUse::archive: return "\\Archive";
    }
    return "";
}

class Exporting
{
public:
    Exporting(AccountView& view, ExportOptions const& options) : view_(view), options_(options) {}

    Exported run()
    {
        for (auto const& mailbox : view_.mailboxes()) {
            if (!options_.mailbox.empty() && mailbox.name != options_.mailbox) continue;
            ++done_.mailboxes;
            if (options_.format == Format::maildir)
                write_maildir(mailbox);
            else
                write_mbox(mailbox);
        }
        if (options_.format == Format::maildir)
            write_file(options_.folder + "/subscriptions", show_subscriptions(view_.subscriptions()));
        base::AsCaller const person;
        base::Fd const folder(::open(options_.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!folder || ::syncfs(folder.get()) != 0) fail(options_.folder);
        return done_;
    }

private:
    void write_maildir(Mailbox const& mailbox)
    {
        auto const name = short_name(folder_of(mailbox.name), mailbox.name);
        auto const path = name.empty() ? options_.folder : options_.folder + "/" + name;
        MaildirFolder folder(path, name.empty());
        auto const messages = view_.messages(mailbox.id);
        auto keywords = keywords_of(messages);
        folder.list.uid_validity = mailbox.uid_validity;
        folder.list.uid_next = mailbox.uid_next;
        for (auto const& message : messages) {
            bool const is_new = folder.put(
                message, mailbox.uid_validity, keywords, [&] { return view_.read(message.body); }, done_.damaged);
            ++(is_new ? done_.messages : done_.kept);
            report();
        }
        folder.remove_others();
        write_file(path + "/dovecot-uidlist", show_uid_list(folder.list));
        if (!keywords.empty()) write_file(path + "/dovecot-keywords", show_keywords_file(keywords));
        // For ourselves: names that do not fit, special uses, and more than 26 keywords.
        write_file(path + "/kotakpos-mailbox",
                   "name = " + mailbox.name + "\nuse = " + std::string(show(mailbox.special_use)) + "\n");
        write_file(path + "/kotakpos-sharing", sharing_of(mailbox));
    }

    std::string sharing_of(Mailbox const& mailbox)
    {
        return show_sharing(view_.sharing(mailbox.id), options_.account, options_.people);
    }

    void write_mbox(Mailbox const& mailbox)
    {
        if (!sharing_of(mailbox).empty()) ++done_.unheld;
        auto const path = options_.folder + "/" + mbox_name(mailbox.name);
        std::error_code error;
        auto const messages = view_.messages(mailbox.id);
        bool is_there = false;
        {
            base::AsCaller const person;
            make_folder(fs::path(path).parent_path().string());
            is_there = options_.resume && fs::exists(path, error);
        }
        if (is_there) {
            done_.kept += messages.size();
            return;
        }
        auto const file = [&] {
            base::AsCaller const person;
            return make_file(path + ".part");
        }();
        bool first = true;
        for (auto const& message : messages) {
            auto const bytes = view_.read(message.body);
            ++(bytes ? done_.messages : done_.damaged);
            if (bytes)
                base::write_all(file.get(),
                                show_mbox({*bytes, message, first ? mailbox.uid_validity : 0, mailbox.uid_next}));
            first = first && !bytes;
            report();
        }
        base::AsCaller const person;
        if (::rename((path + ".part").c_str(), path.c_str()) != 0) fail(path);
    }

    /// "Arsip/2020.mbox"; a level that begins with a dot is written with %2E.
    static std::string mbox_name(std::string const& mailbox)
    {
        std::vector<std::string> levels;
        for (auto const level : base::split(mailbox, '/')) {
            auto safe = base::replace_all(std::string(level), "%", "%25");
            if (safe.front() == '.') safe.replace(0, 1, "%2E");
            levels.push_back(short_name(safe, level));
        }
        if (levels.back().size() + 5 > longest_name)
            levels.back() = short_name(levels.back() + std::string(100, ' '), mailbox);
        return base::join(levels, "/") + ".mbox";
    }

    void report()
    {
        if (options_.progress) options_.progress(done_.messages + done_.kept + done_.damaged);
    }

    AccountView& view_;
    ExportOptions const& options_;
    Exported done_;
};
} // namespace

Exported export_mail(AccountView& view, ExportOptions const& options)
{
    must_be_usable(options);
    return Exporting(view, options).run();
}

} // namespace maild::transfer
