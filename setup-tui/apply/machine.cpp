#include "setup-tui/apply/machine.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace setup
{

namespace
{
struct Folder {
    char const* name;
    unsigned mode;
};
/// The supervisor gives each of them its owner when it starts.
constexpr Folder folders[] = {{"school", 0750},     {"spool", 0750}, {"spool/body", 0750}, {"mail", 0750},
                              {"mail/blobs", 0750}, {"site", 0755},  {"run", 0755},        {"tls", 0755},
                              {"dns", 0750},        {"dkim", 0700}};

bool is_under_etc(std::string const& file) { return file.rfind("/etc/", 0) == 0; }

config::Config new_config(std::string const& config_file)
{
    auto config = config::defaults();
    auto const absolute = std::filesystem::absolute(config_file).lexically_normal();
    // The box keeps its data in /var; a file anywhere else (a trial) has the data beside it.
    if (!is_under_etc(absolute.string())) config.state = absolute.parent_path().string();
    config.file = config_file;
    return config;
}

base::Result<Machine> new_machine(Draft const& draft, std::string const& config_file)
{
    Machine machine;
    machine.is_new = machine.changed = true;
    machine.config = new_config(config_file);
    machine.config.language = draft.value("language");
    machine.config.lab = draft.value("lab") == "yes";
    machine.config.hostname = draft.value("hostname");
    auto const network = net::Network::parse(draft.value("address"));
    if (network) machine.config.trusted_networks = {*network};
    machine.text = config::show(machine.config);
    return machine;
}
} // namespace

std::string with_setting(std::string const& text, std::string_view key, std::string_view value)
{
    std::string const line = std::string(key) + " = " + std::string(value);
    std::string result;
    bool found = false;
    for (auto const old : base::split(text, '\n')) {
        auto const equals = old.find('=');
        bool const is_it = equals != std::string_view::npos && base::trim(old.substr(0, equals)) == key;
        if (is_it && found) continue;
        found = found || is_it;
        result += is_it ? line : std::string(old);
        result += '\n';
    }
    if (!result.empty()) result.pop_back(); // split gives one piece more than there are newlines
    if (!found) result += line + "\n";
    return result;
}

base::Result<Machine> plan_machine(Draft const& draft, std::string const& config_file)
{
    if (::access(config_file.c_str(), F_OK) != 0) return new_machine(draft, config_file);
    auto const old_text = base::read_file(config_file);
    if (!old_text) return base::refused(config_file, old_text.error().why, old_text.error().to_do);
    Machine machine;
    machine.text = *old_text;
    for (auto const* key : {"language", "lab", "hostname"})
        machine.text = with_setting(machine.text, key, draft.value(key));
    machine.changed = machine.text != *old_text;
    auto config = config::parse(machine.text, config_file);
    if (!config) return config.error();
    machine.config = *config;
    return machine;
}

base::Result<config::Config> current_config(std::string const& config_file)
{
    if (::access(config_file.c_str(), F_OK) != 0) return new_config(config_file);
    return config::read(config_file);
}

base::Result<void> write_machine(Machine const& machine, std::string const& config_file)
{
    constexpr unsigned open_to_all = 0755;
    if (auto made = base::make_folders(machine.config.state, open_to_all); !made) return made;
    for (auto const& folder : folders)
        if (auto made = base::make_folders(machine.config.in_state(folder.name), folder.mode); !made) return made;
    if (!machine.changed) return {};
    auto const parent = std::filesystem::absolute(config_file).parent_path().string();
    if (auto made = base::make_folders(parent, open_to_all); !made) return made;
    return base::write_file_atomically(config_file, machine.text, 0644);
}

} // namespace setup
