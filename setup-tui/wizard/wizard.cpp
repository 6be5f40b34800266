#include "setup-tui/wizard/wizard.h"

#include "appliance/base/file.h"
#include "setup-tui/apply/clock.h"
#include "setup-tui/apply/machine.h"
#include "setup-tui/apply/network.h"
#include "setup-tui/apply/school.h"
#include "setup-tui/steps/suggestions.h"
#include "setup-tui/widgets/dialog.h"
#include "setup-tui/wizard/desk.h"
#include "setup-tui/wizard/draft_file.h"
#include "setup-tui/wizard/outcome.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>

namespace setup
{

namespace
{
using wizard::Desk;
using wizard::Go;

class Wizard
{
public:
    Wizard(Screen& screen, std::string const& config_file, Scope scope)
        : scope_(scope),
          desk_{screen, draft_, std::filesystem::absolute(config_file).string()},
          path_(wizard::draft_path(desk_.config_file))
    {
        begin();
    }

    int run()
    {
        while (page_ < names_.size()) {
            desk_.place = desk_.text("step {1} of {2}", {std::to_string(page_ + 1), std::to_string(names_.size())});
            switch (show(names_[page_])) {
            case Go::next: ++page_; break;
            case Go::back:
                if (page_ == 0 && scope_ == Scope::network) return 1; // to the screen that it came from
                page_ -= page_ > 0 ? 1 : 0;
                break;
            case Go::stay: break;
            case Go::quit:
                if (is_mine()) keep();
                return 1;
            }
            if (page_ > 0 && !claim()) return 1;
            if (page_ < last_page() && (page_ > 0 || lock_)) keep();
        }
        return 0;
    }

private:
    static constexpr auto network_name = "network", review_name = "review", apply_name = "apply", last_name = "last";

    std::size_t last_page() const { return names_.size() - 1; }

    /// What is known before the first question: the school that is there, the network that runs, answers from before
    /// a power cut.
    void begin()
    {
        auto const config = current_config(desk_.config_file).value();
        draft_ = existing_answers(config.state).value();
        add_suggestions(draft_, read_running_network());
        if (owns_network()) draft_.set("now.is_ours", "yes");
        if (is_clock_doubtful()) draft_.set("now.clock", "doubtful");
        for (auto const& step : steps())
            if (is_asked(step)) names_.emplace_back(step.name);
        names_.insert(names_.end(), {review_name, apply_name, last_name});
        if (scope_ == Scope::everything) resume();
        if (!draft_.has("language")) draft_.set("language", config.language);
    }

    bool is_asked(Step const& step) const
    {
        if (scope_ == Scope::network) return step.name == network_name;
        return !step.first_time_only || !desk_.is_there_already();
    }

    void resume()
    {
        last_draft_ = draft_on_disk();
        auto const before = wizard::kept(path_);
        if (!before) return;
        for (auto const& [key, value] : before->draft.values()) draft_.set(key, value);
        was_cut_ = before->was_applying;
        auto name = before->step;
        if (name == apply_name || name == last_name) name = review_name; // Enter applies again, never a power cut
        go_to(name);
        if (!before->lacks_passwords) {
            desk_.message = desk_.text("Your answers from before are still here.");
            return;
        }
        // Only when it is past the page that asks for them.
        auto const at = page_;
        go_to("admin");
        page_ = std::min(page_, at);
        desk_.message = desk_.text("Please type the passwords again: they are never kept on the disk.");
    }

    std::string folder() const { return std::filesystem::path(path_).parent_path().string(); }
    std::string draft_on_disk() const
    {
        auto const text = base::read_file(path_, wizard::largest_draft);
        return text ? *text : "";
    }

    /// Whether the wizard is this screen's; where it is nobody's, it is from now on.
    bool is_mine()
    {
        if (scope_ == Scope::network || lock_) return true;
        base::Fd lock(::open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!lock) return true; // no folder yet: nothing to guard
        if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 || draft_on_disk() != last_draft_) return false;
        lock_ = std::move(lock);
        return true;
    }

    /// A box shows the wizard on every screen that it has, after a power cut on the page where it was. Who answers
    /// first goes on; for the others it is over, and what they do next begins with the answers of now.
    bool claim()
    {
        if (scope_ == Scope::network || lock_) return true;
        bool const has_school = !existing_domain(folder()).value().empty();
        bool const is_done =
            has_school && draft_on_disk().empty() && (!desk_.is_there_already() || !last_draft_.empty());
        if (!is_done && is_mine()) return true;
        tell(desk_.screen, {.title = "Kotakpos",
                            .text = desk_.text(is_done ? "The school was set up on another screen meanwhile."
                                                       : "The school is being set up on another screen of this box."),
                            .keys = desk_.text("Enter close   arrows scroll")});
        return false;
    }

    void go_to(std::string_view name)
    {
        auto const found = std::find(names_.begin(), names_.end(), name);
        page_ = found == names_.end() ? 0 : static_cast<std::size_t>(found - names_.begin());
    }

    Go show(std::string const& name)
    {
        if (name == review_name) return wizard::review(desk_);
        if (name == apply_name) return apply();
        if (name == last_name) {
            if (scope_ == Scope::everything) wizard::forget(path_); // the passwords are on the screen now
            return wizard::show_outcome(desk_, outcome_);
        }
        auto const& all = steps();
        auto const step = std::find_if(all.begin(), all.end(), [&](auto const& other) { return other.name == name; });
        return name == "users" ? wizard::ask_users(desk_, *step) : wizard::ask(desk_, *step);
    }

    Go apply()
    {
        if (scope_ == Scope::everything) static_cast<void>(wizard::keep(path_, draft_, review_name, true));
        auto const go = wizard::carry_out(desk_, outcome_, was_cut_);
        return go;
    }

    /// A draft that cannot be written costs only the resuming; the next page says so.
    void keep()
    {
        if (scope_ == Scope::network) return;
        auto const& name = names_[std::min(page_, last_page())];
        if (auto const kept = wizard::keep(path_, draft_, name); !kept)
            desk_.message = desk_.text("A power cut would lose these answers: they cannot be written to the disk.");
        last_draft_ = draft_on_disk();
    }

    Scope scope_;
    Draft draft_;
    Desk desk_;
    std::string path_;
    std::vector<std::string> names_;
    std::string last_draft_; ///< the draft file as this wizard has read or written it last
    base::Fd lock_;          ///< on the state folder, while this wizard may change it
    std::size_t page_ = 0;
    bool was_cut_ = false;
    wizard::Outcome outcome_;
};
} // namespace

bool needs_wizard(std::string const& config_file)
{
    auto const config = current_config(config_file);
    if (!config) return false; // a broken configuration has its own message
    auto const domain = existing_domain(config->state);
    if (!domain) return false;
    auto const before = wizard::kept(wizard::draft_path(config_file));
    return domain->empty() || (before && before->was_applying);
}

int run_wizard(Screen& screen, std::string const& config_file, Scope scope)
{
    return Wizard(screen, config_file, scope).run();
}

} // namespace setup
