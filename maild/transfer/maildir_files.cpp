#include "maild/transfer/maildir_files.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/imap_client/modified_utf7.h"

#include <algorithm>

namespace maild::transfer
{

namespace
{
struct Letter {
    char letter;
    std::uint32_t flag;
};
constexpr Letter letters[] = {{'D', mailbox::flag_draft},
                              {'F', mailbox::flag_flagged},
                              {'R', mailbox::flag_answered},
                              {'S', mailbox::flag_seen},
                              {'T', mailbox::flag_deleted}};
constexpr char const* passed = "$Forwarded"; // 'P'
constexpr std::string_view dot_in_level = "&AC4-";

std::vector<std::string_view> lines_of(std::string_view text)
{
    auto lines = base::split(text, '\n');
    for (auto& line : lines)
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return lines;
}

std::uint32_t number(std::string_view text)
{
    return static_cast<std::uint32_t>(base::parse_number(text, UINT32_MAX).value_or(0));
}

/// "3 V123 N45 G..." or "1 123 45"
void read_head(UidList& list, std::string_view line)
{
    auto const words = base::split(line, ' ');
    if (words.size() < 2) return;
    if (words[0] == "1" && words.size() >= 3) {
        list.uid_validity = number(words[1]);
        list.uid_next = number(words[2]);
    }
    if (words[0] != "3") return;
    for (auto const word : words) {
        if (word.starts_with('V')) list.uid_validity = number(word.substr(1));
        if (word.starts_with('N')) list.uid_next = number(word.substr(1));
    }
}

/// "25006 P12 :1276528487.M364837P9451.host,S=1355:2,", in version 1 without the colon.
void read_entry(UidList& list, std::string_view line)
{
    auto const space = line.find(' ');
    if (space == std::string_view::npos) return;
    auto const uid = number(line.substr(0, space));
    auto const colon = line.find(" :");
    auto const name = colon == std::string_view::npos ? line.substr(space + 1) : line.substr(colon + 2);
    if (uid == 0 || name.empty()) return;
    list.uids[parse_maildir_name(name).base] = uid;
}
} // namespace

MaildirName parse_maildir_name(std::string_view name)
{
    MaildirName parsed;
    auto info = std::string_view::npos; // ';' and '!' are what file systems that know no ':' have
    for (auto const* mark : {":2,", ";2,", "!2,"})
        if (info == std::string_view::npos) info = name.rfind(mark);
    if (info != std::string_view::npos) {
        for (char const c : name.substr(info + 3)) {
            if (c == ',') break; // further fields of others
            parsed.letters += c;
        }
    } else {
        info = name.rfind(":1,");
    }
    parsed.base = std::string(name.substr(0, info));
    parsed.is_raw = parsed.base.ends_with(",raw");
    return parsed;
}

Flags flags_of(std::string_view text, std::vector<std::string> const& keywords)
{
    Flags flags;
    for (char const c : text) {
        for (auto const& known : letters)
            if (known.letter == c) flags.system |= known.flag;
        if (c == 'P') flags.keywords.emplace_back(passed);
        auto const place = static_cast<std::size_t>(c - 'a');
        if (c >= 'a' && c <= 'z' && place < keywords.size() && !keywords[place].empty())
            flags.keywords.push_back(keywords[place]);
    }
    return flags;
}

std::string letters_of(Flags const& flags, std::vector<std::string> const& keywords)
{
    std::string text;
    for (auto const& known : letters)
        if ((flags.system & known.flag) != 0) text += known.letter;
    for (auto const& keyword : flags.keywords) {
        if (base::equal_ignoring_case(keyword, passed)) text += 'P'; // and as a keyword: Dovecot reads that one
        auto const found = std::find(keywords.begin(), keywords.end(), keyword);
        auto const place = static_cast<std::size_t>(found - keywords.begin());
        if (found != keywords.end() && place < maildir_keywords_max) text += static_cast<char>('a' + place);
    }
    std::sort(text.begin(), text.end()); // ASCII order, as the format wants it
    return text;
}

std::vector<std::string> parse_keywords_file(std::string_view text)
{
    std::vector<std::string> keywords;
    for (auto const line : lines_of(text)) {
        auto const space = line.find(' ');
        if (space == std::string_view::npos) continue;
        auto const place = base::parse_number(line.substr(0, space), maildir_keywords_max - 1);
        auto const keyword = line.substr(space + 1);
        if (!place || keyword.empty() || keyword.find(' ') != std::string_view::npos) continue;
        if (keywords.size() <= *place) keywords.resize(static_cast<std::size_t>(*place) + 1);
        keywords[static_cast<std::size_t>(*place)] = std::string(keyword);
    }
    return keywords;
}

std::string show_keywords_file(std::vector<std::string> const& keywords)
{
    std::string text;
    for (std::size_t i = 0; i < keywords.size() && i < maildir_keywords_max; ++i)
        if (!keywords[i].empty()) text += std::to_string(i) + " " + keywords[i] + "\n";
    return text;
}

UidList parse_uid_list(std::string_view text)
{
    UidList list;
    bool is_head = true;
    for (auto const line : lines_of(text)) {
        if (std::exchange(is_head, false))
            read_head(list, line);
        else
            read_entry(list, line);
    }
    if (!list.is_there()) list.uids.clear();
    return list;
}

std::string show_uid_list(UidList const& list)
{
    std::vector<std::pair<Uid, std::string_view>> entries;
    for (auto const& [name, uid] : list.uids) entries.emplace_back(uid, name);
    std::sort(entries.begin(), entries.end());
    auto text = "3 V" + std::to_string(list.uid_validity) + " N" + std::to_string(list.uid_next) + " G" +
                base::random_hex(16) + "\n";
    for (auto const& [uid, name] : entries) text += std::to_string(uid) + " :" + std::string(name) + "\n";
    return text;
}

std::vector<std::string> parse_subscriptions(std::string_view text)
{
    auto const lines = lines_of(text);
    bool const is_second = !lines.empty() && lines.front() == "V\t2";
    std::vector<std::string> names;
    for (std::size_t i = is_second ? 1 : 0; i < lines.size(); ++i) {
        if (lines[i].empty()) continue;
        std::vector<std::string> levels;
        for (auto const level : base::split(lines[i], is_second ? '\t' : '.'))
            levels.push_back(imap_client::from_modified_utf7(level));
        names.push_back(base::join(levels, "/"));
    }
    return names;
}

std::string show_subscriptions(std::vector<std::string> const& names)
{
    std::string text = "V\t2\n\n";
    for (auto const& name : names) {
        std::vector<std::string> levels;
        for (auto const level : base::split(name, '/')) levels.push_back(imap_client::to_modified_utf7(level));
        text += base::join(levels, "\t") + "\n";
    }
    return text;
}

std::string folder_of(std::string_view mailbox)
{
    if (mailbox == "INBOX") return {};
    std::string folder;
    for (auto const level : base::split(mailbox, '/'))
        folder += "." + base::replace_all(imap_client::to_modified_utf7(level), ".", dot_in_level);
    return folder;
}

std::optional<std::string> mailbox_of(std::string_view folder)
{
    if (folder.size() < 2 || folder.front() != '.' || folder == "..") return std::nullopt;
    std::vector<std::string> levels;
    for (auto const level : base::split(folder.substr(1), '.')) {
        if (level.empty()) return std::nullopt;
        levels.push_back(imap_client::from_modified_utf7(base::replace_all(std::string(level), dot_in_level, ".")));
    }
    return base::join(levels, "/");
}

} // namespace maild::transfer
