#pragma once
// The only place that includes Catch2 (2.13, Debian 12's).
#include <catch2/catch.hpp>
