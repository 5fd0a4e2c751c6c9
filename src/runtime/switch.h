/* SPDX-License-Identifier: MIT */
/*
 * Stacks and the switch between them; for fiber.c only. makecontext() makes a
 * stack's first frame, _setjmp/_longjmp switch afterwards: no system call.
 * The sanitizers are told of each switch, or they would lie about fibers.
 */
#pragma once

#include "base/attr.h"

#include <setjmp.h>

struct stack {
    jmp_buf frame; /* where it goes on */
    char *mapping; /* the guard page is its lowest; NULL: a thread's own */
    size_t mapping_bytes;
    void (*main)(void *arg); /* NULL once it was entered */
    void *arg;
    const void *bottom; /* usable part, for the sanitizers */
    size_t bytes;
    void *fake_stack; /* AddressSanitizer's */
    void *shadow;     /* ThreadSanitizer's */
};

/* Maps a stack whose first switch enters main(arg), which never returns. */
int stack_map(struct stack *stack, void (*main)(void *arg), void *arg)
    MUST_CHECK;
void stack_unmap(struct stack *stack);

/* Leaves `from`, which must be running, for `to`; returns when switched back.
 */
void stack_switch(struct stack *from, struct stack *to);
