#include "setup-tui/widgets/keys.h"

#include <climits>
#include <cwchar>

#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <ncursesw/curses.h>

namespace setup
{

namespace
{
struct Sequence {
    char const* bytes;
    int code;
};

constexpr Sequence usual[] = {
    {"\033[A", KEY_UP},      {"\033[B", KEY_DOWN},    {"\033[C", KEY_RIGHT},  {"\033[D", KEY_LEFT},
    {"\033OA", KEY_UP},      {"\033OB", KEY_DOWN},    {"\033OC", KEY_RIGHT},  {"\033OD", KEY_LEFT},
    {"\033[1~", KEY_HOME},   {"\033[7~", KEY_HOME},   {"\033[H", KEY_HOME},   {"\033OH", KEY_HOME},
    {"\033[4~", KEY_END},    {"\033[8~", KEY_END},    {"\033[F", KEY_END},    {"\033OF", KEY_END},
    {"\033[2~", KEY_IC},     {"\033[3~", KEY_DC},     {"\033[5~", KEY_PPAGE}, {"\033[6~", KEY_NPAGE},
    {"\033[Z", KEY_BTAB},    {"\033OP", KEY_F(1)},    {"\033OQ", KEY_F(2)},   {"\033OR", KEY_F(3)},
    {"\033OS", KEY_F(4)},    {"\033[11~", KEY_F(1)},  {"\033[12~", KEY_F(2)}, {"\033[13~", KEY_F(3)},
    {"\033[14~", KEY_F(4)},  {"\033[[A", KEY_F(1)},   {"\033[[B", KEY_F(2)},  {"\033[[C", KEY_F(3)},
    {"\033[[D", KEY_F(4)},   {"\033[[E", KEY_F(5)},   {"\033[15~", KEY_F(5)}, {"\033[17~", KEY_F(6)},
    {"\033[18~", KEY_F(7)},  {"\033[19~", KEY_F(8)},  {"\033[20~", KEY_F(9)}, {"\033[21~", KEY_F(10)},
    {"\033[23~", KEY_F(11)}, {"\033[24~", KEY_F(12)}, {"\0331", KEY_F(1)},    {"\0332", KEY_F(2)},
    {"\0333", KEY_F(3)},     {"\0334", KEY_F(4)},     {"\0335", KEY_F(5)},    {"\0336", KEY_F(6)},
    {"\0337", KEY_F(7)},     {"\0338", KEY_F(8)},     {"\0339", KEY_F(9)},    {"\0330", KEY_F(10)},
};
} // namespace

void define_usual_keys()
{
    for (auto const& sequence : usual) ::define_key(sequence.bytes, sequence.code);
}

Key key_of_code(unsigned code)
{
    switch (code) {
    case KEY_UP: return {KeyKind::up, "", 0};
    case KEY_DOWN: return {KeyKind::down, "", 0};
    case KEY_LEFT: return {KeyKind::left, "", 0};
    case KEY_RIGHT: return {KeyKind::right, "", 0};
    case KEY_HOME: return {KeyKind::home, "", 0};
    case KEY_END: return {KeyKind::end, "", 0};
    case KEY_PPAGE: return {KeyKind::page_up, "", 0};
    case KEY_NPAGE: return {KeyKind::page_down, "", 0};
    case KEY_BACKSPACE: return {KeyKind::backspace, "", 0};
    case KEY_IC: return {KeyKind::insert, "", 0};
    case KEY_DC: return {KeyKind::remove, "", 0};
    case KEY_BTAB: return {KeyKind::back_tab, "", 0};
    case KEY_ENTER: return {KeyKind::enter, "", 0};
    case KEY_RESIZE: return {KeyKind::resize, "", 0};
    default: break;
    }
    if (code > KEY_F0 && code <= KEY_F0 + 12) return {KeyKind::function, "", static_cast<int>(code - KEY_F0)};
    return {};
}

Key key_of_character(unsigned character)
{
    switch (character) {
    case '\r':
    case '\n': return {KeyKind::enter, "", 0};
    case '\t': return {KeyKind::tab, "", 0};
    case 0x1b: return {KeyKind::escape, "", 0};
    case '\b':
    case 0x7f: return {KeyKind::backspace, "", 0};
    default: break;
    }
    if (character >= 1 && character <= 26)
        return {KeyKind::control, std::string(1, static_cast<char>('a' + character - 1)), 0};
    if (character < ' ') return {};
    char bytes[MB_LEN_MAX];
    std::mbstate_t state{};
    auto const size = std::wcrtomb(bytes, static_cast<wchar_t>(character), &state);
    if (size == static_cast<std::size_t>(-1)) return {};
    return {KeyKind::character, std::string(bytes, size), 0};
}

} // namespace setup
