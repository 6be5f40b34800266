#include "maild/mailbox/text/segment.h"

#include <algorithm>
#include <numeric>

namespace maild::mailbox::text
{

namespace
{
constexpr std::size_t chunk_words_max = 16384;    // bytes of words in a chunk
constexpr std::size_t chunk_postings_max = 65536; // bytes of postings in a chunk
constexpr std::uint32_t left_out = UINT32_MAX;

/// Seven bits a byte, the lowest first; the highest bit: more follows.
void append_number(std::string& out, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7F));
    out += static_cast<char>(value);
}

std::uint64_t must_take_number(std::string_view& bytes)
{
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (bytes.empty()) throw DamagedSegment{};
        auto const byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if (byte < 0x80) return value;
    }
    throw DamagedSegment{};
}

std::string_view must_take_bytes(std::string_view& bytes, std::uint64_t count)
{
    if (count > bytes.size()) throw DamagedSegment{};
    auto const taken = bytes.substr(0, static_cast<std::size_t>(count));
    bytes.remove_prefix(taken.size());
    return taken;
}

/// Ascending numbers as their distances.
template <class Number>
void append_ascending(std::string& out, std::vector<Number> const& numbers)
{
    std::uint64_t last = 0;
    for (auto const number : numbers) {
        append_number(out, static_cast<std::uint64_t>(number) - last);
        last = static_cast<std::uint64_t>(number);
    }
}

/// Calls `visit` with each of the places; they are below `end`.
template <class Visit>
void must_read_places(std::string_view list, std::size_t end, Visit const& visit)
{
    std::uint64_t place = 0;
    while (!list.empty()) {
        place += must_take_number(list);
        if (place >= end) throw DamagedSegment{};
        visit(static_cast<std::size_t>(place));
    }
}
} // namespace

std::string Directory::encode() const
{
    std::string out;
    append_number(out, bodies.size());
    append_ascending(out, bodies);
    append_ascending(out, incomplete);
    return out;
}

Directory Directory::decode(std::string_view bytes)
{
    Directory directory;
    auto const count = must_take_number(bytes);
    if (count > bytes.size()) throw DamagedSegment{}; // each takes a byte at least
    std::uint64_t body = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        body += must_take_number(bytes);
        directory.bodies.push_back(static_cast<BodyId>(body));
    }
    must_read_places(bytes, directory.bodies.size(),
                     [&](std::size_t place) { directory.incomplete.push_back(static_cast<std::uint32_t>(place)); });
    return directory;
}

SegmentBuilder::Number SegmentBuilder::number_of(BodyId body, bool is_complete)
{
    bodies_.push_back(body);
    complete_.push_back(is_complete);
    return static_cast<Number>(bodies_.size() - 1);
}

void SegmentBuilder::add(BodyId body, Words const& words)
{
    auto const number = number_of(body, words.is_complete);
    for (auto const& word : words.body) body_[word].push_back(number);
    for (auto const& word : words.header) header_[word].push_back(number);
}

void SegmentBuilder::begin_segment(Directory const& directory, std::unordered_set<BodyId> const& gone)
{
    numbers_.clear();
    for (std::size_t place = 0; place < directory.bodies.size(); ++place) {
        bool const incomplete = std::binary_search(directory.incomplete.begin(), directory.incomplete.end(), place);
        auto const body = directory.bodies[place];
        numbers_.push_back(gone.contains(body) ? left_out : number_of(body, !incomplete));
    }
}

void SegmentBuilder::add_chunk(Postings& to, std::string_view words, std::string_view postings)
{
    if (words.empty() || words.front() != '\n') throw DamagedSegment{};
    words.remove_prefix(1);
    while (!words.empty()) {
        auto const end = words.find('\n');
        if (end == std::string_view::npos) throw DamagedSegment{};
        auto const list = must_take_bytes(postings, must_take_number(postings));
        std::vector<Number> numbers;
        must_read_places(list, numbers_.size(), [&](std::size_t place) {
            if (numbers_[place] != left_out) numbers.push_back(numbers_[place]);
        });
        if (!numbers.empty()) {
            auto& all = to[std::string(words.substr(0, end))];
            all.insert(all.end(), numbers.begin(), numbers.end());
        }
        words.remove_prefix(end + 1);
    }
}

