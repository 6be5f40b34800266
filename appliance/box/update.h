#pragma once
// A new version of the whole image: into the other slot, tried for one boot, kept when the self-test says so. A power
// cut at any moment leaves a box that boots; when the new version was not kept, the school's data are those of
// before.
//
//   install_update   writes the slot and `pending`, tells GRUB "try it once"       (then the box restarts)
//   after_boot       before anything opens a database: takes the snapshot (trial), or puts it back (the old slot runs
//   again) finish_trial     the self-test was well: GRUB starts the new slot from now on, the snapshot goes

#include "appliance/base/result.h"
#include "appliance/box/update_file.h"

#include <functional>
#include <set>
#include <string>

namespace box
{

/// What is kept in `pending` while an update is under way.
struct Pending {
    std::string slot;
    std::string version;
    std::string boot;          ///< the id of the boot in which it was installed
    std::set<std::string> ill; ///< steps of the self-test that were not well before either
};
base::Result<Pending> parse_pending(std::string_view text);
std::string show(Pending const& pending);

struct UpdatePlaces {
    std::string folder = "/data/update";
    std::string state = "/data/var/lib/kotakpos"; ///< not by /var: a mount cannot be renamed across
    std::string release = "/usr/share/kotakpos/release";
    std::string public_key = "/usr/share/kotakpos/update.pub";
};

/// `progress(done, all)` in bytes. Gives the release that was installed. Refuses (nothing changed) what check_update
/// refuses, a damaged file, and a disk without room for the snapshot.
base::Result<Release> install_update(UpdatePlaces const& places, std::string const& file,
                                     std::set<std::string> const& ill,
                                     std::function<void(std::uint64_t, std::uint64_t)> const& progress);

enum class AfterBoot { nothing, trial_begins, kept, taken_back };
base::Result<AfterBoot> after_boot(UpdatePlaces const& places);

base::Result<void> finish_trial(UpdatePlaces const& places);

/// The line about the last update, "" before the first.
std::string last_update(UpdatePlaces const& places);
void note_update(UpdatePlaces const& places, std::string const& line);

} // namespace box
