/* SPDX-License-Identifier: MIT */
/*
 * Lists under the generation of one resource (docs/coherence.md), whose objects
 * several writers change side by side, with two instances. The state of the
 * resource is how many writes were committed; a list shows that of the time it
 * was read at. What is asked of a read is as in coherence.pml, where the rest
 * is: epochs, evictions, cuts and the near caches' leases concern a generation
 * as they do an object. Here is what differs: many markers at a time, and lists
 * that nobody takes away.
 *
 * tests/model/cases gives the ways to break it.
 */
#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef READS
#define READS 3
#endif
#define READERS   2
#define INSTANCES 2
#define NAMES     6 /* WRITERS, and one of each read */
#define NOTHING   255

byte committed;              /* the primary's state */
byte acknowledged, told;     /* the newest: to a writer, to a reader */

byte name;                   /* the generation in Redis; 0: there is none */
byte names;                  /* that were given so far */
byte markers;                /* a bit for each writer */
byte token;                  /* the live lease of a reader, 0: none */
byte listed[NAMES];          /* what is remembered under a name */

byte near[INSTANCES];        /* the name it remembers */
bool deaf[INSTANCES];        /* a mark is published that it has not heard */

byte load[READERS];
#define IDLE    0
#define LOADING 1
#define SPOILED 2

byte reads = READS;

inline rename()
{
    names++;
    name = names
}

/* --- writers ----------------------------------------------------------------- */

inline mark()
{
    d_step {
#ifdef ONE_MARKER /* as objects have: the last one's hides the others' */
        markers = 0;
#endif
        markers = markers | (1 << me);
        name = 0; token = 0;
        deaf[0] = true; deaf[1] = true
    }
}

/* The last of them gives it another name. */
inline put()
{
    d_step {
        markers = markers & ~(1 << me);
        if
        :: markers == 0 -> rename()
        :: else
        fi
    }
}

proctype writer(byte me)
{
    byte mine;

#ifndef RENAME_AFTER_COMMIT
    mark();
#ifndef NO_BARRIER
    (!deaf[0] && !deaf[1]);
#endif
#endif
    atomic { committed++; mine = committed };
#ifdef RENAME_AFTER_COMMIT
    d_step { rename(); token = 0; deaf[0] = true; deaf[1] = true };
    (!deaf[0] && !deaf[1]);
#else
    put();
#endif
    d_step {
        if
        :: mine > acknowledged -> acknowledged = mine
        :: else
        fi;
        mine = 0
    }
}

/* --- readers ----------------------------------------------------------------- */

inline answer(v)
{
    assert(v >= acknowledged_then /* else: stale */);
    assert(v >= told_then /* else: backward */);
    if :: v > told -> told = v :: else fi;
    value = 0; under = 0; acknowledged_then = 0; told_then = 0;
    leased = false; load[me] = IDLE
}

/* The name, or the lease to give one. */
inline look()
{
    under = name;
    if
    :: name == 0 && markers == 0 && token == 0 -> token = me + 1; leased = true
    :: else
    fi
}

inline fill()
{
    if
#ifdef FILL_WITHOUT_LEASE
    :: leased ->
#else
    :: leased && token == me + 1 ->
#endif
        rename(); under = name; token = 0
    :: else
    fi
}

#ifdef NO_PLACEHOLDER
#define MAY_REMEMBER true
#else
#define MAY_REMEMBER (load[me] == LOADING)
#endif

inline remember()
{
    if
    :: under != 0 && MAY_REMEMBER -> near[me % INSTANCES] = under
    :: else
    fi
}

proctype reader(byte me)
{
    byte value, under, acknowledged_then, told_then;
    bool leased;

end:
    do
    :: atomic {
            reads > 0 ->
            reads--; acknowledged_then = acknowledged; told_then = told
        };
        d_step { under = near[me % INSTANCES] };
        if
        :: under != 0
        :: under == 0 ->
            d_step { load[me] = LOADING; look() };
            d_step { fill() };
            d_step { remember() }
        fi;
        if
        :: atomic { under != 0 && listed[under] != NOTHING -> answer(listed[under]) }
        :: else ->
            d_step { value = committed };
            atomic {
                if
                :: under != 0 -> listed[under] = value
                :: else
                fi;
                answer(value)
            }
        fi
    od
}

/* --- what is heard ------------------------------------------------------------ */

proctype place(byte i)
{
end:
    do
    :: d_step {
            deaf[i] ->
            deaf[i] = false;
            near[i] = 0;
            /* reader i is the one of this instance */
            if :: load[i] == LOADING -> load[i] = SPOILED :: else fi
        }
    od
}

init
{
    byte n;

    atomic {
        do :: n < NAMES -> listed[n] = NOTHING; n++ :: else -> break od;
        n = 0;
        do :: n < WRITERS -> run writer(n); n++ :: else -> break od;
        n = 0;
        do :: n < READERS -> run reader(n); n++ :: else -> break od;
        run place(0); run place(1)
    }
}
