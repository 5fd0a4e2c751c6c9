/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "base/fault.h"

#include <criterion/criterion.h>

Test(fault, hits_after_the_skipped_passes_and_only_so_often)
{
    cr_assert_eq(fault_arm_text(TEXT("connect=2:1, LINK")), 0);
    cr_expect_not(fault_hit(FAULT_CONNECT));
    cr_expect_not(fault_hit(FAULT_CONNECT));
    cr_expect(fault_hit(FAULT_CONNECT));
    cr_expect_not(fault_hit(FAULT_CONNECT));
    cr_expect(fault_hit(FAULT_LINK), "once, at once");
    cr_expect_eq(fault_count(FAULT_CONNECT), 1);
    fault_disarm_all();
}

Test(fault, list_with_a_mistake_arms_nothing)
{
    cr_expect_eq(fault_arm_text(TEXT("CONNECT,NO_SUCH")),
                 -ERR_INVALID_PARAMETER);
    cr_expect_eq(fault_arm_text(TEXT("CONNECT=x")), -ERR_INVALID_PARAMETER);
    cr_expect_eq(fault_arm_text(TEXT("CONNECT=1:-1")), -ERR_INVALID_PARAMETER);
    cr_expect_not(fault_hit(FAULT_CONNECT));
}
