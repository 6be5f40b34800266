#include "maild/imap/search_keys.h"

#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "appliance/message/fold.h"
#include "maild/imap/limits.h"
#include "maild/imap/object_ids.h"
#include "maild/imap/reply.h"

#include <algorithm>
#include <utility>

namespace maild::imap
{

namespace
{
using Kind = SearchKey::Kind;

/// Keys without an argument, and their opposites.
struct FlagKey {
    std::string_view name;
    mailbox::Flag flag;
    bool is_set;
};
constexpr FlagKey flag_keys[] = {
    {"ANSWERED", mailbox::flag_answered, true},  {"DELETED", mailbox::flag_deleted, true},
    {"DRAFT", mailbox::flag_draft, true},        {"FLAGGED", mailbox::flag_flagged, true},
    {"SEEN", mailbox::flag_seen, true},          {"UNANSWERED", mailbox::flag_answered, false},
    {"UNDELETED", mailbox::flag_deleted, false}, {"UNDRAFT", mailbox::flag_draft, false},
    {"UNFLAGGED", mailbox::flag_flagged, false}, {"UNSEEN", mailbox::flag_seen, false},
};
constexpr std::string_view field_keys[] = {"BCC", "CC", "FROM", "SUBJECT", "TO"};
constexpr std::pair<std::string_view, Kind> date_keys[] = {
    {"BEFORE", Kind::before},
    {"ON", Kind::on},
    {"SINCE", Kind::since},
    {"SENTBEFORE", Kind::sent_before},
    {"SENTON", Kind::sent_on},
    {"SENTSINCE", Kind::sent_since},
    {"SAVEDBEFORE", Kind::saved_before},
    {"SAVEDON", Kind::saved_on},
    {"SAVEDSINCE", Kind::saved_since},
};
constexpr std::pair<std::string_view, Kind> number_keys[] = {
    {"LARGER", Kind::larger}, {"SMALLER", Kind::smaller}, {"OLDER", Kind::older}, {"YOUNGER", Kind::younger}};

SearchKey of_kind(Kind kind)
{
    SearchKey key;
    key.kind = kind;
    return key;
}

SearchKey negated(SearchKey key)
{
    auto outer = of_kind(Kind::none_of);
    outer.children.push_back(std::move(key));
    return outer;
}

SearchKey both(std::vector<SearchKey> keys)
{
    auto key = of_kind(Kind::both);
    key.children = std::move(keys);
    return key;
}

class SearchParser
{
public:
    SearchParser(Parser& parser, std::string charset) : parser_(parser), charset_(std::move(charset)) {}

    /// search-key *(SP search-key)
    SearchKey must_list(std::size_t depth)
    {
        std::vector<SearchKey> keys;
        do keys.push_back(must_key(depth));
        while (parser_.take(' '));
        return keys.size() == 1 ? std::move(keys[0]) : both(std::move(keys));
    }

private:
    SearchKey must_key(std::size_t depth)
    {
        if (depth > limits::search_depth) throw_bad("The search is nested too deeply");
        if (++count_ > limits::search_keys) throw_bad("Too many search keys");
        if (parser_.take('(')) {
            auto list = must_list(depth + 1);
            parser_.must_take(')');
            return list;
        }
        if (base::digits.contains(parser_.peek()) || parser_.peek() == '*' || parser_.peek() == '$')
            return must_set(Kind::sequence);
        return must_named(base::upper(parser_.must_atom()), depth);
    }

    SearchKey must_named(std::string const& name, std::size_t depth)
    {
        for (auto const& known : flag_keys)
            if (name == known.name) return flag(known.flag, known.is_set);
        for (auto const known : field_keys)
            if (name == known) return must_text(Kind::header, name);
        for (auto const& [known, kind] : date_keys)
            if (name == known) return must_day(kind);
        for (auto const& [known, kind] : number_keys)
            if (name == known) return must_number(kind);
        if (name == "ALL" || name == "SAVEDATESUPPORTED") return of_kind(Kind::all); // RFC 8514: here it always is
        if (name == "RECENT") return of_kind(Kind::recent);
        if (name == "OLD") return negated(of_kind(Kind::recent));
        if (name == "NEW") return both({of_kind(Kind::recent), flag(mailbox::flag_seen, false)});
        if (name == "BODY") return must_text(Kind::body, "");
        if (name == "TEXT") return must_text(Kind::text, "");
        if (name == "KEYWORD") return must_keyword();
        if (name == "UNKEYWORD") return negated(must_keyword());
        if (name == "MODSEQ") return must_modseq();
        if (name == "UIDAFTER" || name == "UIDBEFORE") return must_uids_beyond(name);
        if (name == "EMAILID") return must_object_id(Kind::email_id);
        if (name == "THREADID") return must_object_id(Kind::thread_id);
        if (name != "UID" && name != "HEADER" && name != "NOT" && name != "OR") throw_bad("Unknown search key");
        parser_.must_space();
        if (name == "UID") return must_set(Kind::uid);
        if (name == "HEADER") return must_text(Kind::header, parser_.must_astring());
        if (name == "NOT") return negated(must_key(depth + 1));
        return must_or(depth);
    }

