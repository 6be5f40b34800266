#include "tests/dnsd/signed_zone.h"
#include "tests/dnsd/zone_database.h"
#include "tests/dnsd/zone_replies.h"
#include "tests/support/catch.h"

#include <set>

namespace
{
/// The zone of signed_zone.h, read by the loader.
class Signed
{
public:
    explicit Signed(dnsd::Signing kind)
    {
        zone_.add("*.c.ent 300 TXT \"wild\"\nweb.c.ent 300 CNAME www.sch.id.\nold 300 DNAME siswa.sch.id.\n");
        zone_.sign(kind);
        zone_.database.read([&](db::Reader& reader) { return loader_.load(reader); });
    }
    std::string ask(std::string const& name, std::uint16_t type = 1)
    {
        return support::answer_of(*zones_.get(), {dnsd::must_wire_name(name), type, true});
    }
    support::ZoneReply reply(std::string const& name, std::uint16_t type = 1, std::size_t room = 65000)
    {
        return support::ask_zones(*zones_.get(), {dnsd::must_wire_name(name), type, true}, room);
    }

private:
    support::SigningZone zone_;
    dnsd::CurrentZones zones_;
    dnsd::ZoneLoader loader_{zones_};
};

/// Types of the authority section by owner: "www.sch.id. NSEC".
std::multiset<std::string> authority(std::string const& answer)
{
    std::multiset<std::string> found;
    std::istringstream lines(answer);
    for (std::string line; std::getline(lines, line);) {
        if (line.substr(0, 5) != "auth ") continue;
        std::istringstream words(line.substr(5));
        std::string owner;
        std::string ttl;
        std::string type;
        std::string covered;
        words >> owner >> ttl >> type >> covered;
        found.insert(owner + " " + type + (type == "RRSIG" ? " " + covered : ""));
    }
    return found;
}

using Lines = std::multiset<std::string>;
Lines with_soa(Lines lines)
{
    lines.insert({"sch.id. SOA", "sch.id. RRSIG SOA"});
    return lines;
}
Lines nsec(std::string const& owner) { return {owner + " NSEC", owner + " RRSIG NSEC"}; }
Lines operator+(Lines left, Lines const& right)
{
    left.insert(right.begin(), right.end());
    return left;
}

Signed& with_nsec()
{
    static Signed zone(dnsd::Signing::nsec);
    return zone;
}
Signed& with_nsec3()
{
    static Signed zone(dnsd::Signing::nsec3);
    return zone;
}

/// The NSEC3 records of an answer, checked by ldns.
class Proof
{
public:
    explicit Proof(std::string const& answer)
    {
        std::istringstream lines(answer);
        for (std::string line; std::getline(lines, line);) {
            if (line.substr(0, 5) != "auth " || line.find(" NSEC3 ") == std::string::npos) continue;
            ldns_rr* record = nullptr;
            REQUIRE(ldns_rr_new_frm_str(&record, line.c_str() + 5, 0, nullptr, nullptr) == LDNS_STATUS_OK);
            records_.emplace_back(record, ldns_rr_free);
        }
    }
    std::size_t size() const { return records_.size(); }
    bool matches(std::string const& name) const { return has(name, true); }
    bool covers(std::string const& name) const { return has(name, false); }

private:
    bool has(std::string const& text, bool exactly) const
    {
        std::unique_ptr<ldns_rdf, decltype(&ldns_rdf_deep_free)> const name(ldns_dname_new_frm_str(text.c_str()),
                                                                            ldns_rdf_deep_free);
        for (auto const& record : records_) {
            std::unique_ptr<ldns_rdf, decltype(&ldns_rdf_deep_free)> const hash(
                ldns_nsec3_hash_name_frm_nsec3(record.get(), name.get()), ldns_rdf_deep_free);
            std::unique_ptr<ldns_rdf, decltype(&ldns_rdf_deep_free)> const label(
                ldns_dname_label(ldns_rr_owner(record.get()), 0), ldns_rdf_deep_free);
            std::unique_ptr<ldns_rdf, decltype(&ldns_rdf_deep_free)> const wanted(ldns_dname_label(hash.get(), 0),
                                                                                  ldns_rdf_deep_free);
            bool const same = ldns_dname_compare(label.get(), wanted.get()) == 0;
            if (exactly ? same : !same && ldns_nsec_covers_name(record.get(), hash_name(hash.get()).get()))
                return true;
        }
        return false;
    }
    static std::unique_ptr<ldns_rdf, decltype(&ldns_rdf_deep_free)> hash_name(ldns_rdf const* hash)
    {
        auto* name = ldns_rdf_clone(hash);
        std::unique_ptr<ldns_rdf, decltype(&ldns_rdf_deep_free)> const zone(ldns_dname_new_frm_str("sch.id."),
                                                                            ldns_rdf_deep_free);
        ldns_dname_cat(name, zone.get());
        return {name, ldns_rdf_deep_free};
    }

