#pragma once
// Multi-line answers (RFC 1939 section 3): a dot more before lines that begin with one, CR LF . CR LF at the end; and
// where TOP stops.

#include <cstdint>
#include <string>
#include <string_view>

namespace maild::pop3
{

/// Makes the lines of one answer, piece by piece. A line begins behind CR LF, and behind a bare LF too: there are
/// clients that take such a dot for the end.
class DotText
{
public:
    /// The piece as it is sent.
    std::string stuff(std::string_view piece);
    /// The end of the answer; gives a last line its CR LF when it has none.
    std::string end() const;

private:
    bool at_line_start_ = true;
    bool is_empty_ = true;
    std::string last_; ///< the last two bytes so far
};

/// Counts the header, its empty line and a number of body lines of a message that comes in pieces (RFC 1939 TOP).
class TopLines
{
public:
    explicit TopLines(std::uint64_t body_lines) : body_lines_(body_lines) {}
    /// So much of the piece belongs to the answer.
    std::string_view take(std::string_view piece);
    bool is_done() const { return in_body_ && body_lines_ == 0; }

private:
    std::uint64_t body_lines_;
    bool in_body_ = false;
    bool line_is_empty_ = true; ///< nothing but a CR so far
};

} // namespace maild::pop3
