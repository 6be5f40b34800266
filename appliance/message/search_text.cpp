#include "appliance/message/search_text.h"

#include "appliance/message/charset.h"
#include "appliance/message/fold.h"
#include "appliance/message/header.h"
#include "appliance/message/html_text.h"
#include "appliance/message/transfer.h"
#include "appliance/message/words.h"

#include <algorithm>

namespace message
{

namespace
{
constexpr std::size_t piece_bytes = 65536;                   // of an encoded body decoded at once
constexpr std::size_t html_bytes_max = std::size_t{1} << 20; // of UTF-8: the rest is searched as it is written only

/// Leads the visitor through one message.
class TextWalk
{
public:
    TextWalk(std::string_view message, SearchScope scope, TextVisitor& visitor)
        : message_(message), scope_(scope), visitor_(visitor)
    {
    }

    void walk(Part const& part, bool is_enclosed)
    {
        auto const header_scope = is_enclosed ? SearchScope::body : SearchScope::header_and_body;
        if (part.header.size() > 0 && (is_enclosed || scope_ == header_scope)) visit_header(part, header_scope);
        for (auto const& child : part.children) {
            if (visitor_.is_satisfied()) return;
            walk(child, part.is_message());
        }
        if (part.children.empty() && (part.type == "text" || part.type == "message") && !visitor_.is_satisfied())
            visit_body(part);
    }

private:
    /// "Name: value" with encoded words decoded, and a file's name as people see it.
    void visit_header(Part const& part, SearchScope scope)
    {
        auto const header = Header::parse(message_.substr(0, part.header.end), part.header.begin);
        for (auto const& field : header.fields()) {
            if (visitor_.is_satisfied()) return;
            text(scope, scrub_utf8(std::string(field.name) + ": " +
                                   decode_words(unfold(field.raw_value.substr(0, header_bytes_max)))));
        }
        if (auto const name = part.file_name(); !name.empty()) text(scope, name);
    }

    void visit_body(Part const& part)
    {
        std::string_view body = part.body.of(message_);
        bool const is_html = part.subtype == "html";
        std::string html;
        TransferDecoder decoder(part.encoding);
        Utf8Reader reader(raw_parameter(part.parameters, "charset"));
        visitor_.begin(SearchScope::body);
        while (!body.empty() && !visitor_.is_satisfied()) {
            std::string bytes, utf8;
            decoder.feed(body.substr(0, piece_bytes), bytes);
            body.remove_prefix(std::min(piece_bytes, body.size()));
            if (body.empty()) decoder.finish(bytes);
            reader.feed(bytes, utf8);
            if (body.empty()) reader.finish(utf8);
            visitor_.piece(fold(utf8));
            if (is_html && html.size() < html_bytes_max) html += utf8;
        }
        visitor_.end();
        if (is_html && !visitor_.is_satisfied()) text(SearchScope::body, visible_text(html));
    }

    void text(SearchScope scope, std::string_view utf8)
    {
        visitor_.begin(scope);
        visitor_.piece(fold(utf8));
        visitor_.end();
    }

    std::string_view message_;
    SearchScope scope_;
    TextVisitor& visitor_;
};

/// Looks for the needle across the pieces of each text.
class NeedleFinder final : public TextVisitor
{
public:
    explicit NeedleFinder(std::string_view needle) : needle_(needle) {}

    void piece(std::string_view folded) override
    {
        if (found_) return;
        if (!tail_.empty()) { // the seam: the end of the last piece and the beginning of this one
            auto const seam = tail_ + std::string(folded.substr(0, needle_.size() - 1));
            found_ = seam.find(needle_) != std::string::npos;
        }
        found_ = found_ || folded.find(needle_) != std::string_view::npos;
        tail_ += folded.substr(folded.size() - std::min(folded.size(), needle_.size() - 1));
        tail_.erase(0, tail_.size() - std::min(tail_.size(), needle_.size() - 1));
    }
    void end() override { tail_.clear(); }
    bool is_satisfied() const override { return found_; }

private:
    std::string_view needle_;
    std::string tail_; ///< of the present text, shorter than the needle
    bool found_ = false;
};
} // namespace

void visit_texts(std::string_view message, Part const& root, SearchScope scope, TextVisitor& visitor)
{
    TextWalk(message, scope, visitor).walk(root, false);
}

bool contains(std::string_view message, std::string_view folded_needle, SearchScope scope)
{
    if (folded_needle.empty()) return true;
    NeedleFinder finder(folded_needle);
    visit_texts(message, scan(message), scope, finder);
    return finder.is_satisfied();
}

} // namespace message
