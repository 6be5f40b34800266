#pragma once
// Messages out of files: a Maildir with its folders, and mbox files.

#include "maild/transfer/importer.h"

namespace maild::transfer
{

enum class FileKind { none, maildir, mbox_file, mbox_folder };
/// What lies there, looked at as the caller (base::AsCaller). Links are not followed.
FileKind look_at_files(std::string const& path);

/// `path`: the Maildir with cur/, whose folders begin with '.'; or one whose folders are plain ones (Dovecot's "fs"
/// layout). Files that are no plain files are skipped. Throws base::Failure.
void import_maildir(std::string const& path, Importer& importer);
/// One file, whose mailbox is called like it; or all *.mbox files below a folder.
void import_mbox(std::string const& path, Importer& importer);

} // namespace maild::transfer
