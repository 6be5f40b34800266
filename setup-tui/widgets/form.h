#pragma once
// A few labelled fields in a box, and what is always around it: title at the top, message and keys at the bottom.

#include "setup-tui/widgets/line_editor.h"
#include "setup-tui/widgets/screen.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace setup
{

/// The frame of every screen. `keys`: what each key does, shown in the last line.
void draw_frame(Screen& screen, std::string_view title, std::string_view keys, std::string_view message = {});

/// A field to type in, or (with choices) one to choose with left and right.
struct FormField {
    std::string label;
    std::string help;
    LineEditor editor{};
    std::vector<std::pair<std::string, std::string>> choices{}; ///< value and what is shown
    std::size_t chosen = 0;

    std::string value() const { return choices.empty() ? editor.text() : choices[chosen].first; }
};

struct FormTexts {
    std::string title;
    std::string intro;
    std::string keys;
};

/// Fields one below the other; Tab and arrows move, Enter in the last field (or F9) accepts, Esc gives up.
class Form
{
public:
    Form(FormTexts texts, std::vector<FormField> fields) : texts_(std::move(texts)), fields_(std::move(fields)) {}

    /// Runs until given up (false) or until `accept` has nothing to say against the values (true). Its text is shown
    /// as the message.
    bool run(Screen& screen, std::function<std::optional<std::string>(Form&)> const& accept);

    std::string value(std::size_t field) const { return fields_[field].value(); }
    FormField& field(std::size_t number) { return fields_[number]; }
    void focus(std::size_t field) { current_ = field; }

private:
    void draw(Screen& screen) const;
    void draw_field(Screen& screen, std::size_t number, int row) const;
    void move(int step);
    bool take(Key const& key);

    FormTexts texts_;
    std::vector<FormField> fields_;
    std::size_t current_ = 0;
    std::string message_;
};

} // namespace setup
