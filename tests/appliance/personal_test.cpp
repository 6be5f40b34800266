#include "appliance/directory/filter_words.h"
#include "appliance/directory/filters.h"
#include "appliance/directory/personal.h"
#include "tests/support/catch.h"
#include "tests/support/school.h"

namespace
{
namespace preference = directory::preference;
using directory::Filter;
using Condition = directory::FilterCondition;
using Action = directory::FilterAction;

struct School : support::School {
    std::unique_ptr<directory::Personal> personal = directory::make_sql_personal(database, *people);
    std::unique_ptr<directory::Filters> filters = directory::make_sql_filters(database);
    directory::User ali = add("ali");
    directory::User budi = add("budi");
};

Filter to_folder(std::string const& name, std::string const& folder)
{
    return {0,
            name,
            true,
            true,
            false,
            {{Condition::What::subject, {}, Condition::How::contains, "tugas"}},
            {{Action::What::move, folder}}};
}

std::vector<std::string> names(std::vector<Filter> const& filters)
{
    std::vector<std::string> found;
    for (auto const& one : filters) found.push_back(one.name);
    return found;
}
} // namespace

TEST_CASE("A preference is one of its values, or the usual", "[personal]")
{
    School school;
    CHECK(school.personal->preferences(school.ali.id).empty());
    CHECK(school.personal->set_preference(school.ali.id, preference::look, "dark"));
    CHECK_FALSE(school.personal->set_preference(school.ali.id, preference::look, "purple"));
    CHECK_FALSE(school.personal->set_preference(school.ali.id, "no-such-key", "1"));
    CHECK(school.personal->set_preference(school.ali.id, preference::time_zone, "Asia/Makassar"));
    for (auto const* zone : {"../../etc/passwd", "/etc/passwd", "Asia", "Asia/Nowhere", "Asia/Makassar\n"})
        CHECK_FALSE(school.personal->set_preference(school.ali.id, preference::time_zone, zone));
    auto const chosen = school.personal->preferences(school.ali.id);
    CHECK(directory::value(chosen, preference::look) == "dark");
    CHECK(directory::value(chosen, preference::time_zone) == "Asia/Makassar");
    CHECK(school.personal->preferences(school.budi.id).empty());
    CHECK(school.personal->set_preference(school.ali.id, preference::look, ""));
    CHECK(directory::value(school.personal->preferences(school.ali.id), preference::look).empty());
}

TEST_CASE("An identity has an address of its own person", "[personal]")
{
    School school;
    CHECK(school.personal->identities(school.ali) == std::vector<directory::Identity>{{"ali", "ali@smk.sch.id", ""}});
    CHECK_FALSE(school.personal->set_identities(school.ali, {{"Ali", "budi@smk.sch.id", ""}}));
    CHECK_FALSE(school.personal->set_identities(school.ali, {{"Ali", "ali@elsewhere.example", ""}}));
    CHECK_FALSE(school.personal->set_identities(school.ali, {{"Ali\r\nBcc: x", "ali@smk.sch.id", ""}}));
    school.people->add_alias("osis", {"ali"}).value();
    CHECK(school.personal->own_addresses(school.ali) ==
          std::vector<std::string>{"ali@smk.sch.id", "osis@smk.sch.id"});
    CHECK(school.personal->own_addresses(school.budi) == std::vector<std::string>{"budi@smk.sch.id"});
    std::vector<directory::Identity> const two = {{"OSIS", "osis@smk.sch.id", "Salam,\nOSIS"},
                                                  {"Ali", "ali@smk.sch.id", ""}};
    CHECK(school.personal->set_identities(school.ali, two));
    CHECK(school.personal->identities(school.ali) == two);
    school.people->delete_alias("osis").value(); // it may be somebody else's next
    CHECK(school.personal->identities(school.ali) == std::vector<directory::Identity>{two.back()});
}

TEST_CASE("A device's password logs in until it is deleted, and tells nobody else's", "[personal]")
{
    School school;
    CHECK_FALSE(school.personal->add_device(school.ali.id, "  "));
    auto const phone = school.personal->add_device(school.ali.id, "HP Ali").value();
    CHECK(school.people->authenticate("ali", phone));
    CHECK_FALSE(school.people->authenticate("budi", phone));
    auto const all = school.personal->app_passwords(school.ali.id);
    REQUIRE(all.size() == 1);
    CHECK(all.front().label == "HP Ali");
    CHECK(all.front().purpose == "device");
    CHECK(all.front().id.find(phone) == std::string::npos);
    CHECK_FALSE(school.personal->remove_app_password(school.budi.id, all.front().id));
    CHECK(school.personal->remove_app_password(school.ali.id, all.front().id));
    CHECK_FALSE(school.people->authenticate("ali", phone));
}

