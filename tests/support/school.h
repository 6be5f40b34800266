#pragma once
// A school's database in a folder of its own, empty but for its domain smk.sch.id. Everybody's password is 123.

#include "appliance/db/database.h"
#include "appliance/directory/directory.h"
#include "tests/support/temp_folder.h"

namespace support
{

struct School {
    TempFolder folder;
    db::Database database{{folder / "school.db", "school", db::Mode::read_write}};
    std::unique_ptr<directory::Directory> people = directory::make_sql_directory(database);

    School() { people->set_setting("domain", "smk.sch.id"); }

    directory::User add(std::string const& login, directory::Role role = directory::Role::pupil,
                        std::string const& class_name = {}) const
    {
        directory::NewUser user;
        user.login = login;
        user.name = login;
        user.role = role;
        user.class_name = class_name;
        user.password = "123";
        return people->add_user(user).value();
    }
};

} // namespace support
