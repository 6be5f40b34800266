#pragma once
// The head of an HTTP/1.1 request, from its request line to the empty line (RFC 9112 2 to 6), read strictly: what two
// programs could read in two ways is refused. Not for bodies (request_body.h).

#include "httpd/request.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace httpd
{

/// Looks for the end of a head in bytes that come piece by piece.
class HeadReader
{
public:
    enum class State { more, whole, broken };

    /// `bytes`: everything since the request's beginning; looks only at what is new since the last call.
    State look(std::string_view bytes);
    /// Of a whole head, with its empty line.
    std::size_t size() const { return searched_; }
    /// Of a broken one: the status to refuse it with.
    int fault() const { return fault_; }

private:
    State fail(int fault);

    std::size_t searched_ = 0;   ///< up to here there are whole lines, and the last one was not the end
    std::size_t line_begin_ = 0; ///< of the line that is not whole yet
    std::size_t lines_ = 0;
    std::size_t empty_lines_ = 0; ///< before the request line
    int fault_ = 0;
};

/// What a head says of the connection and of the body behind it.
struct Head {
    int fault = 0; ///< the status to refuse it with; then nothing else is worth anything
    Request request;
    int minor_version = 1;             ///< HTTP/1.x
    bool keeps_alive = true;           ///< RFC 9112 9.3
    bool is_chunked = false;           ///< RFC 9112 7.1
    std::optional<std::uint64_t> size; ///< Content-Length
    bool expects_continue = false;     ///< RFC 9110 10.1.1

    bool has_body() const { return is_chunked || size.value_or(0) > 0; }
};

/// `text`: a whole head as HeadReader found it.
Head parse_head(std::string_view text);

} // namespace httpd
