#include "httpd/html/sanitize.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "httpd/form.h"
#include "httpd/html/css.h"
#include "httpd/html/document.h"
#include "httpd/limits.h"

#include <algorithm>
#include <array>

namespace httpd::html
{

struct SafeHtmlMaker {
    static SafeHtml make(std::string text) { return SafeHtml(std::move(text)); }
};

namespace
{
enum class Treatment {
    keep,   ///< the element with its allowed attributes
    unwrap, ///< only what is in it
    drop,   ///< with all that is in it
};

constexpr GumboTag kept[] = {
    GUMBO_TAG_A,       GUMBO_TAG_ABBR,     GUMBO_TAG_ADDRESS, GUMBO_TAG_ARTICLE, GUMBO_TAG_ASIDE,
    GUMBO_TAG_B,       GUMBO_TAG_BDI,      GUMBO_TAG_BDO,     GUMBO_TAG_BIG,     GUMBO_TAG_BLOCKQUOTE,
    GUMBO_TAG_BR,      GUMBO_TAG_CAPTION,  GUMBO_TAG_CENTER,  GUMBO_TAG_CITE,    GUMBO_TAG_CODE,
    GUMBO_TAG_COL,     GUMBO_TAG_COLGROUP, GUMBO_TAG_DD,      GUMBO_TAG_DEL,     GUMBO_TAG_DFN,
    GUMBO_TAG_DIV,     GUMBO_TAG_DL,       GUMBO_TAG_DT,      GUMBO_TAG_EM,      GUMBO_TAG_FIGCAPTION,
    GUMBO_TAG_FIGURE,  GUMBO_TAG_FONT,     GUMBO_TAG_FOOTER,  GUMBO_TAG_H1,      GUMBO_TAG_H2,
    GUMBO_TAG_H3,      GUMBO_TAG_H4,       GUMBO_TAG_H5,      GUMBO_TAG_H6,      GUMBO_TAG_HEADER,
    GUMBO_TAG_HR,      GUMBO_TAG_I,        GUMBO_TAG_IMG,     GUMBO_TAG_INS,     GUMBO_TAG_KBD,
    GUMBO_TAG_LI,      GUMBO_TAG_MAIN,     GUMBO_TAG_MARK,    GUMBO_TAG_NAV,     GUMBO_TAG_OL,
    GUMBO_TAG_P,       GUMBO_TAG_PRE,      GUMBO_TAG_Q,       GUMBO_TAG_S,       GUMBO_TAG_SAMP,
    GUMBO_TAG_SECTION, GUMBO_TAG_SMALL,    GUMBO_TAG_SPAN,    GUMBO_TAG_STRIKE,  GUMBO_TAG_STRONG,
    GUMBO_TAG_SUB,     GUMBO_TAG_SUP,      GUMBO_TAG_TABLE,   GUMBO_TAG_TBODY,   GUMBO_TAG_TD,
    GUMBO_TAG_TFOOT,   GUMBO_TAG_TH,       GUMBO_TAG_THEAD,   GUMBO_TAG_TIME,    GUMBO_TAG_TR,
    GUMBO_TAG_TT,      GUMBO_TAG_U,        GUMBO_TAG_UL,      GUMBO_TAG_VAR,     GUMBO_TAG_WBR};

// Harmless around, and people would miss the text inside.
constexpr GumboTag unwrapped[] = {GUMBO_TAG_HTML,    GUMBO_TAG_BODY,    GUMBO_TAG_FORM,    GUMBO_TAG_FIELDSET,
                                  GUMBO_TAG_LEGEND,  GUMBO_TAG_LABEL,   GUMBO_TAG_MARQUEE, GUMBO_TAG_BLINK,
                                  GUMBO_TAG_NOBR,    GUMBO_TAG_ACRONYM, GUMBO_TAG_DETAILS, GUMBO_TAG_SUMMARY,
                                  GUMBO_TAG_HGROUP,  GUMBO_TAG_RUBY,    GUMBO_TAG_RT,      GUMBO_TAG_RP,
                                  GUMBO_TAG_LISTING, GUMBO_TAG_DIR,     GUMBO_TAG_UNKNOWN};

constexpr GumboTag void_elements[] = {GUMBO_TAG_BR, GUMBO_TAG_COL, GUMBO_TAG_HR, GUMBO_TAG_IMG, GUMBO_TAG_WBR};

template <std::size_t size>
bool is_one_of(GumboTag tag, GumboTag const (&tags)[size])
{
    return std::find(std::begin(tags), std::end(tags), tag) != std::end(tags);
}

Treatment treatment(GumboNode const& node)
{
    if (!is_html_element(node)) return Treatment::drop; // SVG, MathML, templates
    auto const tag = node.v.element.tag;
    if (is_one_of(tag, kept)) return Treatment::keep;
    return is_one_of(tag, unwrapped) ? Treatment::unwrap : Treatment::drop;
}

bool is_number(std::string_view value, std::uint64_t most)
{
    if (value.ends_with('%')) value.remove_suffix(1);
    if (value.ends_with("px")) value.remove_suffix(2);
    return base::parse_number(value, most).has_value();
}

bool is_plain_words(std::string_view value)
{
    constexpr auto allowed = base::letters | base::digits | base::ByteSet(" -_,'");
    return std::all_of(value.begin(), value.end(), [&](char c) { return allowed.contains(c); });
}

bool is_language(std::string_view value)
{
    constexpr auto allowed = base::letters | base::digits | base::ByteSet("-");
    return value.size() <= 35 && std::all_of(value.begin(), value.end(), [&](char c) { return allowed.contains(c); });
}

enum class Value { text, number, small_number, color, word, words, language };

struct AllowedAttribute {
    std::string_view name;
    Value value;
};

/// On every element; href, src and style are looked at one by one.
constexpr AllowedAttribute allowed_attributes[] = {
    {"align", Value::word},         {"alt", Value::text},
    {"bgcolor", Value::color},      {"border", Value::number},
    {"cellpadding", Value::number}, {"cellspacing", Value::number},
    {"color", Value::color},        {"colspan", Value::small_number},
    {"dir", Value::word},           {"face", Value::words},
    {"height", Value::number},      {"hspace", Value::number},
    {"lang", Value::language},      {"nowrap", Value::word},
    {"reversed", Value::word},      {"rowspan", Value::small_number},
    {"scope", Value::word},         {"size", Value::small_number},
    {"span", Value::small_number},  {"start", Value::number},
    {"title", Value::text},         {"type", Value::word},
    {"valign", Value::word},        {"vspace", Value::number},
    {"width", Value::number},
};

bool is_good(Value kind, std::string_view value)
{
    constexpr std::size_t longest_text = 1000;
    switch (kind) {
    case Value::text: return value.size() <= longest_text;
    case Value::number: return is_number(value, 10000);
    case Value::small_number: return is_number(value, 1000);
    case Value::color: return is_color(value);
    case Value::word: return value.size() <= 20 && is_plain_words(value) && value.find(' ') == std::string_view::npos;
    case Value::words: return value.size() <= 200 && is_plain_words(value);
    case Value::language: return is_language(value);
    }
    return false;
}

/// As browsers read an address: controls and blanks around go, tabs and line ends inside go (WHATWG URL 4.4).
std::string cleaned_url(std::string_view value)
{
    std::string url;
    for (char const c : value)
        if (c != '\t' && c != '\n' && c != '\r') url += c;
    auto const blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
    auto const first = std::find_if_not(url.begin(), url.end(), blank);
    auto const last = std::find_if_not(url.rbegin(), std::make_reverse_iterator(first), blank).base();
    return {first, last};
}

/// The scheme in lower case without its colon, "" for a relative address.
std::string scheme_of(std::string_view url)
{
    constexpr auto scheme_bytes = base::letters | base::digits | base::ByteSet("+-.");
    base::Cursor cursor(url);
    auto const scheme = cursor.take_while(scheme_bytes);
    return cursor.take(':') ? base::lower(scheme) : std::string();
}

bool is_web_address(std::string_view url)
{
    auto const scheme = scheme_of(url);
    return (scheme == "http" || scheme == "https") && url.substr(scheme.size() + 1).starts_with("//") &&
           std::none_of(url.begin(), url.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\\'; });
}

void append_escaped(std::string& out, std::string_view text)
{
    for (char const c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        case '`': out += "&#96;"; break; // old browsers took it for a quote
        case '\0': break;
        default: out += c;
        }
    }
}

class Sanitizer
{
public:
    explicit Sanitizer(SanitizeOptions const& options) : options_(options) {}

