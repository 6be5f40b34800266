// Mailboxes that others use: who sees them, who may do what, and whose \Seen it is (RFC 4314).

#include "appliance/directory/class_folders.h"
#include "tests/maild/imap_fixture.h"
#include "tests/support/catch.h"

using support::has;
using support::ImapClient;
using support::ImapSchool;
using support::mail;

namespace
{
/// ali and budi are pupils of X-TKJ-1, citra of X-TKJ-2; guru1 teaches, admin is the administrator.
struct SharingSchool : ImapSchool {
    SharingSchool()
    {
        people.at("ali").class_name = "X-TKJ-1";
        people.at("budi").class_name = "X-TKJ-1";
        people.add(3, "citra", directory::Role::pupil, "X-TKJ-2");
        people.add(4, "guru1", directory::Role::teacher);
        people.add(5, "admin", directory::Role::admin);
        people.class_list = {{"X-TKJ-1", "x-tkj-1", 2}, {"X-TKJ-2", "x-tkj-2", 1}};
    }
    void switch_folder(directory::ClassFolder how)
    {
        REQUIRE(directory::set_class_folder(people, "x-tkj-1", how).ok());
    }
};

struct Client : ImapClient {
    Client(ImapSchool& school, std::string const& name) : ImapClient(school) { log_in(name); }
};
} // namespace

TEST_CASE("A class folder is there for its pupils and the teachers, when it is switched on", "[imap][rfc4314]")
{
    SharingSchool school;
    Client ali(school, "ali");
    CHECK_FALSE(has(ali.say("a LIST \"\" *"), "#kelas"));
    school.switch_folder(directory::ClassFolder::on);
    CHECK(has(ali.say("b LIST \"\" *"), "* LIST (\\HasNoChildren) \"/\" #kelas/X-TKJ-1\r\n"));
    CHECK(has(ali.say("b1 LIST \"\" %"), "* LIST (\\Noselect \\HasChildren) \"/\" #kelas\r\n"));
    CHECK(has(ali.say("b2 LIST \"#kelas/\" %"), "#kelas/X-TKJ-1\r\n"));
    CHECK(has(ali.say("c LSUB \"\" *"), "* LSUB () \"/\" #kelas/X-TKJ-1\r\n"));
    CHECK(ali.say("d MYRIGHTS #kelas/X-TKJ-1") == "* MYRIGHTS #kelas/X-TKJ-1 lrs\r\nd OK These are yours\r\n");
    Client guru(school, "guru1");
    CHECK(has(guru.say("e MYRIGHTS #kelas/X-TKJ-1"), " lrswipkxtecd\r\n"));
    Client admin(school, "admin");
    CHECK(has(admin.say("f MYRIGHTS #kelas/X-TKJ-1"), " lrswipkxteacd\r\n"));
    Client citra(school, "citra");
    CHECK_FALSE(has(citra.say("g LIST \"\" *"), "#kelas"));
    CHECK(citra.say("h SELECT #kelas/X-TKJ-1") == "h NO [NONEXISTENT] There is no such mailbox\r\n");
    CHECK(citra.say("i SELECT #kelas/X-TKJ-9") == "i NO [NONEXISTENT] There is no such mailbox\r\n");
    CHECK(has(citra.say("j SETACL #kelas/X-TKJ-1 citra lr"), "j NO [NONEXISTENT]"));
    school.switch_folder(directory::ClassFolder::off);
    CHECK_FALSE(has(ali.say("k LIST \"\" *"), "#kelas"));
    CHECK(has(ali.say("l SELECT #kelas/X-TKJ-1"), "l NO [NONEXISTENT]"));
}

