/* SPDX-License-Identifier: MIT */
/*
 * The coherence protocol (docs/coherence.md), for one object and two instances.
 * Versions are numbered in the order of their commits; 0 stands for "there is
 * no such object", which is cached as any other version is.
 *
 * What is asked of it stands in ANSWER: a read gives no version older than one
 * that was acknowledged before it began (stale), nor older than one that
 * another read had given by then (backward).
 *
 * Time is not counted. What the protocol concludes from time is a step that
 * may happen at any moment, together with all that must have happened by then:
 * see A_LEASE_PASSES.
 *
 * tests/model/cases gives the numbers below and the ways to break it.
 */
#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef READERS
#define READERS 2
#endif
#ifndef READS
#define READS 3
#endif
#define INSTANCES 2
#define EPOCHS    3 /* at the most */
#define NOTHING   255

/* how often each may happen */
#ifndef EVICT
#define EVICT 0
#endif
#ifndef FLUSH
#define FLUSH 0
#endif
#ifndef EXPIRE
#define EXPIRE 0
#endif
#ifndef CRASH
#define CRASH 0
#endif
#ifndef ROLLBACK
#define ROLLBACK 0
#endif
#ifndef CUT
#define CUT 0
#endif

/* --- what there is --------------------------------------------------------- */

byte committed;  /* the primary's version */
byte drawn;      /* of the sequence of versions, under the lock of the row */
byte replayed;   /* the replica's */
bool locked;     /* the row, by the transaction of a writer */
bool switched_on = true;     /* cache_control.mode */
byte switched;               /* cache_control.generation */

mtype = { EMPTY, VALUE, MARKER, ACTIVE, QUARANTINE, GONE };

mtype kind = EMPTY;          /* what Redis has under the key */
byte version, owner, token;  /* of that; the live lease of a reader, 0: none */
mtype epoch = ACTIVE;
byte era = 1;                /* which epoch */
byte published;              /* number of its last mark */
bool markers_gone;           /* evicted, all of them together */
byte switched_then;          /* cache_control.generation when it began */

typedef instance {
    bool cut;                /* Redis cannot be reached */
    bool fresh = true;       /* the lease on cache_control */
    byte era;                /* the epoch whose marks it hears; 0: none */
    bool member;             /* Redis knows that it must be waited for */
    byte heard;              /* the last mark it heard */
    bool lease;              /* it may serve from memory … */
    byte lease_number;       /* … by a heartbeat that learnt this number */
    byte near = NOTHING;     /* the version it remembers */
};
instance at[INSTANCES];

typedef transaction {
    bool open;
    bool old;                /* it was open when the quarantine began */
    bool dead;
    byte era;                /* the epoch of its marker; 0: none */
};
transaction work[WRITERS];

byte reads = READS;          /* that are still to come, by any reader */

/* The placeholders: a mark spoils what is being loaded. */
byte load[READERS];
#define IDLE    0
#define LOADING 1
#define SPOILED 2

byte acknowledged, told;     /* the newest: to a writer, to a reader */

byte evictions = EVICT, flushes = FLUSH, expiries = EXPIRE;
byte crashes = CRASH, rollbacks = ROLLBACK, cuts = CUT;

hidden byte k;               /* counts inside one step */

#define HERE at[i]

#ifdef NEAR
#define SERVES (HERE.lease && HERE.fresh && HERE.near != NOTHING)
#else
#define SERVES false
#endif

inline close(w)
{
    work[w].open = false; work[w].old = false; work[w].era = 0
}

inline wipe()
{
    kind = EMPTY; version = 0; owner = 0
}

inline forget()
{
    HERE.near = NOTHING;
    k = 0;
    do
    :: k < READERS ->
        if
        :: k % INSTANCES == i && load[k] == LOADING -> load[k] = SPOILED
        :: else
        fi;
        k++
    :: else -> break
    od;
    k = 0
}

/*
 * 250 ms have passed since mark `number` of epoch `since`. A lease by a
 * heartbeat that did not learn of it was sent before, and has ended.
 */