    std::vector<std::unique_ptr<ldns_rr, decltype(&ldns_rr_free)>> records_;
};
} // namespace

TEST_CASE("with DO the signatures come along, without it they do not", "[dns][rfc4035]")
{
    CHECK(with_nsec().ask("www.sch.id.") == "NOERROR aa\nwww.sch.id. 600 A 10.0.0.2\nwww.sch.id. 600 RRSIG A");
    CHECK(with_nsec().ask("sch.id.", 15) == "NOERROR aa\nsch.id. 3600 MX 10 mail.sch.id.\nsch.id. 3600 RRSIG MX\n"
                                            "add mail.sch.id. 86400 A 10.0.0.3\nadd mail.sch.id. 86400 RRSIG A");
    CHECK(with_nsec().ask("web.sch.id.") ==
          "NOERROR aa\nweb.sch.id. 300 CNAME www.sch.id.\nweb.sch.id. 300 RRSIG CNAME\n"
          "www.sch.id. 600 A 10.0.0.2\nwww.sch.id. 600 RRSIG A");
    CHECK(with_nsec().ask("sch.id.", 48).find("sch.id. 3600 DNSKEY 257\n") != std::string::npos);
}

TEST_CASE("RRSIG is asked for like ANY: those of one set", "[dns][rfc8482]")
{
    CHECK(with_nsec().ask("www.sch.id.", 46) == "NOERROR aa\nwww.sch.id. 600 RRSIG A");
    CHECK(with_nsec().ask("www.sch.id.", 255) == "NOERROR aa\nwww.sch.id. 600 A 10.0.0.2\nwww.sch.id. 600 RRSIG A");
    CHECK(with_nsec().ask("www.sch.id.", 47).find("\nwww.sch.id. 300 RRSIG NSEC") != std::string::npos);
}

TEST_CASE("NSEC proves what is not there", "[dns][rfc4035]")
{
    auto& zone = with_nsec();
    // No such type.
    CHECK(authority(zone.ask("www.sch.id.", 16)) == with_soa(nsec("www.sch.id.")));
    // No such name: it and the wildcard lie behind the same or another name.
    CHECK(authority(zone.ask("nobody.sch.id.")) == with_soa(nsec("mail.sch.id.") + nsec("sch.id.")));
    CHECK(authority(zone.ask("zzz.sch.id.")) == with_soa(nsec("www.sch.id.") + nsec("sch.id.")));
    CHECK(authority(zone.ask("a.sch.id.")) == with_soa(nsec("sch.id.")));
    CHECK(authority(zone.ask("x.www.sch.id.")) == with_soa(nsec("www.sch.id.")));
    // An empty non-terminal exists.
    CHECK(zone.ask("b.c.ent.sch.id.").substr(0, 10) == "NOERROR aa");
    CHECK(authority(zone.ask("ent.sch.id.")) == with_soa(nsec("anak.sch.id.")));
    // A wildcard was right, or has no such type.
    CHECK(authority(zone.ask("x.siswa.sch.id.")) == nsec("*.siswa.sch.id."));
    CHECK(authority(zone.ask("x.siswa.sch.id.", 16)) == with_soa(nsec("*.siswa.sch.id.")));
    CHECK(authority(zone.ask("q.c.ent.sch.id.", 16)) == nsec("a.b.c.ent.sch.id."));
    CHECK(authority(zone.ask("q.c.ent.sch.id.")) == with_soa(nsec("a.b.c.ent.sch.id.") + nsec("*.c.ent.sch.id.")));
    // Through an alias and a DNAME.
    CHECK(authority(zone.ask("x.old.sch.id.")) == nsec("*.siswa.sch.id."));
}