TEST_CASE("A search in a mailbox that is not selected knows the searcher's own \\Seen", "[imap][rfc7377]")
{
    SharingSchool school;
    school.switch_folder(directory::ClassFolder::on);
    Client guru(school, "guru1");
    CHECK(has(guru.append("#kelas/X-TKJ-1", mail("Tugas satu"), "(\\Seen) "), "A OK [APPENDUID"));
    Client ali(school, "ali");
    CHECK(has(ali.say("a ESEARCH IN (mailboxes #kelas/X-TKJ-1) UNSEEN"), "UID ALL 1\r\n"));
    CHECK_FALSE(has(ali.say("b ESEARCH IN (mailboxes #kelas/X-TKJ-1) SEEN"), "UID ALL"));
}

TEST_CASE("Who unsubscribes from the class folder stays so", "[imap]")
{
    SharingSchool school;
    school.switch_folder(directory::ClassFolder::on);
    Client ali(school, "ali");
    CHECK(has(ali.say("a LSUB \"\" *"), "#kelas/X-TKJ-1"));
    CHECK(has(ali.say("b UNSUBSCRIBE #kelas/X-TKJ-1"), "b OK"));
    CHECK_FALSE(has(ali.say("c LSUB \"\" *"), "#kelas/X-TKJ-1"));
}

TEST_CASE("Teachers write in the class folder, pupils read and each has his own \\Seen", "[imap][rfc4314]")
{
    SharingSchool school;
    school.switch_folder(directory::ClassFolder::on);
    Client guru(school, "guru1");
    CHECK(has(guru.append("#kelas/X-TKJ-1", mail("Tugas satu"), "(\\Seen \\Flagged) "), "A OK [APPENDUID"));
    CHECK(has(guru.append("#kelas/X-TKJ-1", mail("Tugas dua")), "A OK [APPENDUID"));
    Client ali(school, "ali");
    CHECK(has(ali.append("#kelas/X-TKJ-1", mail("Iseng")), "A NO [NOPERM]"));
    auto const opened = ali.say("s SELECT #kelas/X-TKJ-1");
    CHECK(has(opened, "* 2 EXISTS"));
    CHECK(has(opened, "s OK [READ-WRITE]"));
    CHECK(has(opened, "[PERMANENTFLAGS (\\Seen)]"));
    CHECK(has(ali.say("a FETCH 1:* FLAGS"), "* 1 FETCH (FLAGS (\\Flagged"));
    CHECK(has(ali.say("b FETCH 1 BODY[TEXT]"), "FLAGS (\\Flagged \\Seen"));
    CHECK(has(ali.say("c SEARCH UNSEEN"), "* SEARCH 2\r\n"));
    CHECK(has(ali.say("d STATUS #kelas/X-TKJ-1 (UNSEEN MESSAGES)"), "(UNSEEN 1 MESSAGES 2)"));
    CHECK(has(ali.say("e STORE 1 +FLAGS (\\Deleted)"), "e NO [NOPERM]"));
    CHECK(has(ali.say("f STORE 1 +FLAGS (Penting)"), "f NO [NOPERM]"));
    CHECK(has(ali.say("g STORE 1 FLAGS (\\Deleted)"), "* 1 FETCH (UID 1 FLAGS (\\Flagged"));
    CHECK(has(ali.say("h EXPUNGE"), "h NO [NOPERM]"));
    CHECK(has(ali.say("i MOVE 1 INBOX"), "i NO [NOPERM]"));
    CHECK(has(ali.say("j STORE 2 +FLAGS (\\Seen \\Answered)"), "* 2 FETCH (UID 2 FLAGS (\\Seen"));
    CHECK(has(ali.say("k COPY 1:2 INBOX"), "k OK [COPYUID"));

    CHECK(has(guru.say("r SELECT #kelas/X-TKJ-1"), "[PERMANENTFLAGS (\\Answered"));
    CHECK(has(guru.say("q STORE 1 +FLAGS (penting)"), "* OK [PERMANENTFLAGS (\\Answered"));
    auto const told = ali.say("l NOOP"); // of a new keyword, which ali may not set
    CHECK(has(told, " penting)\r\n"));
    CHECK_FALSE(has(told, "PERMANENTFLAGS"));

    Client budi(school, "budi");
    budi.say("s SELECT #kelas/X-TKJ-1");
    CHECK(has(budi.say("a SEARCH UNSEEN"), "* SEARCH 1 2\r\n"));
    guru.say("s SELECT #kelas/X-TKJ-1");
    CHECK(has(guru.say("a SEARCH SEEN"), "* SEARCH 1\r\n"));
    CHECK(has(guru.say("b SEARCH DELETED"), "* SEARCH\r\n"));

    ali.say("t SELECT INBOX");
    CHECK(has(ali.say("u SEARCH SEEN"), "* SEARCH 2\r\n"));
}

