#pragma once
// Whether a class has a folder that its pupils read and the teachers fill ('kotakpos class folder'). The folder
// itself is a mailbox (maild/imap/places.h makes it when it is first looked for).

#include "appliance/base/result.h"

#include <string_view>

namespace directory
{

class Directory;

/// Switched on; a class has none until somebody says so.
bool is_class_folder_on(Directory& directory, std::string_view class_name);
/// Switched off after it was on: nobody sees it, what is in it is kept.
bool is_class_folder_off(Directory& directory, std::string_view class_name);
/// Refused when there is no such class. Gives the class's name in its own spelling.
enum class ClassFolder { on, off };
base::Result<std::string> set_class_folder(Directory& directory, std::string_view class_name, ClassFolder folder);

} // namespace directory
