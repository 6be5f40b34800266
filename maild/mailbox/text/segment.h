#pragma once
// A segment of the full-text index: the words of some bodies, and for each word the bodies that hold it. It is never
// changed, only replaced. Bodies are counted in the order of their ids, from 0: their places.

#include "maild/mailbox/cache_file.h"
#include "maild/mailbox/ids.h"
#include "maild/mailbox/text/words.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace maild::mailbox::text
{

/// Thrown for bytes that no SegmentBuilder has written: the index is damaged.
struct DamagedSegment : DamagedCache {
};

/// Which bodies a segment knows, ascending.
struct Directory {
    std::vector<BodyId> bodies;
    std::vector<std::uint32_t> incomplete; ///< places of those whose words are not all there

    std::string encode() const;
    static Directory decode(std::string_view bytes); ///< throws DamagedSegment
};

/// Neighbouring words: "\nword\nword\n", sorted; and for each of them, how many bytes its places take, and their
/// distances.
struct Chunk {
    std::string words;
    std::string postings;
};

struct Segment {
    Directory directory;
    std::vector<Chunk> body;
    std::vector<Chunk> header;
};

/// Collects words of messages and of older segments. About 100 bytes of memory per word, 4 per word and body.
class SegmentBuilder
{
public:
    void add(BodyId body, Words const& words);
    /// Begins an older segment; those of its bodies that are `gone` are left out.
    void begin_segment(Directory const& directory, std::unordered_set<BodyId> const& gone);
    void add_body_chunk(std::string_view words, std::string_view postings) { add_chunk(body_, words, postings); }
    void add_header_chunk(std::string_view words, std::string_view postings) { add_chunk(header_, words, postings); }

    bool is_empty() const { return bodies_.empty(); }
    /// The segment of everything that was added; the builder is empty then.
    Segment build();

private:
    using Number = std::uint32_t; ///< of a body, in the order they were added
    using Postings = std::unordered_map<std::string, std::vector<Number>>;

    Number number_of(BodyId body, bool is_complete);
    void add_chunk(Postings& to, std::string_view words, std::string_view postings);
    static std::vector<Chunk> build_chunks(Postings& postings, std::vector<std::uint32_t> const& places);

    std::vector<BodyId> bodies_;
    std::vector<bool> complete_;
    std::vector<Number> numbers_; ///< of the present older segment, by place; `left_out` where a body has gone
    Postings body_;
    Postings header_;
};

/// Looks for a needle in the chunks of one part (header or body) of a segment.
class SegmentSearch
{
public:
    SegmentSearch(Needle const& needle, std::size_t bodies);

    /// True: the chunk's postings are needed (read_postings comes next).
    bool read_words(std::string_view words);       ///< throws DamagedSegment
    void read_postings(std::string_view postings); ///< throws DamagedSegment
    /// By place: all words of the needle are in this part of the body.
    std::vector<bool> take_found();

private:
    Needle const& needle_;
    std::vector<std::vector<bool>> found_;                     ///< by pattern, by place
    std::vector<std::pair<std::size_t, std::size_t>> matches_; ///< word of the present chunk, pattern; in order
};

} // namespace maild::mailbox::text
