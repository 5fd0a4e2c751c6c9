/* SPDX-License-Identifier: MIT */
#include "base/fault.h"

#include "base/check.h"
#include "base/error.h"

#include <stdatomic.h>

#define FAULT(name, what) { #name, what },
static const struct {
    const char *name, *what;
} rows[FAULT_COUNT] = {
#include "base/faults.def"
};
#undef FAULT

static struct {
    atomic_uint skip, times, count;
} armed[FAULT_COUNT];

bool fault_any_armed;

static bool take_one(atomic_uint *left)
{
    unsigned now = atomic_load(left);

    while (now > 0)
        if (atomic_compare_exchange_weak(left, &now, now - 1))
            return true;
    return false;
}

bool fault_is_due(enum fault fault)
{
    if (take_one(&armed[fault].skip) || !take_one(&armed[fault].times))
        return false;
    atomic_fetch_add(&armed[fault].count, 1);
    return true;
}

void fault_arm(enum fault fault, unsigned skip, unsigned times)
{
    CHECK(fault < FAULT_COUNT);
    atomic_store(&armed[fault].skip, skip);
    atomic_store(&armed[fault].times, times);
    atomic_store(&armed[fault].count, 0);
    fault_any_armed = true;
}

void fault_disarm_all(void)
{
    for (enum fault f = 0; f < FAULT_COUNT; f++)
        fault_arm(f, 0, 0);
    fault_any_armed = false;
}

unsigned fault_count(enum fault fault)
{
    return atomic_load(&armed[fault].count);
}

const char *fault_name(enum fault fault)
{
    return rows[fault].name;
}

const char *fault_what(enum fault fault)
{
    return rows[fault].what;
}

struct arming {
    enum fault fault;
    int64_t skip, times;
};

static bool is_count(int64_t value)
{
    return value >= 0 && value <= UINT32_MAX;
}

static bool parse_arming(struct text item, struct arming *ret)
{
    struct text name, skip, times = item;

    *ret = (struct arming){ .fault = FAULT_COUNT, .times = 1 };
    text_cut(&times, '=', &name);
    for (enum fault f = 0; f < FAULT_COUNT; f++)
        if (text_equal_nocase(name, text_of(rows[f].name)))
            ret->fault = f;
    if (ret->fault == FAULT_COUNT)
        return false;
    if (!text_cut(&times, ':', &skip))
        return true;
    if (!text_to_int64(skip, &ret->skip))
        return false;
    if (!text_is_null(times) && !text_to_int64(times, &ret->times))
        return false;
    return is_count(ret->skip) && is_count(ret->times);
}

int fault_arm_text(struct text list)
{
    struct arming one[FAULT_COUNT];
    size_t count = 0;
    struct text item;

    while (text_cut(&list, ',', &item)) {
        if (count == FAULT_COUNT || !parse_arming(text_trim(item), &one[count]))
            return -ERR_INVALID_PARAMETER;
        count++;
    }
    for (size_t i = 0; i < count; i++)
        fault_arm(one[i].fault, (unsigned)one[i].skip, (unsigned)one[i].times);
    return 0;
}
