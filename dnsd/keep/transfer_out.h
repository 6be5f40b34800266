#pragma once
// AXFR (RFC 5936) and IXFR (RFC 1995) to those who may copy a zone, from one snapshot of the database.

#include "dnsd/keep/request.h"

namespace db
{
class Database;
}

namespace dnsd
{

/// Answers a request whose question is of type AXFR or IXFR. REFUSED to strangers, NOTAUTH for zones that are not
/// here, SERVFAIL for a zone that has not arrived yet or has expired. Throws StoreError.
void transfer_out(db::Database& dns, Request& request, Replies& replies);

} // namespace dnsd
