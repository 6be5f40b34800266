#include "setup-tui/widgets/text_view.h"

#include "appliance/base/text.h"

#include <algorithm>

namespace setup
{

void TextView::set_text(std::string_view text)
{
    lines_.clear();
    for (auto const line : base::split(text, '\n')) lines_.emplace_back(line);
    broken_for_ = -1;
}

void TextView::add_line(std::string line)
{
    lines_.push_back(std::move(line));
    if (lines_.size() > most_lines) lines_.pop_front();
    broken_for_ = -1;
}

void TextView::break_lines(int columns)
{
    if (broken_for_ == columns) return;
    broken_for_ = columns;
    broken_.clear();
    for (auto const& line : lines_)
        for (auto& part : wrap(line, columns)) broken_.push_back(std::move(part));
}

void TextView::draw(Screen& screen, Area const& area)
{
    break_lines(area.columns);
    page_ = static_cast<std::size_t>(std::max(1, area.rows));
    auto const last = broken_.size() > page_ ? broken_.size() - page_ : 0;
    top_ = follows_ ? last : std::min(top_, last);
    for (std::size_t i = 0; i < page_ && top_ + i < broken_.size(); ++i)
        screen.put(area.row + static_cast<int>(i), area.column, broken_[top_ + i], Style::normal, area.columns);
}

bool TextView::take(Key const& key)
{
    auto const last = broken_.size() > page_ ? broken_.size() - page_ : 0;
    switch (key.kind) {
    case KeyKind::up: top_ -= std::min<std::size_t>(top_, 1); break;
    case KeyKind::down: top_ = std::min(top_ + 1, last); break;
    case KeyKind::page_up: top_ -= std::min(top_, page_); break;
    case KeyKind::page_down: top_ = std::min(top_ + page_, last); break;
    case KeyKind::home: top_ = 0; break;
    case KeyKind::end: top_ = last; break;
    default: return false;
    }
    follows_ = top_ == last && key.kind != KeyKind::up && key.kind != KeyKind::page_up && key.kind != KeyKind::home;
    return true;
}

} // namespace setup
