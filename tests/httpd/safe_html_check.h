#pragma once
// Looks at sanitized HTML with its own, much narrower eyes: parses it again and names what must not be in it. Shared
// by the unit test and the fuzz target.

#include "appliance/base/text.h"
#include "httpd/html/document.h"

#include <set>
#include <string>
#include <string_view>

namespace support
{

inline bool is_dangerous_element(std::string const& name)
{
    static std::set<std::string> const names = {
        "script", "style",    "link",   "meta",    "base",     "iframe",  "frame",     "frameset", "object",
        "embed",  "applet",   "svg",    "math",    "template", "form",    "input",     "button",   "select",
        "option", "textarea", "video",  "audio",   "source",   "track",   "area",      "map",      "noscript",
        "title",  "portal",   "dialog", "marquee", "keygen",   "isindex", "plaintext", "xmp"};
    return names.contains(name);
}

/// "" when the address is harmless.
inline std::string fault_of_address(std::string const& element, std::string const& name, std::string_view value)
{
    if (name == "href" && element == "a") {
        for (std::string_view const good : {"https://", "http://", "tel:", "/compose?to="})
            if (base::lower(value).starts_with(good)) return {};
    }
    if (name == "src" && element == "img" &&
        (value.starts_with("/part/") || value.starts_with("https://") || value.starts_with("http://")))
        return {};
    return element + " " + name + "=" + std::string(value);
}

inline std::string fault_of_style(std::string_view value)
{
    auto const style = base::lower(value);
    for (std::string_view const bad :
         {"url", "expression", "\\", "@", "/*", "<", "{", "position", "javascript", "import", "binding", "behavior",
          "var(", "image", "attr(", "--", "z-index", "opacity", "transform"})
        if (style.find(bad) != std::string::npos) return "style " + style;
    return {};
}

inline std::string fault_of_attribute(std::string const& element, std::string const& name, std::string_view value)
{
    static std::set<std::string> const forbidden = {
        "id", "class", "name",   "srcset", "background", "action", "formaction", "ping",
        "is", "slot",  "srcdoc", "data",   "poster",     "usemap", "autofocus",  "http-equiv"};
    if (name.starts_with("on") || name.starts_with("xlink") || name.starts_with("xml") || forbidden.contains(name))
        return name;
    if (name == "href" || name == "src") return fault_of_address(element, name, value);
    if (name == "style") return fault_of_style(value);
    if (name == "target" && value != "_blank") return "target=" + std::string(value);
    return {};
}

inline std::string fault_of_node(GumboNode const& node)
{
    if (node.type == GUMBO_NODE_COMMENT) return "a comment";
    if (node.type == GUMBO_NODE_ELEMENT || node.type == GUMBO_NODE_TEMPLATE) {
        auto const& element = node.v.element;
        std::string const name = ::gumbo_normalized_tagname(element.tag);
        bool const implied = name == "html" || name == "head" || name == "body";
        if (element.tag_namespace != GUMBO_NAMESPACE_HTML || element.tag == GUMBO_TAG_UNKNOWN ||
            is_dangerous_element(name))
            return "<" + name + ">";
        if (implied && element.attributes.length > 0) return "attributes of " + name;
        for (unsigned i = 0; i < element.attributes.length; ++i) {
            auto const& attribute = *static_cast<GumboAttribute const*>(element.attributes.data[i]);
            if (auto fault = fault_of_attribute(name, base::lower(attribute.name), attribute.value); !fault.empty())
                return fault;
        }
    }
    for (std::size_t i = 0; i < httpd::html::child_count(node); ++i)
        if (auto fault = fault_of_node(httpd::html::child(node, i)); !fault.empty()) return fault;
    return {};
}

/// What is dangerous in it, "" for nothing.
inline std::string danger_in(std::string const& html)
{
    std::string fault = "too complex";
    httpd::html::with_document(html, [&](GumboNode const& root) { fault = fault_of_node(root); });
    return fault;
}

} // namespace support
