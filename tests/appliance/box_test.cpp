#include "appliance/box/dhcp.h"
#include "appliance/box/firewall.h"
#include "appliance/box/grubenv.h"
#include "appliance/box/snapshot.h"
#include "appliance/box/update_file.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"

#include <filesystem>
#include <fstream>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace
{
namespace fs = std::filesystem;
constexpr auto digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// A pair of keys of this test.
class Signer
{
public:
    Signer() : key_(::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), ::EVP_PKEY_free) {}
    std::string public_key() const
    {
        std::unique_ptr<BIO, decltype(&::BIO_free)> const memory(::BIO_new(::BIO_s_mem()), ::BIO_free);
        ::PEM_write_bio_PUBKEY(memory.get(), key_.get());
        std::string text(2000, '\0');
        text.resize(static_cast<std::size_t>(::BIO_read(memory.get(), text.data(), 2000)));
        return text;
    }
    std::string sign(std::string const& text) const
    {
        std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> const context(::EVP_MD_CTX_new(),
                                                                                ::EVP_MD_CTX_free);
        std::vector<unsigned char> const bytes(text.begin(), text.end());
        std::vector<unsigned char> signature(64);
        std::size_t size = signature.size();
        REQUIRE(::EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1);
        REQUIRE(::EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()) == 1);
        return {signature.begin(), signature.end()};
    }

private:
    std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key_;
};

std::string head_text(std::string const& product, std::string const& version, std::string const& date)
{
    return "kotakpos-update 1\nproduct " + product + "\nversion " + version + "\ndate " + date + "\nboot 10 " +
           digest + "\nroot 20 " + digest + "\n";
}

std::string signed_by(Signer const& signer, std::string const& text)
{
    return text + "signature " + base::base64(signer.sign(text)) + "\n\nbytes of the parts";
}

std::string verdict(std::string const& file, Signer const& signer)
{
    auto const head = box::parse_update_head(file, "update");
    if (!head) return head.error().why;
    auto const good = box::check_update(*head, "update", signer.public_key(), {"kotakpos", "0.2.0", 1000}, 10, 20);
    return good ? "" : good.error().why;
}

void write(fs::path const& file, std::string const& text)
{
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
}
} // namespace

TEST_CASE("An update is taken when it is whole, ours and not older", "[box]")
{
    Signer const signer;
    auto const good = head_text("kotakpos", "0.2.0", "1000");
    CHECK(verdict(signed_by(signer, good), signer).empty());
    CHECK(verdict(signed_by(signer, head_text("kotakpos", "0.10.0", "1")), signer).empty());
    CHECK(verdict(signed_by(signer, head_text("kotakpos", "0.2.0", "999")), signer).find("older") !=
          std::string::npos);
    CHECK(verdict(signed_by(signer, head_text("kotakpos", "0.1.9", "2000")), signer).find("older") !=
          std::string::npos);
    CHECK(verdict(signed_by(signer, head_text("other", "1.0", "2000")), signer).find("another product") !=
          std::string::npos);
    CHECK(verdict(good + "\nbytes", signer).find("not signed") != std::string::npos);
    CHECK(verdict(signed_by(Signer(), good), signer).find("not signed by those") != std::string::npos);
    CHECK(verdict("", signer).find("no update") != std::string::npos);
    CHECK(verdict(std::string(5000, 'x'), signer).find("no update") != std::string::npos);
}

TEST_CASE("One changed octet of the head spoils the signature", "[box]")
{
    Signer const signer;
    auto const file = signed_by(signer, head_text("kotakpos", "0.3.0", "2000"));
    auto const end = file.find("\n\n");
    for (std::size_t i = 0; i < end; ++i) {
        auto changed = file;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        INFO("octet " << i);
        CHECK_FALSE(verdict(changed, signer).empty());
    }
}

TEST_CASE("GRUB's note keeps what it does not know and its size", "[box]")
{
    auto const block = box::show_grubenv({{"slot", "a"}, {"trial", "b"}, {"other", "x"}});
    CHECK(block.size() == 1024);
    auto const values = box::parse_grubenv(block);
    REQUIRE(values);
    CHECK(values->at("trial") == "b");
    CHECK(values->at("other") == "x");
    CHECK_FALSE(box::parse_grubenv(block.substr(1)));
}

