#include "maild/pop3/dot_text.h"

namespace maild::pop3
{

std::string DotText::stuff(std::string_view piece)
{
    std::string text;
    if (piece.empty()) return text;
    text.reserve(piece.size() + piece.size() / 64 + 1);
    if (at_line_start_ && piece.front() == '.') text += '.';
    std::size_t copied = 0;
    for (auto at = piece.find("\n."); at != std::string_view::npos; at = piece.find("\n.", at + 1)) {
        text.append(piece, copied, at + 1 - copied).push_back('.');
        copied = at + 1;
    }
    text.append(piece, copied);
    at_line_start_ = piece.back() == '\n';
    is_empty_ = false;
    last_ += piece.size() > 2 ? piece.substr(piece.size() - 2) : piece;
    if (last_.size() > 2) last_.erase(0, last_.size() - 2);
    return text;
}

std::string DotText::end() const { return is_empty_ || last_ == "\r\n" ? ".\r\n" : "\r\n.\r\n"; }

std::string_view TopLines::take(std::string_view piece)
{
    for (std::size_t at = 0; at < piece.size(); ++at) {
        if (is_done()) return piece.substr(0, at);
        char const c = piece[at];
        if (c != '\n') {
            line_is_empty_ = line_is_empty_ && c == '\r';
            continue;
        }
        if (in_body_)
            --body_lines_;
        else if (line_is_empty_)
            in_body_ = true;
        line_is_empty_ = true;
    }
    return piece;
}

} // namespace maild::pop3
