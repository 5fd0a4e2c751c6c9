/* SPDX-License-Identifier: MIT */
#include "runtime/switch.h"

#include "base/check.h"
#include "base/error.h"
#include "base/fault.h"

#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__has_feature)
#define HAS(x) __has_feature(x)
#else
#define HAS(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HAS(address_sanitizer)
#include <sanitizer/common_interface_defs.h>
#define ASAN(call) call
enum { STACK_BYTES = 256 * 1024 };
#else
#define ASAN(call) ((void)0)
enum { STACK_BYTES = 64 * 1024 };
#endif
#if defined(__SANITIZE_THREAD__) || HAS(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define TSAN(call) call
#else
#define TSAN(call) ((void)0)
#endif

static _Thread_local struct stack *left; /* by the switch under way */

static void arrived(struct stack *self)
{
    ASAN(__sanitizer_finish_switch_fiber(self->fake_stack, &left->bottom,
                                         &left->bytes));
    (void)self;
}

/* makecontext() passes ints only: a pointer travels as two. */
static void first_frame(unsigned high, unsigned low)
{
    struct stack *self = (void *)((uintptr_t)high << 32 | low);
    void (*enter)(void *arg) = self->main;

    self->main = NULL;
    arrived(self);
    enter(self->arg);
    check_failed("a stack's main never returns", __FILE__, __LINE__);
}

/*
 * The context is made at the far end of the new stack: a local one would be
 * left behind in a frame that nobody returns from.
 */
NORETURN static void enter_first_frame(struct stack *to)
{
    ucontext_t *context = (void *)(uintptr_t)to->bottom;
    uintptr_t at = (uintptr_t)to;

    CHECK(getcontext(context) == 0);
    context->uc_stack.ss_sp = (void *)(uintptr_t)to->bottom;
    context->uc_stack.ss_size = to->bytes;
    context->uc_link = NULL;
    makecontext(context, (void (*)(void))first_frame, 2, (unsigned)(at >> 32),
                (unsigned)at);
    setcontext(context);
    check_failed("setcontext never returns", __FILE__, __LINE__);
}

void stack_switch(struct stack *from, struct stack *to)
{
    left = from;
    if (_setjmp(from->frame) == 0) {
        ASAN(__sanitizer_start_switch_fiber(&from->fake_stack, to->bottom,
                                            to->bytes));
        TSAN(from->shadow = __tsan_get_current_fiber());
        TSAN(__tsan_switch_to_fiber(to->shadow, 0));
        if (to->main)
            enter_first_frame(to);
        _longjmp(to->frame, 1);
    }
    arrived(from);
}

int stack_map(struct stack *stack, void (*main)(void *arg), void *arg)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = STACK_BYTES + page;
    char *at = MAP_FAILED;

    if (!fault_hit(FAULT_FIBER_STACK))
        at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1,
                  0);
    if (at == MAP_FAILED)
        return -ERR_OVERLOADED;
    if (mprotect(at, page, PROT_NONE) != 0) {
        munmap(at, bytes);
        return -ERR_OVERLOADED;
    }
    *stack = (struct stack){ .mapping = at,
                             .mapping_bytes = bytes,
                             .bottom = at + page,
                             .bytes = STACK_BYTES,
                             .main = main,
                             .arg = arg };
    TSAN(stack->shadow = __tsan_create_fiber(0));
    return 0;
}

void stack_unmap(struct stack *stack)
{
    TSAN(__tsan_destroy_fiber(stack->shadow));
    CHECK(munmap(stack->mapping, stack->mapping_bytes) == 0);
}
