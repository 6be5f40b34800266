// Requests: a head that comes in pieces is found at the same place, what was understood is bounded, and a chunked
// body is the same whatever the pieces.

#include "httpd/conditional.h"
#include "httpd/limits.h"
#include "httpd/request_body.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

namespace
{
using State = httpd::HeadReader::State;

void must(bool condition)
{
    if (!condition) std::abort();
}

std::string unchunked(std::string_view bytes, std::size_t piece, bool& good)
{
    httpd::ChunkReader reader;
    std::string out;
    while (!bytes.empty() && !reader.is_done() && !reader.is_broken()) {
        auto now = bytes.substr(0, piece);
        auto const before = now.size();
        out += reader.next(now);
        bytes.remove_prefix(before - now.size());
    }
    good = reader.is_done();
    return out;
}
} // namespace

FUZZ_TARGET(http_head)
{
    httpd::HeadReader whole;
    httpd::HeadReader slow;
    auto const state = whole.look(bytes);
    auto other = State::more;
    for (std::size_t size = 0; size <= bytes.size() && other == State::more; ++size)
        other = slow.look(bytes.substr(0, size));
    must(state == other);
    if (state == State::whole) {
        must(whole.size() == slow.size() && whole.size() <= httpd::limits::head + 2);
        auto const head = httpd::parse_head(bytes.substr(0, whole.size()));
        must(head.fault != 0 || (!head.request.host.name.empty() && !(head.is_chunked && head.size)));
        if (head.fault == 0) static_cast<void>(httpd::wanted_range(head.request, {"\"x\"", 1}, 100));
    }
    bool good = false;
    bool also_good = false;
    auto const once = unchunked(bytes, bytes.size() + 1, good);
    auto const pieces = unchunked(bytes, bytes.size() % 5 + 1, also_good);
    must(good == also_good && (!good || once == pieces));
}
