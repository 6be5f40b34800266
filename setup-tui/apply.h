#pragma once
// Makes a school out of checked answers: what `kotakpos setup` and the wizard's last page do. Not for asking
// (steps/).

#include "appliance/base/result.h"
#include "setup-tui/steps/step.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace setup
{

/// What was done.
struct Report {
    std::string config_file;
    std::string state;
    bool config_made = false;
    bool config_changed = false; ///< made or changed: a box that runs does not know of it yet
    bool school_made = false;    ///< false: it was there and was brought up to date
    std::vector<std::string> users_added;
    std::vector<std::string> users_kept;
    std::vector<std::string> zones_made;
};

/// The parts of the work, in order. Each has a title (an English catalogue id).
enum class Part { check, machine, dns, people, page, certificate, network };
std::string_view title(Part part);
std::vector<Part> const& parts();

/// Told before each part begins.
using PartWatch = std::function<void(Part)>;

/// How `apply` is done.
struct Way {
    std::string config_file;
    bool needs_ports = false;    ///< refuse when somebody holds a port of ours: before the box is started
    bool sets_passwords = false; ///< of users that are there too: after a cut, nobody knows the first ones
    PartWatch progress{};
};

/// Sets the box up: state folder, configuration, school database, zones, users, the school's page, certificates.
/// Everything is checked before the first change. A school that is there already under the same domain is updated and
/// nothing of it is deleted; under another domain it is refused. When a part fails, what this run had made new is
/// taken away again and the configuration is as before. After a crash in the middle, running it again completes the
/// work. `draft`: complete and checked (read_answers). No `admin.password`: that of a school which is there stays.
base::Result<Report> apply(Draft const& draft, Way const& way);

/// The report in the language of the draft, a few lines.
std::string show(Report const& report, Draft const& draft);

/// Reads the answers, checks them all, applies them and prints what was done.
base::Result<void> run_answers(std::string const& answers_file, std::string const& config_file);

} // namespace setup
