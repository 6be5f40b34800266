#include "maild/smtp/binary_mime.h"

#include "appliance/message/header.h"
#include "appliance/message/mime.h"
#include "appliance/message/transfer.h"

namespace maild::smtp
{

namespace
{
constexpr std::size_t line_max = 998; ///< RFC 2045 2.8: what 8bit may have between its line ends

/// Neither NUL nor a bare CR or LF, nor a line that is too long for 8bit.
bool is_text(std::string_view bytes, std::size_t longest = line_max)
{
    if (bytes.find('\0') != std::string_view::npos) return false;
    for (std::size_t at = 0; at < bytes.size();) {
        auto const lf = std::min(bytes.find('\n', at), bytes.size());
        auto const line = bytes.substr(at, lf - at);
        auto const cr = line.find('\r');
        bool const ends_right =
            lf == bytes.size() ? cr == std::string_view::npos : line.ends_with('\r') && cr + 1 == line.size();
        if (!ends_right || line.size() > longest + 1) return false;
        at = lf + 1;
    }
    return true;
}

/// The header with another Content-Transfer-Encoding.
std::string with_encoding(std::string_view header, std::string_view encoding)
{
    auto const fields = message::Header::parse(header);
    std::string text;
    std::size_t at = 0;
    for (auto const* field : fields.all("Content-Transfer-Encoding")) {
        text += header.substr(at, field->begin - at);
        at = field->end;
    }
    return "Content-Transfer-Encoding: " + std::string(encoding) + "\r\n" + text + std::string(header.substr(at));
}

class Rewriter
{
public:
    explicit Rewriter(std::string_view message) : message_(message) {}

    std::string rewrite(message::Part const& root)
    {
        part(root);
        copy_to(message_.size());
        return std::move(text_);
    }

private:
    void copy_to(std::size_t end)
    {
        if (end > at_) text_ += message_.substr(at_, end - at_);
        at_ = std::max(at_, end);
    }

    void part(message::Part const& part) // NOLINT(misc-no-recursion): the scanner limits the depth
    {
        copy_to(part.header.begin);
        bool const is_plain = part.encoding == "7bit" || part.encoding == "8bit" || part.encoding == "binary";
        bool const is_leaf = part.children.empty();
        bool const needs_base64 = is_leaf && is_plain && !is_text(part.body.of(message_));
        if (part.header.size() > 0 && (needs_base64 || part.encoding == "binary")) {
            text_ += with_encoding(part.header.of(message_), needs_base64 ? "base64" : "8bit");
            at_ = part.header.end;
            if (needs_base64) base64(part);
        }
        for (auto const& child : part.children) this->part(child);
    }

    void base64(message::Part const& part)
    {
        copy_to(part.body.begin);
        auto lines = message::encode_base64_lines(part.body.of(message_));
        bool const boundary_follows = part.body.end < message_.size(); // it brings its own line end
        if (boundary_follows && lines.ends_with("\r\n")) lines.resize(lines.size() - 2);
        text_ += lines;
        at_ = part.body.end;
    }

    std::string_view message_;
    std::size_t at_ = 0; ///< up to here it is in text_
    std::string text_;
};
} // namespace

std::optional<std::string> without_binary(std::string_view message)
{
    auto text = Rewriter(message).rewrite(message::scan(message));
    if (!is_text(text, std::string_view::npos - 1)) return std::nullopt;
    return text;
}

} // namespace maild::smtp
