#include "appliance/base/text.h"
#include "dnsd/keep/message.h"
#include "dnsd/keep/request.h"
#include "dnsd/keep/tsig.h"
#include "dnsd/keep/tsig_keys.h"
#include "dnsd/zone/name.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <sys/stat.h>

using dnsd::TsigContext;
using dnsd::TsigError;

namespace
{
// What dig 9.18 and kdig 3.2 sent for "smk.sch.id SOA", signed with the key below.
constexpr char const* dig_sha256 =
    "9eb00120000100000000000203736d6b03736368026964000006000100002904d000000000000c000a0008d0ef29ada3c30eec04646863"
    "700000fa00ff00000000003d0b686d61632d7368613235360000006b02514e012c0020248cd38be741286d10937dc01f247f3c42999df3"
    "c8f3d89ad556c0fe94bbef599eb000000000";
constexpr char const* kdig_sha512 =
    "c36c0120000100000000000103736d6b03736368026964000006000104646863700000fa00ff00000000005d0b686d61632d736861353132"
    "0000006b02514f012c0040ee83ec0030ea8a1813019c1f4b4711e4b93b2609af73063b8c48d8a18fe251e126b99b7f486037ea1b00217558"
    "42"
    "c864b142062ba6eca5d3e1396c775b3c4ddbc36c00000000";
constexpr char const* kdig_sha1 =
    "46350120000100000000000103736d6b03736368026964000006000104646863700000fa00ff00000000002f09686d61632d736861310000"
    "006b025150012c001459240e65b9f9295d070dbc1800dceb3044849ac0463500000000";
constexpr base::Timestamp then = 0x6b02514eLL * 1'000'000;

std::string bytes(char const* hex) { return base::from_hex(hex).value(); }

dnsd::TsigKey key(dnsd::TsigAlgorithm algorithm = dnsd::TsigAlgorithm::sha256)
{
    return {dnsd::must_wire_name("dhcp"), algorithm, "01234567890123456789012345678901"};
}

TsigError verify(std::string const& message, dnsd::TsigKey const& with, base::Timestamp now = then)
{
    TsigContext context(with);
    return context.verify_request(message, dnsd::find_tsig(message).record.value(), now);
}

std::string question(std::uint16_t id = 7)
{
    dnsd::MessageHeader header;
    header.id = id;
    return dnsd::MessageWriter(header, dnsd::Question{dnsd::must_wire_name("smk.sch.id"), 6, 1}, 512).take();
}
} // namespace

TEST_CASE("questions that dig and kdig signed verify with every algorithm", "[dns][rfc8945]")
{
    CHECK(verify(bytes(dig_sha256), key()) == TsigError::none);
    CHECK(verify(bytes(kdig_sha512), key(dnsd::TsigAlgorithm::sha512)) == TsigError::none);
    CHECK(verify(bytes(kdig_sha1), key(dnsd::TsigAlgorithm::sha1)) == TsigError::none);
}

TEST_CASE("a changed octet, another secret, another algorithm and a wrong clock are told apart", "[dns][rfc8945]")
{
    auto changed = bytes(dig_sha256);
    changed[15] = 'x';
    CHECK(verify(changed, key()) == TsigError::bad_signature);
    auto other = key();
    other.secret[0] = 'x';
    CHECK(verify(bytes(dig_sha256), other) == TsigError::bad_signature);
    CHECK(verify(bytes(dig_sha256), key(dnsd::TsigAlgorithm::sha512)) == TsigError::bad_key);
    CHECK(verify(bytes(dig_sha256), key(), then + 300'000'000) == TsigError::none);
    CHECK(verify(bytes(dig_sha256), key(), then + 301'000'000) == TsigError::bad_time);
    CHECK(verify(bytes(dig_sha256), key(), then - 301'000'000) == TsigError::bad_time);
    CHECK(verify(changed, key(), then + 301'000'000) == TsigError::bad_signature); // the time is not believed
}

TEST_CASE("a message is what it was before it was signed", "[dns][rfc8945]")
{
    auto const signed_one = TsigContext(key()).sign(question(), then);
    auto const found = dnsd::find_tsig(signed_one);
    REQUIRE(found.record);
    CHECK(dnsd::without_tsig(signed_one, *found.record) == question());
    auto forwarded = signed_one; // a forwarder may give it another id
    forwarded[0] = 'x';
    CHECK(verify(forwarded, key()) == TsigError::none);
    CHECK(dnsd::without_tsig(forwarded, *dnsd::find_tsig(forwarded).record) == question());
}

TEST_CASE("a TSIG record that is not the last one, or comes twice, is malformed", "[dns][rfc8945]")
{
    auto const once = TsigContext(key()).sign(question(), then);
    auto const twice = TsigContext(key()).sign(once, then);
    CHECK(dnsd::find_tsig(twice).malformed);
    CHECK_FALSE(dnsd::find_tsig(question()).record);
    CHECK(dnsd::find_tsig(once + "x").malformed);
    for (std::size_t size = 12; size < once.size(); ++size) CHECK(dnsd::find_tsig(once.substr(0, size)).malformed);
}

