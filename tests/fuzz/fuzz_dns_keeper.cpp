#include "dnsd/keep/message.h"
#include "dnsd/keep/request.h"
#include "dnsd/keep/transfer_in.h"
#include "dnsd/keep/tsig.h"
#include "dnsd/keep/update.h"
#include "dnsd/serve/proxy_header.h"
#include "dnsd/zone/name.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// Everything that the keeper reads of others: signatures, requests, updates, transfers.
FUZZ_TARGET(dns_keeper)
{
    auto const found = dnsd::find_tsig(bytes);
    if (found.record) {
        auto const bare = dnsd::without_tsig(bytes, *found.record);
        if (dnsd::find_tsig(bare).malformed) std::abort();
        dnsd::TsigContext context({found.record->key, dnsd::TsigAlgorithm::sha256, "secret"});
        context.verify_request(bytes, *found.record, 0);
        dnsd::TsigContext client({found.record->key, dnsd::TsigAlgorithm::sha256, "secret"});
        client.verify_reply(bytes, 0);
    }
    dnsd::Request request;
    request.message = bytes;
    if (dnsd::read_request(request)) {
        auto const signed_one = dnsd::TsigContext({dnsd::must_wire_name("k"), {}, "s"}).sign(request.message, 0);
        auto const again = dnsd::find_tsig(signed_one);
        if (!found.malformed && !found.record &&
            (!again.record || dnsd::without_tsig(signed_one, *again.record) != bytes))
            std::abort();
    }
    auto const reply = dnsd::empty_reply(bytes, 1);
    if (reply.size() > bytes.size() + 2 && reply.size() > 12) std::abort(); // never more than was asked
    dnsd::UpdateMessage update;
    dnsd::read_update(bytes, update);
    for (bool const incremental : {false, true}) {
        dnsd::TransferReader reader(dnsd::must_wire_name("sch.id"), incremental, {.records = 1000, .octets = 100000});
        for (int i = 0; i < 3 && reader.take(bytes) == dnsd::TransferReader::State::more; ++i) {
        }
    }
    dnsd::parse_proxy_header(bytes);
}
