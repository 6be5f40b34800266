// Contacts: what may be kept, and as files.

#include "appliance/db/database.h"
#include "appliance/directory/contact_files.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

using directory::Contact;

namespace
{
directory::UserId add(directory::Directory& people, std::string const& login)
{
    directory::NewUser user;
    user.login = login;
    user.name = login;
    user.password = "123";
    return people.add_user(user).value().id;
}
} // namespace

TEST_CASE("a card of any version is read, and written as it was", "[contacts][rfc6350]")
{
    auto const file =
        directory::read_contacts("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Budi \\; Santoso\r\n"
                                 "item1.EMAIL;TYPE=\"a:b\":budi@example.com\r\nTEL:tel:+62\r\n"
                                 "ORG:SMKN 1\\, Rokan;TKJ\r\nNOTE:satu\\ndu\r\n a\r\nCATEGORIES:OSIS,Panitia\r\n"
                                 "END:VCARD\r\n"
                                 "BEGIN:VCARD\nVERSION:2.1\nN;ENCODING=QUOTED-PRINTABLE:S=C3=A9;A=\n=C3=A9\n"
                                 "EMAIL;INTERNET:a@example.com\nEND:VCARD\n");
    REQUIRE(file.faults.empty());
    REQUIRE(file.contacts.size() == 2);
    CHECK(
        file.contacts[0] ==
        Contact{0, "Budi ; Santoso", {"budi@example.com"}, "+62", "SMKN 1, Rokan", "satu\ndua", {"OSIS", "Panitia"}});
    CHECK(file.contacts[1].name == "Aé Sé");
    for (auto const version : {directory::VcardVersion::v3, directory::VcardVersion::v4}) {
        auto const text = directory::write_vcards(file.contacts, version);
        CHECK(directory::read_vcards(text).contacts == file.contacts);
    }
}

TEST_CASE("a long line of a card is folded between characters", "[contacts][rfc6350]")
{
    std::string note;
    for (int i = 0; i < 200; ++i) note += "é";
    auto const text = directory::write_vcards({{0, "x", {}, "", "", note, {}}});
    for (std::size_t at = 0; at < text.size();) {
        auto const end = text.find("\r\n", at);
        CHECK(end - at <= 75);
        at = end + 2;
    }
    CHECK(directory::read_vcards(text).contacts.at(0).note == note);
}

TEST_CASE("what is wrong with a card is told by line", "[contacts][rfc6350]")
{
    auto const file = directory::read_vcards("BEGIN:VCARD\nFN:a\nEMAIL:nope\nEND:VCARD\n\nBEGIN:VCARD\nFN:b\n");
    REQUIRE(file.contacts.empty());
    REQUIRE(file.faults.size() == 2);
    CHECK((file.faults[0].line == 1 && file.faults[0].why == "this is no mail address"));
    CHECK((file.faults[1].line == 6 && file.faults[1].what == "b"));
}

TEST_CASE("CSV of Google, Outlook and Thunderbird is read", "[contacts]")
{
    auto const google =
        directory::read_contact_csv("First Name,Last Name,E-mail 1 - Value,Labels,Notes\r\nBudi,S,b@x.example ::: "
                                    "c@x.example,* myContacts ::: OSIS,"
                                    "\"dua\nbaris, \"\"q\"\"\"\r\n,,bad,,\r\n");
    REQUIRE(google.contacts.size() == 1);
    CHECK(google.contacts[0] ==
          Contact{0, "Budi S", {"b@x.example", "c@x.example"}, "", "", "dua\nbaris, \"q\"", {"OSIS"}});
    REQUIRE(google.faults.size() == 1);
    CHECK(google.faults[0].line == 4);
    auto const outlook = directory::read_contact_csv(
        "First Name;Last Name;Company;E-mail Address;Mobile Phone\nAn\xe9;S;SMK;a@x.example;1\n");
    CHECK(outlook.contacts.at(0) == Contact{0, "Ané S", {"a@x.example"}, "1", "SMK", "", {}});
    auto const thunderbird =
        directory::read_contact_csv("Display Name,Primary Email,Secondary Email\n=A,a@x.example,b@x.example\n");
    REQUIRE(thunderbird.contacts.size() == 1);
    auto const own = directory::write_contact_csv(thunderbird.contacts);
    CHECK(own.find("\r\n'=A,") != std::string::npos); // no formula for an office program
    CHECK(directory::read_contact_csv(own).contacts == thunderbird.contacts);
    CHECK(directory::read_contact_csv("colour,size\nred,1\n").faults.at(0).line == 1);
}

TEST_CASE("contacts are kept, changed and removed, each person's own", "[contacts]")
{
    support::TempFolder const folder;
    db::Database school({.path = folder / "school.db", .schema = "school"});
    auto const people = directory::make_sql_directory(school);
    auto const ali = add(*people, "ali");
    auto const budi = add(*people, "budi");
    auto const contacts = directory::make_sql_contacts(school);
    auto const id =
        contacts->add_contact(ali, {0, " Citra ", {"c@x.example", "C@X.example"}, "", "", "", {"OSIS", ""}}).value();
    auto kept = contacts->find_contact(ali, id);
    REQUIRE(kept);
    CHECK((kept->name == "Citra" && kept->addresses.size() == 1 && kept->groups == std::vector<std::string>{"OSIS"}));
    CHECK_FALSE(contacts->find_contact(budi, id));
    CHECK_FALSE(contacts->update_contact(budi, *kept));
    CHECK(contacts->remove_contacts(budi, {id}) == 0);
    kept->addresses = {"neu@x.example"};
    CHECK(contacts->update_contact(ali, *kept));
    CHECK(contacts->contacts(ali).at(0) == *kept);
    CHECK_FALSE(contacts->add_contact(ali, {0, "", {}, "", "", "", {}}));
    CHECK_FALSE(contacts->add_contacts(ali, {{0, "gut", {}, "", "", "", {}}, {0, "x", {"nope"}, "", "", "", {}}}));
    CHECK(contacts->contacts(ali).size() == 1);
    CHECK(contacts->set_canned_text(ali, {0, "Terima kasih", "Terima kasih atas suratnya."}));
    CHECK(contacts->canned_texts(ali).size() == 1);
    CHECK(contacts->canned_texts(budi).empty());
    CHECK(people->delete_user("ali"));
    CHECK(contacts->contacts(ali).empty());
}
