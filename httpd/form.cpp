#include "httpd/form.h"

#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "appliance/message/parameters.h"
#include "httpd/limits.h"

#include <algorithm>

namespace httpd
{

namespace
{
constexpr std::size_t longest_boundary = 200;

bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

std::string decoded(std::string_view text, bool plus_is_space)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            if (auto const byte = base::from_hex(text.substr(i + 1, 2)); byte && byte->size() == 1) {
                out += *byte;
                i += 2;
                continue;
            }
        }
        out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
    return out;
}

/// Browsers escape the quote, CR and LF of names in this way and nothing else (WHATWG HTML 4.10.21.8).
std::string form_name(std::string text)
{
    text = base::replace_all(std::move(text), "%22", "\"");
    text = base::replace_all(std::move(text), "%0D", "\r");
    return base::replace_all(std::move(text), "%0A", "\n");
}

/// The value of one line of a part's header, "" when it is not there.
std::string header_value(std::string_view header, std::string_view name)
{
    for (auto line : base::split(header, '\n')) {
        auto const colon = line.find(':');
        if (colon == std::string_view::npos || !base::equal_ignoring_case(base::trim(line.substr(0, colon)), name))
            continue;
        return std::string(base::trim(line.substr(colon + 1)));
    }
    return {};
}

/// A parameter of Content-Disposition, read as browsers write it: a backslash is an ordinary character in it.
std::optional<std::string> disposition_parameter(std::string_view value, std::string_view name)
{
    std::size_t at = 0;
    while ((at = value.find(';', at)) != std::string_view::npos) {
        ++at;
        while (at < value.size() && (value[at] == ' ' || value[at] == '\t')) ++at;
        auto const equals = value.find('=', at);
        if (equals == std::string_view::npos) return std::nullopt;
        auto const key = base::trim(value.substr(at, equals - at));
        bool const quoted = equals + 1 < value.size() && value[equals + 1] == '"';
        auto const begin = equals + (quoted ? 2 : 1);
        auto const end = std::min(value.find(quoted ? '"' : ';', begin), value.size());
        if (base::equal_ignoring_case(key, name)) return form_name(std::string(value.substr(begin, end - begin)));
        at = end;
    }
    return std::nullopt;
}
} // namespace

void Form::add(std::string name, std::string value)
{
    std::erase(value, '\0');
    fields_.emplace_back(std::move(name), message::scrub_utf8(value));
}

std::string const& Form::value(std::string_view name) const
{
    static std::string const none;
    for (auto const& field : fields_)
        if (field.first == name) return field.second;
    return none;
}

bool Form::has(std::string_view name) const
{
    return std::any_of(fields_.begin(), fields_.end(), [&](auto const& field) { return field.first == name; });
}

std::vector<std::string> Form::all(std::string_view name) const
{
    std::vector<std::string> values;
    for (auto const& field : fields_)
        if (field.first == name) values.push_back(field.second);
    return values;
}

Form parse_urlencoded(std::string_view text)
{
    Form form;
    for (auto piece : base::split(text, '&')) {
        if (piece.empty()) continue;
        if (form.fields().size() >= limits::form_fields) break;
        auto const equals = std::min(piece.find('='), piece.size());
        auto const value = equals < piece.size() ? piece.substr(equals + 1) : std::string_view();
        form.add(decoded(piece.substr(0, equals), true), decoded(value, true));
    }
    return form;
}

std::string percent_decoded(std::string_view text) { return decoded(text, false); }

std::string percent_encoded(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        if (is_unreserved(c))
            out += c;
        else
            out += "%" + base::upper(base::hex(std::string_view(&c, 1)));
    }
    return out;
}

MultipartParser::MultipartParser(std::string_view boundary) : delimiter_("\r\n--" + std::string(boundary))
{
    if (boundary.empty() || boundary.size() > longest_boundary) state_ = State::broken;
    waiting_ = "\r\n"; // so that the first boundary looks like all others
}

