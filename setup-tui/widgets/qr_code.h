#pragma once
// A QR code on the screen, dark on light whatever the terminal's colours, so that a phone reads it.

#include "setup-tui/widgets/screen.h"

#include <string>
#include <string_view>
#include <vector>

namespace setup
{

class QrCode
{
public:
    /// `text`: digits, capital letters and $%*+-./: make the smallest code (ISO/IEC 18004 7.4.4).
    explicit QrCode(std::string_view text);

    /// With half blocks (two squares in a character) where the terminal has UTF-8, else two blanks for each square.
    int rows(Screen const& screen) const;
    int columns(Screen const& screen) const;
    void draw(Screen& screen, int row, int column) const;

    int side() const { return static_cast<int>(squares_.size()); }
    bool is_dark(int row, int column) const;

private:
    int quiet(Screen const& screen) const;
    std::vector<std::vector<bool>> squares_;
};

} // namespace setup
