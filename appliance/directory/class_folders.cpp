#include "appliance/directory/class_folders.h"

#include "appliance/base/text.h"
#include "appliance/directory/directory.h"

namespace directory
{

namespace
{
std::string key_of(std::string_view class_name) { return "class.folder." + base::lower(class_name); }
} // namespace

bool is_class_folder_on(Directory& directory, std::string_view class_name)
{
    return directory.setting(key_of(class_name)) == "on";
}

bool is_class_folder_off(Directory& directory, std::string_view class_name)
{
    return directory.setting(key_of(class_name)) == "off";
}

base::Result<std::string> set_class_folder(Directory& directory, std::string_view class_name, ClassFolder folder)
{
    for (auto const& one : directory.classes()) {
        if (!base::equal_ignoring_case(one.name, class_name)) continue;
        directory.set_setting(key_of(one.name), folder == ClassFolder::on ? "on" : "off");
        return one.name;
    }
    return base::refused(std::string(class_name), "there is no such class", "see 'kotakpos class list'");
}

} // namespace directory
