#include "maild/mailbox/text/segment.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// Chunks of a damaged index are refused, never trusted; what a builder made is read back.
FUZZ_TARGET(segment)
{
    using namespace maild::mailbox::text;
    auto const half = bytes.size() / 2;
    std::string const words = "\n" + std::string(bytes.substr(0, half));
    Needle const needle(bytes.substr(0, std::min<std::size_t>(bytes.size(), 5)));
    try {
        auto const directory = Directory::decode(bytes);
        SegmentBuilder builder;
        builder.begin_segment(directory, {});
        builder.add_body_chunk(words, bytes.substr(half));
        auto const segment = builder.build();
        if (Directory::decode(segment.directory.encode()).bodies.size() != directory.bodies.size()) std::abort();
    } catch (DamagedSegment const&) {
    }
    try {
        if (needle.patterns.empty()) return;
        SegmentSearch search(needle, 100);
        if (search.read_words(words)) search.read_postings(bytes.substr(half));
        search.take_found();
    } catch (DamagedSegment const&) {
    }
}
