#include "appliance/message/header.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/message/words.h"

namespace message
{

namespace
{
constexpr std::size_t fold_column = 78;    // RFC 5322 2.1.1: should
constexpr std::size_t line_hard_max = 990; // RFC 5322 2.1.1: must be under 998
constexpr std::size_t blank_run_max = 40;  // white space kept inside a value that is written
constexpr std::size_t message_id_max = 998;

// RFC 5322 2.2 ftext, and 8-bit bytes for tolerance.
constexpr base::ByteSet name_bytes = base::ByteSet::range(33, 255).without(base::ByteSet(":\x7f"));
constexpr base::ByteSet blanks(" \t");

struct Line {
    std::string_view text; ///< without its end
    std::size_t next = 0;  ///< where the next one begins
};

Line line_at(std::string_view message, std::size_t at)
{
    std::size_t const newline = message.find('\n', at);
    std::size_t const end = std::min(newline, message.size());
    std::string_view text = message.substr(at, end - at);
    if (newline != std::string_view::npos && !text.empty() && text.back() == '\r') text.remove_suffix(1);
    return {text, newline == std::string_view::npos ? message.size() : newline + 1};
}

/// The name when the line begins a field: "Name:", blanks before the colon allowed (RFC 5322 4.5).
std::optional<std::string_view> field_name(std::string_view line)
{
    base::Cursor cursor(line);
    auto const name = cursor.take_while(name_bytes);
    cursor.take_while(blanks);
    if (name.empty() || !cursor.take(':')) return std::nullopt;
    return name;
}

bool is_mbox_line(std::string_view line) { return line.substr(0, 5) == "From " || line.substr(0, 6) == ">From "; }

std::string_view without_line_end(std::string_view text)
{
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    return text;
}
} // namespace

std::string HeaderField::value() const { return unfold(raw_value); }

Header Header::parse(std::string_view message, std::size_t begin, std::function<bool(std::string_view)> const& stop)
{
    Header header;
    header.begin_ = header.end_ = std::min(begin, message.size());
    bool open = false; // a field that may be continued
    auto close = [&](std::size_t end) {
        if (!open) return;
        open = false;
        HeaderField& field = header.fields_.back();
        field.end = end;
        auto const whole = message.substr(field.begin, end - field.begin);
        field.raw_value = without_line_end(whole.substr(whole.find(':', field.name.size()) + 1));
    };
    std::size_t at = header.begin_;
    while (at < message.size()) {
        Line const line = line_at(message, at);
        if (stop && stop(line.text)) break;
        if (line.text.empty()) {
            close(at);
            header.end_ = line.next;
            return header;
        }
        if (!blanks.contains(line.text.front())) {
            auto const name = field_name(line.text);
            if (!name && !(at == header.begin_ && is_mbox_line(line.text))) break;
            close(at);
            if (header.fields_.size() >= header_fields_max || at - header.begin_ > header_bytes_max)
                header.cut_ = true;
            open = name && !header.cut_;
            if (open) header.fields_.push_back({*name, {}, at, at});
        }
        at = line.next;
    }
    close(at);
    header.end_ = at;
    return header;
}

HeaderField const* Header::find(std::string_view name) const
{
    for (auto const& field : fields_)
        if (base::equal_ignoring_case(field.name, name)) return &field;
    return nullptr;
}

std::vector<HeaderField const*> Header::all(std::string_view name) const
{
    std::vector<HeaderField const*> found;
    for (auto const& field : fields_)
        if (base::equal_ignoring_case(field.name, name)) found.push_back(&field);
    return found;
}

std::string Header::first(std::string_view name) const
{
    auto const* field = find(name);
    return field == nullptr ? std::string() : field->value();
}

std::string Header::first_decoded(std::string_view name) const { return decode_words(first(name)); }

std::string unfold(std::string_view raw_value)
{
    std::string line;
    line.reserve(raw_value.size());
    for (char const c : raw_value)
        if (c != '\r' && c != '\n' && c != '\0') line += c;
    return std::string(base::trim(line));
}

std::vector<std::string> parse_message_ids(std::string_view value, std::size_t most)
{
    std::vector<std::string> ids;
    constexpr base::ByteSet brackets("<>");
    base::Cursor cursor(value);
    while (!cursor.at_end() && ids.size() < most) {
        cursor.take_until(brackets);
        if (!cursor.take('<')) {
            cursor.take('>');
            continue;
        }
        auto const id = cursor.take_until(brackets);
        if (cursor.peek() != '>' || id.empty() || id.size() > message_id_max) continue;
        std::string clean = "<";
        for (char const c : id)
            if (static_cast<unsigned char>(c) > 0x20 && c != 0x7F) clean += c;
        if (clean.size() > 1) ids.push_back(clean + '>');
    }
    return ids;
}

HeaderBuilder& HeaderBuilder::add(std::string_view name, std::string_view value)
{
    std::size_t const start = text_.size();
    for (char const c : name)
        if (name_bytes.contains(c)) text_ += c;
    if (text_.size() == start) return *this;
    text_ += ':';
    std::size_t column = text_.size() - start;
    std::string const line = unfold(value);
    base::Cursor cursor(line);
    for (bool first = true; !cursor.at_end(); first = false) {
        std::string_view blank = cursor.take_while(blanks).substr(0, blank_run_max);
        if (blank.empty()) blank = " "; // before the first word, and inside a word that had to be cut
        std::string_view const word =
            cursor.take_while(base::ByteSet::range(0, 255).without(blanks), line_hard_max - blank_run_max);
        if (!first && column + blank.size() + word.size() > fold_column) {
            text_ += "\r\n";
            column = 0;
        }
        text_.append(blank).append(word);
        column += blank.size() + word.size();
    }
    text_ += "\r\n";
    return *this;
}

HeaderBuilder& HeaderBuilder::add_text(std::string_view name, std::string_view utf8)
{
    return add(name, encode_text(utf8));
}

} // namespace message
