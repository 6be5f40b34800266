// The line editor of the screens, without a terminal.

#include "setup-tui/widgets/line_editor.h"
#include "tests/support/catch.h"

#include <clocale>

namespace
{
void type(setup::LineEditor& editor, std::vector<std::string> const& characters)
{
    for (auto const& character : characters) editor.take({setup::KeyKind::character, character, 0});
}
void press(setup::LineEditor& editor, setup::KeyKind kind) { editor.take({kind, "", 0}); }
} // namespace

TEST_CASE("a line editor moves and deletes by whole characters", "[tui]")
{
    std::setlocale(LC_ALL, "C.UTF-8");
    setup::LineEditor editor;
    type(editor, {"é", "m", "i"});
    press(editor, setup::KeyKind::home);
    press(editor, setup::KeyKind::right);
    CHECK(editor.cursor() == 1);
    press(editor, setup::KeyKind::backspace);
    CHECK(editor.text() == "mi");
    press(editor, setup::KeyKind::remove);
    CHECK(editor.text() == "i");
    press(editor, setup::KeyKind::end);
    type(editor, {"本"});
    CHECK(editor.text() == "i本");
    CHECK(editor.cursor() == 3);
}

TEST_CASE("a password shows one star for each character", "[tui]")
{
    setup::LineEditor editor(setup::Shown::masked, "héllo");
    CHECK(editor.shown() == "*****");
    CHECK(editor.cursor() == 5);
}

TEST_CASE("a line editor does not take more than 256 bytes", "[tui]")
{
    setup::LineEditor editor;
    for (int i = 0; i < 300; ++i) type(editor, {"a"});
    CHECK(editor.text().size() == 256);
    press(editor, setup::KeyKind::remove);
    CHECK(editor.text().size() == 256);
}
