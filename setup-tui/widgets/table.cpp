#include "setup-tui/widgets/table.h"

#include "appliance/base/text.h"

#include <algorithm>
#include <climits>
#include <cwchar>
#include <cwctype>

namespace setup
{

namespace
{
constexpr int gap = 1;
constexpr int right_margin = 1;
constexpr int arrow_columns = 2;
constexpr std::size_t longest_search = 60;

std::size_t last_character(std::string const& text)
{
    auto at = text.size();
    do --at;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U);
    return at;
}

/// A text that does not fit says so by its end.
std::string shortened(std::string const& text, int columns)
{
    constexpr std::string_view more = "..";
    if (columns_of(text) <= columns || columns <= static_cast<int>(more.size())) return text;
    return cut_to(text, columns - static_cast<int>(more.size())) + std::string(more);
}
} // namespace

std::vector<int> column_widths(std::vector<TableColumn> const& columns, int room)
{
    std::vector<int> widths;
    int left = room;
    int growing = 0;
    for (auto const& column : columns) {
        int const before = widths.empty() ? 0 : gap;
        int const width = std::clamp(column.width, 0, std::max(0, left - before));
        widths.push_back(width);
        left -= width + before;
        if (column.grows && width > 0) ++growing;
    }
    for (std::size_t i = 0; i < columns.size() && left > 0 && growing > 0; ++i) {
        if (!columns[i].grows || widths[i] == 0) continue;
        int const share = left / growing--;
        widths[i] += share;
        left -= share;
    }
    return widths;
}

std::string small_letters(std::string_view text)
{
    std::string small;
    while (!text.empty()) {
        auto const size = base::utf8_sequence(text);
        wchar_t wide = 0;
        std::mbstate_t reading{}, writing{};
        char bytes[MB_LEN_MAX];
        if (size < 2 || std::mbrtowc(&wide, text.data(), size, &reading) != size) {
            small += base::lower(text.substr(0, 1));
            text.remove_prefix(1);
            continue;
        }
        auto const written =
            std::wcrtomb(bytes, static_cast<wchar_t>(std::towlower(static_cast<wint_t>(wide))), &writing);
        if (written == static_cast<std::size_t>(-1))
            small += text.substr(0, size);
        else
            small.append(bytes, written);
        text.remove_prefix(size);
    }
    return small;
}

bool is_match(std::string_view text, std::string_view search)
{
    auto const words = base::split(search, ' ');
    return std::all_of(words.begin(), words.end(),
                       [&](auto const word) { return text.find(word) != std::string_view::npos; });
}

void Table::set_rows(std::vector<TableRow> rows)
{
    auto const before = chosen();
    std::string const wanted = before ? rows_[*before].key : "";
    rows_ = std::move(rows);
    texts_.clear();
    texts_.reserve(rows_.size());
    for (auto const& row : rows_) texts_.push_back(small_letters(base::join(row.cells, "\n")));
    filter(wanted);
}

void Table::set_search(std::string search)
{
    auto const before = chosen();
    std::string const wanted = before ? rows_[*before].key : "";
    search_ = std::move(search);
    filter(wanted);
}

void Table::filter(std::string_view wanted)
{
    auto const search = small_letters(search_);
    shown_.clear();
    for (std::size_t i = 0; i < rows_.size(); ++i)
        if (is_match(texts_[i], search)) shown_.push_back(i);
    current_ = std::min(current_, shown_.empty() ? 0 : shown_.size() - 1);
    choose(wanted);
}

void Table::choose(std::string_view key)
{
    if (key.empty()) return;
    for (std::size_t i = 0; i < shown_.size(); ++i)
        if (rows_[shown_[i]].key == key) current_ = i;
}

std::optional<std::size_t> Table::chosen() const
{
    if (shown_.empty()) return std::nullopt;
    return shown_[current_];
}

void Table::draw_row(Screen& screen, Area const& area, int row, std::vector<int> const& widths, TableRow const& cells,
                     Style style) const
{
    screen.put(row, area.column, "", style, area.columns);
    int at = area.column + arrow_columns;
    for (std::size_t i = 0; i < widths.size() && i < cells.cells.size(); ++i) {
        if (widths[i] > 0) screen.put(row, at, shortened(cells.cells[i], widths[i]), style, widths[i]);
        at += widths[i] + gap;
    }
}

void Table::draw(Screen& screen, Area const& area)
{
    auto const widths = column_widths(columns_, area.columns - arrow_columns - right_margin);
    TableRow titles;
    for (auto const& column : columns_) titles.cells.push_back(column.title);
    draw_row(screen, area, area.row, widths, titles, Style::dim);
    page_ = static_cast<std::size_t>(std::max(1, area.rows - 1));
    if (current_ < top_) top_ = current_;
    if (current_ >= top_ + page_) top_ = current_ - page_ + 1;
    if (top_ + page_ > shown_.size()) top_ = shown_.size() > page_ ? shown_.size() - page_ : 0;
    for (std::size_t i = 0; i < page_ && top_ + i < shown_.size(); ++i) {
        bool const is_current = top_ + i == current_;
        int const row = area.row + 1 + static_cast<int>(i);
        draw_row(screen, area, row, widths, rows_[shown_[top_ + i]], is_current ? Style::selected : Style::normal);
        if (is_current) screen.put(row, area.column, ">", Style::selected); // seen without colours too
    }
}

bool Table::move(KeyKind key)
{
    auto const last = shown_.empty() ? 0 : shown_.size() - 1;
    switch (key) {
    case KeyKind::up: current_ -= std::min<std::size_t>(current_, 1); return true;
    case KeyKind::down: current_ = std::min(current_ + 1, last); return true;
    case KeyKind::page_up: current_ -= std::min(current_, page_); return true;
    case KeyKind::page_down: current_ = std::min(current_ + page_, last); return true;
    case KeyKind::home: current_ = 0; return true;
    case KeyKind::end: current_ = last; return true;
    default: return false;
    }
}

bool Table::take(Key const& key)
{
    if (move(key.kind)) return true;
    if (key.kind == KeyKind::character && search_.size() < longest_search) {
        set_search(search_ + key.text);
        return true;
    }
    if (key.kind == KeyKind::backspace && !search_.empty()) {
        set_search(search_.substr(0, last_character(search_)));
        return true;
    }
    return false;
}

} // namespace setup
