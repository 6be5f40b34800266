#include "maild/transfer/file_sources.h"

#include "appliance/base/as_caller.h"
#include "appliance/base/file.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/config/config.h"
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
constexpr std::size_t largest_index_file = std::size_t{256} << 20;
constexpr unsigned deepest_folder = 20;

/// A plain file of the caller; links and everything else that is no file give no descriptor.
base::Fd open_plain(std::string const& path, struct stat& status)
{
    base::AsCaller const person;
    base::Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file && (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))) file.reset();
    return file;
}

std::string read_to_end(int file, std::size_t limit)
{
    std::string bytes;
    char buffer[65536];
    for (;;) {
        auto const got = ::read(file, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || bytes.size() > limit) return bytes;
        bytes.append(buffer, static_cast<std::size_t>(got));
    }
}

/// "" when it is not there.
std::string read_index(std::string const& path)
{
    struct stat status {
    };
    auto const file = open_plain(path, status);
    return file ? read_to_end(file.get(), largest_index_file) : std::string();
}

/// Names in a folder, sorted; those of plain files and folders, never of links.
std::vector<std::string> names_in(std::string const& folder, fs::file_type type)
{
    base::AsCaller const person;
    std::vector<std::string> names;
    std::error_code error;
    for (auto const& entry : fs::directory_iterator(folder, error)) {
        std::error_code gone;
        if (entry.symlink_status(gone).type() == type) names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool is_folder(std::string const& path)
{
    base::AsCaller const person;
    std::error_code error;
    return fs::is_directory(fs::symlink_status(path, error));
}

struct File {
    std::string path;
    std::string name;
    MaildirName parsed;
    Uid uid = 0;
};

/// One folder of a Maildir.
class MaildirFolder
{
public:
    MaildirFolder(std::string path, std::string name, Importer& importer)
        : path_(std::move(path)), importer_(importer)
    {
        source_.name = std::move(name);
        list_ = parse_uid_list(read_index(path_ + "/dovecot-uidlist"));
        keywords_ = parse_keywords_file(read_index(path_ + "/dovecot-keywords"));
        source_.uid_validity = list_.uid_validity;
        source_.uid_next = list_.uid_next;
        read_own_words();
        for (auto const* part : {"new", "cur"})
            for (auto const& name_there : names_in(path_ + "/" + part, fs::file_type::regular))
                add_file(part, name_there);
        // By UID, so that UIDs can be kept; those without one behind, by name, which begins with their time.
        std::stable_sort(files_.begin(), files_.end(), [](File const& a, File const& b) {
            return (a.uid == 0 ? UINT32_MAX : a.uid) < (b.uid == 0 ? UINT32_MAX : b.uid);
        });
    }

    std::size_t size() const { return files_.size(); }
    void set_subscribed(std::set<std::string> const& names)
    {
        source_.subscribed = names.empty() || names.contains(source_.name);
    }

    void import()
    {
        importer_.begin(source_);
        for (std::size_t at = 0; at < files_.size(); at += names_per_look) {
            auto const end = std::min(files_.size(), at + names_per_look);
            std::vector<std::string> names;
            for (auto i = at; i < end; ++i) names.push_back(files_[i].parsed.base);
            auto const known = importer_.known(names);
            for (auto i = at; i < end; ++i) {
                if (known[i - at])
                    importer_.note_known(1);
                else
                    import_file(files_[i]);
            }
        }
        importer_.end();
    }

private:
    static constexpr std::size_t names_per_look = 1000;

    /// What our own export notes beside what Dovecot has.
    void read_own_words()
    {
        source_.sharing = read_index(path_ + "/kotakpos-sharing");
        auto const text = read_index(path_ + "/kotakpos-mailbox");
        for (auto const line : base::split(text, '\n')) {
            if (line.starts_with("name = ") && line.size() > 7) source_.name = line.substr(7);
            if (line == "use = \\Drafts") source_.use = mailbox::SpecialUse::drafts;
            if (line == "use = \\Sent") source_.use = mailbox::SpecialUse::sent;
            if (line == "use = \\Trash") source_.use = mailbox::SpecialUse::trash;
            if (line == "use = \\Junk") source_.use = mailbox::SpecialUse::junk;
            if (line == "use = \\Archive") source_.use = mailbox::SpecialUse::archive;
        }
    }

    void add_file(std::string const& part, std::string const& name)
    {
        if (name.empty() || name.front() == '.') return;
        File file{path_ + "/" + part + "/" + name, name, parse_maildir_name(name)};
        auto const uid = list_.uids.find(file.parsed.base);
        if (uid != list_.uids.end()) file.uid = uid->second;
        files_.push_back(std::move(file));
    }

    void import_file(File const& file)
    {
        struct stat status {
        };
        auto const opened = open_plain(file.path, status);
        if (!opened) return importer_.note_skipped(file.path, "it is no plain file, or may not be read");
        if (static_cast<std::uint64_t>(status.st_size) > importer_.largest_message())
            return importer_.note_skipped(file.path, "the message is too large");
        auto bytes = read_to_end(opened.get(), importer_.largest_message());
        if (bytes.empty()) return importer_.note_skipped(file.path, "it is empty");
        SourceMessage message;
        message.body.bytes = file.parsed.is_raw ? std::move(bytes) : with_crlf(bytes);
        message.flags = flags_of(file.parsed.letters, keywords_);
        message.date = base::Timestamp{status.st_mtim.tv_sec} * 1000000 + status.st_mtim.tv_nsec / 1000;
        message.name = file.parsed.base;
        message.uid = file.uid;
        importer_.add(std::move(message));
    }

    std::string path_;
    Importer& importer_;
    SourceMailbox source_;
    UidList list_;
    std::vector<std::string> keywords_;
    std::vector<File> files_;
};

/// Folders of the "fs" layout: NAME/cur, NAME/INNER/cur.
void collect_plain_folders(std::string const& path, std::string const& name, unsigned depth, Importer& importer,
                           std::vector<MaildirFolder>& folders)
{
    if (depth > deepest_folder) return;
    for (auto const& inner : names_in(path, fs::file_type::directory)) {
        if (inner == "cur" || inner == "new" || inner == "tmp" || inner.front() == '.') continue;
        auto const inner_path = path + "/" + inner;
        auto const inner_name = name.empty() ? inner : name + "/" + inner;
        if (is_folder(inner_path + "/cur")) folders.emplace_back(inner_path, inner_name, importer);
        collect_plain_folders(inner_path, inner_name, depth + 1, importer, folders);
    }
}

std::string name_of_mbox(std::string const& path)
{
    auto name = path.ends_with(".mbox") ? path.substr(0, path.size() - 5) : path;
    name = base::replace_all(base::replace_all(name, "%2E", "."), "%25", "%");
    return base::equal_ignoring_case(name, "mbox") ? "INBOX" : name;
}

void import_one_mbox(std::string const& path, std::string const& name, Importer& importer)
{
    struct stat status {
    };
    auto const file = open_plain(path, status);
    if (!file) throw base::Failure(base::refused(path, "it is no plain file, or may not be read", "check its owner"));
    auto const read_at = [&](std::uint64_t offset, char* to, std::size_t count) -> std::size_t {
        auto const got = ::pread(file.get(), to, count, static_cast<off_t>(offset));
        if (got < 0) base::throw_store_error(path);
        return static_cast<std::size_t>(got);
    };
    MboxReader reader(read_at, importer.largest_message());
    if (status.st_size > 0 && !reader.is_mbox())
        throw base::Failure(base::refused(path, "it does not begin with a 'From ' line", "this is no mbox file"));
    bool is_begun = false;
    std::map<std::string, unsigned> copies; // the same bytes may stand there more than once
    while (auto message = reader.next()) {
        if (!std::exchange(is_begun, true)) importer.begin({.name = name, .uid_validity = message->uid_validity});
        if (message->is_too_large) {
            importer.note_skipped(path, "the message is too large");
            continue;
        }
        if (message->bytes.empty()) continue;
        auto const sum = base::hex(base::sha256(message->bytes)).substr(0, 32);
        SourceMessage source{{std::move(message->bytes)},
                             std::move(message->flags),
                             message->date,
                             sum + "-" + std::to_string(++copies[sum]),
                             message->uid};
        if (importer.known({source.name}).front())
            importer.note_known(1);
        else
            importer.add(std::move(source));
    }
    if (is_begun) importer.end();
}
} // namespace

FileKind look_at_files(std::string const& path)
{
    if (is_folder(path + "/cur") || is_folder(path + "/INBOX/cur")) return FileKind::maildir;
    if (is_folder(path)) return FileKind::mbox_folder;
    struct stat status {
    };
    return open_plain(path, status) ? FileKind::mbox_file : FileKind::none;
}

void import_maildir(std::string const& path, Importer& importer)
{
    std::vector<MaildirFolder> folders;
    if (is_folder(path + "/cur")) folders.emplace_back(path, "INBOX", importer);
    for (auto const& name : names_in(path, fs::file_type::directory)) {
        auto const mailbox = mailbox_of(name);
        if (mailbox && is_folder(path + "/" + name + "/cur"))
            folders.emplace_back(path + "/" + name, *mailbox, importer);
    }
    collect_plain_folders(path, "", 0, importer, folders);
    auto const subscribed = parse_subscriptions(read_index(path + "/subscriptions"));
    for (auto& folder : folders) {
        folder.set_subscribed({subscribed.begin(), subscribed.end()});
        importer.expect(folder.size());
    }
    for (auto& folder : folders) folder.import();
}

void import_mbox(std::string const& path, Importer& importer)
{
    if (!is_folder(path)) return import_one_mbox(path, name_of_mbox(fs::path(path).filename().string()), importer);
    std::vector<std::string> files;
    {
        base::AsCaller const person;
        std::error_code error;
        for (auto const& entry : fs::recursive_directory_iterator(path, error))
            if (entry.symlink_status(error).type() == fs::file_type::regular && entry.path().extension() == ".mbox")
                files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    if (files.empty())
        throw base::Failure(base::refused(path, "there is neither a Maildir nor an mbox file in it",
                                          "name the folder that has 'cur' in it, or the mbox file"));
    for (auto const& file : files) import_one_mbox(file, name_of_mbox(file.substr(path.size() + 1)), importer);
}

} // namespace maild::transfer