    void node(GumboNode const& node, std::size_t depth)
    {
        append_escaped(out_, html::text_of(node));
        if (node.type != GUMBO_NODE_ELEMENT && node.type != GUMBO_NODE_DOCUMENT && node.type != GUMBO_NODE_TEMPLATE)
            return;
        auto const what = node.type == GUMBO_NODE_DOCUMENT ? Treatment::unwrap : treatment(node);
        if (what == Treatment::drop || depth > limits::html_depth) return;
        if (what == Treatment::keep) open(node.v.element);
        if (what == Treatment::keep && is_one_of(node.v.element.tag, void_elements)) return;
        for (std::size_t i = 0; i < child_count(node); ++i) this->node(child(node, i), depth + 1);
        if (what == Treatment::keep) out_ += "</" + std::string(::gumbo_normalized_tagname(node.v.element.tag)) + ">";
    }

    std::string take() { return std::move(out_); }
    bool has_remote_images() const { return has_remote_images_; }

private:
    void open(GumboElement const& element)
    {
        out_ += "<";
        out_ += ::gumbo_normalized_tagname(element.tag);
        for (unsigned i = 0; i < element.attributes.length; ++i) {
            auto const& attribute = *static_cast<GumboAttribute const*>(element.attributes.data[i]);
            if (attribute.attr_namespace == GUMBO_ATTR_NAMESPACE_NONE)
                this->attribute(element.tag, base::lower(attribute.name), attribute.value);
        }
        out_ += ">";
    }

