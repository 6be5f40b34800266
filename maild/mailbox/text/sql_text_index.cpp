#include "appliance/base/error.h"
#include "maild/mailbox/text/text_index.h"

#include <algorithm>

namespace maild::mailbox::text
{

namespace
{
constexpr std::int64_t final_bodies = 4096; ///< a segment with so many is not joined again
constexpr std::size_t fan_in = 8;           ///< so many segments of one size are joined
constexpr std::size_t fewest_asked = 4;     ///< of a segment; fewer messages are read faster than its words

constexpr int chunk_bits = 20; // of a chunk's key
constexpr std::int64_t header_bit = std::int64_t{1} << (chunk_bits - 1);

enum class State : char { unknown, no, yes, unsure };

/// One asked body in a segment.
struct Asked {
    std::size_t place; ///< in the segment
    std::size_t index; ///< among those asked
};

std::vector<Asked> asked_of(Directory const& directory, std::span<BodyId const> asked)
{
    std::vector<Asked> both;
    std::size_t index = 0;
    for (std::size_t place = 0; place < directory.bodies.size() && index < asked.size(); ++place) {
        while (index < asked.size() && asked[index] < directory.bodies[place]) ++index;
        if (index < asked.size() && asked[index] == directory.bodies[place]) both.push_back({place, index});
    }
    return both;
}

/// Calls `visit(row)` for the chunks of the header or the body: columns 1 words, 2 postings.
template <class Visit>
void visit_chunks(db::Reader& reader, std::int64_t segment, bool header, Visit const& visit)
{
    auto const first = (segment << chunk_bits) | (header ? header_bit : 0);
    auto chunks = reader.query("SELECT chunk_id, words, postings FROM chunk WHERE chunk_id BETWEEN ? AND ?", first,
                               first + header_bit - 1);
    while (auto const row = chunks.next()) visit(*row);
}

std::vector<bool> search_part(db::Reader& reader, std::int64_t segment, bool header, Needle const& needle,
                              std::size_t bodies)
{
    SegmentSearch search(needle, bodies);
    visit_chunks(reader, segment, header, [&](db::Row const& row) {
        if (search.read_words(row.view(1))) search.read_postings(row.view(2));
    });
    return search.take_found();
}

/// Answers for the asked bodies that are in this segment.
void search_segment(db::Reader& reader, std::int64_t segment, Directory const& directory,
                    std::vector<Asked> const& asked, Needle const& needle, message::SearchScope scope,
                    std::vector<State>& states)
{
    auto const in_body = search_part(reader, segment, false, needle, directory.bodies.size());
    auto const in_header = scope == message::SearchScope::body
                               ? std::vector<bool>(in_body.size())
                               : search_part(reader, segment, true, needle, directory.bodies.size());
    for (auto const& one : asked) {
        bool const holds = in_body[one.place] || in_header[one.place];
        bool const incomplete =
            std::binary_search(directory.incomplete.begin(), directory.incomplete.end(), one.place);
        states[one.index] = holds        ? needle.is_exact ? State::yes : State::unsure
                            : incomplete ? State::unsure
                                         : State::no;
    }
}

std::vector<State> search(db::Reader& reader, AccountId account, std::span<BodyId const> asked, Needle const& needle,
                          message::SearchScope scope)
{
    std::vector<State> states(asked.size(), State::unknown);
    auto segments =
        reader.query("SELECT segment_id, directory FROM segment WHERE account_id IN (?, ?)", account, shared_account);
    while (auto const row = segments.next()) {
        auto const directory = Directory::decode(row->view(1));
        auto const both = asked_of(directory, asked);
        if (both.size() >= fewest_asked)
            search_segment(reader, row->integer(0), directory, both, needle, scope, states);
    }
    return states;
}

/// Sizes whose segments are joined with each other: 1 to 7, 8 to 63, 64 to 511, 512 to 4095.
int size_class(std::int64_t bodies)
{
    int level = 0;
    for (; bodies >= 8; bodies /= 8) ++level;
    return level;
}

void insert_chunks(db::Transaction& transaction, std::int64_t first, std::vector<Chunk> const& chunks)
{
    for (auto const& chunk : chunks)
        transaction.exec("INSERT INTO chunk (chunk_id, words, postings) VALUES (?, ?, ?)", first++,
                         db::Blob{chunk.words}, db::Blob{chunk.postings});
}

void insert_segment(db::Transaction& transaction, AccountId account, Segment const& segment)
{
    auto const number = transaction.number("SELECT max(segment_id) FROM segment").value_or(0) + 1;
    auto const directory = segment.directory.encode();
    transaction.exec("INSERT INTO segment (segment_id, account_id, bodies, directory) VALUES (?, ?, ?, ?)", number,
                     account, segment.directory.bodies.size(), db::Blob{directory});
    insert_chunks(transaction, number << chunk_bits, segment.body);
    insert_chunks(transaction, (number << chunk_bits) | header_bit, segment.header);
}

void delete_segment(db::Transaction& transaction, std::int64_t number)
{
    transaction.exec("DELETE FROM segment WHERE segment_id = ?", number);
    transaction.exec("DELETE FROM chunk WHERE chunk_id BETWEEN ? AND ?", number << chunk_bits,
                     ((number + 1) << chunk_bits) - 1);
}
} // namespace

TextCandidates TextIndex::candidates(AccountId account, std::span<BodyId const> asked, std::string_view folded_needle,
                                     message::SearchScope scope)
{
    std::vector<BodyId> bodies(asked.begin(), asked.end());
    std::sort(bodies.begin(), bodies.end());
    bodies.erase(std::unique(bodies.begin(), bodies.end()), bodies.end());
    Needle const needle(folded_needle);
    std::vector<State> states(bodies.size(), State::unknown);
    if (!needle.patterns.empty() && bodies.size() >= fewest_asked) {
        try {
            states = file_.use([&](db::Database& database) {
                return database.read(
                    [&](db::Reader& reader) { return search(reader, account, bodies, needle, scope); });
            });
        } catch (base::StoreError const&) { // a cache that cannot be read: the messages are read instead
        }
    }
    TextCandidates answer;
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        if (states[i] == State::yes) answer.certain.push_back(bodies[i]);
        if (states[i] == State::unknown || states[i] == State::unsure) answer.unsure.push_back(bodies[i]);
    }
    return answer;
}

