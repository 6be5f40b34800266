// Data and Template: what fills a page in.

#include "appliance/base/text.h"
#include "httpd/template.h"

#include <stdexcept>

namespace httpd
{

struct Data::Inside {
    std::vector<Field> fields;
    DataList items;
};

namespace
{
constexpr std::string_view tag_begin = "{{";
constexpr std::string_view tag_end = "}}";

void append_escaped(std::string_view text, std::string& out)
{
    for (;;) {
        auto const next = text.find_first_of("&<>\"'");
        out += text.substr(0, next);
        if (next == std::string_view::npos) return;
        switch (text[next]) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        default: out += "&#39;"; break;
        }
        text.remove_prefix(next + 1);
    }
}

/// A section's mark alone on its line leaves no empty line behind.
void drop_line_end(std::string_view before, std::string_view& rest)
{
    bool const begins_line = before.empty() || before.ends_with('\n');
    if (begins_line && rest.starts_with('\n')) rest.remove_prefix(1);
}
} // namespace

Data::Data(DataList list) : kind_(Kind::list), inside_(std::make_shared<Inside>())
{
    inside_->items = std::move(list);
}

Data::Inside& Data::own()
{
    if (!inside_)
        inside_ = std::make_shared<Inside>();
    else if (inside_.use_count() > 1)
        inside_ = std::make_shared<Inside>(*inside_);
    return *inside_;
}

Data& Data::operator[](std::string_view name)
{
    constexpr std::size_t usual_fields = 16;
    auto& fields = own().fields;
    for (auto& field : fields)
        if (field.first == name) return field.second;
    if (fields.empty()) fields.reserve(usual_fields);
    return fields.emplace_back(name, Data()).second;
}

Data const* Data::get(std::string_view name) const
{
    if (inside_)
        for (auto const& field : inside_->fields)
            if (field.first == name) return &field.second;
    return nullptr;
}

DataList const& Data::list_value() const
{
    static DataList const none;
    return inside_ ? inside_->items : none;
}

void Data::push_back(Data item)
{
    kind_ = Kind::list;
    own().items.push_back(std::move(item));
}

bool Data::is_something() const
{
    switch (kind_) {
    case Kind::no: return false;
    case Kind::list: return !list_value().empty();
    case Kind::text: return !text_.empty();
    case Kind::object:
    case Kind::yes: break;
    }
    return true;
}

Template::Template(std::string text, Partials const& partials)
    : text_(std::make_unique<std::string const>(std::move(text)))
{
    std::string_view rest = *text_;
    read(rest, {}, partials);
    if (!rest.empty()) throw std::logic_error("a section ends that has not begun");
    pieces_.shrink_to_fit();
}

/// Up to the end of `section`, which is taken; gives where its pieces end.
std::size_t Template::read(std::string_view& text, std::string_view section, Partials const& partials)
{
    auto const whole = text;
    for (;;) {
        auto const begin = text.find(tag_begin);
        if (begin != 0 && !text.empty()) pieces_.push_back({Kind::text, text.substr(0, begin)});
        if (begin == std::string_view::npos) {
            if (!section.empty()) throw std::logic_error("the section " + std::string(section) + " is not closed");
            text = {};
            return pieces_.size();
        }
        auto const end = text.find(tag_end, begin);
        if (end == std::string_view::npos) throw std::logic_error("a tag is not closed");
        auto const tag = base::trim(text.substr(begin + tag_begin.size(), end - begin - tag_begin.size()));
        auto const before = whole.substr(0, whole.size() - text.size() + begin);
        text.remove_prefix(end + tag_end.size());
        auto const name = tag.empty() ? tag : base::trim(tag.substr(1));
        if (tag.empty() || tag.find_first_of("{&!=>", tag[0] == '>' ? 1 : 0) != std::string_view::npos)
            throw std::logic_error("a value that is not escaped, or no tag of ours: " + std::string(tag));
        if (tag[0] == '>') {
            if (!partials) throw std::logic_error("there are no partials here");
            drop_line_end(before, text);
            pieces_.push_back({Kind::partial, name, 0, &partials(name)});
            continue;
        }
        if (tag[0] == '/') {
            if (section.empty() || name != section) throw std::logic_error("a section ends that has not begun");
            drop_line_end(before, text);
            return pieces_.size();
        }
        if (tag[0] != '#' && tag[0] != '^') {
            pieces_.push_back({Kind::value, tag});
            continue;
        }
        drop_line_end(before, text);
        auto const at = pieces_.size();
        pieces_.push_back({tag[0] == '#' ? Kind::section : Kind::inverted, name});
        pieces_[at].end = read(text, name, partials);
    }
}

void Template::render(Data const& data, std::string& out) const
{
    Scopes scopes{&data};
    render(0, pieces_.size(), scopes, out);
}

namespace
{
/// The innermost field of that name; "." is the innermost value itself.
Data const* look_up(std::vector<Data const*> const& scopes, std::string_view name)
{
    if (name == ".") return scopes.back();
    for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope)
        if (auto const* found = (*scope)->get(name)) return found;
    return nullptr;
}
} // namespace

void Template::render(std::size_t from, std::size_t to, Scopes& scopes, std::string& out) const
{
    for (std::size_t at = from; at < to; ++at) {
        auto const& piece = pieces_[at];
        if (piece.kind == Kind::text) {
            out += piece.text;
        } else if (piece.kind == Kind::value) {
            if (auto const* value = look_up(scopes, piece.text)) append_escaped(value->string_value(), out);
        } else if (piece.kind == Kind::partial) {
            piece.partial->render(0, piece.partial->pieces_.size(), scopes, out);
        } else {
            render_section(at, scopes, out);
            at = piece.end - 1;
        }
    }
}

void Template::render_section(std::size_t at, Scopes& scopes, std::string& out) const
{
    auto const& piece = pieces_[at];
    auto const* value = look_up(scopes, piece.text);
    bool const is_shown = (value && value->is_something()) == (piece.kind == Kind::section);
    if (!is_shown) return;
    if (piece.kind == Kind::inverted) return render(at + 1, piece.end, scopes, out);
    if (!value->is_list()) {
        scopes.push_back(value);
        render(at + 1, piece.end, scopes, out);
        scopes.pop_back();
        return;
    }
    for (auto const& item : value->list_value()) {
        scopes.push_back(&item);
        render(at + 1, piece.end, scopes, out);
        scopes.pop_back();
    }
}

} // namespace httpd
