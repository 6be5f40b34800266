#include "setup-tui/widgets/form.h"

#include <algorithm>

namespace setup
{

namespace
{
constexpr int label_width = 24;
constexpr int field_column = content_column + label_width;
constexpr int widest_field = 56;
constexpr int between = 2;   ///< columns between fields beside each other
constexpr int help_rows = 2; ///< of the current field's sentence
} // namespace

void FormField::choose(std::string_view value)
{
    for (std::size_t i = 0; i < choices.size(); ++i)
        if (choices[i].first == value) chosen = i;
}

Form& Form::on_leave(Watch watch)
{
    left_ = std::move(watch);
    return *this;
}

Form& Form::on_change(Watch watch)
{
    changed_ = std::move(watch);
    return *this;
}

Form& Form::on_key(std::function<bool(Form&, Key const&)> take)
{
    take_other_ = std::move(take);
    return *this;
}

void Form::insert(std::size_t before, std::vector<FormField> fields)
{
    fields_.insert(fields_.begin() + static_cast<std::ptrdiff_t>(before), fields.begin(), fields.end());
}

void Form::erase(std::size_t from, std::size_t count)
{
    auto const first = fields_.begin() + static_cast<std::ptrdiff_t>(from);
    fields_.erase(first, first + static_cast<std::ptrdiff_t>(count));
    current_ = std::min(current_, fields_.empty() ? 0 : fields_.size() - 1);
}

/// What is written below a field: what is wrong with it, else its note.
std::vector<std::string> Form::below(Screen const& screen, FormField const& field) const
{
    auto const& text = field.problem.empty() ? field.note : field.problem;
    if (text.empty()) return {};
    return wrap(text, screen.columns() - field_column - content_column);
}

/// A field has a row, and at least one below it for its note or problem. Fields beside each other share them.
std::vector<Form::Place> Form::places(Screen const& screen) const
{
    std::vector<Place> result;
    int const room = screen.columns() - field_column - content_column;
    int row = 0;
    int height = 0; // of the row so far
    int column = 0;
    for (auto const& field : fields_) {
        if (!field.beside) {
            row += height;
            height = 2;
            column = 0;
        }
        height = std::max(height, 1 + static_cast<int>(below(screen, field).size()));
        int const most = std::min(room - column, widest_field);
        int const width = std::max(1, field.width > 0 ? std::min(field.width, most) : most);
        result.push_back({row, field_column + column, width, height});
        column += width + between;
    }
    return result;
}

void Form::draw_choices(Screen& screen, FormField const& field, Place const& place, bool is_current)
{
    // All of them when they fit in one row, else only the one that is chosen.
    int all = 0;
    for (auto const& [value, shown] : field.choices) all += columns_of(shown) + 7;
    if (all - 3 > screen.columns() - place.column - content_column) {
        screen.put(place.row, place.column, "< " + field.choices[field.chosen].second + " >",
                   is_current ? Style::selected : Style::field, place.width);
        return;
    }
    int column = place.column;
    for (std::size_t i = 0; i < field.choices.size(); ++i) {
        bool const is_chosen = i == field.chosen;
        auto const text = (is_chosen ? "(*) " : "( ) ") + field.choices[i].second;
        auto const style = !is_chosen ? Style::normal : is_current ? Style::selected : Style::strong;
        screen.put(place.row, column, text, style);
        if (is_chosen && is_current) screen.put_cursor(place.row, column + 1);
        column += columns_of(text) + 3;
    }
}

void Form::draw_field(Screen& screen, std::size_t number, Place const& place)
{
    auto const& field = fields_[number];
    bool const is_current = number == current_;
    if (!field.beside)
        screen.put(place.row, content_column, field.label, is_current ? Style::strong : Style::normal,
                   label_width - 1);
    int row = place.row + 1;
    for (auto const& line : below(screen, field))
        screen.put(row++, field_column, line, field.problem.empty() ? Style::dim : Style::error);
    if (!field.choices.empty()) return draw_choices(screen, field, place, is_current);
    // A text longer than the field: its end is shown while the cursor is there.
    auto shown = field.editor.shown();
    int cursor = field.editor.cursor();
    while (cursor >= place.width) {
        auto const glyph = next_glyph(shown);
        cursor -= glyph.columns;
        shown.erase(0, glyph.bytes.size());
    }
    screen.put(place.row, place.column, shown, Style::field, place.width);
    if (is_current) screen.put_cursor(place.row, place.column + cursor);
}

int Form::draw_fields(Screen& screen, int first, int rows)
{
    auto all = places(screen);
    if (all.empty()) return first;
    int const needed = all.back().row + all.back().height;
    int const at = all[current_].row;
    top_ = std::clamp(top_, std::min(at, std::max(0, at + all[current_].height - rows)), at);
    top_ = std::min(top_, std::max(0, needed - rows));
    // The current field last: the cursor is its.
    for (std::size_t i = 0; i < all.size() + 1; ++i) {
        auto const number = i < all.size() ? i : current_;
        if (i == current_) continue;
        auto place = all[number];
        if (place.row < top_ || place.row + place.height > top_ + rows + 1) continue;
        place.row += first - top_;
        draw_field(screen, number, place);
    }
    return first + std::min(needed, rows);
}

void Form::draw(Screen& screen)
{
    draw_frame(screen, Frame{.title = texts_.title, .place = texts_.place, .keys = texts_.keys, .message = message_});
    int const end = content_row + content_rows(screen);
    int row = content_row;
    if (!texts_.intro.empty()) row = put_text(screen, row, texts_.intro) + 1;
    auto const& help = fields_.empty() ? std::string() : fields_[current_].help;
    auto const lines = wrap(help, content_columns(screen));
    int const help_at_most = help.empty() ? 0 : std::min(help_rows, static_cast<int>(lines.size()));
    // Help is drawn before the fields, because the cursor belongs to the current one.
    int const room = std::max(2, end - row - help_at_most);
    auto const all = places(screen);
    int const needed = all.empty() ? 0 : all.back().row + all.back().height;
    int const help_row = std::min(row + std::min(needed, room), end - help_at_most);
    put_text(screen, help_row, help, Style::dim, help_at_most);
    draw_fields(screen, row, room);
}

void Form::leave()
{
    if (left_ && !fields_.empty()) left_(*this, current_);
}

void Form::move(int step)
{
    leave();
    auto const count = static_cast<int>(fields_.size());
    if (count > 0) current_ = static_cast<std::size_t>((static_cast<int>(current_) + step + count) % count);
}

bool Form::take(Key const& key)
{
    auto& field = fields_[current_];
    bool const moves = key.kind == KeyKind::left || key.kind == KeyKind::right || key.text == " ";
    if (!field.choices.empty() && moves) {
        auto const count = field.choices.size();
        field.chosen = (field.chosen + (key.kind == KeyKind::left ? count - 1 : 1)) % count;
        return true;
    }
    if (!field.choices.empty()) return false;
    auto const before = field.editor.text();
    bool const taken = field.editor.take(key);
    if (taken && field.editor.text() != before) field.problem.clear();
    return taken;
}

bool Form::accepted(std::function<std::optional<std::string>(Form&)> const& accept)
{
    leave();
    auto const refusal = accept(*this);
    if (refusal) message_ = *refusal;
    return !refusal;
}

void Form::explain(Screen& screen)
{
    auto const& field = fields_[current_];
    auto const& text = field.lesson.empty() ? field.help : field.lesson;
    if (text.empty()) return;
    show_help(screen, field.label.empty() ? texts_.title : field.label, text, texts_.help_keys,
              [&] { draw(screen); });
}

bool Form::run(Screen& screen, std::function<std::optional<std::string>(Form&)> const& accept)
{
    stopped_ = false;
    message_ = texts_.message;
    while (!stopped_) {
        draw(screen);
        auto const key = screen.read_key();
        asked_to_quit_ = key.kind == KeyKind::function && key.number == 10;
        if (key.kind == KeyKind::escape || asked_to_quit_) return false;
        if (take_other_ && take_other_(*this, key)) continue;
        bool const is_last = current_ + 1 >= fields_.size();
        bool const is_function = key.kind == KeyKind::function;
        if ((is_function && key.number == 9) || (key.kind == KeyKind::enter && is_last)) {
            if (accepted(accept)) return true;
        } else if (is_function && key.number == 1 && !fields_.empty()) {
            explain(screen);
        } else if (fields_.empty()) {
            continue;
        } else if (take(key)) {
            message_.clear();
            if (changed_) changed_(*this, current_);
        } else if (key.kind == KeyKind::enter || key.kind == KeyKind::down || key.kind == KeyKind::tab) {
            move(1);
        } else if (key.kind == KeyKind::up || key.kind == KeyKind::back_tab) {
            move(-1);
        }
    }
    return false;
}

} // namespace setup
