/* SPDX-License-Identifier: MIT */
#include "database/nodes_impl.h"
#include "telemetry/log.h"

#include <stdio.h>

/* --- history -------------------------------------------------------------- */

static struct sample *last_sample(struct nodes *nodes)
{
    return &nodes->history[(nodes->history_next + HISTORY - 1) % HISTORY];
}

/* Standing still it has the same place at a later time. */
static void add_sample(struct nodes *nodes, uint64_t position, uint64_t at_ns)
{
    struct sample *last = last_sample(nodes);

    if (nodes->history_count > 0 && last->position >= position) {
        if (last->position == position)
            last->at_ns = at_ns;
        return;
    }
    nodes->history[nodes->history_next] = (struct sample){ position, at_ns };
    nodes->history_next = (nodes->history_next + 1) % HISTORY;
    if (nodes->history_count < HISTORY)
        nodes->history_count++;
}

uint64_t nodes__position(const struct nodes *nodes)
{
    unsigned last = (nodes->history_next + HISTORY - 1) % HISTORY;

    return nodes->history_count > 0 ? nodes->history[last].position : 0;
}

/* The latest time at which the primary had no more than this. */
static uint64_t time_of(const struct nodes *nodes, uint64_t position)
{
    for (unsigned i = 1; i <= nodes->history_count; i++) {
        const struct sample *sample =
            &nodes->history[(nodes->history_next + HISTORY - i) % HISTORY];

        if (sample->position <= position)
            return sample->at_ns;
    }
    return 0;
}

static bool follows(const struct node *node, const struct node *primary)
{
    return node->standby && node->point.timeline == primary->point.timeline &&
           strcmp(node->system, primary->system) == 0;
}

static void date(struct nodes *nodes)
{
    const struct node *primary = &nodes->of[nodes->primary];

    for (unsigned i = 0; i < nodes->count; i++) {
        struct node *node = &nodes->of[i];

        if (node != primary && follows(node, primary)) {
            uint64_t at_ns = time_of(nodes, node->point.position);

            if (at_ns > node->as_of_ns)
                node->as_of_ns = at_ns;
        }
    }
}

/* --- who is the primary --------------------------------------------------- */

/* A database of another kind is none of ours, whatever it says. */
static bool is_claimant(const struct nodes *nodes, const struct node *node)
{
    const char *ours = nodes->of[nodes->primary].system;

    return node->answering && !node->standby &&
           (ours[0] == '\0' || strcmp(node->system, ours) == 0);
}

/* Where several claim to be it, the later timeline; then the present one. */
static const struct node *best_claimant(const struct nodes *nodes)
{
    const struct node *best = &nodes->of[nodes->primary];

    if (!is_claimant(nodes, best))
        best = NULL;
    for (unsigned i = 0; i < nodes->count; i++) {
        const struct node *node = &nodes->of[i];

        if (is_claimant(nodes, node) &&
            (!best || node->point.timeline > best->point.timeline))
            best = node;
    }
    return best;
}

static void forget_history(struct nodes *nodes)
{
    nodes->history_count = 0;
    for (unsigned i = 0; i < nodes->count; i++)
        nodes->of[i].as_of_ns = 0;
}

static void elect(struct nodes *nodes)
{
    const struct node *best = best_claimant(nodes);
    struct event event;

    if (!best || best->index == nodes->primary)
        return;
    nodes->primary = best->index;
    forget_history(nodes);
    event_begin(&event, LOG_WARN, "primary_found");
    event_string(&event, "node", pool_node(best->pool));
    event_end(&event);
}

/* --- what is learnt ------------------------------------------------------- */

void nodes__note(struct nodes *nodes, struct node *node,
                 const struct node_answer *answer, uint64_t asked_ns)
{
    bool same = node->point.timeline == answer->point.timeline;

    node->answering = true;
    node->standby = answer->standby;
    node->point = answer->point;
    snprintf(node->system, sizeof(node->system), "%.*s",
             TEXT_ARG(answer->system));
    elect(nodes);
    if (node->index == nodes->primary && !node->standby) {
        if (!same)
            forget_history(nodes);
        add_sample(nodes, node->point.position, asked_ns);
    }
    date(nodes);
}

void nodes__note_silence(struct nodes *nodes, struct node *node)
{
    node->answering = false;
    elect(nodes);
}

/* --- who may answer ------------------------------------------------------- */

static bool is_near(const struct nodes *nodes, const struct node *node,
                    uint64_t now_ns)
{
    const struct node *primary = &nodes->of[nodes->primary];

    if (node->as_of_ns == 0)
        return false;
    return now_ns - node->as_of_ns <= nodes->lag_max_ms * NS_PER_MS ||
           (nodes->degraded && !(primary->answering && !primary->standby));
}

bool nodes__is_usable(const struct nodes *nodes, const struct node *node,
                      uint64_t now_ns)
{
    return node->index != nodes->primary && node->answering &&
           now_ns >= node->left_out_until_ns &&
           follows(node, &nodes->of[nodes->primary]) &&
           is_near(nodes, node, now_ns);
}
