#include "maild/imap/command_reader.h"

#include "maild/imap/limits.h"
#include "maild/imap/reply.h"

#include <algorithm>

namespace maild::imap
{

void CommandReader::set_limits(std::size_t line, std::uint64_t skipped)
{
    line_limit_ = line;
    skip_limit_ = skipped;
}

net::Line CommandReader::read_command(std::chrono::milliseconds linger)
{
    deadline_ = net::after(limits::command_time);
    left_ = 0;
    rest_due_ = false;
    auto line = stream_.read_line(line_limit_, linger, deadline_);
    announced_ = announced_literal(line.text);
    return line;
}

std::string CommandReader::must_read_answer()
{
    auto line = stream_.read_line(line_limit_, limits::command_time, deadline_);
    if (line.state == net::Line::State::too_long) throw_bad("The line is too long");
    if (line.state != net::Line::State::complete) throw net::Disconnected("the answer did not come");
    announced_.reset();
    return std::move(line.text);
}

void CommandReader::accept(Literal const& literal)
{
    if (literal.synchronizing) {
        stream_.write("+ OK\r\n");
        stream_.flush();
    }
    announced_.reset();
    left_ = literal.size;
    rest_due_ = true;
    extend_deadline(literal.size);
}

std::string_view CommandReader::read_piece(std::size_t most)
{
    if (left_ == 0) return {};
    auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(most, left_));
    auto const piece = stream_.read_some(wanted, deadline_);
    left_ -= piece.size();
    return piece;
}

std::string CommandReader::read_rest()
{
    if (!stream_.has_input()) stream_.acknowledge_now();
    auto line = stream_.read_line(line_limit_, limits::command_time, deadline_);
    if (line.state == net::Line::State::too_long) throw Goodbye("The command line is too long");
    if (line.state != net::Line::State::complete)
        throw net::Disconnected("the peer closed in the middle of a command");
    rest_due_ = false;
    announced_ = announced_literal(line.text);
    return std::move(line.text);
}

void CommandReader::skip_rest()
{
    for (std::uint64_t skipped = 0;;) {
        while (!read_piece(limits::body_piece).empty()) {
        }
        if (rest_due_) read_rest();
        if (!announced_ || announced_->synchronizing) return;
        if (announced_->size > skip_limit_ - skipped) throw Goodbye("The literal is far too large");
        skipped += announced_->size;
        accept(*announced_);
    }
}

void CommandReader::extend_deadline(std::uint64_t bytes)
{
    deadline_ += std::chrono::duration_cast<net::Deadline::duration>(
        limits::per_kib * static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, limits::skipped * 4) / 1024));
}

} // namespace maild::imap
