#include "maild/imap/search_return.h"

#include "appliance/base/text.h"
#include "maild/imap/reply.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
std::int64_t must_place(Parser& parser)
{
    bool const from_end = parser.take('-');
    auto const place = std::int64_t{parser.must_nonzero_number()};
    return from_end ? -place : place;
}

void must_option(Parser& parser, ReturnOptions& options)
{
    auto const name = base::upper(parser.must_atom());
    if (name == "MIN")
        options.min = true;
    else if (name == "MAX")
        options.max = true;
    else if (name == "ALL")
        options.all = true;
    else if (name == "COUNT")
        options.count = true;
    else if (name == "SAVE")
        options.save = true;
    else if (name == "UPDATE")
        options.update = true;
    else if (name == "PARTIAL" && !options.partial)
        options.partial = must_partial(parser);
    else if (name != "CONTEXT") // RFC 5267 section 4.2: a hint; results are kept ready anyway
        throw_bad("Unknown search return option " + name);
}
} // namespace

PartialRange must_partial(Parser& parser)
{
    parser.must_space();
    PartialRange range;
    range.first = must_place(parser);
    parser.must_take(':');
    range.last = must_place(parser);
    if ((range.first < 0) != (range.last < 0)) throw_bad("Both ends of PARTIAL count from the same side");
    return range;
}

std::string PartialRange::show() const { return std::to_string(first) + ':' + std::to_string(last); }

ReturnOptions must_return_options(Parser& parser)
{
    ReturnOptions options;
    if (!parser.take("RETURN ")) return options;
    options.is_given = true;
    parser.must_take('(');
    if (!parser.take(')')) {
        do must_option(parser, options);
        while (parser.take(' '));
        parser.must_take(')');
    }
    if (options.all && options.partial) throw_bad("Either ALL or PARTIAL, not both"); // RFC 9394 section 3.1
    if (!options.has_answer() && !options.save && !options.update) options.all = true;
    parser.must_space();
    return options;
}

void NumberList::add(std::uint32_t first, std::uint32_t last)
{
    size_ += std::size_t{last} - first + 1;
    if (!ranges_.empty() && ranges_.back().last + 1 == first)
        ranges_.back().last = last;
    else
        ranges_.push_back({first, last});
}

NumberList NumberList::slice(std::size_t begin, std::size_t end) const
{
    NumberList piece;
    std::size_t place = 0;
    for (auto const& range : ranges_) {
        auto const count = std::size_t{range.last} - range.first + 1;
        auto const from = std::max(begin, place);
        auto const to = std::min(end, place + count);
        if (from < to)
            piece.add(range.first + static_cast<std::uint32_t>(from - place),
                      range.first + static_cast<std::uint32_t>(to - 1 - place));
        place += count;
    }
    return piece;
}

NumberList NumberList::partial(PartialRange const& range) const
{
    auto const count = static_cast<std::int64_t>(size_);
    auto first = range.first < 0 ? count + range.first : range.first - 1;
    auto last = range.last < 0 ? count + range.last : range.last - 1;
    if (first > last) std::swap(first, last);
    if (last < 0 || first >= count) return {};
    return slice(static_cast<std::size_t>(std::max<std::int64_t>(first, 0)), static_cast<std::size_t>(last + 1));
}

std::string NumberList::show_set() const
{
    std::string text;
    for (auto const& range : ranges_) {
        if (!text.empty()) text += ',';
        text += std::to_string(range.first);
        if (range.last > range.first) (text += ':') += std::to_string(range.last);
    }
    return text;
}

std::string NumberList::show_each() const
{
    std::string text;
    for (auto const& range : ranges_)
        for (std::uint64_t number = range.first; number <= range.last; ++number)
            (text += ' ') += std::to_string(number);
    return text;
}

std::string NumberList::show_each_from_the_end() const
{
    std::string text;
    for (auto range = ranges_.rbegin(); range != ranges_.rend(); ++range)
        for (std::uint64_t number = range->last; number >= range->first && number > 0; --number)
            (text += ' ') += std::to_string(number);
    return text;
}

NumberList numbers_of(mailbox::UidSet const& uids, UidMap const& map, Numbers numbers)
{
    NumberList list;
    auto const known = map.known(uids);
    for (auto const& range : known.ranges()) {
        auto const first = numbers == Numbers::uid ? range.first : map.number(range.first).value_or(0);
        list.add(first, first + (range.last - range.first));
    }
    return list;
}

std::string show_esearch(std::string const& origin, Numbers numbers, ReturnOptions const& options,
                         NumberList const& found, mailbox::ModSeq modseq)
{
    auto text = "ESEARCH (" + origin + ')';
    if (numbers == Numbers::uid) text += " UID";
    if (options.min && !found.empty()) text += " MIN " + std::to_string(found.front());
    if (options.max && !found.empty()) text += " MAX " + std::to_string(found.back());
    if (options.count) text += " COUNT " + std::to_string(found.size());
    if (options.all && !found.empty()) text += " ALL " + found.show_set();
    if (options.partial) {
        auto const part = found.partial(*options.partial);
        text += " PARTIAL (" + options.partial->show() + ' ' + (part.empty() ? "NIL" : part.show_set()) + ')';
    }
    if (modseq > 0) text += " MODSEQ " + std::to_string(modseq);
    return text;
}

} // namespace maild::imap
