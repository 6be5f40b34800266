#include "dnsd/keep/keeper.h"

namespace dnsd
{

class Keeper::Implementation
{
public:
    explicit Implementation(KeeperOptions options) : options_(std::move(options)) {}

private:
    KeeperOptions options_;
};

Keeper::Keeper(KeeperOptions options) : implementation_(std::make_unique<Implementation>(std::move(options))) {}
Keeper::~Keeper() = default;
void Keeper::listen(int) {}
void Keeper::start() {}

} // namespace dnsd
