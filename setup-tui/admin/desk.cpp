#include "setup-tui/admin/desk.h"

#include "appliance/base/text.h"
#include "appliance/i18n/composed.h"
#include "setup-tui/widgets/dialog.h"

#include <ctime>

namespace setup
{

std::string Desk::text(std::string_view id, std::vector<std::string> const& arguments) const
{
    return base::format(catalog().text(id), arguments);
}

std::string Desk::plural(std::string_view one, std::string_view many, std::size_t count) const
{
    return base::format(catalog().plural(one, many, count), {std::to_string(count)});
}

std::string Desk::translate(std::string const& sentence) const { return i18n::translate(catalog(), sentence); }

std::string Desk::show(base::Error const& error) const
{
    return base::Error{translate(error.what), translate(error.why), translate(error.to_do), error.refused}.line();
}

std::string Desk::show_time(base::Timestamp when) const
{
    if (when == 0) return {};
    std::time_t const seconds = when / 1000000;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return i18n::show_time(catalog(), when, static_cast<int>(local.tm_gmtoff / 60));
}

std::string Desk::role(directory::Role role) const { return text(directory::show(role)); }

std::string Desk::common_keys() const
{
    return text("F1 help") + "  " + (language == "id" ? "F2 English" : "F2 Indonesia");
}

std::optional<std::string> Desk::attempt(std::function<void()> const& work) const
{
    try {
        work();
        return std::nullopt;
    } catch (base::Failure const& failure) {
        return show(failure.error());
    } catch (base::StoreError const& error) {
        return show(cli::explain(error));
    }
}

void Desk::tell(std::string const& title, std::string const& sentence) const
{
    setup::tell(screen, {title, sentence, text("Enter go on")});
}

bool Desk::ask(std::string const& title, std::string const& sentence) const
{
    return setup::ask(screen, {title, sentence, text("Left and right choose   Enter take   Esc no")},
                      {text("yes"), text("no")});
}

bool Desk::ask_danger(std::string const& title, std::string const& sentence) const
{
    return setup::ask(screen, {title, sentence, text("Left and right choose   Enter take   Esc no")},
                      {text("yes"), text("no")}, Danger::yes);
}

} // namespace setup
