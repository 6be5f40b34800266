#include "httpd/template.h"

#include "appliance/base/text.h"
#include "httpd/assets.h"
#include "httpd/html/sanitize.h"

#include <stdexcept>

namespace httpd
{

namespace
{
constexpr std::string_view folder = "templates/";
constexpr std::string_view text_begin = "{{#t}}";
constexpr std::string_view text_end = "{{/t}}";
constexpr int deepest = 5; ///< partials in each other

std::string source(std::string const& name)
{
    bool const is_picture = name.ends_with(".svg"); // "_logo.svg"
    auto const* asset = find_asset(is_picture ? "static/" + name.substr(1) : std::string(folder) + name + ".html");
    if (!asset) throw std::logic_error("there is no template " + name);
    return std::string(asset->bytes);
}

/// Indentation is for us, not for the wire. No template has a text in which it would show.
std::string without_indentation(std::string_view text)
{
    std::string out;
    for (auto line : base::split(text, '\n')) {
        auto const first = line.find_first_not_of(" \t");
        if (first != std::string_view::npos) out += std::string(line.substr(first)) + "\n";
    }
    return out;
}

template <class Each>
std::string replace_texts(std::string_view text, Each&& each)
{
    std::string out;
    for (;;) {
        auto const begin = text.find(text_begin);
        out += text.substr(0, begin);
        if (begin == std::string_view::npos) return out;
        auto const end = text.find(text_end, begin);
        if (end == std::string_view::npos) throw std::logic_error("a text for translation is not closed");
        auto const id_begin = begin + text_begin.size();
        out += each(std::string(text.substr(id_begin, end - id_begin)));
        text.remove_prefix(end + text_end.size());
    }
}
} // namespace

std::string escape_html(std::string_view text) { return html::escape(text).text(); }

Templates::Templates()
{
    for (auto const& name : names())
        for (auto const* language : {"id", "en"}) read(language, name, 0);
}

/// A partial stands there once for each language, however many pages it is in.
Template const& Templates::read(std::string const& language, std::string const& name, int depth)
{
    auto const key = language + "/" + name;
    if (auto const found = read_.find(key); found != read_.end()) return found->second;
    if (depth > deepest) throw std::logic_error("templates contain each other");
    auto const& catalog = i18n::catalog(language);
    auto translated = replace_texts(without_indentation(source(name)),
                                    [&](std::string const& id) { return escape_html(catalog.text(id)); });
    auto const partials = [&](std::string_view partial) -> Template const& {
        return read(language, "_" + std::string(partial), depth + 1);
    };
    try {
        return read_.emplace(key, Template(std::move(translated), partials)).first->second;
    } catch (std::logic_error const& error) { // which one, for whoever wrote it
        throw std::logic_error("template " + name + ": " + error.what());
    }
}

std::string Templates::render(std::string_view name, i18n::Catalog const& catalog, Data const& data) const
{
    auto const found = read_.find(catalog.language() + "/" + std::string(name));
    if (found == read_.end()) throw std::logic_error("there is no template " + std::string(name));
    constexpr std::size_t usual_page = 48 << 10;
    std::string out;
    out.reserve(usual_page);
    found->second.render(data, out);
    return out;
}

std::vector<std::string> Templates::names() const
{
    std::vector<std::string> names;
    for (auto const& asset : assets()) {
        if (!asset.name.starts_with(folder) || asset.name.starts_with("templates/_")) continue;
        auto const name = asset.name.substr(folder.size());
        names.emplace_back(name.substr(0, name.rfind('.')));
    }
    return names;
}

std::vector<std::string> Templates::texts(std::string_view name)
{
    std::vector<std::string> texts;
    replace_texts(source(std::string(name)), [&](std::string const& id) {
        texts.push_back(id);
        return std::string();
    });
    return texts;
}

} // namespace httpd
