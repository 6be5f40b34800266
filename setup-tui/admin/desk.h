#pragma once
// What every administrator's screen works with: the terminal, the school, and the language that was chosen.

#include "appliance/cli/session.h"
#include "appliance/directory/directory.h"
#include "setup-tui/widgets/screen.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace setup
{

struct Desk {
    Screen& screen;
    cli::Session& session; ///< configuration and stores
    directory::Directory& people;
    std::string school_name;
    std::string language;   ///< "id" or "en"; F2 changes it
    std::string login = {}; ///< who works here

    i18n::Catalog const& catalog() const { return i18n::catalog(language); }
    std::string text(std::string_view id, std::vector<std::string> const& arguments = {}) const;
    std::string plural(std::string_view one, std::string_view many, std::size_t count) const;
    /// An English sentence from below, also one that was put together there.
    std::string translate(std::string const& sentence) const;
    /// The refusal as one line in the user's language.
    std::string show(base::Error const& error) const;
    /// In the machine's time zone; "" for 0.
    std::string show_time(base::Timestamp when) const;
    std::string role(directory::Role role) const;
    /// "F1 help  F2 English": what works on every screen.
    std::string common_keys() const;
    void change_language() { language = language == "id" ? "en" : "id"; }

    /// Runs `work`; a refusal, a busy or a full database becomes a sentence instead of the end of the program.
    std::optional<std::string> attempt(std::function<void()> const& work) const;

    // Boxes over the screen.
    void tell(std::string const& title, std::string const& text) const;
    /// With "yes" and "no".
    bool ask(std::string const& title, std::string const& text) const;
    /// The same for what cannot be undone: "no" is chosen at first.
    bool ask_danger(std::string const& title, std::string const& text) const;
};

} // namespace setup