    void attribute(GumboTag tag, std::string const& name, std::string_view value)
    {
        if (name == "style") return put(name, safe_style(value));
        if (name == "href" && tag == GUMBO_TAG_A) return link(cleaned_url(value));
        if (name == "src" && tag == GUMBO_TAG_IMG) return image(cleaned_url(value));
        for (auto const& allowed : allowed_attributes)
            if (allowed.name == name && is_good(allowed.value, value)) put(name, value);
    }

    void put(std::string_view name, std::string_view value)
    {
        if (value.empty() && name != "alt" && name != "nowrap") return;
        out_ += " " + std::string(name) + "=\"";
        append_escaped(out_, value);
        out_ += '"';
    }

    void link(std::string const& url)
    {
        auto const scheme = scheme_of(url);
        if (scheme == "mailto") {
            auto const address = url.substr(7, url.find('?') - 7);
            put("href", "/compose?to=" + percent_encoded(percent_decoded(address)));
        } else if (is_web_address(url) || scheme == "tel") {
            put("href", url);
        } else {
            return;
        }
        out_ += " target=\"_blank\" rel=\"noopener noreferrer\"";
    }

    void image(std::string const& url)
    {
        if (scheme_of(url) == "cid") {
            if (options_.cid_address)
                put("src", options_.cid_address(percent_decoded(std::string_view(url).substr(4))));
        } else if (is_web_address(url)) {
            has_remote_images_ = true;
            if (options_.remote_images) put("src", url);
        }
    }

    SanitizeOptions const& options_;
    std::string out_;
    bool has_remote_images_ = false;
};
} // namespace

std::optional<Sanitized> sanitize(std::string_view text, SanitizeOptions const& options)
{
    Sanitizer sanitizer(options);
    std::string const utf8 = message::scrub_utf8(text);
    if (!with_document(utf8, [&](GumboNode const& root) { sanitizer.node(root, 0); })) return std::nullopt;
    return Sanitized{SafeHtmlMaker::make(sanitizer.take()), sanitizer.has_remote_images()};
}

SafeHtml escape(std::string_view text)
{
    std::string out;
    append_escaped(out, text);
    return SafeHtmlMaker::make(std::move(out));
}

} // namespace httpd::html