Segment SegmentBuilder::build()
{
    std::vector<Number> order(bodies_.size());
    std::iota(order.begin(), order.end(), Number{0});
    std::sort(order.begin(), order.end(), [&](Number a, Number b) { return bodies_[a] < bodies_[b]; });
    Segment segment;
    std::vector<std::uint32_t> places(bodies_.size());
    for (std::uint32_t place = 0; place < order.size(); ++place) {
        places[order[place]] = place;
        segment.directory.bodies.push_back(bodies_[order[place]]);
        if (!complete_[order[place]]) segment.directory.incomplete.push_back(place);
    }
    segment.body = build_chunks(body_, places);
    segment.header = build_chunks(header_, places);
    *this = SegmentBuilder();
    return segment;
}

std::vector<Chunk> SegmentBuilder::build_chunks(Postings& postings, std::vector<std::uint32_t> const& places)
{
    std::vector<Postings::value_type*> sorted;
    for (auto& entry : postings) sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(), [](auto const* a, auto const* b) { return a->first < b->first; });
    std::vector<Chunk> chunks;
    for (auto* entry : sorted) {
        bool const is_full = !chunks.empty() && (chunks.back().words.size() > chunk_words_max ||
                                                 chunks.back().postings.size() > chunk_postings_max);
        if (chunks.empty() || is_full) chunks.push_back({"\n", ""});
        for (auto& number : entry->second) number = places[number];
        std::sort(entry->second.begin(), entry->second.end());
        std::string list;
        append_ascending(list, entry->second);
        chunks.back().words.append(entry->first).append("\n");
        append_number(chunks.back().postings, list.size());
        chunks.back().postings += list;
    }
    return chunks;
}

SegmentSearch::SegmentSearch(Needle const& needle, std::size_t bodies)
    : needle_(needle), found_(needle.patterns.size(), std::vector<bool>(bodies))
{
}

bool SegmentSearch::read_words(std::string_view words)
{
    if (words.empty() || words.front() != '\n') throw DamagedSegment{};
    matches_.clear();
    for (std::size_t pattern = 0; pattern < needle_.patterns.size(); ++pattern) {
        std::size_t word = 0; // line ends up to the match, less one
        std::size_t counted = 0;
        std::size_t at = words.find(needle_.patterns[pattern]);
        while (at != std::string_view::npos && at + 1 < words.size()) {
            word += static_cast<std::size_t>(std::count(words.begin() + static_cast<std::ptrdiff_t>(counted),
                                                        words.begin() + static_cast<std::ptrdiff_t>(at + 1), '\n'));
            counted = at + 1;
            matches_.emplace_back(word - 1, pattern);
            auto const end = words.find('\n', at + 1);
            at = end == std::string_view::npos ? end : words.find(needle_.patterns[pattern], end);
        }
    }
    if (needle_.patterns.size() > 1) std::sort(matches_.begin(), matches_.end());
    return !matches_.empty();
}

void SegmentSearch::read_postings(std::string_view postings)
{
    std::size_t word = 0;
    for (auto match = matches_.begin(); match != matches_.end();) {
        for (; word < match->first; ++word) must_take_bytes(postings, must_take_number(postings));
        auto const list = must_take_bytes(postings, must_take_number(postings));
        ++word;
        for (auto const same = match->first; match != matches_.end() && match->first == same; ++match) {
            auto& found = found_[match->second];
            must_read_places(list, found.size(), [&](std::size_t place) { found[place] = true; });
        }
    }
}

std::vector<bool> SegmentSearch::take_found()
{
    auto all = std::move(found_.front());
    for (std::size_t pattern = 1; pattern < found_.size(); ++pattern)
        for (std::size_t place = 0; place < all.size(); ++place) all[place] = all[place] && found_[pattern][place];
    return all;
}

} // namespace maild::mailbox::text