inline a_lease_passes(since, number)
{
    j = 0;
    do
    :: j < INSTANCES ->
        if
        :: at[j].era < since || (at[j].era == since && at[j].lease_number < number) ->
            at[j].lease = false
        :: else
        fi;
        j++
    :: else -> break
    od;
    j = 0
}

inline nobody_is_fresh()
{
    j = 0;
    do
    :: j < INSTANCES -> at[j].fresh = false; j++
    :: else -> break
    od;
    j = 0
}

/* --- writers ----------------------------------------------------------------- */

/* Who looks for a marker finds that there are none, not even the one that
 * always is. */
inline notice()
{
#ifndef EVICTION_UNNOTICED
    if
    :: markers_gone -> epoch = GONE
    :: else
    fi
#else
    skip
#endif
}

/* The script MARK: a newer version that is there stays. */
inline mark()
{
    notice();
    if
    :: epoch == GONE -> number = NOTHING
    :: else ->
        if
        :: kind == EMPTY || version < mine ->
            kind = MARKER; version = mine; owner = me + 1; work[me].era = era
        :: else
        fi;
        token = 0;
        published++;
        number = published
    fi;
    since = era
}

/* Without a mark nobody may serve from any cache: everybody reads the row of
 * cache_control, or has lost the lease on it. */
inline switch_off()
{
    d_step { switched_on = false; switched++; number = 0 };
    d_step { nobody_is_fresh() }
}

#define HAS_HEARD(n) (!at[n].member || at[n].heard >= number)
#ifdef HASTY_MEMBERS /* acknowledged by all, though a new epoch knows not all */
#define ALL_ARE_KNOWN (epoch != GONE)
#else
#define ALL_ARE_KNOWN (epoch == ACTIVE)
#endif

/* Acknowledged by all, or a lease's time has passed. */
inline barrier()
{
#if defined(NEAR) && !defined(NO_BARRIER)
    if
    :: ALL_ARE_KNOWN && era == since && number != NOTHING &&
       HAS_HEARD(0) && HAS_HEARD(1)
    :: d_step { a_lease_passes(since, number) }
    fi
#else
    skip
#endif
}

inline tell_everybody()
{
    if
    :: atomic { !HERE.cut -> mark() }; barrier()
    :: HERE.cut -> switch_off()
    fi
}

#ifdef ABSENT_UNMARKED /* § 6.5 (h): there is nothing to invalidate, is there? */
#define IS_MARKED (mine > 1)
#else
#define IS_MARKED true
#endif

/* The script PUT; false: our marker was lost. */
inline put()
{
    d_step {
        was_put = false;
        if
        :: !HERE.cut && epoch == ACTIVE && era == since && kind == MARKER &&
           owner == me + 1 && version == mine ->
            kind = VALUE; owner = 0;
#ifndef LEASE_UNDER_MARKER
            token = 0;
#endif
            was_put = true
        :: else
        fi
    }
}

inline commit()
{
    atomic { committed = mine; locked = false; close(me) }
}

inline roll_back()
{
    atomic {
        rollbacks--;
        locked = false; close(me);
        if
        :: !HERE.cut && kind == MARKER && owner == me + 1 -> wipe(); token = 0
        :: else
        fi
    }
}

/* § 6.5 (a) and (b): what is usually done. */
inline usual_recipe()
{
    commit();
#ifdef DELETE_AFTER_COMMIT
    d_step { wipe(); token = 0 }
#endif
#ifdef WRITE_THROUGH
    d_step { kind = VALUE; version = mine; token = 0 }
#endif
}

inline protocol()
{
    if
    :: IS_MARKED ->
#ifdef OFF_AFTER_COMMIT
        if :: HERE.cut -> commit() :: else fi;
#endif
        tell_everybody()
    :: else
    fi;
    if
    :: rollbacks > 0 && work[me].open -> roll_back(); gave_up = true
    :: work[me].open -> commit()
    :: else
    fi;
    if
    :: gave_up || !IS_MARKED || number == 0 /* switched off */
    :: else ->
        /* who cannot ask leaves the marker to stand */
        if
        :: HERE.cut
        :: !HERE.cut ->
            put();
            if :: was_put :: else -> tell_everybody() fi
        fi
    fi
}

