#include "appliance/base/text.h"
#include "httpd/mail/imap_client.h"
#include "httpd/webmail/labels.h"
#include "httpd/webmail/received.h"
#include "httpd/zip.h"
#include "tests/support/catch.h"

using namespace httpd::webmail;

TEST_CASE("A Received line says who took the message from whom, how and when", "[httpd][rfc5321]")
{
    auto const hop = parse_received(
        "from laptop (host.example [IPv6:2001:db8::7]) by mx.school.example (Postfix) with ESMTPSA id 4F2 "
        "(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) for <budi@school.example>; "
        "Sat, 28 Nov 2026 10:00:07 +0700");
    CHECK(hop.from == "laptop");
    CHECK(hop.from_name == "host.example");
    CHECK(hop.from_address == "2001:db8::7");
    CHECK(hop.by == "mx.school.example");
    CHECK(hop.with == "ESMTPSA");
    CHECK(hop.authenticated);
    CHECK(hop.tls == "TLSv1.3 TLS_AES_256_GCM_SHA384");
    CHECK(hop.id == "4F2");
    CHECK(hop.recipient == "budi@school.example");
    REQUIRE(hop.time);
    CHECK(*hop.time == 1795834807LL * 1000000);
}

TEST_CASE("What encryption is called differs from program to program", "[httpd]")
{
    CHECK(parse_received("by a with ESMTPS (version=TLS1_3 cipher=TLS_CHACHA20 bits=256/256); x").tls ==
          "TLS1_3 TLS_CHACHA20");
    CHECK(parse_received("by a with ESMTPS id 1").tls == "TLS");
    CHECK(parse_received("by a with ESMTP id 1").tls.empty());
    CHECK(parse_received("by a with LMTPA id 1").authenticated);
    CHECK_FALSE(parse_received("by a with SMTP id 1").authenticated);
}

TEST_CASE("The first station is the last Received line", "[httpd]")
{
    auto const hops = hops_of("Received: by second; Sat, 28 Nov 2026 10:00:07 +0700\r\nSubject: x\r\nReceived: by "
                              "first\r\n\r\nReceived: by body\r\n");
    REQUIRE(hops.size() == 2);
    CHECK(hops[0].by == "first");
    CHECK_FALSE(hops[0].time);
    CHECK(hops[1].by == "second");
}

TEST_CASE("Labels survive being written and read, and a keyword is never taken twice", "[httpd]")
{
    std::vector<Label> labels;
    for (std::string const name : {"Tugas penting", "Tugas penting", "é", "<b>"})
        labels.push_back({new_keyword(name, labels), "red", name});
    CHECK(labels[0].keyword == "tugas-penting");
    CHECK(labels[1].keyword != labels[0].keyword);
    CHECK(read_labels(show_labels(labels)) == labels);
    CHECK(read_labels("a red A\nbroken\nb nocolour B\n\\Seen red C\na blue again\n").size() == 2);
    CHECK(read_labels("b nocolour B\n")[0].color == "grey");
}

TEST_CASE("A search program holds what was asked and nothing that was smuggled in", "[httpd][rfc9051]")
{
    httpd::mail::Query query;
    CHECK(httpd::mail::search_program(query) == "ALL");
    query.words = "dua kata";
    query.from = "a\" ALL";
    query.since = "2026-02-09";
    query.before = "kapan";
    query.unread = true;
    CHECK(httpd::mail::search_program(query) ==
          "CHARSET UTF-8 TEXT \"dua\" TEXT \"kata\" FROM \"a\\\"\" FROM \"ALL\" UNSEEN SINCE 9-Feb-2026");
}

TEST_CASE("Sequence sets are read with a limit", "[httpd]")
{
    CHECK(httpd::mail::read_sequence_set("7,3:5", 10) == std::vector<httpd::mail::Uid>{3, 4, 5, 7});
    CHECK(httpd::mail::read_sequence_set("1:4294967295", 3).size() == 3);
    CHECK(httpd::mail::read_sequence_set("0,x,5:2,", 10).empty());
}

TEST_CASE("Two files of one name are two files in a ZIP archive", "[httpd]")
{
    std::string archive;
    httpd::ZipWriter zip([&](std::string_view bytes) { archive += bytes; });
    for (std::string const& content : {std::string(70000, 'x'), std::string()}) {
        zip.begin("tugas.pdf");
        zip.add(content);
        zip.end();
    }
    zip.finish();
    CHECK(archive.starts_with("PK\x03\x04"));
    CHECK(archive.find("tugas.pdf") != std::string::npos);
    CHECK(archive.find("tugas (2).pdf") != std::string::npos);
    CHECK(archive.substr(archive.size() - 22, 4) == "PK\x05\x06");
}