TEST_CASE("The firewall opens what listens for others, and nothing else", "[box]")
{
    auto config = config::defaults();
    config.listen["pop3"].clear();
    config.listen["imap"] = {*net::Endpoint::parse("127.0.0.1:143")};
    auto const text = box::firewall(config, {});
    CHECK(text.find("policy drop") != std::string::npos);
    CHECK(text.find("udp dport { 53 }") != std::string::npos);
    CHECK(text.find(" 25,") != std::string::npos);
    CHECK(text.find(" 993,") != std::string::npos);
    for (auto const* shut : {" 110,", " 143,", " 22,"}) CHECK(text.find(shut) == std::string::npos);
    CHECK(box::firewall(config, {true, false}).find(" 22,") != std::string::npos);
}

TEST_CASE("A snapshot brings every changed and removed file back", "[box]")
{
    support::TempFolder const folder;
    auto const state = folder.path() + "/state", copy = folder.path() + "/copy";
    write(state + "/school/school.db", "people");
    write(state + "/mail/blobs/ab/abcdef", "a mail");
    write(state + "/spool/body/1", "on its way");
    write(state + "/run/status", "pids");
    REQUIRE(box::take_snapshot(state, copy));
    write(state + "/school/school.db", "migrated");
    write(state + "/school/new.db", "of the new version");
    fs::remove(state + "/spool/body/1");
    SECTION("at once") { REQUIRE(box::restore_snapshot(state, copy)); }
    SECTION("after a cut between the two renames")
    {
        fs::rename(state, copy + ".spoilt");
        REQUIRE(box::restore_snapshot(state, copy));
    }
    SECTION("twice")
    {
        REQUIRE(box::restore_snapshot(state, copy));
        REQUIRE(box::restore_snapshot(state, copy));
    }
    CHECK(base::read_file(state + "/school/school.db").value() == "people");
    CHECK(base::read_file(state + "/mail/blobs/ab/abcdef").value() == "a mail");
    CHECK(base::read_file(state + "/spool/body/1").value() == "on its way");
    CHECK_FALSE(fs::exists(state + "/school/new.db"));
    CHECK_FALSE(fs::exists(copy));
    CHECK_FALSE(fs::exists(copy + ".spoilt"));
}

TEST_CASE("The DHCP server hands out a part of the network without the box", "[box][dhcp]")
{
    auto const plan = box::plan_dhcp("192.168.10.1/24", "");
    REQUIRE(plan);
    CHECK(plan->first.show() == "192.168.10.128");
    CHECK(plan->last.show() == "192.168.10.223");
    CHECK(box::plan_dhcp("192.168.10.200/24", "")->last.show() == "192.168.10.127");
    CHECK(box::plan_dhcp("192.168.10.1/24", "192.168.10.50 - 192.168.10.60")->first.show() == "192.168.10.50");
    for (auto const* range : {"192.168.11.1 - 192.168.11.9", "192.168.10.60 - 192.168.10.50",
                              "192.168.10.1 - 192.168.10.9", "192.168.10.9 - 192.168.10.255", "x", "-"})
        CHECK_FALSE(box::plan_dhcp("192.168.10.1/24", range));
    CHECK_FALSE(box::plan_dhcp("192.168.10.1/30", ""));
    CHECK_FALSE(box::plan_dhcp("fd00::1/64", ""));
    CHECK_FALSE(box::plan_dhcp("", ""));
    CHECK(box::kea_dhcp4(*plan).find("192.168.10.128 - 192.168.10.223") != std::string::npos);
    CHECK(box::kea_dhcp4(*plan).find("192.168.10.0/24") != std::string::npos);
}

TEST_CASE("Another DHCP server is known by its offer (RFC 2131)", "[box][dhcp]")
{
    std::string const transaction = "abcd";
    auto offer = box::dhcp_discover(transaction, "123456");
    CHECK_FALSE(box::server_of_offer(offer, transaction)); // our own question
    offer[0] = 2;
    offer.resize(240);
    offer += std::string("\x35\x01\x02\x36\x04\xc0\xa8\x0a\xfe\xff", 10);
    REQUIRE(box::server_of_offer(offer, transaction));
    CHECK(box::server_of_offer(offer, transaction)->show() == "192.168.10.254");
    CHECK_FALSE(box::server_of_offer(offer, "abce"));
    for (std::size_t length = 0; length < offer.size() - 1; ++length)
        static_cast<void>(box::server_of_offer(std::string_view(offer).substr(0, length), transaction));
}