TEST_CASE("a referral says whether the child is signed", "[dns][rfc4035]")
{
    auto& zone = with_nsec();
    CHECK(authority(zone.ask("x.anak.sch.id.")) ==
          Lines{"anak.sch.id. NS", "anak.sch.id. DS", "anak.sch.id. RRSIG DS"});
    CHECK(authority(zone.ask("x.lain.sch.id.")) == Lines{"lain.sch.id. NS"} + nsec("lain.sch.id."));
    CHECK(zone.ask("x.anak.sch.id.").find("\nadd ns.anak.sch.id. 3600 A 10.0.0.5") != std::string::npos);
    CHECK(zone.ask("anak.sch.id.", 43).substr(0, 29) == "NOERROR aa\nanak.sch.id. 3600 ");
    CHECK(authority(zone.ask("lain.sch.id.", 43)) == with_soa(nsec("lain.sch.id.")));
    CHECK(authority(with_nsec3().ask("x.lain.sch.id.")).count("lain.sch.id. NS") == 1);
    CHECK(Proof(with_nsec3().ask("x.lain.sch.id.")).matches("lain.sch.id."));
    CHECK(Proof(with_nsec3().ask("x.anak.sch.id.")).size() == 0);
}

TEST_CASE("NSEC3 proves what is not there", "[dns][rfc5155]")
{
    auto& zone = with_nsec3();
    auto const name_error = [&](std::string const& name, std::string const& encloser, std::string const& closer) {
        auto const answer = zone.ask(name);
        INFO(answer);
        Proof const proof(answer);
        CHECK(answer.substr(0, 8) == "NXDOMAIN");
        CHECK(proof.matches(encloser));
        CHECK(proof.covers(closer));
        CHECK(proof.covers("*." + encloser));
        CHECK(proof.size() <= 3);
    };
    name_error("nobody.sch.id.", "sch.id.", "nobody.sch.id.");
    name_error("a.b.nobody.sch.id.", "sch.id.", "nobody.sch.id.");
    name_error("x.www.sch.id.", "www.sch.id.", "x.www.sch.id.");
    name_error("q.b.c.ent.sch.id.", "b.c.ent.sch.id.", "q.b.c.ent.sch.id.");

    Proof const no_data(zone.ask("www.sch.id.", 16));
    CHECK(no_data.matches("www.sch.id."));
    CHECK(no_data.size() == 1);
    CHECK(Proof(zone.ask("b.c.ent.sch.id.")).matches("b.c.ent.sch.id."));

    auto const expanded = zone.ask("x.y.siswa.sch.id.");
    CHECK(expanded.find("\nx.y.siswa.sch.id. 300 A 10.0.0.9\nx.y.siswa.sch.id. 300 RRSIG A") != std::string::npos);
    Proof const wildcard(expanded);
    CHECK(wildcard.covers("y.siswa.sch.id."));
    CHECK(wildcard.size() == 1);

    Proof const wildcard_no_data(zone.ask("x.siswa.sch.id.", 16));
    CHECK(wildcard_no_data.matches("siswa.sch.id."));
    CHECK(wildcard_no_data.covers("x.siswa.sch.id."));
    CHECK(wildcard_no_data.matches("*.siswa.sch.id."));

    Proof const no_ds(zone.ask("lain.sch.id.", 43));
    CHECK(no_ds.matches("lain.sch.id."));
    CHECK(no_ds.size() == 1);
}

