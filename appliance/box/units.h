#pragma once
// The systemd units of the image's daemons, one each, from the supervisor's table: user, place to write, sandbox,
// watchdog. Written when the image is made; the ports stay with kotakpos.service (service::HandOver).

#include "appliance/supervisor/services.h"

#include <string>

namespace box
{

/// "kotakpos-maild-in.service".
std::string unit_name(supervisor::Service const& service);
std::string unit_text(supervisor::Service const& service);

} // namespace box
