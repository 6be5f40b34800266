// kotakpos mailbox export and import.

#include "appliance/base/as_caller.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/cli/mail_access.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/cli/password_input.h"
#include "maild/mailbox/names.h"
#include "maild/transfer/export.h"
#include "maild/transfer/file_sources.h"
#include "maild/transfer/imap_source.h"

#include <filesystem>

namespace cli
{

namespace
{
namespace transfer = maild::transfer;

transfer::Format format_of(Arguments const& arguments)
{
    auto const format = arguments.value("--format").value_or("maildir");
    if (format == "maildir") return transfer::Format::maildir;
    if (format == "mbox") return transfer::Format::mbox;
    throw base::Failure(base::refused(format, "there is no such format", "write maildir or mbox"));
}

transfer::People people_of(Session& session)
{
    return {[&session](auto account) -> std::optional<std::string> {
                auto const user = session.directory().find_user(account);
                return user ? std::optional(user->login) : std::nullopt;
            },
            [&session](std::string_view login) -> std::optional<maild::mailbox::AccountId> {
                auto const user = session.directory().find_user(login);
                return user ? std::optional(user->id) : std::nullopt;
            }};
}

int export_to(Session& session, Arguments const& arguments)
{
    transfer::ExportOptions options{.folder = whole_path(arguments.operands[1]),
                                    .format = format_of(arguments),
                                    .mailbox = arguments.value("--mailbox").value_or(""),
                                    .resume = arguments.has("--resume")};
    MailAccess mail(session);
    auto const user = mail.must_find(arguments.operands[0]);
    options.account = user.id;
    options.people = people_of(session);
    if (!options.mailbox.empty()) {
        options.mailbox = maild::mailbox::canonical_name(options.mailbox).value_or(options.mailbox);
        if (!mail.store().find(user.id, options.mailbox))
            throw base::Failure(
                base::refused(options.mailbox, "there is no such mailbox", "see 'kotakpos mailbox list'"));
    }
    transfer::Exported exported;
    {
        Progress progress(session.text("Exporting"), std::max<std::size_t>(1, mail.store().usage(user.id).messages));
        options.progress = [&](std::size_t done) {
            if (done % 100 == 0) progress.show(done);
        };
        mail.upkeep().view(user.id, [&](auto& view) { exported = transfer::export_mail(view, options); });
    }
    print(session.text("{1} messages of {2} mailboxes are in {3}.",
                       {std::to_string(exported.messages + exported.kept), std::to_string(exported.mailboxes),
                        options.folder}) +
          "\n");
    if (exported.kept > 0)
        print(session.text("{1} of them were there already.", {std::to_string(exported.kept)}) + "\n");
    if (exported.unheld > 0)
        print(
            session.plural("An mbox file cannot hold who else may use a mailbox, notes about it and what others have "
                           "read: this is left out for {1} mailbox. --format maildir keeps it.",
                           "An mbox file cannot hold who else may use a mailbox, notes about it and what others have "
                           "read: this is left out for {1} mailboxes. --format maildir keeps it.",
                           exported.unheld) +
            "\n");
    if (exported.damaged == 0) return 0;
    print(session.text("{1} messages are damaged and were left out; 'kotakpos mailbox check' tells which.",
                       {std::to_string(exported.damaged)}) +
          "\n");
    return 1;
}

transfer::ImapLogin login_of(Session& session, Arguments const& arguments, std::string const& url)
{
    auto const address = transfer::parse_imap_address(url);
    if (!address)
        throw base::Failure(
            base::refused(url, "this is no address of a mail server", "write imaps://user@host/ without a password"));
    transfer::ImapLogin login;
    login.address = *address;
    login.user = address->user;
    login.is_insecure = arguments.has("--insecure");
    if (login.user.empty()) login.user = arguments.operands[0];
    login.password = read_password(session.text("Password of {1} at {2}:", {login.user, address->host}), arguments);
    return login;
}

void print_imported(Session& session, transfer::Imported const& done)
{
    print(session.plural("{1} message was imported.", "{1} messages were imported.", done.messages) + "\n");
    if (done.already > 0)
        print(session.plural("{1} message was here already.", "{1} messages were here already.", done.already) +
              "\n");
    for (auto const& remark : done.remarks)
        print(session.text("skipped") + ": " + printable(remark.what) + ": " + session.text(remark.why) + "\n");
    for (auto const& mailbox : done.renewed)
        print(session.text("{1}: new mail came meanwhile; mail programs fetch this mailbox anew.",
                           {printable(mailbox)}) +
              "\n");
}

void run_import(Arguments const& arguments, std::string const& path, transfer::ImapLogin const* login,
                transfer::Importer& importer)
{
    if (login) return transfer::import_imap(*login, arguments.value("--only").value_or(""), importer);
    switch (transfer::look_at_files(path)) {
    case transfer::FileKind::maildir: return transfer::import_maildir(path, importer);
    case transfer::FileKind::mbox_file:
    case transfer::FileKind::mbox_folder: return transfer::import_mbox(path, importer);
    case transfer::FileKind::none: break;
    }
    throw base::Failure(base::refused(path, "there is no such file or folder, or it is a link",
                                      "name a Maildir (a folder with 'cur' in it) or an mbox file"));
}

int import_from(Session& session, Arguments const& arguments)
{
    auto const url = arguments.value("--from");
    if (url.has_value() == (arguments.operands.size() == 2))
        throw UsageError{"name a Maildir or mbox file, or --from imaps://user@host/"};
    auto const path = url ? std::string() : whole_path(arguments.operands[1]);
    std::optional<transfer::ImapLogin> login;
    if (url) login = login_of(session, arguments, *url);
    MailAccess mail(session);
    auto const user = mail.must_find(arguments.operands[0]);
    transfer::ImportOptions options{.account = user.id,
                                    .quota = arguments.has("--no-quota") ? 0 : user.quota,
                                    .mailbox = arguments.value("--mailbox").value_or(""),
                                    .source = url ? login->user + "@" + login->address.host : path,
                                    .largest_message = session.config().message_size_max,
                                    .people = people_of(session)};
    std::optional<Progress> progress;
    std::size_t shown_total = 0;
    options.progress = [&](std::size_t done, std::size_t total) {
        if (total == 0) return;
        if (total != std::exchange(shown_total, total)) progress.emplace(session.text("Importing"), total);
        if (done % 50 == 0 || done == total) progress->show(done);
    };
    options.committed = [&] { mail.tell_daemon(); };
    transfer::Importer importer(mail.store(), options);
    try {
        run_import(arguments, path, login ? &*login : nullptr, importer);
    } catch (base::Failure const&) { // what came in stays, and is told before the error
        progress.reset();
        print_imported(session, importer.done());
        throw;
    }
    progress.reset();
    mail.tell_daemon();
    print_imported(session, importer.done());
    return importer.done().skipped == 0 ? 0 : 1;
}
} // namespace

std::vector<Command> mailbox_transfer_commands()
{
    return {
        {"export",
         "LOGIN FOLDER",
         2,
         2,
         {{"--format", "maildir|mbox"}, {"--mailbox", "NAME"}, {"--resume", ""}},
         "Writes a user's mail to a folder that Dovecot, mutt and Thunderbird can read.",
         export_to},
        {"import",
         "LOGIN [PATH]",
         1,
         2,
         {{"--from", "imaps://USER@HOST/"},
          {"--password-stdin", ""},
          {"--insecure", ""},
          {"--only", "NAME"},
          {"--mailbox", "NAME"},
          {"--no-quota", ""}},
         "Brings mail here from a Maildir, an mbox file or another mail server; again and again without doubling.",
         import_from},
    };
}

} // namespace cli