TEST_CASE("the owner of an NSEC3 record is no name", "[dns][rfc5155]")
{
    auto const denial = with_nsec3().ask("nobody.sch.id.");
    auto const at = denial.find(" NSEC3 ");
    auto const begin = denial.rfind("auth ", at) + 5;
    auto const owner = denial.substr(begin, denial.find(' ', begin) - begin);
    CHECK(with_nsec3().ask(owner, 50).substr(0, 8) == "NXDOMAIN");
    CHECK(with_nsec3().ask("www.sch.id.", 50).substr(0, 10) == "NOERROR aa");
}

TEST_CASE("negative answers carry the signature of the SOA with the lowered TTL", "[dns][rfc2308]")
{
    CHECK(with_nsec().ask("nobody.sch.id.").find("\nauth sch.id. 300 RRSIG SOA") != std::string::npos);
    CHECK(with_nsec().ask("nobody.sch.id.").find("\nauth sch.id. 300 SOA ") != std::string::npos);
}

TEST_CASE("every answer of a signed zone fits its size or is cut whole", "[dns][rfc2181]")
{
    for (auto* zone : {&with_nsec(), &with_nsec3()}) {
        for (auto const* name : {"nobody.sch.id.", "x.siswa.sch.id.", "x.anak.sch.id.", "x.lain.sch.id.",
                                 "web.sch.id.", "sch.id.", "x.old.sch.id."}) {
            for (auto const type : {std::uint16_t{1}, std::uint16_t{15}}) {
                auto const whole = zone->reply(name, type);
                for (std::size_t room = 0; room <= whole.bytes.size() + 3; ++room) {
                    auto const reply = zone->reply(name, type, room);
                    REQUIRE(reply.bytes.size() <= room);
                    if (reply.sections.truncated) REQUIRE(reply.bytes.empty());
                    if (!reply.sections.truncated) REQUIRE(reply.bytes == whole.bytes.substr(0, reply.bytes.size()));
                }
            }
        }
    }
}

TEST_CASE("a signed zone changed name by name answers like one read anew", "[dns][rfc4035]")
{
    for (auto const kind : {dnsd::Signing::nsec, dnsd::Signing::nsec3}) {
        support::SigningZone zone;
        zone.sign(kind);
        dnsd::CurrentZones zones;
        dnsd::ZoneLoader loader(zones);
        auto const load = [](support::SigningZone& from, dnsd::ZoneLoader& to) {
            from.database.read([&](db::Reader& reader) { return to.load(reader); });
        };
        load(zone, loader);
        char const* const steps[] = {"+x 60 A 10.0.0.1",     "+a.b.x 60 A 10.0.0.1",
                                     "-x 60 A 10.0.0.1",     "+*.x 60 TXT t",
                                     "-a.b.x 60 A 10.0.0.1", "+lab 60 NS ns.example.com.",
                                     "+y.lab 60 A 10.0.0.4", "-lab 60 NS ns.example.com.",
                                     "-*.x 60 TXT t",        "+b 60 DNAME www.sch.id."};
        for (std::string const step : steps) {
            if (step[0] == '+')
                zone.add(step.substr(1));
            else
                zone.remove(step.substr(1));
            load(zone, loader);
            dnsd::CurrentZones fresh;
            dnsd::ZoneLoader whole(fresh);
            load(zone, whole);
            for (auto const* name :
                 {"x", "q.x", "b.x", "a.b.x", "lab", "y.lab", "q.lab", "b", "q.b", "nobody", "www"}) {
                support::Question const question{dnsd::must_wire_name(std::string(name) + ".sch.id."), 1, true};
                INFO(step << ": " << name);
                REQUIRE(support::ask_zones(*zones.get(), question).all() ==
                        support::ask_zones(*fresh.get(), question).all());
            }
        }
    }
}
