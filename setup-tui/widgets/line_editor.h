#pragma once
// One line of text being edited: UTF-8, a cursor, a mask for passwords. No terminal in it.

#include "setup-tui/widgets/screen.h"

#include <cstddef>
#include <string>

namespace setup
{

enum class Shown { plain, masked };

class LineEditor
{
public:
    explicit LineEditor(Shown shown = Shown::plain, std::string text = {});

    /// True when the key was one for editing.
    bool take(Key const& key);
    std::string const& text() const { return text_; }
    void set_text(std::string text);
    /// What to show: the text, or one * for each character.
    std::string shown() const;
    /// Columns before the cursor.
    int cursor() const;

private:
    std::size_t before(std::size_t position) const;
    std::size_t after(std::size_t position) const;

    static constexpr std::size_t longest = 256; ///< bytes: no login, name or password is longer
    Shown shown_;
    std::string text_;
    std::size_t position_ = 0; ///< in bytes, at the start of a character
};

} // namespace setup
