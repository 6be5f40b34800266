// ESEARCH: one search over many mailboxes (RFC 7377).

#include "maild/imap/session.h"

#include "appliance/base/text.h"
#include "maild/imap/limits.h"
#include "maild/mailbox/reader_store.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
/// One filter of a source: "subtree Kelas", "inboxes". RFC 5465 section 6 and RFC 7377 section 2.2.
struct SourceFilter {
    enum class Kind { selected, inboxes, personal, subscribed, subtree, subtree_one, mailboxes };
    Kind kind = Kind::selected;
    std::vector<std::string> names = {};
};

constexpr std::pair<std::string_view, SourceFilter::Kind> filter_names[] = {
    {"SELECTED", SourceFilter::Kind::selected},       {"SELECTED-DELAYED", SourceFilter::Kind::selected},
    {"INBOXES", SourceFilter::Kind::inboxes},         {"PERSONAL", SourceFilter::Kind::personal},
    {"SUBSCRIBED", SourceFilter::Kind::subscribed},   {"SUBTREE", SourceFilter::Kind::subtree},
    {"SUBTREE-ONE", SourceFilter::Kind::subtree_one}, {"MAILBOXES", SourceFilter::Kind::mailboxes}};

std::vector<std::string> must_names(Parser& parser)
{
    parser.must_space();
    std::vector<std::string> names;
    if (!parser.take('(')) return {parser.must_mailbox()};
    do {
        if (names.size() >= limits::list_patterns) throw_bad("Too many mailbox names");
        names.push_back(parser.must_mailbox());
    } while (parser.take(' '));
    parser.must_take(')');
    return names;
}

SourceFilter must_filter(Parser& parser)
{
    auto const name = base::upper(parser.must_atom());
    for (auto const& [known, kind] : filter_names) {
        if (name != known) continue;
        bool const has_names = kind >= SourceFilter::Kind::subtree;
        return {kind, has_names ? must_names(parser) : std::vector<std::string>()};
    }
    throw_bad("Unknown mailbox filter " + name);
}

/// source-mbox, or "selected" when there is none. Scope options were never defined by anybody.
std::vector<SourceFilter> must_source(Parser& parser)
{
    if (!parser.take("IN ")) return {{}};
    std::vector<SourceFilter> filters;
    parser.must_take('(');
    do {
        if (parser.peek() == '(') throw_bad("Scope options are not known here");
        if (filters.size() >= limits::list_patterns) throw_bad("Too many mailbox filters");
        filters.push_back(must_filter(parser));
    } while (parser.take(' '));
    parser.must_take(')');
    parser.must_space();
    return filters;
}

/// How many levels the name is below the superior; 0: itself; nothing: it is elsewhere.
std::optional<std::size_t> levels_below(std::string_view name, std::string_view superior)
{
    if (name == superior) return 0;
    if (!name.starts_with(superior) || name.substr(superior.size(), 1) != "/") return std::nullopt;
    auto const rest = name.substr(superior.size());
    return static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '/'));
}

bool matches(SourceFilter const& filter, SeenMailbox const& seen, View const* view)
{
    auto const is_within = [&](std::size_t most) {
        return std::any_of(filter.names.begin(), filter.names.end(), [&](std::string const& name) {
            auto const levels = levels_below(seen.name, name);
            return levels && *levels <= most;
        });
    };
    switch (filter.kind) {
    case SourceFilter::Kind::selected: return view != nullptr && view->id() == seen.mailbox.id;
    case SourceFilter::Kind::inboxes: return seen.name == "INBOX";
    case SourceFilter::Kind::personal: return seen.is_own;
    case SourceFilter::Kind::subscribed: return seen.mailbox.subscribed;
    case SourceFilter::Kind::subtree: return is_within(SIZE_MAX);
    case SourceFilter::Kind::subtree_one: return is_within(1);
    case SourceFilter::Kind::mailboxes: return is_within(0);
    }
    return false;
}

/// RFC 7377 section 2.1: sequence numbers and "$" belong to the selected mailbox alone.
void must_be_free_of_numbers(SearchKey const& key)
{
    if (key.kind == SearchKey::Kind::sequence || key.set.is_saved())
        throw_bad("Sequence numbers and $ cannot be searched in other mailboxes");
    for (auto const& child : key.children) must_be_free_of_numbers(child);
}

mailbox::UidSet known_uids(SequenceSet const& set, UidMap const& map)
{
    if (map.empty()) return {};
    std::vector<mailbox::UidRange> ranges;
    for (auto const& [first, last] : set.resolved(map.last())) ranges.push_back({first, last});
    return map.known(mailbox::UidSet::of(std::move(ranges)));
}
} // namespace

Reply Session::esearch(Parser& parser)
{
    parser.must_space();
    auto const source = must_source(parser);
    auto options = must_return_options(parser);
    auto const program = must_search_program(parser, charset_name());
    parser.must_end();

    bool const selected_only = std::all_of(source.begin(), source.end(), [](SourceFilter const& filter) {
        return filter.kind == SourceFilter::Kind::selected;
    });
    if (selected_only && !view_) throw_bad("Select a mailbox first");
    if (options.save || options.update) throw_bad("SAVE and UPDATE are for SEARCH");
    if (!selected_only) must_be_free_of_numbers(program);
    options.all = options.all || !options.is_given;
    auto told = progress();
    for (auto const& seen : places_->all()) {
        auto const is_asked = [&](SourceFilter const& filter) {
            return matches(filter, seen, view_ ? &*view_ : nullptr);
        };
        bool const may_read = (seen.rights & mailbox::right_read) != 0;
        if (may_read && std::any_of(source.begin(), source.end(), is_asked))
            search_mailbox(seen, options, program, told);
    }
    return ok("Searched");
}

/// Answers with UIDs, and only when something was found.
void Session::search_mailbox(SeenMailbox const& seen, ReturnOptions const& options, SearchKey program, Progress& told)
{
    auto const& mailbox = seen.mailbox;
    bool const is_selected = view_ && view_->id() == mailbox.id;
    auto const map = is_selected
                         ? view_->map()
                         : UidMap(context_.store.uids_at(mailbox.id, mailbox.highest_modseq, mailbox.uid_next));
    resolve_sets(program, [&](SequenceSet const& set, Numbers kind) {
        return is_selected ? view_->must_resolve(set, kind) : known_uids(set, map);
    });
    SearchScope const scope{
        mailbox.id, mailbox.account, map,
        [&](mailbox::Uid uid) { return is_selected ? view_->is_recent(uid) : uid >= mailbox.recent_from; },
        base::system_clock().now()};
    // In mailboxes of others \Seen is the searcher's own; for the selected one the session's store sees to that.
    mailbox::ReaderStore store(context_.store);
    store.read_as(account(), seen.is_own || is_selected ? 0 : mailbox.id);
    auto const found = Searcher(store, scope, told).run(program);
    if (found.empty()) return;
    auto const modseq = program.uses(SearchKey::Kind::modseq) ? greatest_modseq(store, mailbox.id, found) : 0;
    auto const origin = "TAG \"" + tag_ + "\" MAILBOX " + show_name(seen.name) + " UIDVALIDITY " +
                        std::to_string(mailbox.uid_validity);
    untagged(show_esearch(origin, Numbers::uid, options, numbers_of(found, map, Numbers::uid), modseq));
}

} // namespace maild::imap
