#include "setup-tui/widgets/line_editor.h"

#include "appliance/base/text.h"

namespace setup
{

LineEditor::LineEditor(Shown shown, std::string text) : shown_(shown) { set_text(std::move(text)); }

void LineEditor::set_text(std::string text)
{
    text_ = std::move(text);
    position_ = text_.size();
}

std::size_t LineEditor::before(std::size_t position) const
{
    if (position == 0) return 0;
    do --position;
    while (position > 0 && (static_cast<unsigned char>(text_[position]) & 0xC0U) == 0x80U);
    return position;
}

std::size_t LineEditor::after(std::size_t position) const
{
    if (position >= text_.size()) return text_.size();
    auto const size = base::utf8_sequence(std::string_view(text_).substr(position));
    return position + std::max<std::size_t>(size, 1);
}

bool LineEditor::take(Key const& key)
{
    switch (key.kind) {
    case KeyKind::character:
        if (text_.size() + key.text.size() <= longest) {
            text_.insert(position_, key.text);
            position_ += key.text.size();
        }
        return true;
    case KeyKind::backspace: {
        auto const start = before(position_);
        text_.erase(start, position_ - start);
        position_ = start;
        return true;
    }
    case KeyKind::remove: text_.erase(position_, after(position_) - position_); return true;
    case KeyKind::left: position_ = before(position_); return true;
    case KeyKind::right: position_ = after(position_); return true;
    case KeyKind::home: position_ = 0; return true;
    case KeyKind::end: position_ = text_.size(); return true;
    case KeyKind::control:
        if (key.text != "u") return false;
        set_text({}); // as a shell does
        return true;
    default: return false;
    }
}

std::string LineEditor::shown() const
{
    if (shown_ == Shown::plain) return text_;
    std::string stars;
    for (std::size_t at = 0; at < text_.size(); at = after(at)) stars += '*';
    return stars;
}

int LineEditor::cursor() const
{
    auto const part = text_.substr(0, position_);
    if (shown_ == Shown::plain) return columns_of(part);
    int count = 0;
    for (std::size_t at = 0; at < part.size(); at = after(at)) ++count;
    return count;
}

} // namespace setup
