#pragma once
// A user's mail as files that other programs read: Maildir (Maildir++ folders, as Dovecot and mutt have them) or
// mbox.

#include "maild/mailbox/upkeep.h"
#include "maild/transfer/sharing_file.h"

#include <functional>
#include <string>

namespace maild::transfer
{

enum class Format { maildir, mbox };

struct ExportOptions {
    std::string folder; ///< whole path; must be empty or missing unless `resume`
    Format format = Format::maildir;
    std::string mailbox = {};       ///< empty: all
    bool resume = false;            ///< what is there already is kept
    mailbox::AccountId account = 0; ///< whose mail it is
    People people = {};
    /// Called after each message. May be empty.
    std::function<void(std::size_t done)> progress = {};
};

struct Exported {
    std::size_t mailboxes = 0;
    std::size_t messages = 0;
    std::size_t kept = 0;    ///< were there already
    std::size_t damaged = 0; ///< their bytes are gone: left out
    std::size_t unheld = 0;  ///< mailboxes of whose sharing and notes an mbox file can hold nothing
};

/// Everything as it was at one moment. Files belong to the caller (base::AsCaller). Throws base::Failure.
Exported export_mail(mailbox::AccountView& view, ExportOptions const& options);

} // namespace maild::transfer
