// The registry of settings: one line a row.

#include "appliance/directory/settings.h"

#include <algorithm>

namespace directory
{

namespace
{
using Kind = SettingType::Kind;
[[maybe_unused]] constexpr SettingType yes_no{Kind::yes_no};
[[maybe_unused]] constexpr SettingType words{Kind::words};
[[maybe_unused]] constexpr SettingType domain{Kind::domain};
[[maybe_unused]] constexpr SettingType address{Kind::address};
[[maybe_unused]] constexpr SettingType text{Kind::text};
[[maybe_unused]] constexpr SettingType secret{Kind::secret};
[[maybe_unused]] constexpr SettingType by_setup{Kind::by_setup};

[[maybe_unused]] constexpr SettingType number(std::uint64_t least, std::uint64_t most)
{
    return {Kind::number, least, most};
}
[[maybe_unused]] constexpr SettingType size(std::uint64_t least, std::uint64_t most)
{
    return {Kind::size, least, most};
}
/// In seconds.
[[maybe_unused]] constexpr SettingType duration(std::uint64_t least, std::uint64_t most)
{
    return {Kind::duration, least, most};
}
[[maybe_unused]] constexpr SettingType choice(std::string_view choices) { return {Kind::choice, 0, 0, choices}; }

// Sorted by subject; a new row goes to its subject. Keys are never renamed.
// clang-format off
constexpr SettingRow rows[] = {
    {"school.name", text, "", "The name of the school, as pages show it."},
    {"domain", by_setup, "", "The domain of the school."},
    {"hostname", by_setup, "", "The name of this box."},
    {"address", by_setup, "", "The address of this box with its network."},
    {"gateway", by_setup, "", "The way to the Internet."},
    {"forwarders", by_setup, "", "The name servers asked for other names, as chosen at setup."},
    {"language", by_setup, "id", "The language of the school."},
    {"lab", by_setup, "no", "Practice mode: easy passwords are accepted."},
    {"machine.ssh", yes_no, "no", "The administrator may log in over the network by SSH, as 'admin' with its password; only in the image."},
    {"machine.dhcp", yes_no, "no", "The box gives the PCs of the LAN their addresses (DHCP) and puts their names into the DNS; never beside another DHCP server; only in the image."},
    {"machine.dhcp.range", text, "", "The addresses that the DHCP server hands out, like 192.168.10.100 - 192.168.10.200; empty: the upper part of the network."},
    {"machine.time-zone", choice("Asia/Jakarta Asia/Makassar Asia/Jayapura Asia/Pontianak UTC"), "Asia/Jakarta", "The time zone of the box: WIB, WITA, WIT; only in the image."},
    {"trace.keep", duration(86400, 400 * 86400), "30d", "How long 'kotakpos trace' knows what became of a message."},
    {"mail.outside", choice("direct offline"), "direct", "Mail for other domains: direct sends it to their servers, offline refuses it."},
    {"mail.smarthost", by_setup, "", "The server that takes all mail for other domains; also a route (kotakpos route list)."},
    {"mail.smarthost.user", by_setup, "", "Who the box logs in as at that server."},
    {"mail.dmarc", choice("off mark enforce"), "enforce", "Mail from outside: enforce does what the sender's domain asks (DMARC), mark only notes it, off looks nothing up."},
    {"mail.dmarc.publish", choice("none quarantine reject off"), "quarantine", "What others are asked to do with mail that only pretends to be ours (DMARC)."},
    {"mail.spf", text, "", "Further servers that send for the school, for the SPF record, like include:relay.example; off: no record."},
    {"mail.sts", choice("off none testing enforce"), "testing", "MTA-STS for mail to us; enforce only with a certificate that the whole world trusts."},
    {"mail.limit.pupil.messages-per-hour", number(0, 1000000), "200", "Mails that a pupil may send in an hour; 0: no limit."},
    {"mail.limit.pupil.recipients-per-hour", number(0, 1000000), "500", "Recipients that a pupil may write to in an hour, a class counts one; 0: no limit."},
    {"mail.limit.teacher.messages-per-hour", number(0, 1000000), "1000", "Mails that a teacher, the staff, the head or an administrator may send in an hour; 0: no limit."},
    {"mail.limit.teacher.recipients-per-hour", number(0, 1000000), "5000", "Recipients that a teacher, the staff, the head or an administrator may write to in an hour; 0: no limit."},
    {"mail.limit.message-size", size(100 << 10, std::uint64_t{2} << 30), "2G", "The largest mail that is taken; message.size.max of kotakpos.conf is the upper bound."},
    {"mail.limit.recipients", number(100, 100000), "1000", "Recipients of one mail."},
    {"mail.limit.errors", number(3, 1000), "20", "Refused commands of one connection before it is closed."},
    {"mail.limit.idle-commands", number(10, 10000), "100", "Commands of one connection that bring no mail forward before it is closed."},
    {"mail.limit.address.connections-per-minute", number(1, 100000), "300", "New connections that one address may make to send mail in a minute."},
    {"mail.limit.address.errors", number(3, 100000), "100", "Refused commands of one address before it must wait."},
    {"mail.limit.address.pause", duration(10, 86400), "10m", "How long an address with too many errors must wait."},
    {"mail.hide-client", yes_no, "yes", "Mail of people of the school does not tell from which computer it was sent."},
    {"mail.no-soliciting", words, "", "Kinds of advertising that the school refuses, as labels like com.example:adv; empty: none is announced."},
    {"mail.forwarding", choice("nobody teachers everybody"), "teachers", "Whose filters may send copies of mail to addresses outside the school."},
    {"mail.catch-all", address, "", "Who gets the mail for addresses that do not exist; empty: such mail is refused."},
    {"queue.retry.first", duration(10, 3600), "5m", "How long mail waits before it is tried again for the first time; then twice as long, and so on."},
    {"queue.retry.longest", duration(60, 86400), "4h", "The longest wait between two tries."},
    {"queue.lifetime", duration(300, 30 * 86400), "5d", "After this time mail that cannot be delivered goes back to its sender."},
    {"queue.warning", duration(300, 30 * 86400), "4h", "After this time the sender is told once that the mail is still waiting."},
    {"queue.connections", number(1, 50), "5", "Connections to one other server at a time, at most."},
    {"queue.bulk.recipients", number(0, 1000000), "100", "Who writes to more addresses elsewhere than this within queue.bulk.window waits behind the others; 0: nobody."},
    {"queue.bulk.window", duration(60, 7 * 86400), "1h", "The time in which addresses elsewhere are counted."},
    {"queue.premium", words, "", "Logins whose mail to other servers goes first."},
    {"queue.standard", words, "", "Logins whose mail to other servers waits in the middle, whatever they send."},
    {"queue.bulk", words, "", "Logins whose mail to other servers waits behind all other mail."},
    {"queue.unreportable", choice("drop hold"), "drop", "Mail that fails and whose sender may be forged: drop notes it in the trace, hold keeps it in the queue for the postmaster."},
};
// clang-format on
} // namespace

std::span<SettingRow const> setting_rows() { return rows; }

SettingRow const* find_setting(std::string_view key)
{
    auto const found =
        std::find_if(std::begin(rows), std::end(rows), [&](auto const& row) { return row.key == key; });
    return found == std::end(rows) ? nullptr : found;
}

} // namespace directory