TEST_CASE("The owner shares with persons, classes and everybody, and takes rights away again", "[imap][rfc4314]")
{
    SharingSchool school;
    Client guru(school, "guru1");
    guru.say("a CREATE Materi");
    guru.append("Materi", mail("Bab satu"));
    CHECK(has(guru.say("b SETACL Materi budi lr"), "b OK"));
    CHECK(has(guru.say("c SETACL Materi $x-tkj-2 lrs"), "c OK"));
    CHECK(guru.say("d GETACL Materi") ==
          "* ACL Materi guru1 lrswipkxteacd $x-tkj-2 lrs budi lr\r\nd OK These have rights\r\n");
    CHECK(has(guru.say("e SETACL Materi tidakada lr"), "e NO [NONEXISTENT]"));
    CHECK(has(guru.say("f SETACL Materi $x-tkj-9 lr"), "f NO [NONEXISTENT]"));
    CHECK(has(guru.say("g SETACL Materi budi lz"), "g BAD"));
    CHECK(has(guru.say("h SETACL Materi guru1 l"), "h NO [CANNOT]"));
    CHECK(has(guru.say("i LISTRIGHTS Materi budi"), "* LISTRIGHTS Materi budi \"\" l r s w i p k x t e a c d\r\n"));
    CHECK(has(guru.say("j LISTRIGHTS Materi guru1"), "* LISTRIGHTS Materi guru1 lrswipkxteacd\r\n"));

    Client budi(school, "budi");
    CHECK(has(budi.say("a LIST \"\" #pengguna*"), "\"/\" #pengguna/guru1/Materi\r\n"));
    CHECK(has(budi.say("b SELECT #pengguna/guru1/Materi"), "b OK [READ-ONLY]"));
    CHECK(has(budi.say("c GETACL #pengguna/guru1/Materi"), "c NO [NOPERM]"));
    CHECK(has(budi.say("d SELECT #pengguna/guru1/INBOX"), "d NO [NONEXISTENT]"));
    CHECK(has(budi.say("e CREATE #pengguna/guru1/Baru"), "e NO [NOPERM]"));
    CHECK(has(budi.say("f DELETE #pengguna/guru1/Materi"), "f NO [NOPERM]"));
    CHECK(has(budi.say("g RENAME #pengguna/guru1/Materi Punyaku"), "g NO [NOPERM]"));
    Client ali(school, "ali");
    CHECK(has(ali.say("a SELECT #pengguna/guru1/Materi"), "a NO [NONEXISTENT]"));
    Client citra(school, "citra");
    CHECK(has(citra.say("a SELECT #pengguna/guru1/Materi"), "* 1 EXISTS"));

    guru.say("k SETACL Materi anyone lr");
    guru.say("l SETACL Materi -ali r");
    CHECK(has(ali.say("b MYRIGHTS #pengguna/guru1/Materi"), " l\r\n"));
    CHECK(has(ali.say("c SELECT #pengguna/guru1/Materi"), "c NO [NOPERM]"));
    CHECK(has(ali.say("d LIST \"\" #pengguna/*"), "(\\Noselect \\HasNoChildren)"));
    CHECK(has(guru.say("m GETACL Materi"), " -ali r"));
    guru.say("n SETACL Materi budi +i");
    CHECK(has(budi.append("#pengguna/guru1/Materi", mail("Jawaban")), "A OK"));
    guru.say("o DELETEACL Materi budi");
    CHECK(has(budi.append("#pengguna/guru1/Materi", mail("Lagi")), "A NO [NOPERM]"));
}