bool MultipartParser::fail()
{
    state_ = State::broken;
    waiting_.clear();
    return false;
}

bool MultipartParser::feed(std::string_view bytes)
{
    if (state_ == State::broken) return false;
    if (state_ == State::epilogue) return true;
    waiting_.append(bytes);
    while (step()) {
    }
    if (taken_ > 0) waiting_.erase(0, std::exchange(taken_, 0));
    return state_ != State::broken;
}

std::optional<Form> MultipartParser::finish()
{
    if (state_ != State::epilogue) return std::nullopt;
    return std::move(form_);
}

/// True: something was understood, look again.
bool MultipartParser::step()
{
    switch (state_) {
    case State::preamble: return step_preamble();
    case State::after_boundary: return step_after_boundary();
    case State::header: return step_header();
    case State::body: return step_body();
    default: return false;
    }
}

bool MultipartParser::step_preamble()
{
    auto const found = waiting_.find(delimiter_, taken_);
    if (found == std::string::npos) {
        if (waiting_.size() - taken_ > limits::form_part_header) return fail();
        return false;
    }
    taken_ = found + delimiter_.size();
    state_ = State::after_boundary;
    return true;
}

bool MultipartParser::step_after_boundary()
{
    auto const rest = std::string_view(waiting_).substr(taken_);
    if (rest.size() < 2) return false;
    if (rest.starts_with("--")) {
        state_ = State::epilogue;
        taken_ = waiting_.size();
        return false;
    }
    auto const end = rest.find("\r\n"); // only blanks may stand before it
    if (end == std::string_view::npos) return rest.size() > longest_boundary ? fail() : false;
    if (rest.substr(0, end).find_first_not_of(" \t") != std::string_view::npos) return fail();
    taken_ += end; // the CRLF belongs to the header, so that an empty header is found, too
    state_ = State::header;
    return true;
}

bool MultipartParser::step_header()
{
    auto const rest = std::string_view(waiting_).substr(taken_);
    auto const end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos) return rest.size() > limits::form_part_header ? fail() : false;
    if (end > limits::form_part_header || !begin_part(rest.substr(0, end))) return fail();
    taken_ += end + 4;
    state_ = State::body;
    return true;
}

bool MultipartParser::begin_part(std::string_view header)
{
    if (form_.fields().size() + form_.files().size() >= limits::form_fields) return false;
    auto const disposition = header_value(header, "Content-Disposition");
    if (!base::lower(disposition).starts_with("form-data")) return false;
    auto const file_name = disposition_parameter(disposition, "filename");
    field_ = disposition_parameter(disposition, "name").value_or("");
    is_file_ = file_name.has_value();
    part_ = {field_, message::scrub_utf8(file_name.value_or("")), header_value(header, "Content-Type"), {}};
    return true;
}

bool MultipartParser::step_body()
{
    auto const rest = std::string_view(waiting_).substr(taken_);
    auto const end = rest.find(delimiter_);
    if (end != std::string_view::npos) {
        take(rest.substr(0, end));
        taken_ += end + delimiter_.size();
        end_part();
        state_ = State::after_boundary;
        return true;
    }
    if (rest.size() <= delimiter_.size()) return false;
    auto const safe = rest.size() - delimiter_.size(); // a boundary may have begun in what stays
    take(rest.substr(0, safe));
    taken_ += safe;
    return false;
}

void MultipartParser::take(std::string_view piece)
{
    if (!is_file_) {
        value_ += piece;
        return;
    }
    part_.content.add(piece);
    on_disk_ += piece.size();
}

void MultipartParser::end_part()
{
    if (!is_file_)
        form_.add(field_, std::exchange(value_, {}));
    else if (!part_.name.empty() || !part_.content.empty())
        form_.add(std::move(part_)); // empty: no file was chosen
    part_ = {};
}

} // namespace httpd
