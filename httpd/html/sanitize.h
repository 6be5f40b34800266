#pragma once
// HTML mail made harmless: an allow-list of elements, attributes and CSS properties over an HTML5 parser. What is not
// known to be harmless does not come through. The frame it is shown in (webmail/frame.cpp) is a second wall, not a
// reason to let anything through here.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace httpd::html
{

/// HTML that may be sent as it is. Only sanitize() and escape() make it.
class SafeHtml
{
public:
    std::string const& text() const { return text_; }

private:
    explicit SafeHtml(std::string text) : text_(std::move(text)) {}
    friend struct SafeHtmlMaker;
    std::string text_;
};

struct SanitizeOptions {
    bool remote_images = false; ///< the reader asked for pictures from elsewhere
    /// The address of the part with this Content-ID (without brackets), "" when there is none.
    std::function<std::string(std::string_view content_id)> cid_address;
};

struct Sanitized {
    SafeHtml html;
    bool has_remote_images = false; ///< there were some, shown or not
};

/// `text`: UTF-8, any bytes are survived. Nothing when it is too complex (limits::html_memory, limits::html_time).
std::optional<Sanitized> sanitize(std::string_view text, SanitizeOptions const& options = {});

/// Text as HTML: & < > " ' escaped.
SafeHtml escape(std::string_view text);

} // namespace httpd::html