TEST_CASE("Rights that change take effect at the next command, and in IDLE", "[imap][rfc4314]")
{
    SharingSchool school;
    Client guru(school, "guru1");
    guru.say("a CREATE Materi");
    guru.append("Materi", mail("Bab satu"));
    guru.say("b SETACL Materi ali lrswite");
    Client ali(school, "ali");
    ali.say("s SELECT #pengguna/guru1/Materi");
    CHECK(has(ali.say("a STORE 1 +FLAGS (\\Flagged)"), "a OK"));
    guru.say("c SETACL Materi ali lr");
    CHECK(has(ali.say("b STORE 1 +FLAGS (\\Answered)"), "b NO [NOPERM]"));
    CHECK(has(ali.say("c FETCH 1 FLAGS"), "c OK"));
    ali.say("d IDLE");
    guru.append("Materi", mail("Bab dua"));
    CHECK(has(ali.run(), "* 2 EXISTS"));
    guru.say("d DELETEACL Materi ali");
    guru.append("Materi", mail("Rahasia"));
    auto const told = ali.run();
    CHECK(has(told, "* OK [CLOSED]"));
    CHECK_FALSE(has(told, "EXISTS"));
    ali.say("DONE");
    CHECK(has(ali.say("e FETCH 1 FLAGS"), "e BAD Select a mailbox first"));
}

TEST_CASE("Children of a shared mailbox are shared, and who may create there does", "[imap][rfc4314]")
{
    SharingSchool school;
    school.switch_folder(directory::ClassFolder::on);
    Client guru(school, "guru1");
    CHECK(has(guru.say("a CREATE #kelas/X-TKJ-1/Tugas"), "a OK [MAILBOXID ("));
    Client ali(school, "ali");
    CHECK(has(ali.say("a LIST \"\" #kelas/*"), "#kelas/X-TKJ-1/Tugas\r\n"));
    CHECK(has(ali.say("b CREATE #kelas/X-TKJ-1/Iseng"), "b NO [NOPERM]"));
    CHECK(has(guru.say("b CREATE #kelas/Lain"), "b NO [NOPERM]"));
    Client admin(school, "admin");
    CHECK(has(admin.say("a CREATE #kelas/Umum"), "a OK"));
    CHECK(has(admin.say("b SETACL #kelas/Umum anyone lr"), "b OK"));
    CHECK(has(ali.say("c LIST \"\" #kelas/Um*"), "#kelas/Umum\r\n"));
    CHECK(has(guru.say("c RENAME #kelas/X-TKJ-1/Tugas #kelas/X-TKJ-1/PR"), "c OK"));
    CHECK(has(guru.say("d RENAME #kelas/X-TKJ-1/PR PR"), "d NO [CANNOT]"));
    CHECK(has(guru.say("e DELETE #kelas/X-TKJ-1/PR"), "e OK"));
}

TEST_CASE("What lies in a shared mailbox counts for its owner", "[imap][rfc9208]")
{
    SharingSchool school;
    Client guru(school, "guru1");
    guru.say("a CREATE Materi");
    guru.say("b SETACL Materi ali lri");
    Client ali(school, "ali");
    auto const one = mail("Jawaban");
    school.people.quota = one.size() * 3 / 2;
    CHECK(has(ali.append("#pengguna/guru1/Materi", one), "A OK"));
    CHECK(has(ali.append("#pengguna/guru1/Materi", one), "A NO [OVERQUOTA]"));
    CHECK(has(ali.append("INBOX", one), "A OK"));
    ali.say("s SELECT INBOX");
    CHECK(has(ali.say("c COPY 1 #pengguna/guru1/Materi"), "c NO [OVERQUOTA]"));
    CHECK(has(ali.say("d GETQUOTAROOT INBOX"), "* QUOTAROOT INBOX ali\r\n* QUOTA ali (STORAGE 1 0)\r\n"));
    CHECK(has(ali.say("e GETQUOTAROOT #pengguna/guru1/Materi"), "* QUOTAROOT #pengguna/guru1/Materi\r\ne OK"));
    CHECK(has(ali.say("f GETQUOTA guru1"), "f NO [NONEXISTENT]"));
    CHECK(has(ali.say("g SETQUOTA ali (STORAGE 512)"), "g NO [NOPERM]"));
}

