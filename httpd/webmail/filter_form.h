#pragma once
// A filter as a form: rows of conditions and of actions. Each row sends all of its fields, so that the n-th value of
// every name belongs to the n-th row.

#include "appliance/directory/filters.h"
#include "httpd/exchange.h"
#include "httpd/mail/mail_client.h"

#include <string>
#include <vector>

namespace httpd::webmail
{

/// What the fields say, right or wrong; rows beyond what a filter can have are left out. The id is not in it.
directory::Filter read_filter(Form const& form);

/// What the button says, done to the rows: "add-condition", "add-action", "drop-condition-2", "drop-action-1".
/// False: it is another button.
bool change_rows(directory::Filter& filter, std::string_view button);

/// The fields of the form.
void add_filter(Exchange const& exchange, directory::Filter const& filter, std::vector<mail::Folder> const& folders,
                Data& data);

/// directory::describe() with the folders' names in the reader's language.
std::string describe(Exchange const& exchange, directory::Filter filter, std::vector<mail::Folder> const& folders);

/// The filter for mail like this one: /settings/filters/new?from=...&subject=...
directory::Filter filter_for(Exchange const& exchange);

} // namespace httpd::webmail
