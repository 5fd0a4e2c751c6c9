/* SPDX-License-Identifier: MIT */
#include "resilience/usual.h"

#include "base/clock.h"
#include "resilience/constants.h"

/* The share of the way to go: as much as time has passed of the whole. */
static double weight(const struct usual *usual, double ns, uint64_t now_ns)
{
    uint64_t whole_ms = ns > usual->ns ? USUAL_RISES_MS : USUAL_FALLS_MS;
    double part =
        (double)(now_ns - usual->at_ns) / (double)(whole_ms * NS_PER_MS);

    return part < 1 ? part : 1;
}

double usual_compare(struct usual *usual, uint64_t took_ns, uint64_t now_ns)
{
    double ns = took_ns > 0 ? (double)took_ns : 1;
    double ratio;

    if (usual->ns <= 0)
        *usual = (struct usual){ .ns = ns, .at_ns = now_ns };
    ratio = ns / usual->ns;
    usual->ns += (ns - usual->ns) * weight(usual, ns, now_ns);
    usual->at_ns = now_ns;
    return ratio;
}
