// dovecot-uidlist, dovecot-keywords, subscriptions and file names out of a Maildir that anybody may have written.

#include "maild/transfer/maildir_files.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

using namespace maild::transfer;

FUZZ_TARGET(maildir)
{
    auto const list = parse_uid_list(bytes);
    if (list.is_there() && parse_uid_list(show_uid_list(list)).uid_validity != list.uid_validity) std::abort();
    auto const keywords = parse_keywords_file(bytes);
    if (keywords.size() > maildir_keywords_max) std::abort();
    static_cast<void>(parse_subscriptions(bytes));
    static_cast<void>(flags_of(parse_maildir_name(bytes).letters, keywords));
    static_cast<void>(mailbox_of(bytes));
}