TEST_CASE("Sessions end all but one", "[personal]")
{
    School school;
    auto const later = base::system_clock().now() + 1'000'000'000;
    auto const here = school.people->add_app_password(school.ali.id, "web", later);
    auto const there = school.people->add_app_password(school.ali.id, "web", later);
    auto const phone = school.personal->add_device(school.ali.id, "HP").value();
    school.personal->note_session(here, "Firefox, 192.168.1.7", later);
    CHECK(school.personal->remove_sessions(school.ali.id, here) == 1);
    CHECK(school.people->authenticate("ali", here));
    CHECK_FALSE(school.people->authenticate("ali", there));
    CHECK(school.people->authenticate("ali", phone));
    CHECK(school.personal->app_passwords(school.ali.id).size() == 2);
}

TEST_CASE("Filters keep what was written and their order", "[filters]")
{
    School school;
    auto const first = school.filters->save(school.ali.id, to_folder("tugas", "Tugas")).value();
    auto const second = school.filters->save(school.ali.id, to_folder("ujian", "Ujian")).value();
    CHECK(names(school.filters->filters(school.ali.id)) == std::vector<std::string>{"tugas", "ujian"});
    CHECK(school.filters->shift(school.ali.id, second, true));
    CHECK(names(school.filters->filters(school.ali.id)) == std::vector<std::string>{"ujian", "tugas"});
    auto changed = school.filters->filters(school.ali.id).back();
    changed.actions.push_back({Action::What::label, "$Penting"});
    changed.stops = true;
    CHECK(school.filters->save(school.ali.id, changed).value() == first);
    auto const kept = school.filters->filters(school.ali.id).back();
    CHECK(kept.actions == changed.actions);
    CHECK(kept.conditions == changed.conditions);
    CHECK(kept.stops);
    CHECK_FALSE(school.filters->remove(school.budi.id, first));
    CHECK(school.filters->remove(school.ali.id, first));
    CHECK(names(school.filters->filters(school.ali.id)) == std::vector<std::string>{"ujian"});
    CHECK(school.filters->filters(school.budi.id).empty());
    school.people->delete_user("ali").value();
    CHECK(school.filters->filters(school.ali.id).empty());
}

TEST_CASE("A filter that cannot work is refused", "[filters]")
{
    School school;
    auto filter = to_folder("x", "Tugas");
    auto const is_refused = [&] { return !school.filters->save(school.ali.id, filter); };
    filter.name = " ";
    CHECK(is_refused());
    filter = to_folder("x", "");
    CHECK(is_refused());
    filter = to_folder("x", "Tugas");
    filter.conditions.clear();
    CHECK(is_refused());
    filter.conditions = {{Condition::What::size, {}, Condition::How::above, "banyak"}};
    CHECK(is_refused());
    filter.conditions = {{Condition::What::size, {}, Condition::How::above, "500000"}};
    CHECK_FALSE(is_refused());
    filter.actions = {{Action::What::copy, "bukan alamat"}};
    CHECK(is_refused());
    filter.actions = {{Action::What::label, "\\Deleted"}};
    CHECK(is_refused());
}

TEST_CASE("A vacation needs a text and a possible time", "[filters]")
{
    School school;
    directory::Vacation vacation;
    vacation.enabled = true;
    CHECK_FALSE(school.filters->set_vacation(school.ali.id, vacation));
    vacation.text = "Saya cuti.";
    vacation.begins = 2000;
    vacation.ends = 1000;
    CHECK_FALSE(school.filters->set_vacation(school.ali.id, vacation));
    vacation.ends = 3000;
    CHECK(school.filters->set_vacation(school.ali.id, vacation));
    auto const kept = school.filters->vacation(school.ali.id);
    CHECK(kept.text == "Saya cuti.");
    CHECK(kept.is_on(2500));
    CHECK_FALSE(kept.is_on(1500));
    CHECK_FALSE(kept.is_on(3000));
    CHECK_FALSE(school.filters->vacation(school.budi.id).enabled);
}

TEST_CASE("A filter is described in both languages", "[filters]")
{
    Filter filter = to_folder("Tugas", "Kelas");
    filter.conditions.push_back({Condition::What::size, {}, Condition::How::above, "512000"});
    filter.conditions.push_back({Condition::What::header, "X-Priority", Condition::How::is, "1"});
    filter.conditions.push_back({Condition::What::attachment, {}, Condition::How::contains, {}});
    filter.actions.push_back({Action::What::star, {}});
    CHECK(
        describe(i18n::catalog("en"), filter) ==
        "Subject contains “tugas” and Size in KB is larger than “500” and X-Priority is exactly “1” and Has a file → "
        "Move to the folder “Kelas”, Star it");
    auto const& indonesian = i18n::catalog("id");
    for (auto const name : {"from", "to", "subject", "list", "header", "size", "attachment"})
        CHECK(indonesian.has(directory::words(directory::parse_condition(name).value())));
    for (auto const name : {"contains", "lacks", "is", "begins", "ends", "above", "below"})
        CHECK(indonesian.has(directory::words(directory::parse_comparison(name).value())));
    for (auto const name : {"move", "label", "star", "read", "copy", "trash"})
        CHECK(indonesian.has(directory::words(directory::parse_action(name).value())));
}
