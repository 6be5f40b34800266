#pragma once
// A few labelled fields in a frame: to type in, to choose from, each with its own help and refusal. Not for lists of
// things that are there already (table.h).

#include "setup-tui/widgets/frame.h"
#include "setup-tui/widgets/line_editor.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace setup
{

/// A field to type in, or (with choices) one to choose from with left, right and blank.
struct FormField {
    std::string label;
    std::string help{}; ///< a sentence below the fields while the cursor is here
    LineEditor editor{};
    std::vector<std::pair<std::string, std::string>> choices{}; ///< value and what is shown
    std::size_t chosen = 0;
    std::string lesson{};  ///< what F1 teaches
    std::string note{};    ///< shown below the field, dim: strength of a password
    std::string problem{}; ///< shown below the field instead: what is wrong with it
    int width = 0;         ///< columns; 0: as many as there are, up to 56
    bool beside = false;   ///< in the row of the field before it, without a label of its own

    std::string value() const { return choices.empty() ? editor.text() : choices[chosen].first; }
    void choose(std::string_view value);
};

struct FormTexts {
    std::string title;
    std::string intro{}; ///< may have several lines
    std::string keys{};
    std::string place{};     ///< right in the title's row
    std::string help_keys{}; ///< the last row while F1's help is open
    std::string message{};   ///< at the start
};

/// Fields one below the other; Tab and arrows move, Enter in the last field (or F9) accepts, Esc gives up, F1
/// explains.
class Form
{
public:
    /// Called with the field that was left or changed.
    using Watch = std::function<void(Form&, std::size_t field)>;

    Form(FormTexts texts, std::vector<FormField> fields) : texts_(std::move(texts)), fields_(std::move(fields)) {}

    /// Each time a field is left: sets `problem` of it, or empties it.
    Form& on_leave(Watch watch);
    /// Each time a field's value changes: sets notes, initial values of others.
    Form& on_change(Watch watch);
    /// Keys the form itself has no use for. True: it was one of yours. Use `stop` to end run() with false.
    Form& on_key(std::function<bool(Form&, Key const&)> take);

    /// Runs until given up (false) or until `accept` has nothing to say against the values (true). Its text is shown
    /// as the message. Esc gives up; F10 too, and then asked_to_quit() is true.
    bool run(Screen& screen, std::function<std::optional<std::string>(Form&)> const& accept);
    void stop() { stopped_ = true; }
    bool asked_to_quit() const { return asked_to_quit_; }

    std::size_t size() const { return fields_.size(); }
    std::string value(std::size_t field) const { return fields_[field].value(); }
    FormField& field(std::size_t number) { return fields_[number]; }
    std::size_t focused() const { return current_; }
    void focus(std::size_t field) { current_ = field; }
    void insert(std::size_t before, std::vector<FormField> fields);
    void erase(std::size_t from, std::size_t count);
    void say(std::string message) { message_ = std::move(message); }

private:
    struct Place {
        int row = 0; ///< counted from the first field's
        int column = 0;
        int width = 0;
        int height = 0; ///< with what is below
    };

    std::vector<std::string> below(Screen const& screen, FormField const& field) const;
    std::vector<Place> places(Screen const& screen) const;
    void draw(Screen& screen);
    int draw_fields(Screen& screen, int first, int rows);
    void draw_field(Screen& screen, std::size_t number, Place const& place);
    void draw_choices(Screen& screen, FormField const& field, Place const& place, bool is_current);
    void move(int step);
    void leave();
    bool take(Key const& key);
    bool accepted(std::function<std::optional<std::string>(Form&)> const& accept);
    void explain(Screen& screen);

    FormTexts texts_;
    std::vector<FormField> fields_;
    Watch left_;
    Watch changed_;
    std::function<bool(Form&, Key const&)> take_other_;
    std::size_t current_ = 0;
    int top_ = 0; ///< the first row shown when there are more than fit
    bool stopped_ = false;
    bool asked_to_quit_ = false;
    std::string message_;
};

} // namespace setup
