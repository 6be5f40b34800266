#include "httpd/html/to_text.h"

#include "appliance/message/charset.h"
#include "httpd/html/document.h"
#include "httpd/limits.h"

#include <algorithm>

namespace httpd::html
{

namespace
{
constexpr GumboTag hidden[] = {GUMBO_TAG_HEAD,   GUMBO_TAG_SCRIPT,   GUMBO_TAG_STYLE,
                               GUMBO_TAG_TITLE,  GUMBO_TAG_IFRAME,   GUMBO_TAG_OBJECT,
                               GUMBO_TAG_SELECT, GUMBO_TAG_TEXTAREA, GUMBO_TAG_NOSCRIPT};
constexpr GumboTag paragraphs[] = {GUMBO_TAG_P,     GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_UL, GUMBO_TAG_OL,
                                   GUMBO_TAG_TABLE, GUMBO_TAG_H1,         GUMBO_TAG_H2, GUMBO_TAG_H3,
                                   GUMBO_TAG_H4,    GUMBO_TAG_PRE,        GUMBO_TAG_HR};
constexpr GumboTag lines[] = {GUMBO_TAG_DIV,     GUMBO_TAG_LI,     GUMBO_TAG_TR,     GUMBO_TAG_SECTION,
                              GUMBO_TAG_ARTICLE, GUMBO_TAG_HEADER, GUMBO_TAG_FOOTER, GUMBO_TAG_ADDRESS,
                              GUMBO_TAG_DT,      GUMBO_TAG_DD,     GUMBO_TAG_H5,     GUMBO_TAG_H6,
                              GUMBO_TAG_CAPTION, GUMBO_TAG_FIGURE};

template <std::size_t size>
bool is_one_of(GumboTag tag, GumboTag const (&tags)[size])
{
    return std::find(std::begin(tags), std::end(tags), tag) != std::end(tags);
}

class Writer
{
public:
    void node(GumboNode const& node, std::size_t depth)
    {
        if (depth > limits::html_depth) return;
        words(html::text_of(node));
        bool const element = node.type == GUMBO_NODE_ELEMENT;
        if (element && (!is_html_element(node) || is_one_of(node.v.element.tag, hidden))) return;
        auto const tag = element ? node.v.element.tag : GUMBO_TAG_UNKNOWN;
        if (tag == GUMBO_TAG_BR) out_ += '\n';
        int const breaks = is_one_of(tag, paragraphs) ? 2 : is_one_of(tag, lines) ? 1 : 0;
        need(breaks);
        if (tag == GUMBO_TAG_LI) out_ += "- ";
        for (std::size_t i = 0; i < child_count(node); ++i) this->node(child(node, i), depth + 1);
        if (tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH) words(" ");
        need(breaks);
    }

    std::string take()
    {
        while (!out_.empty() && (out_.back() == '\n' || out_.back() == ' ')) out_.pop_back();
        return std::move(out_);
    }

private:
    void words(std::string_view text)
    {
        for (char const c : text) {
            bool const blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
            if (!blank)
                out_ += c;
            else if (!out_.empty() && out_.back() != ' ' && out_.back() != '\n')
                out_ += ' ';
        }
    }

    /// At least so many line ends, unless nothing was written yet.
    void need(int breaks)
    {
        if (out_.empty() || breaks == 0) return;
        while (!out_.empty() && out_.back() == ' ') out_.pop_back();
        for (int i = 1; i <= breaks; ++i)
            if (out_.size() < static_cast<std::size_t>(i) || out_[out_.size() - static_cast<std::size_t>(i)] != '\n')
                out_ += '\n';
    }

    std::string out_;
};
} // namespace

std::string to_text(std::string_view html)
{
    Writer writer;
    std::string const utf8 = message::scrub_utf8(html);
    if (!with_document(utf8, [&](GumboNode const& root) { writer.node(root, 0); })) return {};
    return writer.take();
}

} // namespace httpd::html
