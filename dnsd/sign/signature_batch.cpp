#include "dnsd/sign/signature_batch.h"

#include "dnsd/zone/name.h"
#include "dnsd/zone/zone_key.h"

#include <algorithm>
#include <future>
#include <thread>

namespace dnsd
{

namespace
{
constexpr std::int64_t clocks_differ = 3600; ///< resolvers whose clock is late still take it
/// So that a zone that was signed at once is not replaced at once: the last ones live two days less.
constexpr std::int64_t jitter = 2 * 86400;
constexpr std::size_t worth_a_thread = 64;

std::int64_t jitter_of(std::string_view owner, std::uint16_t type)
{
    return static_cast<std::int64_t>((hash_name(owner) ^ type * 0x9E3779B97F4A7C15U) % jitter);
}
} // namespace

// RFC 4034 3.1.5: times are compared as serial numbers.

bool lasts(Signature const& signature, std::int64_t now)
{
    return static_cast<std::int32_t>(signature.expiration - static_cast<std::uint32_t>(now)) > signature_refresh;
}

bool is_fresh(Signature const& signature, std::int64_t now)
{
    return lasts(signature, now) &&
           static_cast<std::int32_t>(static_cast<std::uint32_t>(now) - signature.inception) >= 0;
}

void SignatureBatch::add(std::span<Row const> rows, SigningKey const& key)
{
    auto const& first = rows.front();
    auto const owner = key_name(first.owner, zone_);
    Signature signature;
    signature.covered = first.type;
    signature.algorithm = static_cast<std::uint8_t>(key.key->algorithm());
    signature.labels = signed_labels(owner);
    signature.original_ttl = first.ttl;
    signature.inception = static_cast<std::uint32_t>(now_ - clocks_differ);
    signature.expiration = static_cast<std::uint32_t>(now_ + signature_validity - jitter_of(owner, first.type));
    signature.tag = key.tag;
    signature.signer = zone_;
    auto head = signature_head(signature);
    std::vector<std::string> rdata;
    for (auto const& row : rows) rdata.push_back(row.rdata);
    auto data = signed_data(head, owner, first.type, first.ttl, rdata);
    jobs_.push_back({first.owner, first.ttl, std::move(head), std::move(data), key});
}

Row SignatureBatch::sign(Job const& job, Makers& makers)
{
    auto& maker = makers.try_emplace(job.key.key.get(), *job.key.key).first->second;
    return {job.owner, dnssec::rrsig, job.head + maker.sign(job.data), job.ttl, Origin::signing};
}

std::vector<Row> SignatureBatch::make()
{
    auto const jobs = std::move(jobs_);
    jobs_.clear();
    std::vector<Row> rows(jobs.size());
    auto const work = [&](std::size_t from, std::size_t end) {
        Makers makers;
        for (; from < end; ++from) rows[from] = sign(jobs[from], makers);
    };
    std::size_t const threads = jobs.size() < worth_a_thread ? 1 : std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::future<void>> others;
    auto const share = (jobs.size() + threads - 1) / threads;
    for (std::size_t from = share; from < jobs.size(); from += share)
        others.push_back(std::async(std::launch::async, work, from, std::min(from + share, jobs.size())));
    work(0, std::min(share, jobs.size()));
    for (auto& other : others) other.get();
    return rows;
}

} // namespace dnsd
