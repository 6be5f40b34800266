#pragma once
// Reads commands from the client: lines, and the literals inside them. Keeps in step with the client whatever happens
// to the command: what was announced without waiting (LITERAL+) and not used is thrown away.

#include "appliance/net/stream.h"
#include "maild/imap/literal_source.h"

#include <chrono>
#include <optional>

namespace maild::imap
{

class CommandReader final : public LiteralSource
{
public:
    explicit CommandReader(net::Stream& stream) : stream_(stream) {}

    /// After login the limits are larger.
    void set_limits(std::size_t line, std::uint64_t skipped);

    /// The first line of a command; `idle` when nothing comes within the linger time. Starts the command's deadline.
    net::Line read_command(std::chrono::milliseconds linger);
    /// A line that the client sends in answer to a "+" (AUTHENTICATE).
    std::string must_read_answer();

    void accept(Literal const& literal) override;
    std::string_view read_piece(std::size_t most) override;
    std::string read_rest() override;

    /// After a command that failed: reads what the client sends of it in any case. Throws Goodbye when that is too
    /// much.
    void skip_rest();

    net::Deadline deadline() const { return deadline_; }

private:
    void extend_deadline(std::uint64_t bytes);

    net::Stream& stream_;
    std::size_t line_limit_ = 0;
    std::uint64_t skip_limit_ = 0;
    net::Deadline deadline_{};
    std::optional<Literal> announced_; ///< by the last line, not accepted yet
    std::uint64_t left_ = 0;           ///< of the accepted literal
    bool rest_due_ = false;            ///< a literal was accepted and read_rest() not called yet
};

} // namespace maild::imap
