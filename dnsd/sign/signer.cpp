#include "dnsd/sign/signer.h"

#include "dnsd/sign/key_records.h"
#include "dnsd/sign/signing_run.h"
#include "dnsd/sign/sql_signing.h"
#include "dnsd/zone/zone_reader.h"

namespace dnsd
{

namespace
{
class StoredSigner final : public Signer
{
public:
    StoredSigner(std::string keys_folder, base::Clock const& clock) : folder_(std::move(keys_folder)), clock_(clock)
    {
    }

    void sign_changes(ZoneEdit& edit) override
    {
        auto& transaction = edit.transaction();
        auto const head = read_zone(transaction, edit.head().id);
        auto zone = sql::read_signed_zone(transaction, edit.head().id);
        if (!head || head->signing == Signing::off || !zone) return;
        auto const keys = sql::read_keys(transaction, edit.head().id);
        put_key_records(edit, head->signing, *zone, keys);
        SigningRun run(edit, head->signing, *zone, keys, folder_, clock_.now());
        run.run();
        if (run.longest_ttl() == zone->longest_ttl) return;
        zone->longest_ttl = run.longest_ttl();
        sql::write_signed_zone(transaction, edit.head().id, *zone);
    }

private:
    KeyFolder folder_;
    base::Clock const& clock_;
};
} // namespace

std::shared_ptr<Signer> make_signer(std::string keys_folder, base::Clock const& clock)
{
    return std::make_shared<StoredSigner>(std::move(keys_folder), clock);
}

} // namespace dnsd
