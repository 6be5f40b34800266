#pragma once
// What F1 teaches about each question: English catalogue ids. Short, for pupils of 15.

#include <string_view>

namespace setup::lesson
{

constexpr std::string_view language =
    "The box speaks two languages. Everybody can choose their own in the webmail; this one is for screens before "
    "anybody has chosen, for the mail that the box itself writes, and for this program.";
constexpr std::string_view school_name =
    "The name people know the school by, as on its letterhead. It appears on the web page, in the webmail and in the "
    "certificate. It can be changed later.\n\nThe domain below is suggested from it: SMK Negeri 1 Pendalian gives "
    "smkn1pendalian.sch.id.";
constexpr std::string_view domain =
    "A domain is read from right to left, from the large to the small:\n\n  id      the country, Indonesia\n  sch    "
    " "
    "schools\n  smkn1pendalian   this school\n\nMail addresses end in it: ali@smkn1pendalian.sch.id. Inside the "
    "school "
    "any domain works, because this box answers for it. For mail with the Internet the school must own it: "
    "domain.id gives .sch.id to schools.\n\nChoose well: the domain cannot be changed later without a new school.";
constexpr std::string_view hostname =
    "The box's own full name (FQDN): the name that mail programs and other mail servers see. Normally mail. and the "
    "domain. The certificate is made for this name.";
constexpr std::string_view interface =
    "An interface is a way into a network: a network card or Wi-Fi. Its name says which: enp1s0 is a card in a slot, "
    "eth0 the first card of a virtual machine, wlan0 is Wi-Fi. Choose the one whose cable goes to the school's "
    "switch.";
constexpr std::string_view method =
    "How does the box get its address?\n\nFixed: it always has the address that you write here. A server needs that: "
    "all PCs ask the name server by its address, and if it changed, nobody would find the box any more.\n\nDHCP: the "
    "router gives one at every start. Good for trying; in real use reserve the address in the router.\n\nAs it is: "
    "this program does not touch the computer's network.";
constexpr std::string_view address =
    "Like 192.168.10.1/24. The number after the slash is the prefix: how many of the 32 bits are the network. /24 "
    "means that the first three numbers are the same for all PCs of the network, and 254 computers fit in.\n\nTwo "
    "addresses of each network belong to nobody: the first (192.168.10.0) is the network itself, the last "
    "(192.168.10.255) is the broadcast to all. And no two computers may have the same address: the box asks the "
    "network whether this one is in use.";
constexpr std::string_view gateway =
    "The router is the door out of the school's network. What is not for a computer in the network goes to it. It "
    "must be in the same network as the box, otherwise the box cannot reach it. No Internet? Leave it empty.";
constexpr std::string_view forwarders =
    "The PCs ask this box for every name. For the school's own names it knows the answer; for all others it asks one "
    "of these servers (a forwarder). The provider's or 1.1.1.1 and 9.9.9.9 are usual. No Internet? Leave it empty.";
constexpr std::string_view clock =
    "A PC keeps its time with a small battery; an empty one makes it wake up in the year 2000. Certificates and "
    "signed names (DNSSEC) are good from one date to another, so a box with a wrong clock is trusted by nobody.\n\n"
    "With Internet the box asks time servers (NTP) and is right to a fraction of a second.";
constexpr std::string_view dhcp =
    "DHCP gives each PC an address when it is switched on, and tells it who answers its questions for names. With "
    "the box as DHCP server nothing has to be set on the PCs, and their names are in the DNS by themselves.\n\nOne "
    "network has one DHCP server: with two, PCs get answers that do not fit together, and nobody finds out why. So "
    "the box asks the network first whether there is one already; often the router is.";
constexpr std::string_view names =
    "A name server is a telephone book: it turns a name into an address (an A record). Three names are made:\n\n  ns "
    "   "
    " this name server\n  www    the school's page\n  mail   mail and webmail\n\nAnd an MX record: it says which "
    "computer takes the mail of the domain. Someone writes to ali@DOMAIN; the sender's server asks for the MX of "
    "DOMAIN, hears mail.DOMAIN, asks for its A record, and connects to that address at port 25.\n\nAll three on this "
    "box is right for a school with one server.";
constexpr std::string_view lab =
    "In practice mode easy passwords like 123 are allowed, so that a class need not think about them. Every page "
    "then "
    "says so in a yellow bar. Never for a school in real use: anybody could guess a password and read the mail.";
constexpr std::string_view admin_password = "The administrator may do everything: make users, change names, read the "
                                            "log. A good password is long rather than "
                                            "strange: three words that have nothing to do with each other.\n\nLeave "
                                            "it empty and the box makes a good one. It "
                                            "is shown once, on the last screen: write it down. No password is ever "
                                            "kept readable on the disk; after a power cut "
                                            "in the middle of this program you are asked for it again.";
constexpr std::string_view users = "Each user has a mailbox at once: LOGIN@DOMAIN. ali and budi are examples for "
                                   "trying; F8 removes the row, F3 adds "
                                   "one. The class is a mail address too: who writes to x-tkj-1@DOMAIN writes to all "
                                   "its pupils.\n\nThe whole school "
                                   "is added later from a list: kotakpos user import FILE.csv.";
constexpr std::string_view outside =
    "Mail inside the school always works. And mail for other domains?\n\nNowhere: the box takes mail for the school "
    "only, "
    "and tells whoever writes to another domain at once. Right for a network without Internet.\n\nDirectly: the box "
    "asks for the MX of the other domain and delivers there. Needs a "
    "fixed public address; many providers block port 25.\n\nBy a smart host: the provider's mail server, or a "
    "service like it, takes everything and passes it on. That is the usual way from a school.";
constexpr std::string_view smarthost =
    "The server that takes all mail for outside: mail.provider.id, or with the port that the provider names: "
    "mail.provider.id:465. A user name and a password belong to it; they are sent only over TLS, to a server whose "
    "certificate is good.";

} // namespace setup::lesson
