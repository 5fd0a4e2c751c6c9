/* SPDX-License-Identifier: MIT */
#include "app/harden.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void harden_memory(void)
{
    static const struct rlimit none = { 0 };

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
