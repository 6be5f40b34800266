#include "appliance/db/relative_paths.h"

#include <cstring>
#include <mutex>
#include <sqlite3.h>

namespace db
{

namespace
{
sqlite3_vfs* original = nullptr;

int full_path(sqlite3_vfs* vfs, char const* name, int size, char* full)
{
    if (name[0] == '/') return original->xFullPathname(vfs, name, size, full);
    auto const length = std::strlen(name);
    if (length >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
    std::memcpy(full, name, length + 1);
    return SQLITE_OK;
}
} // namespace

void keep_relative_paths()
{
    static std::once_flag once;
    std::call_once(once, [] {
        static sqlite3_vfs relative;
        sqlite3_initialize();
        original = sqlite3_vfs_find(nullptr);
        relative = *original;
        relative.zName = "relative";
        relative.xFullPathname = full_path;
        constexpr int as_default = 1;
        sqlite3_vfs_register(&relative, as_default);
    });
}

} // namespace db
