#include "maild/imap/search.h"

#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "appliance/message/fold.h"
#include "appliance/message/header.h"
#include "appliance/message/mime.h"
#include "appliance/message/words.h"
#include "maild/imap/limits.h"

#include <algorithm>
#include <unordered_map>

namespace maild::imap
{

namespace
{
using Kind = SearchKey::Kind;

enum class Truth { no, yes, open };
Truth truth(bool value) { return value ? Truth::yes : Truth::no; }

/// What is known of one message at the present step.
struct Subject {
    Entry const* entry = nullptr;
    message::Header const* header = nullptr;  ///< from the second step on
    std::string const* folded_body = nullptr; ///< in the third step: the decoded text parts
};

bool holds(std::string_view haystack, std::string_view needle)
{
    return haystack.find(needle) != std::string_view::npos;
}

bool header_holds(message::Header const& header, std::string const& name, std::string const& text)
{
    auto const fields = header.all(name);
    auto const matches = [&](message::HeaderField const* field) {
        return text.empty() || holds(message::fold(message::decode_words(field->value())), text);
    };
    return std::any_of(fields.begin(), fields.end(), matches);
}

bool any_field_holds(message::Header const& header, std::string const& text)
{
    for (auto const& field : header.fields()) {
        auto const line = std::string(field.name) + ": " + message::decode_words(field.value());
        if (holds(message::fold(message::scrub_utf8(line)), text)) return true;
    }
    return false;
}

/// RFC 3501: the Date field's own day, whatever the zone; a message without a good one is never found.
bool sent_matches(Kind kind, message::Header const& header, message::Day day)
{
    auto const date = message::parse_date(header.first("Date"));
    if (!date) return false;
    if (kind == Kind::sent_before) return date->local_day < day;
    if (kind == Kind::sent_on) return date->local_day == day;
    return date->local_day >= day;
}

bool has_keyword(mailbox::Flags const& flags, std::string const& wanted)
{
    return std::any_of(flags.keywords.begin(), flags.keywords.end(),
                       [&](std::string const& keyword) { return base::equal_ignoring_case(keyword, wanted); });
}

/// After Searcher::prepare the ranges of a set are ascending and end with real numbers.
bool contains(SequenceSet const& set, std::uint32_t number)
{
    auto const& ranges = set.ranges();
    auto const after = std::upper_bound(ranges.begin(), ranges.end(), number,
                                        [](std::uint32_t value, auto const& range) { return value < range.first; });
    return after != ranges.begin() && number <= std::prev(after)->second;
}

Truth test(SearchKey const& key, Subject const& subject);

Truth test_all(std::vector<SearchKey> const& keys, Subject const& subject)
{
    auto result = Truth::yes;
    for (auto const& key : keys) {
        auto const one = test(key, subject);
        if (one == Truth::no) return Truth::no;
        if (one == Truth::open) result = Truth::open;
    }
    return result;
}

Truth test_any(std::vector<SearchKey> const& keys, Subject const& subject)
{
    auto result = Truth::no;
    for (auto const& key : keys) {
        auto const one = test(key, subject);
        if (one == Truth::yes) return Truth::yes;
        if (one == Truth::open) result = Truth::open;
    }
    return result;
}

Truth opposite(Truth value)
{
    if (value == Truth::open) return value;
    return truth(value == Truth::no);
}

Truth test_text(SearchKey const& key, Subject const& subject)
{
    if (key.kind == Kind::text && subject.header && any_field_holds(*subject.header, key.text)) return Truth::yes;
    if (!subject.folded_body) return Truth::open;
    return truth(holds(*subject.folded_body, key.text));
}

Truth test(SearchKey const& key, Subject const& subject)
{
    auto const& info = subject.entry->info;
    auto const received = [&] { return message::day_of(info.internal_date); };
    switch (key.kind) {
    case Kind::all: return Truth::yes;
    case Kind::both: return test_all(key.children, subject);
    case Kind::either: return test_any(key.children, subject);
    case Kind::none_of: return opposite(test(key.children[0], subject));
    case Kind::sequence: return truth(contains(key.set, subject.entry->number));
    case Kind::uid: return truth(contains(key.set, info.uid));
    case Kind::has_flag: return truth((info.flags.system & key.number) != 0);
    case Kind::has_keyword: return truth(has_keyword(info.flags, key.text));
    case Kind::recent: return truth(subject.entry->recent);
    case Kind::larger: return truth(info.size > key.number);
    case Kind::smaller: return truth(info.size < key.number);
    case Kind::before: return truth(received() < key.day);
    case Kind::on: return truth(received() == key.day);
    case Kind::since: return truth(received() >= key.day);
    case Kind::sent_before:
    case Kind::sent_on:
    case Kind::sent_since:
        return subject.header ? truth(sent_matches(key.kind, *subject.header, key.day)) : Truth::open;
    case Kind::header: return subject.header ? truth(header_holds(*subject.header, key.name, key.text)) : Truth::open;
    case Kind::body:
    case Kind::text: return test_text(key, subject);
    }
    return Truth::no;
}

/// Everything of the body that is text: the text parts decoded, and the headers of enclosed messages.
void append_text(std::string_view message, message::Part const& part, bool is_root, std::string& to)
{
    if (!is_root && part.header.size() > 0 && part.is_message()) {
        auto const inner = message::Header::parse(part.children[0].header.of(message));
        for (auto const& field : inner.fields())
            to += std::string(field.name) + ": " + message::decode_words(field.value()) + '\n';
    }
    for (auto const& child : part.children) append_text(message, child, false, to);
    if (part.children.empty() && (part.type == "text" || part.type == "message"))
        to += message::text_of(message, part) + '\n';
}

std::string folded_body(std::string_view bytes)
{
    auto const root = message::scan(bytes);
    std::string text;
    append_text(bytes, root, true, text);
    return message::fold(text);
}
} // namespace

mailbox::UidSet Searcher::run(SearchKey key)
{
    prepare(key);
    std::vector<mailbox::Uid> found;
    Walk walk(store_, view_, view_.map().uids());
    for (auto rows = walk.next(); !rows.empty(); rows = walk.next()) {
        std::vector<Entry> open;
        for (auto& entry : rows) {
            auto const answer = test(key, {&entry, nullptr, nullptr});
            if (answer == Truth::yes) found.push_back(entry.info.uid);
            if (answer == Truth::open) open.push_back(std::move(entry));
        }
        if (!open.empty()) search_texts(key, open, found);
    }
    return found;
}

/// Resolves "*" and checks sequence numbers once for all messages.
void Searcher::prepare(SearchKey& key)
{
    for (auto& child : key.children) prepare(child);
    if (key.kind != Kind::sequence && key.kind != Kind::uid) return;
    bool const by_uid = key.kind == Kind::uid;
    if (!by_uid) (void)view_.must_resolve(key.set, Numbers::sequence); // throws for numbers that are not there
    auto const greatest = by_uid ? view_.map().last() : view_.size();
    SequenceSet resolved;
    for (auto const& range : key.set.resolved(greatest)) resolved.add(range.first, range.second);
    key.set = std::move(resolved);
}

/// The second and the third step, for one batch of messages.
void Searcher::search_texts(SearchKey const& key, std::vector<Entry> const& open, std::vector<mailbox::Uid>& found)
{
    std::vector<mailbox::BodyId> bodies;
    for (auto const& entry : open) bodies.push_back(entry.info.body);
    std::sort(bodies.begin(), bodies.end());
    bodies.erase(std::unique(bodies.begin(), bodies.end()), bodies.end());
    std::unordered_map<mailbox::BodyId, mailbox::MessageIndex> texts;
    for (auto& text : store_.index(bodies)) {
        auto const body = text.body;
        texts.emplace(body, std::move(text));
    }
    for (auto const& entry : open) {
        auto const text = texts.find(entry.info.body);
        if (text == texts.end()) continue; // expunged meanwhile
        auto header = message::Header::parse(text->second.header);
        Subject subject{&entry, text->second.header_complete ? &header : nullptr, nullptr};
        auto answer = test(key, subject);
        if (answer == Truth::open) {
            auto const body = store_.open(entry.info.body);
            if (!body) continue;
            auto const bytes = body->all();
            auto const decoded = folded_body(bytes);
            header = message::Header::parse(bytes);
            subject.header = &header;
            subject.folded_body = &decoded;
            answer = test(key, subject);
        }
        if (answer == Truth::yes) found.push_back(entry.info.uid);
    }
}

} // namespace maild::imap
