#include "setup-tui/apply/undo.h"

#include "appliance/base/file.h"
#include "setup-tui/apply/machine.h"

#include <filesystem>
#include <system_error>

namespace setup
{

namespace
{
namespace fs = std::filesystem;

/// Everything that setup may make below the state folder, and the folders that may have to be made for it, outermost
/// first.
std::vector<fs::path> names_of_setup(config::Config const& config, std::string const& config_file)
{
    std::vector<fs::path> names;
    auto const add_with_parents = [&](fs::path const& path) {
        fs::path built;
        for (auto const& part : path) names.push_back(built /= part);
    };
    auto const absolute = fs::absolute(config_file).lexically_normal();
    add_with_parents(absolute);
    add_with_parents(fs::absolute(config.state).lexically_normal());
    for (auto const* name :
         {"school", "spool", "mail", "site", "run", "tls", "dns", "dns-keys", "dkim", "mail-secrets", "ca.crt",
          "site/index.html", "tls/ca.key", "tls/server.crt", "tls/server.key", "school/school.db", "dns/dns.db"})
        names.emplace_back(config.in_state(name));
    return names;
}
} // namespace

Undo::Undo(config::Config const& config, std::string config_file) : config_file_(std::move(config_file))
{
    std::error_code error;
    if (auto text = base::read_file(config_file_)) config_text_ = *text;
    for (auto const& name : names_of_setup(config, config_file_))
        if (!fs::exists(fs::symlink_status(name, error))) new_names_.push_back(name.string());
}

Undo::~Undo()
{
    if (kept_) return;
    std::error_code error; // what cannot be removed stays; the next setup completes it
    for (auto const& name : new_names_) fs::remove_all(name, error);
    if (config_text_)
        if (auto const now = base::read_file(config_file_); now && *now != *config_text_)
            static_cast<void>(base::write_file_atomically(config_file_, *config_text_, 0644));
}

} // namespace setup
