#include "maild/imap/resync.h"

#include "appliance/base/text.h"
#include "maild/imap/reply.h"

namespace maild::imap
{

namespace
{
constexpr base::ByteSet option_chars = base::letters | base::digits;

/// A set without "*": the client tells what it knows.
SequenceSet must_known_set(Parser& parser)
{
    auto set = parser.must_sequence_set();
    for (auto const& range : set.ranges())
        if (range.first == SequenceSet::last || range.second == SequenceSet::last)
            throw_bad("A set of known messages cannot end with *");
    return set;
}

std::uint64_t count(SequenceSet const& set)
{
    std::uint64_t numbers = 0;
    for (auto const& range : set.resolved(0)) numbers += std::uint64_t{range.second} - range.first + 1;
    return numbers;
}

/// seq-match-data: "(1,5 10,50)", sequence numbers and their UIDs.
void must_match_data(Parser& parser)
{
    parser.must_take('(');
    auto const numbers = must_known_set(parser);
    parser.must_space();
    auto const uids = must_known_set(parser);
    parser.must_take(')');
    if (count(numbers) != count(uids)) throw_bad("As many sequence numbers as UIDs are expected");
}

Resync must_resync(Parser& parser)
{
    Resync resync;
    parser.must_space();
    parser.must_take('(');
    resync.uid_validity = parser.must_nonzero_number();
    parser.must_space();
    resync.modseq = parser.must_number64();
    if (parser.take(' ')) {
        if (parser.peek() != '(') resync.known_uids = must_known_set(parser);
        if (!resync.known_uids || parser.take(' ')) {
            must_match_data(parser);
            resync.matches_numbers = true;
        }
    }
    parser.must_take(')');
    return resync;
}

std::string take_name(Parser& parser) { return base::upper(parser.take_while(option_chars)); }
} // namespace

SelectOptions must_select_options(Parser& parser)
{
    SelectOptions options;
    if (!parser.take(" (")) return options;
    do {
        auto const name = take_name(parser);
        if (name == "CONDSTORE")
            options.condstore = true;
        else if (name == "QRESYNC" && !options.resync)
            options.resync = must_resync(parser);
        else
            throw_bad("Unknown parameter of SELECT");
    } while (parser.take(' '));
    parser.must_take(')');
    return options;
}

FetchOptions must_fetch_options(Parser& parser)
{
    FetchOptions options;
    if (!parser.take(" (")) return options;
    do {
        auto const name = take_name(parser);
        if (name == "CHANGEDSINCE" && !options.changed_since) {
            parser.must_space();
            options.changed_since = parser.must_number64();
        } else if (name == "PARTIAL" && !options.partial) {
            options.partial = must_partial(parser);
        } else if (name == "VANISHED") {
            options.vanished = true;
        } else {
            throw_bad("Unknown modifier of FETCH");
        }
    } while (parser.take(' '));
    parser.must_take(')');
    return options;
}

std::optional<mailbox::ModSeq> must_unchanged_since(Parser& parser)
{
    if (!parser.take('(')) return std::nullopt;
    if (!parser.take("UNCHANGEDSINCE ")) throw_bad("Unknown modifier of STORE");
    auto const modseq = parser.must_number64();
    parser.must_take(')');
    parser.must_space();
    return modseq;
}

} // namespace maild::imap
