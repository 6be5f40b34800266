// A new version of the box, from a file on a USB stick or in the administrator's folder.

#include "appliance/cli/machine_update.h"
#include "setup-tui/admin/run_program.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/admin/simple_form.h"
#include "setup-tui/widgets/progress.h"

#include <filesystem>

namespace setup
{

namespace
{
namespace fs = std::filesystem;
constexpr std::string_view lesson =
    "An update is one file with a whole new version. The box looks who signed it, writes it beside the version that "
    "runs, restarts, and tries everything. If anything does not work, the version of before comes back by itself, "
    "with all mail.\n\nA USB stick shows itself below /media. Make a backup "
    "first all the same.";
constexpr std::size_t whole = 100; // percent

/// The newest update file on a stick or in the administrator's folder; empty: none.
std::string newest_update()
{
    std::vector<fs::path> folders = {"/root"};
    std::error_code error;
    for (auto const& stick : fs::directory_iterator("/media", error)) folders.push_back(stick.path());
    fs::path newest;
    for (auto const& folder : folders)
        for (auto const& file : fs::directory_iterator(folder, error)) {
            if (file.path().extension() != ".update") continue;
            if (newest.empty() || file.last_write_time(error) > fs::last_write_time(newest, error))
                newest = file.path();
        }
    return newest.string();
}

std::string install(Desk& desk, std::string const& file)
{
    std::string version;
    run_with_progress(desk.screen,
                      {.title = desk.text("Update"),
                       .what = desk.text("Checking and writing the new version ..."),
                       .keys = "",
                       .cancelling = desk.text("This cannot be stopped; it is over soon.")},
                      whole, [&](Progress& progress) {
                          auto const report = [&](auto done, auto all) { progress.report(done * whole / all); };
                          version = cli::install_version(desk.session, file, report).version;
                      });
    return version;
}
} // namespace

std::string update_box(Desk& desk)
{
    must_be_a_box();
    std::string file;
    bool const chosen = ask_form(
        desk, "Update", lesson,
        {{"File", "The whole path, like /media/sdb1/kotakpos-1.0.0.update.", newest_update()}},
        [&](auto const& answers) {
            file = answers[0];
            if (file.empty() || file.front() != '/')
                throw base::Failure(base::refused(file, "this is not a whole path", "begin it with /"));
        },
        "install");
    if (!chosen) return {};
    auto const version = install(desk, file);
    if (!desk.ask(
            desk.text("Restart now?"),
            desk.text("Version {1} is in its place. The box restarts to try it; if anything does not work, this "
                      "version comes back by itself.",
                      {version})))
        return desk.text("The next restart tries version {1}.", {version});
    run_program({"systemctl", "reboot"});
    return desk.text("A moment, please ...");
}

} // namespace setup