std::vector<BodyId> TextIndex::bodies()
{
    auto all = file_.use([](db::Database& database) {
        return database.read([](db::Reader& reader) {
            std::vector<BodyId> found;
            auto segments = reader.query("SELECT directory FROM segment");
            while (auto const row = segments.next()) {
                auto const directory = Directory::decode(row->view(0));
                found.insert(found.end(), directory.bodies.begin(), directory.bodies.end());
            }
            return found;
        });
    });
    std::sort(all.begin(), all.end());
    return all;
}

void TextIndex::add(std::map<AccountId, Segment> const& segments)
{
    file_.use([&](db::Database& database) {
        database.run([&](db::Transaction& transaction) {
            for (auto const& [account, segment] : segments) insert_segment(transaction, account, segment);
        });
    });
}

void TextIndex::replace(AccountId account, std::vector<Number> const& old, Segment const& segment)
{
    file_.use([&](db::Database& database) {
        database.run([&](db::Transaction& transaction) {
            for (auto const number : old) delete_segment(transaction, number);
            if (!segment.directory.bodies.empty()) insert_segment(transaction, account, segment);
        });
    });
}

std::vector<TextIndex::Number> TextIndex::next_to_merge(AccountId account)
{
    return file_.use([&](db::Database& database) {
        return database.read([&](db::Reader& reader) {
            std::map<int, std::vector<Number>> by_size;
            auto segments = reader.query("SELECT segment_id, bodies FROM segment WHERE account_id = ? AND bodies < ? "
                                         "ORDER BY segment_id",
                                         account, final_bodies);
            while (auto const row = segments.next()) by_size[size_class(row->integer(1))].push_back(row->integer(0));
            for (auto& [size, numbers] : by_size)
                if (numbers.size() >= fan_in) return std::move(numbers);
            return std::vector<Number>();
        });
    });
}

Segment TextIndex::join(std::vector<Number> const& numbers, std::unordered_set<BodyId> const& gone)
{
    return file_.use([&](db::Database& database) {
        return database.read([&](db::Reader& reader) {
            SegmentBuilder builder;
            for (auto const number : numbers) {
                auto const directory = reader.text("SELECT directory FROM segment WHERE segment_id = ?", number);
                if (!directory) continue;
                builder.begin_segment(Directory::decode(*directory), gone);
                visit_chunks(reader, number, false,
                             [&](db::Row const& row) { builder.add_body_chunk(row.view(1), row.view(2)); });
                visit_chunks(reader, number, true,
                             [&](db::Row const& row) { builder.add_header_chunk(row.view(1), row.view(2)); });
            }
            return builder.build();
        });
    });
}

void TextIndex::merge(AccountId account)
{
    for (auto numbers = next_to_merge(account); !numbers.empty(); numbers = next_to_merge(account))
        replace(account, numbers, join(numbers, {}));
}

void TextIndex::remove(std::unordered_set<BodyId> const& gone)
{
    std::vector<std::pair<Number, AccountId>> touched;
    file_.use([&](db::Database& database) {
        database.read([&](db::Reader& reader) {
            auto segments = reader.query("SELECT segment_id, account_id, directory FROM segment");
            while (auto const row = segments.next()) {
                auto const directory = Directory::decode(row->view(2));
                bool const has_one = std::any_of(directory.bodies.begin(), directory.bodies.end(),
                                                 [&](BodyId body) { return gone.contains(body); });
                if (has_one) touched.emplace_back(row->integer(0), row->integer(1));
            }
        });
    });
    for (auto const& [number, account] : touched) replace(account, {number}, join({number}, gone));
}

} // namespace maild::mailbox::text
