#include "setup-tui/widgets/form.h"

namespace setup
{

namespace
{
constexpr int margin = 2;
constexpr int label_width = 22;
constexpr int field_column = margin + label_width;
constexpr int field_width = 40;
constexpr int first_row = 5;
constexpr int rows_per_field = 2;
} // namespace

void draw_frame(Screen& screen, std::string_view title, std::string_view keys, std::string_view message)
{
    screen.clear();
    screen.put(0, 0, " Kotakpos · " + std::string(title), Style::title, screen.columns());
    screen.put(screen.rows() - 2, margin, message, Style::error);
    screen.put(screen.rows() - 1, 0, " " + std::string(keys), Style::keys, screen.columns());
}

void Form::draw_field(Screen& screen, std::size_t number, int row) const
{
    auto const& field = fields_[number];
    bool const is_current = number == current_;
    screen.put(row, margin, field.label, is_current ? Style::title : Style::normal, label_width - 1);
    if (!field.choices.empty()) {
        screen.put(row, field_column, "< " + field.choices[field.chosen].second + " >",
                   is_current ? Style::selected : Style::field, field_width);
        return;
    }
    // A text longer than the field: its end is shown while the cursor is there.
    auto shown = field.editor.shown();
    int cursor = field.editor.cursor();
    while (cursor >= field_width) {
        auto cut = std::size_t{1};
        while (cut < shown.size() && (static_cast<unsigned char>(shown[cut]) & 0xC0U) == 0x80U) ++cut;
        cursor -= columns_of(std::string_view(shown).substr(0, cut));
        shown.erase(0, cut);
    }
    screen.put(row, field_column, shown, Style::field, field_width);
    if (is_current) screen.put_cursor(row, field_column + cursor);
}

void Form::draw(Screen& screen) const
{
    draw_frame(screen, texts_.title, texts_.keys, message_);
    screen.put(2, margin, texts_.intro, Style::normal);
    for (std::size_t i = 0; i < fields_.size(); ++i)
        if (i != current_) draw_field(screen, i, first_row + static_cast<int>(i) * rows_per_field);
    screen.put(first_row + static_cast<int>(fields_.size()) * rows_per_field + 1, margin, fields_[current_].help,
               Style::dim);
    draw_field(screen, current_, first_row + static_cast<int>(current_) * rows_per_field); // last: it owns the cursor
}

void Form::move(int step)
{
    auto const count = static_cast<int>(fields_.size());
    current_ = static_cast<std::size_t>((static_cast<int>(current_) + step + count) % count);
}

bool Form::take(Key const& key)
{
    auto& field = fields_[current_];
    if (!field.choices.empty() && (key.kind == KeyKind::left || key.kind == KeyKind::right || key.text == " ")) {
        auto const count = field.choices.size();
        field.chosen = (field.chosen + (key.kind == KeyKind::left ? count - 1 : 1)) % count;
        return true;
    }
    if (field.choices.empty() && field.editor.take(key)) return true;
    if (key.kind == KeyKind::up || key.kind == KeyKind::back_tab) move(-1);
    if (key.kind == KeyKind::down || key.kind == KeyKind::tab) move(1);
    return false;
}

bool Form::run(Screen& screen, std::function<std::optional<std::string>(Form&)> const& accept)
{
    for (;;) {
        draw(screen);
        auto const key = screen.read_key();
        if (key.kind == KeyKind::escape || (key.kind == KeyKind::function && key.number == 10)) return false;
        bool const is_last = current_ + 1 == fields_.size();
        bool const accepts =
            (key.kind == KeyKind::function && key.number == 9) || (key.kind == KeyKind::enter && is_last);
        if (accepts) {
            auto const refusal = accept(*this);
            if (!refusal) return true;
            message_ = *refusal;
        } else if (key.kind == KeyKind::enter) {
            move(1);
        } else if (take(key)) {
            message_.clear();
        }
    }
}

} // namespace setup