TEST_CASE("a short MAC verifies down to half of its size, a shorter one is malformed", "[dns][rfc8945]")
{
    auto const full = TsigContext(key()).sign(question(), then);
    auto const offset = dnsd::find_tsig(full).record->offset;
    auto const cut = [&](std::size_t size) {
        auto const mac_at =
            offset + 6 + 2 + 2 + 4 + 2 + 13 + 10; // name, type, class, ttl, length, algorithm, times, size
        auto message = full.substr(0, mac_at) + full.substr(mac_at, size) + full.substr(mac_at + 32);
        message[mac_at - 1] = static_cast<char>(size);
        message[offset + 6 + 8 + 1] = static_cast<char>(message[offset + 6 + 8 + 1] - static_cast<char>(32 - size));
        return message;
    };
    CHECK(verify(cut(32), key()) == TsigError::none);
    CHECK(verify(cut(16), key()) == TsigError::none);
    CHECK(verify(cut(15), key()) == TsigError::malformed);
    CHECK(verify(cut(0), key()) == TsigError::malformed);
}

TEST_CASE("the messages of a transfer are each signed over the one before", "[dns][rfc8945]")
{
    TsigContext client(key()), server(key());
    auto const asked = client.sign(question(), then);
    REQUIRE(server.verify_request(asked, *dnsd::find_tsig(asked).record, then) == TsigError::none);
    std::vector<std::string> replies;
    for (int i = 0; i < 3; ++i) replies.push_back(server.sign(dnsd::empty_reply(question(), 0), then));
    auto in_order = client;
    for (auto const& reply : replies) CHECK(in_order.verify_reply(reply, then));
    CHECK(in_order.is_settled());
    auto with_gap = client;
    CHECK(with_gap.verify_reply(replies[0], then));
    CHECK_FALSE(with_gap.verify_reply(replies[2], then));
    auto unsigned_first = client;
    CHECK_FALSE(unsigned_first.verify_reply(dnsd::empty_reply(question(), 0), then));
}

TEST_CASE("up to 99 messages in between may lack a signature, but not the last", "[dns][rfc8945]")
{
    TsigContext client(key()), server(key());
    auto const asked = client.sign(question(), then);
    server.verify_request(asked, *dnsd::find_tsig(asked).record, then);
    CHECK(client.verify_reply(server.sign(dnsd::empty_reply(question(), 0), then), then));
    auto const bare = dnsd::empty_reply(question(), 0);
    for (int i = 0; i < 99; ++i) CHECK(client.verify_reply(bare, then));
    CHECK_FALSE(client.is_settled());
    CHECK_FALSE(client.verify_reply(bare, then));
}

TEST_CASE("a reply about a wrong clock is signed and tells our time", "[dns][rfc8945]")
{
    TsigContext client(key()), server(key());
    auto const asked = client.sign(question(), then);
    auto const now = then + 1'000'000'000;
    REQUIRE(server.verify_request(asked, *dnsd::find_tsig(asked).record, now) == TsigError::bad_time);
    auto const reply = server.sign_error(dnsd::empty_reply(question(), 9), TsigError::bad_time, now);
    auto const record = dnsd::find_tsig(reply).record.value();
    CHECK(record.error == 18);
    CHECK(record.mac.size() == 32);
    CHECK(record.time == 0x6b02514e);
    CHECK(base::hex(record.other) == "00006b025536");
}

TEST_CASE("a key is kept as BIND writes it, readable by its owner only", "[dns]")
{
    support::TempFolder folder;
    dnsd::TsigKeys const keys(folder / "keys");
    auto const added = keys.add("School-A.example.", dnsd::TsigAlgorithm::sha384, std::nullopt).value();
    CHECK(added.secret.size() == 48);
    CHECK(dnsd::parse_key(dnsd::show_key(added))->secret == added.secret);
    struct stat status {
    };
    REQUIRE(::stat((folder / "keys/school-a.example.tsig").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    CHECK(keys.find(dnsd::must_wire_name("school-a.example"))->algorithm == dnsd::TsigAlgorithm::sha384);
    CHECK_FALSE(keys.find(dnsd::must_wire_name("other")));
    CHECK_FALSE(keys.find(std::string("\x09../secret\0", 11)));
    CHECK(keys.add("school-a.example", dnsd::TsigAlgorithm::sha256, std::nullopt).error().refused);
    CHECK(keys.add("../x", dnsd::TsigAlgorithm::sha256, std::nullopt).error().refused);
    CHECK(keys.add("short", dnsd::TsigAlgorithm::sha256, "1234").error().refused);
    CHECK(keys.all().size() == 1);
    CHECK(keys.remove("school-a.example"));
    CHECK(keys.remove("school-a.example").error().refused);
    CHECK(keys.all().empty());
}

TEST_CASE("a reply that grows too large for TCP by its signature becomes SERVFAIL", "[dns][rfc8945]")
{
    dnsd::MessageHeader header;
    dnsd::Request request;
    request.message = dnsd::MessageWriter(header, dnsd::Question{dnsd::must_wire_name("sch.id"), 16, 1}, 512).take();
    REQUIRE(dnsd::read_request(request));
    request.client.transport = dnsd::Transport::tcp;
    request.tsig.emplace(dnsd::TsigKey{dnsd::must_wire_name("key"), dnsd::TsigAlgorithm::sha256, "secret of a key"});
    std::string sent;
    dnsd::Replies replies(
        request, [&](std::string message) { sent = std::move(message); }, base::system_clock());
    replies.sign_and_send(dnsd::empty_reply(request.message, 0) + std::string(65500, 'x'));
    CHECK(dnsd::MessageReader(sent).header().value().rcode() == dnsd::rcode::server_failure);
    CHECK(sent.size() < 512);
}
