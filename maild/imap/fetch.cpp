#include "maild/imap/fetch.h"

#include "appliance/base/text.h"
#include "appliance/message/filter_fields.h"
#include "maild/imap/limits.h"
#include "maild/imap/object_ids.h"
#include "maild/mailbox/listed_header.h"
#include "maild/mailbox/whole_message.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
using Kind = FetchItem::Kind;
using message::SectionText;

/// The whole header, or only the fields that lists show.
unsigned needed_header(Section const& section)
{
    if (!section.part.empty() || section.text == SectionText::body) return 0;
    bool const is_listed = section.text == SectionText::header && section.fields == Section::Fields::only &&
                           std::all_of(section.names.begin(), section.names.end(), mailbox::is_listed_field);
    return is_listed ? mailbox::index_listed_header : mailbox::index_header;
}

/// Which texts of the index an item is made from: bits of mailbox::IndexPart.
unsigned needed_parts(FetchItem const& item)
{
    switch (item.kind) {
    case Kind::envelope: return mailbox::index_envelope;
    case Kind::body: return mailbox::index_plain_body;
    case Kind::body_structure: return mailbox::index_structure;
    case Kind::section: return needed_header(item.section);
    case Kind::preview:
    case Kind::preview_lazy: return mailbox::index_preview;
    default: return 0;
    }
}

/// The row itself is not asked. An item with texts or bytes needs it for its body.
bool is_in_flags(FetchItem const& item)
{
    return item.kind == Kind::flags || item.kind == Kind::uid || item.kind == Kind::modseq;
}

std::size_t count_parts(message::Part const& part)
{
    std::size_t count = 1;
    for (auto const& child : part.children) count += count_parts(child);
    return count;
}

/// Each once: one body may be in the mailbox several times.
std::vector<mailbox::BodyId> bodies_of(std::vector<Entry> const& batch)
{
    std::vector<mailbox::BodyId> bodies;
    for (auto const& entry : batch) bodies.push_back(entry.info.body);
    std::sort(bodies.begin(), bodies.end());
    bodies.erase(std::unique(bodies.begin(), bodies.end()), bodies.end());
    return bodies;
}

mailbox::UidSet uids_of(std::vector<Entry> const& batch)
{
    mailbox::UidSet uids;
    for (auto const& entry : batch) uids.add(entry.info.uid);
    return uids;
}

constexpr std::size_t kept_parts_max = 200; ///< a larger tree is not kept between commands
} // namespace

message::Range cut(message::Range range, std::optional<Partial> const& partial)
{
    if (!partial) return range;
    auto const skipped = std::min<std::uint64_t>(partial->offset, range.size());
    range.begin += static_cast<std::size_t>(skipped);
    range.end = range.begin + static_cast<std::size_t>(std::min<std::uint64_t>(partial->count, range.size()));
    return range;
}

namespace
{
/// Asked for every field of every message: the length alone settles most of them.
bool is_named(Section const& section, std::string_view field)
{
    return std::any_of(section.names.begin(), section.names.end(), [&](std::string const& name) {
        return name.size() == field.size() && base::equal_ignoring_case(name, field);
    });
}
} // namespace

std::string filter_header(std::string_view header, Section const& section)
{
    return message::filter_fields(header, [&](std::string_view name) {
        return is_named(section, name) == (section.fields == Section::Fields::only);
    });
}

bool Fetcher::run(View& view, mailbox::UidSet const& selection, std::vector<FetchItem> const& items,
                  Walk::Order order)
{
    unsigned parts = 0;
    for (auto const& item : items) parts |= needed_parts(item);
    bool const threads =
        std::any_of(items.begin(), items.end(), [](auto const& item) { return item.kind == Kind::thread_id; });
    bool complete = true;
    bool const flags_only = std::all_of(items.begin(), items.end(), is_in_flags);
    auto const batch_size = flags_only ? limits::flag_batch : parts != 0 ? limits::index_batch : limits::row_batch;
    Walk walk(store_, view, selection, batch_size, order, flags_only ? Walk::Rows::flags : Walk::Rows::whole);
    for (auto batch = walk.next(); !batch.empty(); batch = walk.next()) {
        std::vector<mailbox::MessageIndex> texts;
        if (parts != 0) texts = store_.index_of(view.id(), uids_of(batch), parts);
        if (threads) load_threads(view, batch);
        for (auto const& entry : batch) {
            auto const text = std::lower_bound(texts.begin(), texts.end(), entry.info.uid,
                                               [](auto const& one, auto uid) { return one.uid < uid; });
            bool const found = text != texts.end() && text->uid == entry.info.uid;
            if (parts != 0 && !found) {
                complete = false;
                continue;
            }
            Message message{entry, found ? &*text : nullptr, nullptr};
            complete = respond(message, items) && complete;
        }
    }
    if (count_parts(structures_.root) > kept_parts_max) structures_ = {};
    return complete && walk.missing() == 0;
}

void Fetcher::load_threads(View const& view, std::vector<Entry> const& batch)
{
    auto const bodies = bodies_of(batch);
    auto const threads = store_.threads(view.mailbox().account, bodies);
    threads_.clear();
    for (std::size_t i = 0; i < bodies.size(); ++i) threads_.emplace(bodies[i], threads[i]);
}

