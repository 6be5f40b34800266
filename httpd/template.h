#pragma once
// Pages from the files of templates/, in the language of mustache: {{name}} is a value, {{#name}}...{{/name}} stands
// there once for a value that is something and once for each of a list, {{^name}}...{{/name}} for what is nothing.
// Every value is escaped; there is no form that would not. Texts stand in them as {{#t}}Inbox{{/t}}; {{> name}} puts
// in templates/_name.html, {{> name.svg}} the picture static/name.svg. Our own because a page is made of thousands of
// values: five times as quick as a general engine.

#include "appliance/i18n/catalog.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace httpd
{

class Data;
using DataList = std::vector<Data>;

/// A value for a template: an object of named values, a list, a text, yes or no. Copies share what is in them until
/// one is changed, so that a page is put together without copying its rows.
class Data
{
public:
    Data() = default; ///< an object without fields
    Data(std::string text) : kind_(Kind::text), text_(std::move(text)) {}
    Data(std::string_view text) : kind_(Kind::text), text_(text) {}
    Data(char const* text) : kind_(Kind::text), text_(text) {}
    Data(bool yes) : kind_(yes ? Kind::yes : Kind::no) {}
    Data(DataList list);

    /// The field of that name; made when it is not there.
    Data& operator[](std::string_view name);

    /// Null when there is no such field.
    Data const* get(std::string_view name) const;
    std::string const& string_value() const { return text_; }
    bool is_true() const { return kind_ == Kind::yes; }
    bool is_list() const { return kind_ == Kind::list; }
    DataList const& list_value() const;
    /// To a list.
    void push_back(Data item);
    /// Whether a section of it is shown: not for no, an empty list, and an empty text.
    bool is_something() const;

private:
    enum class Kind : std::uint8_t { object, list, text, yes, no };
    using Field = std::pair<std::string, Data>;
    struct Inside;
    Inside& own();

    Kind kind_ = Kind::object;
    std::string text_;
    std::shared_ptr<Inside> inside_; ///< of an object or a list
};

/// One template, read into its pieces.
class Template
{
public:
    /// Gives the template that {{> name}} means; it outlives who asks.
    using Partials = std::function<Template const&(std::string_view name)>;
    /// Throws std::logic_error for what is not closed, or a value that is not escaped.
    explicit Template(std::string text, Partials const& partials = {});
    void render(Data const& data, std::string& out) const;

private:
    enum class Kind : std::uint8_t { text, value, section, inverted, partial };
    struct Piece {
        Kind kind = Kind::text;
        std::string_view text; ///< or the name
        std::size_t end = 0;   ///< of a section: the piece behind its last one
        Template const* partial = nullptr;
    };
    using Scopes = std::vector<Data const*>;

    std::size_t read(std::string_view& text, std::string_view section, Partials const& partials);
    void render(std::size_t from, std::size_t to, Scopes& scopes, std::string& out) const;
    void render_section(std::size_t at, Scopes& scopes, std::string& out) const;

    std::unique_ptr<std::string const> text_; ///< what the pieces look into
    std::vector<Piece> pieces_;
};

/// Made once at start from the compiled-in files, translated then, so that rendering is only filling in. Safe from
/// all threads. Throws std::logic_error for a broken template: a mistake of ours that every test finds.
class Templates
{
public:
    Templates();

    /// `name`: "list" for templates/list.html.
    std::string render(std::string_view name, i18n::Catalog const& catalog, Data const& data) const;
    std::vector<std::string> names() const;

    /// The texts for translation in a template or a partial ("_begin"), as they stand there.
    static std::vector<std::string> texts(std::string_view name);

private:
    Template const& read(std::string const& language, std::string const& name, int depth);

    std::map<std::string, Template, std::less<>> read_; ///< "id/list", and partials: "id/_begin"
};

/// & < > " ' escaped.
std::string escape_html(std::string_view text);

} // namespace httpd
