#pragma once
// Where a command's literals come from while it is parsed: the client (command_reader.h) or a text (tests).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace maild::imap
{

/// "{10}" or "{10+}" at the end of a line (RFC 3501 section 4.3, RFC 7888).
struct Literal {
    std::uint64_t size = 0;
    bool synchronizing = true; ///< the client waits for "+"
    bool is_binary = false;    ///< "~{10}" (RFC 3516): NUL bytes are allowed
};

/// The announcement at the end of a line, if there is one.
std::optional<Literal> announced_literal(std::string_view line);

/// Used in this order: accept, read_piece until it gives nothing, read_rest.
class LiteralSource
{
public:
    virtual ~LiteralSource() = default;
    /// Begins the literal that the last line announced; tells a waiting client to send it.
    virtual void accept(Literal const& literal) = 0;
    /// At least one byte, at most `most`, good until the next call; empty at the literal's end.
    virtual std::string_view read_piece(std::size_t most) = 0;
    /// The rest of the command line behind the literal.
    virtual std::string read_rest() = 0;
};

} // namespace maild::imap
