#include "setup-tui/admin/password_slips.h"

#include <algorithm>
#include <tuple>

namespace setup
{

namespace
{
constexpr std::size_t slips_per_page = 8;
constexpr std::string_view cut_here = "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -\n";

std::string show_slip(SlipTexts const& texts, Slip const& slip)
{
    auto const who = slip.name.empty() ? slip.login : slip.name;
    return texts.school + "\n" + who + (slip.class_name.empty() ? "" : "   " + slip.class_name) + "\n\n" + "  " +
           texts.login + ": " + slip.login + "\n  " + texts.password + ": " + slip.password + "\n  " + texts.mail +
           ": " + slip.login + "@" + texts.domain + "\n  " + texts.webmail + "\n";
}
} // namespace

std::string show_slips(SlipTexts const& texts, std::vector<Slip> slips)
{
    std::sort(slips.begin(), slips.end(), [](Slip const& a, Slip const& b) {
        return std::tie(a.class_name, a.name, a.login) < std::tie(b.class_name, b.name, b.login);
    });
    std::string text;
    std::size_t on_page = 0;
    for (std::size_t i = 0; i < slips.size(); ++i) {
        bool const new_class = i > 0 && slips[i].class_name != slips[i - 1].class_name;
        if (on_page == slips_per_page || new_class) {
            text += "\f";
            on_page = 0;
        }
        text += show_slip(texts, slips[i]);
        text += cut_here;
        ++on_page;
    }
    return text;
}

} // namespace setup
