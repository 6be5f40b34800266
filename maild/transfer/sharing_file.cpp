#include "maild/transfer/sharing_file.h"

#include "appliance/base/text.h"
#include "maild/mailbox/rights.h"

#include <algorithm>

namespace maild::transfer
{

namespace
{
using mailbox::AccountId;
using mailbox::UidRange;
using mailbox::UidSet;

constexpr std::size_t longest_identifier = 200;
constexpr std::string_view owner_word = "owner", shared_word = "shared", login_mark = "user:";

bool is_plain(std::string_view word)
{
    return std::all_of(word.begin(), word.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

std::optional<std::string> word_of(AccountId account, AccountId owner, People const& people)
{
    if (account == owner) return std::string(owner_word);
    auto const login = people.login_of(account);
    return login ? std::optional(std::string(login_mark) + *login) : std::nullopt;
}

/// "@17" as "user:ali"; "anyone" and "$x-tkj-1" as they are.
std::optional<std::string> word_of(std::string_view identifier, AccountId owner, People const& people)
{
    if (!identifier.starts_with('@')) return std::string(identifier);
    auto const id = base::parse_number(identifier.substr(1), INT64_MAX);
    return id ? word_of(static_cast<AccountId>(*id), owner, people) : std::nullopt;
}

/// Without the letters of RFC 2086: each of them would give back two rights where there was one.
std::string letters_of(mailbox::Rights rights)
{
    auto letters = mailbox::show_rights(rights);
    std::erase_if(letters, [](char letter) { return letter == 'c' || letter == 'd'; });
    return letters;
}

std::string show_uids(UidSet const& uids)
{
    std::vector<std::string> words;
    for (auto const& range : uids.ranges())
        words.push_back(std::to_string(range.first) + ":" + std::to_string(range.last));
    return base::join(words, ",");
}

UidSet parse_uids(std::string_view text)
{
    std::vector<UidRange> ranges;
    for (auto const word : base::split(text, ',')) {
        auto const colon = word.find(':');
        auto const first = base::parse_number(word.substr(0, colon), UINT32_MAX);
        auto const last =
            colon == std::string_view::npos ? first : base::parse_number(word.substr(colon + 1), UINT32_MAX);
        if (first && last && *first != 0 && *first <= *last)
            ranges.push_back({static_cast<mailbox::Uid>(*first), static_cast<mailbox::Uid>(*last)});
    }
    return UidSet::of(std::move(ranges));
}

class SharingReader
{
public:
    SharingReader(AccountId owner, People const& people) : owner_(owner), people_(people) {}

    void read(std::string_view line)
    {
        auto const words = base::split(line, ' ');
        if (words.size() == 3 && words[0] == "acl") read_acl(words[1], words[2]);
        if (words.size() == 4 && words[0] == "note") read_note(words[1], words[2], words[3]);
        if (words.size() == 3 && words[0] == "read")
            if (auto const reader = account_of(words[1]))
                file_.sharing.read.push_back({*reader, parse_uids(words[2])});
    }
    SharingFile take() { return std::move(file_); }

private:
    void read_acl(std::string_view who, std::string_view letters)
    {
        bool const is_negative = who.starts_with('-');
        if (is_negative) who.remove_prefix(1);
        auto const rights = mailbox::parse_rights(letters);
        std::optional<std::string> identifier = std::string(who);
        if (who == owner_word || who.starts_with(login_mark)) {
            auto const account = account_of(who);
            identifier = account ? std::optional("@" + std::to_string(*account)) : std::nullopt;
        }
        bool const is_group = who.starts_with('$') && who.size() < longest_identifier && is_plain(who);
        bool const is_person = identifier && who.starts_with(login_mark);
        bool const is_owner = who == owner_word; // who may do everything in any case
        if (rights && *rights != 0 && !is_owner && (who == "anyone" || is_group || is_person))
            file_.sharing.acl.push_back({*identifier, *rights, is_negative});
    }

    void read_note(std::string_view who, std::string_view entry, std::string_view value)
    {
        auto const bytes = base::from_base64(value);
        auto const reader = who == shared_word ? std::optional<AccountId>(0) : account_of(who);
        bool const is_private = who != shared_word;
        if (!bytes || bytes->size() > mailbox::annotation_bytes_max || !reader) return;
        if (!entry.starts_with(is_private ? "/private/" : "/shared/")) return;
        file_.sharing.notes.push_back({*reader, {base::lower(entry), *bytes}});
    }

    std::optional<AccountId> account_of(std::string_view word)
    {
        if (word == owner_word) return owner_;
        if (!word.starts_with(login_mark)) return std::nullopt;
        auto const login = word.substr(login_mark.size());
        auto const account = people_.account_of(login);
        if (!account && std::find(file_.strangers.begin(), file_.strangers.end(), login) == file_.strangers.end())
            file_.strangers.emplace_back(login);
        return account;
    }

    AccountId const owner_;
    People const& people_;
    SharingFile file_;
};
} // namespace

std::string show_sharing(mailbox::MailboxSharing const& sharing, AccountId owner, People const& people)
{
    std::string text;
    for (auto const& entry : sharing.acl)
        if (auto const who = word_of(entry.identifier, owner, people))
            text += "acl " + std::string(entry.is_negative ? "-" : "") + *who + " " + letters_of(entry.rights) + "\n";
    for (auto const& [reader, note] : sharing.notes) {
        auto const who = reader == 0 ? std::optional(std::string(shared_word)) : word_of(reader, owner, people);
        if (who && note.value) text += "note " + *who + " " + note.entry + " " + base::base64(*note.value) + "\n";
    }
    for (auto const& [reader, uids] : sharing.read)
        if (auto const who = word_of(reader, owner, people)) text += "read " + *who + " " + show_uids(uids) + "\n";
    return text;
}

SharingFile parse_sharing(std::string_view text, AccountId owner, People const& people)
{
    SharingReader reader(owner, people);
    for (auto const line : base::split(text, '\n')) reader.read(line);
    return reader.take();
}

} // namespace maild::transfer