TEST_CASE("Rights of a deleted user do not go to the next one of that name", "[imap]")
{
    SharingSchool school;
    Client guru(school, "guru1");
    guru.say("a CREATE Materi");
    guru.say("b SETACL Materi budi lrs");
    school.people.forget("budi");
    CHECK(guru.say("c GETACL Materi") == "* ACL Materi guru1 lrswipkxteacd\r\nc OK These have rights\r\n");
    school.people.add(22, "budi", directory::Role::pupil);
    Client other(school, "budi");
    CHECK(has(other.say("a SELECT #pengguna/guru1/Materi"), "a NO [NONEXISTENT]"));
}

TEST_CASE("Notes are private or shared, and need rights", "[imap][rfc5464]")
{
    SharingSchool school;
    Client guru(school, "guru1");
    guru.say("a CREATE Materi");
    guru.say("b SETACL Materi ali lr");
    CHECK(has(guru.say("c SETMETADATA Materi (/shared/comment \"Untuk semua\" /private/comment rahasia)"), "c BAD"));
    CHECK(
        has(guru.say("c SETMETADATA Materi (/shared/comment \"Untuk semua\" /private/comment \"rahasia\")"), "c OK"));
    Client ali(school, "ali");
    CHECK(has(ali.say("a GETMETADATA #pengguna/guru1/Materi (/shared/comment /private/comment)"),
              "* METADATA #pengguna/guru1/Materi (/shared/comment \"Untuk semua\" /private/comment NIL)\r\n"));
    CHECK(has(ali.say("b SETMETADATA #pengguna/guru1/Materi (/shared/comment NIL)"), "b NO [NOPERM]"));
    CHECK(has(ali.say("c SETMETADATA #pengguna/guru1/Materi (/private/comment \"milikku\")"), "c OK"));
    CHECK(has(guru.say("d GETMETADATA (DEPTH infinity) Materi /private"), "d BAD"));
    CHECK(has(guru.say("e GETMETADATA (MAXSIZE 5) Materi /shared/comment"), "e OK [METADATA LONGENTRIES 11]"));
    CHECK(has(guru.say("f SETMETADATA \"\" (/shared/comment \"x\")"), "f NO [NOPERM]"));
    school.people.settings["school.name"] = "SMK Contoh";
    CHECK(has(guru.say("g GETMETADATA \"\" /shared/comment"), "* METADATA \"\" (/shared/comment \"SMK Contoh\")"));
    CHECK(has(guru.say("h GETMETADATA Tidak-Ada /shared/comment"), "h NO [NONEXISTENT]"));
    std::string const with_nul("a\0b", 3);
    CHECK(has(guru.say("i SETMETADATA Materi (/private/vendor/x ~{3+}\r\n" + with_nul + ")"), "i OK"));
    CHECK(has(guru.say("j GETMETADATA Materi /private/vendor/x"), "~{3}\r\n" + with_nul));
    CHECK(has(guru.say("k GETMETADATA (DEPTH 1) Materi /private/vendor"), "/private/vendor/x "));
    CHECK(has(guru.say("l LIST \"\" Materi RETURN (METADATA (/shared/comment) MYRIGHTS)"),
              "* METADATA Materi (/shared/comment \"Untuk semua\")"));
}
