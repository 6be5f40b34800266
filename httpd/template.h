#pragma once
// Pages from the files of templates/ (mustache). Every value is escaped: the form that would not escape is refused
// when the templates are loaded. Texts stand in them as {{#t}}Inbox{{/t}}; {{> name}} puts in templates/_name.html.

#include "appliance/i18n/catalog.h"

#include <kainjow/mustache.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace httpd
{

/// Values for a template: objects, lists, texts, bools.
using Data = kainjow::mustache::data;
using DataList = kainjow::mustache::list;

/// Made once at start from the compiled-in files, translated then, so that rendering is only filling in. Safe from
/// all threads. Throws std::logic_error for a broken template: a mistake of ours that every test finds.
class Templates
{
public:
    Templates();

    /// `name`: "list" for templates/list.html.
    std::string render(std::string_view name, i18n::Catalog const& catalog, Data const& data) const;
    std::vector<std::string> names() const;

    /// The texts for translation in a template with its partials, as they stand there.
    static std::vector<std::string> texts(std::string_view name);

private:
    using Parsed = std::unique_ptr<kainjow::mustache::mustache>;
    std::map<std::string, Parsed, std::less<>> parsed_; ///< "id/list"
};

/// & < > " ' escaped.
std::string escape_html(std::string_view text);

} // namespace httpd
