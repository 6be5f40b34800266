#include "appliance/message/base_subject.h"
#include "appliance/message/casemap.h"
#include "tests/support/catch.h"

using message::base_subject;
using message::casemap;

TEST_CASE("the base subject has lost marks of answers, lists and forwarding", "[message][rfc5256]")
{
    struct Case {
        char const* subject;
        char const* base;
        bool is_reply;
    };
    auto const c = GENERATE(values<Case>({
        {"Tugas", "Tugas", false},
        {"", "", false},
        {"  Tugas \t besok  ", "Tugas besok", false},
        {"Re: Tugas", "Tugas", true},
        {"rE : FW: Fwd: Tugas", "Tugas", true},
        {"Re[2]: Tugas", "Tugas", true},
        {"Re [kelas] : Tugas", "Tugas", true},
        {"[kelas] Re: Tugas", "Tugas", true},
        {"[a][b] Re: [c] Tugas", "Tugas", true},
        {"[kelas] Tugas", "Tugas", false},
        {"[kelas]", "[kelas]", false},
        {"[a] [b]", "[b]", false},
        {"[a[b] x", "[a[b] x", false},
        {"Tugas (fwd) (FWD)", "Tugas", true},
        {"(fwd)", "", true},
        {"[fwd: Tugas]", "Tugas", true},
        {"[Fwd: Re: [fwd: Tugas (fwd)]]", "Tugas", true},
        {"[fwd: Tugas", "[fwd: Tugas", false},
        {"Re:", "", true},
        {"Reuni: Tugas", "Reuni: Tugas", false},
        {"Re Tugas", "Re Tugas", false},
        {"=?utf-8?Q?Re=3A_T=C3=BCgas?=", "T\xC3\xBCgas", true},
    }));
    CAPTURE(c.subject);
    CHECK(base_subject(c.subject).text == c.base);
    CHECK(base_subject(c.subject).is_reply == c.is_reply);
}

TEST_CASE("a subject of many marks is read in linear time", "[message][rfc5256]")
{
    std::string blobs, forwards;
    for (int i = 0; i < 100000; ++i) blobs += "[]";
    for (int i = 0; i < 20000; ++i) forwards += "[fwd:";
    CHECK(base_subject(blobs).text == "[]");
    CHECK(base_subject(blobs + "Re: x").text == "x");
    CHECK(base_subject(forwards + "x" + std::string(20000, ']')).text == "x");
}

TEST_CASE("texts are compared in title case, without composed letters", "[message][rfc5051]")
{
    CHECK(casemap("Tugas 1") == "TUGAS 1");
    CHECK(casemap("\xC3\xA9") == casemap("\xC3\x89")); // é, É
    CHECK(casemap("\xC3\xA9") == "E\xCC\x81");         // E and the accent
    CHECK(casemap("\xD0\xB0") == casemap("\xD0\x90")); // Cyrillic a
    CHECK(casemap("\xC7\x86") == casemap("\xC7\x84")); // the letters dz are one in title case
    CHECK(casemap("\xEF\xAC\x81") == "fi");            // a ligature falls apart after its title case
    CHECK(casemap("\xFF\xC3z") == "\xFF\xC3Z");        // no UTF-8
}
