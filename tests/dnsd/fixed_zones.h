#pragma once
// A set of zones with everything in it that changes an answer, for the packet tests and the fuzz target.

#include "tests/dnsd/zone_database.h"

#include <string>
#include <utility>
#include <vector>

namespace support
{

using ZoneTexts = std::vector<std::pair<std::string, std::string>>;

inline ZoneTexts fixed_zone_texts()
{
    std::string many = "$TTL 3600\n@ SOA ns hostmaster 1 3600 900 1209600 300\n@ NS ns\nns A 10.0.0.1\n";
    for (int i = 1; i <= 100; ++i) many += "many A 10.1.0." + std::to_string(i) + "\n";
    many += "@ MX 10 mail\n";
    for (int i = 1; i <= 60; ++i) many += "mail A 10.2.0." + std::to_string(i) + "\n";
    for (int i = 1; i <= 40; ++i) {
        auto const n = std::to_string(i);
        many += "deep NS ns" + n + ".deep\nns" + n + ".deep A 10.3.0." + n + "\n";
    }
    return {
        {"sch.id.",
         "$TTL 3600\n@ SOA ns hostmaster 7 3600 900 1209600 300\n@ NS ns\n@ NS ns.elsewhere.net.\nns A 192.168.10.1\n"
         "@ A 192.168.10.1\n@ MX 10 mail\n@ TXT \"v=spf1 mx -all\" \"second\"\nwww A 192.168.10.2\nwww AAAA "
         "2001:db8::2\n"
         "mail A 192.168.10.3\nweb CNAME www\nweb2 CNAME web\nnowhere CNAME missing\nout CNAME www.example.com.\n"
         "other CNAME host.lab.id.\nloop1 CNAME loop2\nloop2 CNAME loop1\n*.siswa A 192.168.10.99\n"
         "*.siswa MX 5 mail\nset.siswa TXT \"itself\"\n*.alias CNAME www\n*.out CNAME www.example.com.\n"
         "_imaps._tcp SRV 0 1 993 mail\na.b.c.ent A 10.0.0.9\nanak NS ns.anak\nanak NS ns\nns.anak A 192.168.10.50\n"
         "anak DS 12345 13 2 " +
             std::string(64, 'A') +
             "\nkeanak CNAME www.anak\nkesiswa CNAME x.siswa\nunknown TYPE65300 \\# 3 010203\n"},
        {"lab.id.",
         "@ 600 SOA ns hostmaster 1 3600 900 1209600 86400\n@ 600 NS ns\nns 600 A 10.0.0.1\nhost 600 A 10.0.0.2\n"},
        {"sub.lab.id.",
         "$TTL 3600\n@ SOA ns 1 hostmaster 3600 900 1209600 300\n@ SOA ns hostmaster 1 3600 900 1209600 300\n@ "
         "NS ns\nns A 10.0.0.3\n"},
        {"banyak.id.", many},
    };
}

/// Zones from zone-file texts; lines that are no records are left out. One of them cannot be answered from.
inline dnsd::ZoneSet make_zone_set(ZoneTexts const& texts)
{
    ZoneDatabase database;
    for (auto const& [name, text] : texts) database.add_zone(name, text);
    database.add_zone("rusak.id.");
    return database.read();
}

} // namespace support