proctype writer(byte me)
{
    byte i = me % INSTANCES, j, mine, number, since;
    bool was_put, gave_up;

    {
        atomic {
            !locked -> locked = true; work[me].open = true;
            drawn++; mine = drawn
        };
#if defined(DELETE_AFTER_COMMIT) || defined(WRITE_THROUGH)
        usual_recipe();
#else
        protocol();
#endif
        d_step {
            if
            :: !gave_up && mine > acknowledged -> acknowledged = mine
            :: else
            fi;
            mine = 0; number = 0; since = 0; was_put = false; gave_up = false
        }
    } unless { work[me].dead }
}

/* --- readers ----------------------------------------------------------------- */

inline answer(v)
{
    assert(v >= acknowledged_then /* else: stale */);
    assert(v >= told_then /* else: backward */);
    if :: v > told -> told = v :: else fi;
    value = 0; then = 0; acknowledged_then = 0; told_then = 0;
    asks = false; leased = false; load[me] = IDLE
}

/* The script that reads, and gives a lease on a miss. */
inline look()
{
    value = NOTHING;
    leased = false;
    then = era;
    if :: kind != VALUE -> notice() :: else fi;
    if
    :: epoch == ACTIVE && kind == VALUE -> value = version
#ifdef LEASE_UNDER_MARKER /* § 6.5 (c) */
    :: epoch == ACTIVE && kind != VALUE && token == 0 ->
#else
    :: epoch == ACTIVE && kind == EMPTY && token == 0 ->
#endif
        token = me + 1; leased = true
    :: else
    fi
}

/* The script FILL: only with the live lease, and nothing older than is there. */
inline fill()
{
    if
#if defined(DELETE_AFTER_COMMIT) || defined(WRITE_THROUGH)
    :: epoch == ACTIVE && !HERE.cut -> kind = VALUE; version = value
#else
    :: leased && !HERE.cut && epoch == ACTIVE && era == then && token == me + 1 ->
        if
        :: kind == EMPTY || version <= value -> kind = VALUE; version = value
        :: else -> leased = false
        fi;
        token = 0
#endif
    :: else -> leased = false
    fi
}

inline read_row()
{
#ifdef REPLICA
    /* ReadIndex: the primary's position, once the lease is held. */
#ifndef LAGGING_REPLICA
    need = committed;
    replayed >= need;
#endif
    d_step { value = replayed; need = 0 }
#else
    value = committed
#endif
}

#ifdef NO_PLACEHOLDER
#define MAY_REMEMBER true
#else
#define MAY_REMEMBER (load[me] == LOADING)
#endif

proctype reader(byte me)
{
    byte i = me % INSTANCES, value, then, need;
    byte acknowledged_then, told_then;
    bool leased, asks;

end:
    do
    :: atomic {
            reads > 0 ->
            reads--; acknowledged_then = acknowledged; told_then = told
        };
        atomic {
            if
            :: SERVES -> answer(HERE.near)
            :: else -> asks = true
            fi
        };
        if
        :: asks && (HERE.cut || !HERE.fresh) -> atomic { read_row(); answer(value) }
        :: asks && !HERE.cut && HERE.fresh ->
            d_step { load[me] = LOADING; look() };
            if
            :: value != NOTHING ->
                atomic {
#ifdef NEAR
                    if :: MAY_REMEMBER -> HERE.near = value :: else fi;
#endif
                    answer(value)
                }
            :: else ->
                read_row();
                d_step { fill() };
                atomic {
#ifdef NEAR
                    if :: leased && MAY_REMEMBER -> HERE.near = value :: else fi;
#endif
                    answer(value)
                }
            fi
        :: !asks
        fi
    od
}

/* --- the world --------------------------------------------------------------- */

/* The longest transaction has been waited out: whoever was inside one when the
 * quarantine began has ended it. */
#define SETTLED(w) (!work[w].old || work[w].era == era)
#if WRITERS == 1
#define ALL_SETTLED SETTLED(0)
#else
#define ALL_SETTLED (SETTLED(0) && SETTLED(1))
#endif

/* A marker lives longer than any transaction. */
#define MAY_EXPIRE (kind == MARKER && !work[owner - 1].open)

