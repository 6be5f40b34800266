#include "tests/dnsd/school_store.h"
#include "tests/support/catch.h"

using support::school;
using Lines = std::vector<std::string>;

TEST_CASE("DNAME stands alone above an empty place", "[dns][store][rfc6672]")
{
    support::SchoolStore here;
    CHECK(here.why("lama DNAME baru") == "added");
    CHECK(here.why("lama DNAME lain") == "a name can have one DNAME only");
    CHECK(here.why("lama CNAME www") == "a name with a CNAME can have no other records");
    CHECK(here.why("lama NS ns") == "a name cannot have both DNAME and NS records");
    CHECK(here.why("lama TXT \"beside it\"") == "added");
    CHECK(here.why("pc.lama A 192.168.10.40") == "this name does not count, because a DNAME record stands above it");
    CHECK(here.why("a.b.c A 192.168.10.41") == "added");
    CHECK(here.why("c DNAME baru") == "this name does not count, because a DNAME record stands above it");
    CHECK(here.why("* DNAME baru") == "records of this type cannot stand at a name with *");
}

TEST_CASE("delegations: glue, DS, and what was there before", "[dns][store][rfc1034]")
{
    support::SchoolStore here;
    CHECK(here.why("anak DS 12345 13 2 " + std::string(64, 'a')) ==
          "a DS record stands beside the NS records of a delegation only");
    CHECK(here.why("anak NS ns.anak") ==
          "the name server lies inside the name that it serves, so its address must stand here too");
    CHECK(here.why("anak NS ns.anak\nns.anak A 192.168.10.50") == "added");
    CHECK(here.why("anak DS 12345 13 2 " + std::string(64, 'a')) == "added");
    CHECK(here.why("anak TXT \"not ours\"") ==
          "this name belongs to another name server, because an NS record stands above it");
    CHECK(here.why_not_removed("ns.anak") ==
          "the name server lies inside the name that it serves, so its address must stand here too");
    CHECK(here.why_not_removed("anak NS") == "a DS record stands beside the NS records of a delegation only");
    CHECK(here.why("x.kelas TXT \"first here\"") == "added");
    CHECK(here.why("kelas NS ns") ==
          "this name belongs to another name server, because an NS record stands above it");
    CHECK(here.why("*.kelas2 NS ns") == "records of this type cannot stand at a name with *");
    CHECK(here.why("@ DS 12345 13 2 " + std::string(64, 'a')) ==
          "a DS record stands in the zone above, beside its NS records");
}

TEST_CASE("underscores belong to services, and services have underscores", "[dns][store][rfc2782][rfc6698]")
{
    support::SchoolStore here;
    CHECK(here.why("_imaps._tcp SRV 0 1 993 mail") == "added");
    CHECK(here.why("*._tcp SRV 0 1 993 mail") == "added");
    CHECK(here.why("imaps._tcp SRV 0 1 993 mail") ==
          "the name begins with service and protocol, each with an underscore");
    CHECK(here.why("www TLSA 3 1 1 " + std::string(64, 'a')) ==
          "the name begins with service and protocol, each with an underscore");
    CHECK(here.why("_dmarc TXT \"v=DMARC1; p=none\"") == "added");
    CHECK(here.why("_pc A 192.168.10.9") ==
          "a host name has letters, digits and hyphens only, and no hyphen at its ends");
    CHECK(here.why("@ MX 10 my_mail.lain.id.") ==
          "a host name has letters, digits and hyphens only, and no hyphen at its ends");
    CHECK(here.why("alias CNAME www\n_xmpp._tcp SRV 0 1 5222 alias") ==
          "it points to a name that is only another name (CNAME)");
    CHECK(here.why("@ MX 0 .") == "added"); // RFC 7505
}

TEST_CASE("types of questions and of the server itself are not entered", "[dns][store]")
{
    support::SchoolStore here;
    CHECK(here.why("pc1 ANY \\# 0") == "this type stands in questions only, not in a zone");
    CHECK(here.why("pc1 TYPE251 \\# 1 00") == "this type stands in questions only, not in a zone");
    CHECK(here.why("@ DNSKEY 257 3 13 AAAA") == "records of this type are made by the server itself");
    CHECK(here.why("sub SOA ns hostmaster 1 2 3 4 5") == "an SOA record belongs to the zone's own name only");
}

TEST_CASE("an import names the line of a rule that is broken between records", "[dns][store]")
{
    support::SchoolStore here;
    auto const before = here.lines(school);
    CHECK(here.refused("", "$ORIGIN smk.sch.id.\n"
                           "@ 60 SOA ns hostmaster 1 2 3 4 5\n"
                           "@ NS ns\n"
                           "ns A 10.0.0.1\n"
                           "@ MX 10 web\n"
                           "web CNAME ns\n"
                           "www A 10.0.0.2\n"
                           "www CNAME ns\n"
                           "@ MX 20 hilang\n") == Lines{"5 it points to a name that is only another name (CNAME)",
                                                        "8 a name with a CNAME can have no other records",
                                                        "9 the name it points to has no address in this zone"});
    CHECK(here.refused("", "smk.sch.id. 60 SOA ns.lain.id. hostmaster.lain.id. 1 2 3 4 5\n") ==
          Lines{"1 a zone needs at least one NS record"});
    CHECK(here.refused("", "smk.sch.id. 60 SOA ns.lain.id. h.lain.id. 1 2 3 4 5\nsmk.sch.id. NS ns.lain.id.\n"
                           "smk.sch.id. 60 SOA ns.lain.id. h.lain.id. 2 2 3 4 5\n") ==
          Lines{"1 a zone has exactly one SOA record"});
    CHECK(here.refused("", "a A 10.0.0.1\n") == Lines{"it does not say which zone it belongs to"});
    CHECK(here.refused("smk.sch.id", "") == Lines{"there is no record in it"});
    CHECK(here.refused(school, "x CNAME y\nmail CNAME x\n") ==
          Lines{"0 it points to a name that is only another name (CNAME)",
                "2 a name with a CNAME can have no other records"});
    CHECK(here.lines(school) == before);
    CHECK(here.store->zones().size() == 2);
}

TEST_CASE("what signing made is left out of an imported file", "[dns][store][rfc4034]")
{
    support::SchoolStore here;
    auto const report = here.store->import_zone(
        "", "$ORIGIN smk.sch.id.\n@ 60 SOA ns.lain.id. h.lain.id. 7 2 3 4 5\n@ NS ns.lain.id.\n"
            "@ RRSIG SOA 13 3 60 20270101000000 20260101000000 1234 smk.sch.id. AAAA\n"
            "@ NSEC www NS SOA RRSIG NSEC\n@ DNSKEY 257 3 13 AAAA\nwww A 10.0.0.1\n");
    REQUIRE(report);
    CHECK(report->refused.empty());
    CHECK(report->left_out == 3);
    CHECK(report->added == 3);
    CHECK(here.info("smk.sch.id.").serial == 7);
}
