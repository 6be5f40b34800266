#include "maild/remote/conversion.h"

#include "appliance/base/text.h"
#include "appliance/message/header.h"
#include "appliance/message/mime.h"
#include "appliance/message/transfer.h"

#include <algorithm>

namespace maild::remote
{

namespace
{
constexpr std::size_t longest_line = 998; // RFC 5322 2.1.1

bool is_wide(std::string_view bytes)
{
    return std::any_of(bytes.begin(), bytes.end(),
                       [](char c) { return c == '\0' || static_cast<unsigned char>(c) > 127; });
}

/// Whether SMTP's DATA can carry it as 7-bit lines.
bool is_seven_bit(std::string_view bytes)
{
    std::size_t line = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto const c = bytes[i];
        if (c == '\0' || static_cast<unsigned char>(c) > 127) return false;
        if (c == '\r' && (i + 1 == bytes.size() || bytes[i + 1] != '\n')) return false;
        if (c == '\n' && (i == 0 || bytes[i - 1] != '\r')) return false;
        line = c == '\n' ? 0 : line + 1;
        if (line > longest_line + 1) return false;
    }
    return true;
}

void look(std::string_view message, message::Part const& part, Kind& kind)
{
    kind.utf8_header = kind.utf8_header || is_wide(part.header.of(message));
    for (auto const& child : part.children) look(message, child, kind);
}

/// Copies the message from front to back, with other bytes in place of some.
class Converter
{
public:
    explicit Converter(std::string_view message) : message_(message) {}

    bool convert(message::Part const& part)
    {
        if (is_seven_bit(part.body.of(message_))) return true; // header and all below are fine as they are
        bool const is_sealed = part.is("multipart", "signed") || part.is("multipart", "encrypted") ||
                               part.is("application", "pkcs7-mime") || part.is("message", "partial") ||
                               part.is_opaque;
        if (is_sealed || is_wide(part.header.of(message_))) return false;
        if (part.children.empty()) return encode(part);
        // RFC 2045 6.4: no encoding but 7bit, 8bit and binary here; what is inside is encoded instead.
        name_encoding(part, "7bit");
        for (auto const& child : part.children)
            if (!convert(child)) return false;
        return true;
    }

    std::string finish()
    {
        copy_to(message_.size());
        return std::move(out_);
    }

private:
    bool encode(message::Part const& part)
    {
        if (part.type == "message") return false; // RFC 2046 5.2: no encoding allowed
        auto const bytes = message::bytes_of(message_, part);
        bool const as_text = part.type == "text" && bytes.find('\0') == std::string::npos;
        name_encoding(part, as_text ? "quoted-printable" : "base64");
        copy_to(part.body.begin);
        out_ += as_text ? message::encode_quoted_printable(bytes) : message::encode_base64_lines(bytes);
        // The line end before the next boundary is no part of the body: lines that we write have theirs.
        bool const is_inner = part.body.end < message_.size();
        if (is_inner && out_.ends_with("\r\n")) out_.resize(out_.size() - 2);
        at_ = part.body.end;
        return true;
    }

    /// Puts the field in place of the part's old one, or in front of the blank line.
    void name_encoding(message::Part const& part, std::string const& encoding)
    {
        auto const field = "Content-Transfer-Encoding: " + encoding + "\r\n";
        auto const header = message::Header::parse(message_.substr(0, part.header.end), part.header.begin);
        auto const* old = header.find("Content-Transfer-Encoding");
        if (old) {
            copy_to(old->begin);
            out_ += field;
            at_ = old->end;
            return;
        }
        auto const* last = header.fields().empty() ? nullptr : &header.fields().back();
        copy_to(last ? last->end : part.header.begin);
        out_ += field;
    }

    void copy_to(std::size_t end)
    {
        if (end > at_) out_ += message_.substr(at_, end - at_);
        at_ = std::max(at_, end);
    }

    std::string_view message_;
    std::size_t at_ = 0;
    std::string out_;
};
} // namespace

Kind look_at(std::string_view message)
{
    auto const root = message::scan(message);
    Kind kind{is_wide(root.body.of(message)), false};
    look(message, root, kind);
    return kind;
}

std::optional<std::string> to_seven_bit(std::string_view message)
{
    auto const root = message::scan(message);
    Converter converter(message);
    if (!converter.convert(root)) return std::nullopt;
    auto made = converter.finish();
    // Preambles and whatever else lies between the parts.
    if (!is_seven_bit(made)) return std::nullopt;
    return made;
}

} // namespace maild::remote