    static SearchKey flag(mailbox::Flag bit, bool is_set)
    {
        auto key = of_kind(Kind::has_flag);
        key.number = bit;
        return is_set ? key : negated(std::move(key));
    }

    SearchKey must_or(std::size_t depth)
    {
        auto key = of_kind(Kind::either);
        key.children.push_back(must_key(depth + 1));
        parser_.must_space();
        key.children.push_back(must_key(depth + 1));
        return key;
    }

    SearchKey must_set(Kind kind)
    {
        auto key = of_kind(kind);
        key.set = parser_.must_sequence_set();
        return key;
    }

    /// RFC 9738 section 3.4, without the UID itself.
    SearchKey must_uids_beyond(std::string const& name)
    {
        parser_.must_space();
        auto const uid = parser_.must_nonzero_number();
        bool const after = name == "UIDAFTER";
        auto key = of_kind(Kind::uid);
        if (after && uid < UINT32_MAX) key.set.add(uid + 1, UINT32_MAX);
        if (!after && uid > 1) key.set.add(1, uid - 1);
        return key;
    }

    SearchKey must_day(Kind kind)
    {
        parser_.must_space();
        auto key = of_kind(kind);
        key.day = parser_.must_date();
        return key;
    }

    SearchKey must_number(Kind kind)
    {
        parser_.must_space();
        auto key = of_kind(kind);
        key.number = parser_.must_number64();
        bool const is_interval = kind == Kind::older || kind == Kind::younger;
        if (is_interval && key.number == 0) throw_bad("An interval has at least one second");
        return key;
    }

    /// RFC 7162 section 3.1.5. All flags of a message have one mod-sequence here.
    SearchKey must_modseq()
    {
        parser_.must_space();
        if (parser_.peek() == '"') {
            if (!base::lower(parser_.must_string()).starts_with("/flags/")) throw_bad("Expected \"/flags/...\"");
            parser_.must_space();
            auto const type = base::lower(parser_.must_atom());
            if (type != "priv" && type != "shared" && type != "all") throw_bad("Expected priv, shared or all");
            parser_.must_space();
        }
        auto key = of_kind(Kind::modseq);
        key.number = parser_.must_number64();
        return key;
    }

    /// RFC 8474 section 6. An id that nobody gave belongs to no message.
    SearchKey must_object_id(Kind kind)
    {
        parser_.must_space();
        auto key = of_kind(kind);
        auto const id = parser_.must_atom();
        key.number = static_cast<std::uint64_t>(
            (kind == Kind::email_id ? parse_email_id(id) : parse_thread_id(id)).value_or(0));
        return key;
    }

    SearchKey must_keyword()
    {
        parser_.must_space();
        auto key = of_kind(Kind::has_keyword);
        key.text = parser_.must_atom();
        return key;
    }

    SearchKey must_text(Kind kind, std::string name)
    {
        parser_.must_space();
        if (kind != Kind::header && ++texts_ > limits::search_texts) throw_bad("Too many BODY and TEXT keys");
        auto key = of_kind(kind);
        key.name = std::move(name);
        auto const text = parser_.must_astring(); // RFC 6855 allows UTF-8 in it
        key.text = message::fold(charset_.empty() ? message::guess_utf8(text) : message::to_utf8(text, charset_));
        return key;
    }

    Parser& parser_;
    std::string charset_;
    std::size_t count_ = 0;
    std::size_t texts_ = 0;
};
} // namespace

namespace
{
SearchKey must_keys(Parser& parser, std::string charset)
{
    if (!message::is_known_charset(charset))
        throw_no("BADCHARSET (US-ASCII UTF-8)", "This charset is not known here");
    return SearchParser(parser, std::move(charset)).must_list(0);
}
} // namespace

bool SearchKey::uses(Kind wanted) const
{
    return kind == wanted ||
           std::any_of(children.begin(), children.end(), [&](SearchKey const& child) { return child.uses(wanted); });
}

SearchKey must_search_program(Parser& parser, CharsetName charset)
{
    if (!parser.take("CHARSET ")) return SearchParser(parser, {}).must_list(0);
    if (charset == CharsetName::refused) throw_bad("With UTF8=ACCEPT everything is UTF-8; leave CHARSET out");
    auto name = parser.must_astring();
    parser.must_space();
    return must_keys(parser, std::move(name));
}

SearchKey must_search_criteria(Parser& parser)
{
    auto charset = parser.must_astring();
    parser.must_space();
    return must_keys(parser, std::move(charset));
}

} // namespace maild::imap