#define SWITCHED_SINCE (switched != switched_then)
#ifdef NO_GENERATION /* switched on, although somebody switched off meanwhile */
#define MAY_SWITCH_ON true
#else
#define MAY_SWITCH_ON (!SWITCHED_SINCE)
#endif

inline lose_all()
{
    wipe(); token = 0; published = 0; markers_gone = false;
    at[0].member = false; at[1].member = false
}

inline begin_epoch()
{
    lose_all();
    era++;
    epoch = QUARANTINE;
    switched_then = switched;
    work[0].old = work[0].open;
#if WRITERS > 1
    work[1].old = work[1].open
#endif
}

inline hear_of()
{
    atomic {
        !HERE.cut && epoch != GONE && HERE.era == era && HERE.heard < published ->
        forget();
        HERE.heard++
    }
}

/* What it learns counts from when it was heard: before, nothing changes. */
inline beat()
{
    atomic {
        !HERE.cut && epoch != GONE && !markers_gone &&
        (HERE.era != era || !HERE.member ||
         (HERE.heard == published && (!HERE.lease || HERE.lease_number != published))) ->
        if
        :: HERE.era != era -> HERE.era = era; HERE.heard = published; forget()
        :: else
        fi;
        HERE.member = true;
        if
        :: HERE.heard == published -> HERE.lease = true; HERE.lease_number = published
        :: else
        fi
    }
}

inline read_switch()
{
    atomic { HERE.fresh != switched_on -> HERE.fresh = switched_on }
}

proctype place(byte i)
{
end:
    do
    :: false
#ifdef NEAR
    :: hear_of()
    :: beat()
#endif
#if CUT > 0
    :: read_switch()
    :: atomic { cuts > 0 && !HERE.cut -> cuts--; HERE.cut = true }
    :: atomic { HERE.cut -> HERE.cut = false }
#endif
    od
}

inline die(w)
{
    atomic {
        crashes > 0 && work[w].open ->
        crashes--; locked = false;
        work[w].dead = true; close(w)
    }
}

proctype fate()
{
    byte j;

end:
    do
    :: false
#if EVICT > 0
    :: atomic { evictions > 0 && kind == VALUE -> evictions--; wipe() }
    :: atomic {
        evictions > 0 && !markers_gone && epoch != GONE ->
        evictions--; markers_gone = true;
        if :: kind == MARKER -> wipe() :: else fi
    }
#endif
#if EXPIRE > 0
    :: atomic { expiries > 0 && MAY_EXPIRE -> expiries--; wipe() }
#endif
#if FLUSH > 0
    :: atomic {
        flushes > 0 && epoch != GONE -> flushes--; lose_all();
#ifndef NO_QUARANTINE /* § 6.5 (d) */
        epoch = GONE
#endif
    }
#endif
#if FLUSH > 0 || CUT > 0 || EVICT > 0
    :: atomic {
        era < EPOCHS && (!at[0].cut || !at[1].cut) &&
        (epoch == GONE || (!switched_on && SWITCHED_SINCE)) -> begin_epoch()
    }
    :: atomic {
        epoch == QUARANTINE && ALL_SETTLED && MAY_SWITCH_ON ->
        switched_on = true;
        epoch = ACTIVE;
        d_step { a_lease_passes(era, 0) }
    }
#endif
#if CRASH > 0
    :: die(0)
#if WRITERS > 1
    :: die(1)
#endif
#endif
#ifdef REPLICA
    :: atomic { replayed < committed -> replayed++ }
#endif
    od
}

init
{
    byte n;

    atomic {
        /* what is there before: nothing, or what somebody has read */
        if :: true :: kind = VALUE fi;
#ifdef NEAR
        at[0].era = era; at[1].era = era; at[0].member = true; at[1].member = true;
#endif
        n = 0;
        do :: n < WRITERS -> run writer(n); n++ :: else -> break od;
        n = 0;
        do :: n < READERS -> run reader(n); n++ :: else -> break od;
        n = 0;
        do :: n < INSTANCES -> run place(n); n++ :: else -> break od;
        run fate()
    }
}