/// The header of the whole message is in the index.
bool Fetcher::has_header(Message const& message, Section const& section)
{
    return message.texts && message.texts->header_complete && section.part.empty() &&
           section.text == SectionText::header;
}

bool Fetcher::needs_body(Message const& message, FetchItem const& item)
{
    if (item.kind == Kind::binary || item.kind == Kind::binary_size) return true;
    if (item.kind == Kind::preview) return !message.texts->preview;
    return item.kind == Kind::section && !has_header(message, item.section);
}

/// One response; nothing is written before it is certain that it can be finished.
bool Fetcher::respond(Message& message, std::vector<FetchItem> const& items)
{
    for (auto const& item : items) {
        if (message.body || !needs_body(message, item)) continue;
        message.body = store_.open(message.entry.info.body);
        if (!message.body) return false;
    }
    auto const answered = without_unknown_encodings(message, items);
    if (answered.empty()) return true;
    stream_.write(fetch_start(features_, message.entry.number, message.entry.info.uid));
    try {
        for (auto const* item : answered) {
            if (item != answered.front()) stream_.write(" ");
            write_item(message, *item);
        }
    } catch (base::StoreError const& error) { // no tagged answer can stand in the middle of a response
        throw net::Disconnected(std::string("a message could not be read: ") + error.what());
    }
    stream_.write(")\r\n");
    return true;
}

void Fetcher::write_item(Message& message, FetchItem const& item)
{
    auto const& info = message.entry.info;
    if (item.kind == Kind::section) return write_section(message, item);
    if (item.kind == Kind::binary && item.section.part.empty()) return write_section(message, item);
    stream_.write(item.name);
    stream_.write(" ");
    switch (item.kind) {
    case Kind::flags:
        return stream_.write(show_flags(info.flags, message.entry.recent && (features_ & feature_rev2) == 0));
    case Kind::uid: return stream_.write(std::to_string(info.uid));
    case Kind::internal_date: return stream_.write(show_date_time(info.internal_date));
    case Kind::size: return stream_.write(std::to_string(info.size));
    case Kind::envelope: return stream_.write(message.texts->envelope);
    case Kind::body: return stream_.write(message.texts->plain_body);
    case Kind::body_structure: return stream_.write(message.texts->body_structure);
    case Kind::modseq: return stream_.write('(' + std::to_string(info.modseq) + ')');
    case Kind::save_date: return stream_.write(show_date_time(info.saved));
    case Kind::email_id: return stream_.write('(' + show_email_id(info.body) + ')');
    case Kind::thread_id: return stream_.write('(' + show_thread_id(threads_.at(info.body)) + ')');
    case Kind::preview:
    case Kind::preview_lazy: return stream_.write(preview_of(message, item));
    case Kind::binary: return write_binary(message, item);
    case Kind::binary_size: return stream_.write(std::to_string(binary_size(message, item.section).bytes));
    case Kind::section: break;
    }
}

void Fetcher::write_section(Message& message, FetchItem const& item)
{
    auto const& section = item.section;
    if (section.text == SectionText::header && (section.part.empty() || section.fields != Section::Fields::all)) {
        bool found = true;
        auto const header = header_of(message, section, found);
        if (!found) return stream_.write(item.name + " NIL");
        return write_text(item, section.fields == Section::Fields::all ? header : filter_header(header, section));
    }
    auto const range = find_range(message, section);
    if (!range) return stream_.write(item.name + " NIL");
    write_from_body(message, item, *range);
}

std::string Fetcher::header_of(Message& message, Section const& section, bool& found)
{
    if (has_header(message, section)) return message.texts->header;
    auto const range = find_range(message, section);
    found = range.has_value();
    return found ? message.body->read(range->begin, range->size()) : std::string();
}

/// Where the section is, without scanning the message if that is known from elsewhere.
std::optional<message::Range> Fetcher::find_range(Message& message, Section const& section)
{
    auto const size = static_cast<std::size_t>(message.body->size());
    if (section.part.empty() && section.text == SectionText::body) return message::Range{0, size};
    if (section.part.empty() && section.text == SectionText::text && message.texts && message.texts->header_complete)
        return message::Range{std::min(message.texts->header.size(), size), size};
    return message::find_section(structure_of(message), section.part, section.text);
}

message::Part const& Fetcher::structure_of(Message& message)
{
    if (structures_.body == message.entry.info.body) return structures_.root;
    structures_ = {};
    structures_ = {message.entry.info.body, message::scan(mailbox::WholeMessage(*message.body).bytes())};
    return structures_.root;
}

void Fetcher::write_text(FetchItem const& item, std::string_view text)
{
    auto const range = cut({0, text.size()}, item.partial);
    stream_.write(item.name + " {" + std::to_string(range.size()) + "}\r\n");
    stream_.write(range.of(text));
}

void Fetcher::write_from_body(Message& message, FetchItem const& item, message::Range range)
{
    range = cut(range, item.partial);
    stream_.write(item.name + " {" + std::to_string(range.size()) + "}\r\n");
    while (range.size() > 0) {
        auto const piece = message.body->read(range.begin, std::min(range.size(), limits::body_piece));
        // The announced bytes cannot be delivered: only closing keeps the client from reading nonsense.
        if (piece.empty()) throw net::Disconnected("a message's file is shorter than its record");
        stream_.write(piece);
        range.begin += piece.size();
    }
}

} // namespace maild::imap
