#include "setup-tui/wizard/draft_file.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/config/config.h"
#include "setup-tui/apply/machine.h"
#include "setup-tui/steps/checks.h"

#include <filesystem>
#include <unistd.h>

namespace setup::wizard
{

namespace
{
constexpr std::string_view step_key = "wizard.step";
constexpr std::string_view secrets_key = "wizard.had_passwords";
constexpr std::string_view applying_key = "wizard.applying";

/// "ali:secret:X-TKJ-1" -> "ali::X-TKJ-1"; whether there was one.
bool without_passwords(std::string& users)
{
    std::vector<std::string> kept;
    bool had = false;
    for (auto const& part : base::split_list(users)) {
        auto const user = parse_user(part);
        if (!user) continue;
        had = had || !user->password.empty();
        kept.push_back(user->login + "::" + user->class_name + (user->role.empty() ? "" : ":" + user->role));
    }
    users = base::join(kept, ", ");
    return had;
}
} // namespace

std::string draft_path(std::string const& config_file)
{
    auto const config = current_config(config_file);
    auto const state = config ? config->state : std::filesystem::absolute(config_file).parent_path().string();
    return state + "/setup-draft";
}

base::Result<void> keep(std::string const& path, Draft const& draft, std::string const& step, bool applying)
{
    std::string text = "# The answers so far of the setup of Kotakpos; removed when it is done.\n";
    bool had_passwords = false;
    for (auto const& [key, value] : draft.values()) {
        auto const* const field = find_field(key);
        if (!field) continue; // a suggestion of this machine
        auto shown = value;
        if (field->type == FieldType::password) {
            had_passwords = had_passwords || !value.empty();
            continue;
        }
        if (key == "users") had_passwords = without_passwords(shown) || had_passwords;
        text += key + " = " + shown + "\n";
    }
    text += std::string(step_key) + " = " + step + "\n";
    text += std::string(secrets_key) + " = " + (had_passwords ? "yes" : "no") + "\n";
    text += std::string(applying_key) + " = " + (applying ? "yes" : "no") + "\n";
    auto const folder = std::filesystem::path(path).parent_path().string();
    if (auto made = base::make_folders(folder, 0755); !made) return made;
    return base::write_file_atomically(path, text, 0600);
}

std::optional<Kept> kept(std::string const& path)
{
    auto const text = base::read_file(path, largest_draft);
    if (!text) return std::nullopt;
    auto const settings = config::parse_settings(*text, path);
    if (!settings) return std::nullopt;
    Kept result;
    for (auto const& setting : *settings) {
        if (setting.key == step_key) result.step = setting.value;
        if (setting.key == secrets_key) result.lacks_passwords = setting.value == "yes";
        if (setting.key == applying_key) result.was_applying = setting.value == "yes";
        auto const* const field = find_field(setting.key);
        if (field && field->type != FieldType::password) result.draft.set(setting.key, setting.value);
    }
    return result;
}

void forget(std::string const& path) { ::unlink(path.c_str()); }

} // namespace setup::wizard
