// kotakpos site: the school's page.

#include "appliance/site/site.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/supervisor/accounts.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cli
{

namespace
{
constexpr char const* folder = "site";

/// Root becomes who the folder belongs to: what lies in it is another user's, and root follows nothing of that.
void become_owner()
{
    struct stat status {
    };
    if (::geteuid() != 0 || ::stat(folder, &status) != 0 || status.st_uid == 0) return;
    if (!supervisor::become({status.st_uid, status.st_gid, {}}))
        throw base::Failure(base::failed(folder, std::strerror(errno), "run it as the owner of this folder"));
}

site::Site page(Session& session)
{
    session.enter_state_folder();
    become_owner();
    return site::Site(folder);
}

/// "-" is standard input. Opened before the state folder is entered: the name counts from where the person is.
base::Fd open_archive(std::string const& name)
{
    base::Fd file(name == "-" ? ::dup(STDIN_FILENO) : ::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) throw base::Failure(base::refused(name, std::strerror(errno), "check the name of the file"));
    struct stat status {
    };
    if (::fstat(file.get(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) > site::largest_archive)
        throw base::Failure(base::refused(name, "the archive is larger than 100 MB", "make its pictures smaller"));
    return file;
}

int upload(Session& session, Arguments const& arguments)
{
    auto const file = open_archive(arguments.operands.front());
    auto const published = page(session).publish(file.get());
    print(session.plural("{1} file is the school's page now.", "{1} files are the school's page now.",
                         published.files) +
          "\n");
    if (published.left_out > 0)
        print(session.plural("{1} hidden file was left out.", "{1} hidden files were left out.", published.left_out) +
              "\n");
    if (!published.has_index)
        print(session.text("There is no index.html in it: visitors still see the page that comes with the box.") +
              "\n");
    return 0;
}

int list(Session& session, Arguments const& arguments)
{
    auto const shown = page(session);
    auto const files = shown.files();
    if (arguments.has("--json")) {
        std::vector<Json> entries;
        for (auto const& file : files)
            entries.push_back(Json::object({{"path", Json::text(file.path)},
                                            {"size", Json::number(static_cast<long long>(file.size))},
                                            {"changed", Json::text(base::iso_date(file.changed))}}));
        print(Json::object({{"files", Json::array(entries)}, {"has_previous", Json::boolean(shown.has_previous())}}));
        return 0;
    }
    std::vector<std::vector<std::string>> rows = {
        {session.text("FILE"), session.text("SIZE"), session.text("CHANGED")}};
    for (auto const& file : files)
        rows.push_back({printable(file.path), base::show_size(file.size), session.show_time(file.changed)});
    print(show_table(rows));
    return 0;
}

int restore(Session& session, Arguments const&)
{
    page(session).restore();
    print(session.text("The page before is shown again.") + "\n");
    return 0;
}

int clear(Session& session, Arguments const&)
{
    page(session).clear();
    print(session.text("The page that comes with the box is shown. 'kotakpos site restore' takes yours back.") +
          "\n");
    return 0;
}
} // namespace

std::vector<Command> site_commands()
{
    return {{"upload",
             "FILE",
             1,
             1,
             {},
             "Makes what is in a ZIP archive the school's page (- is standard input).",
             upload},
            {"list", "", 0, 0, {{"--json", ""}}, "Shows the files of the school's page.", list},
            {"restore", "", 0, 0, {}, "Exchanges the school's page for the one before it.", restore},
            {"clear", "", 0, 0, {}, "Shows the page that comes with the box.", clear}};
}

} // namespace cli
