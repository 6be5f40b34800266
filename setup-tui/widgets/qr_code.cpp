#include "setup-tui/widgets/qr_code.h"

#include <memory>
#include <qrencode.h>

namespace setup
{

namespace
{
struct FreeCode {
    void operator()(QRcode* code) const { ::QRcode_free(code); }
};
} // namespace

QrCode::QrCode(std::string_view text)
{
    std::unique_ptr<QRcode, FreeCode> const code(
        ::QRcode_encodeString(std::string(text).c_str(), 0, QR_ECLEVEL_L, QR_MODE_8, 1));
    if (!code) return; // longer than any code can be: nothing is drawn
    auto const side = static_cast<std::size_t>(code->width);
    for (std::size_t row = 0; row < side; ++row) {
        squares_.emplace_back();
        for (std::size_t column = 0; column < side; ++column)
            squares_.back().push_back((code->data[row * side + column] & 1U) != 0);
    }
}

bool QrCode::is_dark(int row, int column) const
{
    if (row < 0 || column < 0 || row >= side() || column >= side()) return false;
    return squares_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
}

/// The light border; the standard's four squares where there is room. Phones read one of a single square too.
int QrCode::quiet(Screen const& screen) const { return screen.is_utf8() ? 4 : 1; }

int QrCode::rows(Screen const& screen) const
{
    int const squares = side() + 2 * quiet(screen);
    return screen.is_utf8() ? (squares + 1) / 2 : squares;
}

int QrCode::columns(Screen const& screen) const
{
    int const squares = side() + 2 * quiet(screen);
    return screen.is_utf8() ? squares : 2 * squares;
}

void QrCode::draw(Screen& screen, int row, int column) const
{
    int const edge = quiet(screen);
    for (int y = 0; y < rows(screen); ++y) {
        for (int x = 0; x < side() + 2 * edge; ++x) {
            if (!screen.is_utf8()) {
                bool const dark = is_dark(y - edge, x - edge);
                screen.put(row + y, column + 2 * x, "  ", dark ? Style::dark : Style::light);
                continue;
            }
            // The character's colour is that of the dark squares, its ground that of the light ones.
            bool const upper = is_dark(2 * y - edge, x - edge);
            bool const lower = is_dark(2 * y + 1 - edge, x - edge);
            screen.put(row + y, column + x, upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ", Style::light);
        }
    }
}

} // namespace setup
