// METADATA (RFC 5464): notes that clients keep with a mailbox or, under the name "", with the server.

#include "maild/imap/session.h"

#include "appliance/base/text.h"
#include "maild/imap/limits.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
/// The options of GETMETADATA.
struct MetadataOptions {
    std::uint64_t max_size = UINT64_MAX;
    std::size_t depth = 0; ///< levels below the entry
};

/// Behind the "(".
void must_metadata_options(Parser& parser, MetadataOptions& options)
{
    do {
        auto const option = base::upper(parser.must_atom());
        parser.must_space();
        if (option == "MAXSIZE") {
            options.max_size = parser.must_number();
            continue;
        }
        auto const depth = base::lower(parser.must_atom());
        if (option != "DEPTH" || (depth != "0" && depth != "1" && depth != "infinity"))
            throw_bad("The options of GETMETADATA are MAXSIZE and DEPTH 0, 1 or infinity");
        options.depth = depth == "infinity" ? SIZE_MAX : depth == "1" ? 1 : 0;
    } while (parser.take(' '));
    parser.must_take(')');
}

void must_add_entry(Parser& parser, std::vector<std::string>& entries)
{
    if (entries.size() >= limits::metadata_entries) throw_bad("Too many entries");
    entries.push_back(must_entry_name(parser));
}

/// One entry, or a list; before it, for who follows the examples of the RFC and not its grammar, the options.
std::vector<std::string> must_asked_entries(Parser& parser, MetadataOptions& options)
{
    std::vector<std::string> entries;
    bool has_list = parser.take('(');
    if (has_list && base::letters.contains(parser.peek())) {
        must_metadata_options(parser, options);
        parser.must_space();
        has_list = parser.take('(');
    }
    must_add_entry(parser, entries);
    if (!has_list) return entries;
    while (parser.take(' ')) must_add_entry(parser, entries);
    parser.must_take(')');
    return entries;
}

/// "(entry value ...)", each with a value or NIL.
std::vector<mailbox::Annotation> must_changes(Parser& parser)
{
    std::vector<mailbox::Annotation> changes;
    parser.must_take('(');
    do {
        if (changes.size() >= limits::metadata_entries) throw_bad("Too many entries");
        auto entry = must_entry_name(parser);
        parser.must_space();
        changes.push_back({std::move(entry), parser.must_nstring8()});
        if (changes.back().value && changes.back().value->size() > mailbox::annotation_bytes_max)
            throw_no("METADATA MAXSIZE " + std::to_string(mailbox::annotation_bytes_max), "That note is too long");
    } while (parser.take(' '));
    parser.must_take(')');
    return changes;
}

/// The value as it is answered. A NUL needs a literal8 (RFC 5464 section 5).
std::string show_value(std::optional<std::string> const& value)
{
    if (!value) return "NIL";
    bool const is_binary = value->find('\0') != std::string::npos;
    return is_binary ? "~{" + std::to_string(value->size()) + "}\r\n" + *value : show_string(*value);
}

bool is_private(std::string_view entry) { return entry.starts_with("/private/"); }

/// RFC 5464 4.2.2: itself, or at most `depth` levels below.
bool is_asked(std::string_view entry, std::string_view asked, std::size_t depth)
{
    if (entry == asked) return true;
    if (depth == 0 || !entry.starts_with(asked) || entry[asked.size()] != '/') return false;
    auto const rest = entry.substr(asked.size());
    return static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '/')) <= depth;
}
} // namespace

/// Entries of a mailbox (0: of the server) that this person may see, in both trees.
std::vector<mailbox::Annotation> Session::notes_of(mailbox::MailboxId mailbox)
{
    auto notes = context_.store.annotations(mailbox, account());
    auto shared = context_.store.annotations(mailbox, 0);
    notes.insert(notes.end(), std::make_move_iterator(shared.begin()), std::make_move_iterator(shared.end()));
    if (mailbox != 0) return notes;
    // RFC 5464 6.2: what everybody should find on a server.
    auto& directory = context_.directory;
    notes.push_back({"/shared/admin", "mailto:postmaster@" + directory.domain()});
    if (auto name = directory.setting("school.name")) notes.push_back({"/shared/comment", std::move(*name)});
    return notes;
}

/// " (entry value ...)" for what was asked; "" when there is nothing to tell. `longest` grows to the size of the
/// largest value that was left out.
std::string Session::show_notes(mailbox::MailboxId mailbox, std::vector<std::string> const& asked,
                                std::uint64_t max_size, std::size_t depth, std::uint64_t& longest)
{
    std::string text;
    auto const notes = notes_of(mailbox);
    for (auto const& entry : asked) {
        bool found = false;
        for (auto const& note : notes) {
            if (!is_asked(note.entry, entry, depth)) continue;
            found = true;
            if (note.value->size() > max_size) {
                longest = std::max<std::uint64_t>(longest, note.value->size());
                continue;
            }
            text += ' ' + show_astring(note.entry) + ' ' + show_value(note.value);
        }
        if (!found && depth == 0) text += ' ' + show_astring(entry) + " NIL";
    }
    return text.empty() ? text : " (" + text.substr(1) + ")";
}

/// The mailbox and what this person may do with its notes; nothing for the server.
std::optional<SeenMailbox> Session::must_find_annotated(std::string const& name, mailbox::Rights needed)
{
    if (name.empty()) return std::nullopt;
    return places_->must_find(name, mailbox::right_lookup | needed);
}

Reply Session::get_metadata(Parser& parser)
{
    MetadataOptions options;
    parser.must_space();
    if (parser.take('(')) {
        must_metadata_options(parser, options);
        parser.must_space();
    }
    auto const name = parser.must_mailbox();
    parser.must_space();
    auto const asked = must_asked_entries(parser, options);
    parser.must_end();

    auto const found = must_find_annotated(name, mailbox::right_read);
    std::uint64_t longest = 0;
    auto const notes = show_notes(found ? found->mailbox.id : 0, asked, options.max_size, options.depth, longest);
    if (!notes.empty()) untagged("METADATA " + (found ? show_name(found->name) : "\"\"") + notes);
    if (longest == 0) return ok("These are the notes");
    return ok("Some are longer than that", "METADATA LONGENTRIES " + std::to_string(longest));
}

Reply Session::set_metadata(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_space();
    auto const changes = must_changes(parser);
    parser.must_end();

    std::vector<mailbox::Annotation> own;
    std::vector<mailbox::Annotation> shared;
    for (auto const& change : changes) (is_private(change.entry) ? own : shared).push_back(change);
    auto const found = must_find_annotated(name, shared.empty() ? mailbox::right_read : mailbox::right_write);
    if (!found && !shared.empty()) throw_no("NOPERM", "Notes of the server are set on the appliance itself");
    auto const id = found ? found->mailbox.id : 0;
    auto const refusal = context_.store.annotate(id, {{account(), own}, {0, shared}});
    if (refusal == mailbox::Refusal::too_many) throw_no("METADATA TOOMANY", "There are too many notes already");
    if (refusal != mailbox::Refusal::none) return refused(refusal);
    return ok("Noted");
}

} // namespace maild::imap
