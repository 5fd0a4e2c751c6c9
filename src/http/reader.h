/* SPDX-License-Identifier: MIT */
/*
 * Readers who take little or nothing of an answer. Each must take
 * READER_LEAST_BYTES within the limit, counted from when it was last seen to
 * have; one byte now and then would hold a connection for ever. It is ended
 * before the limit is over rather than behind it. While more than one in
 * READER_CROWD of all connections is held so, nobody waits longer than
 * READER_CROWD_S: a crowd shall not keep others out, and who is slow alone
 * loses nothing. Pure: time comes in.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { READER_LEAST_BYTES = 4096, READER_CROWD = 16, READER_CROWD_S = 8 };

/* What is known of one of them. */
struct reader {
    uint64_t since_ns; /* when it had last taken enough */
    uint64_t taken;    /* bytes of the connection, by then */
};

/* All of a server, who are looked at in rounds. */
struct readers {
    uint64_t limit_ns; /* without a crowd */
    uint64_t again_ns; /* each is looked at again within that */
    unsigned most;     /* connections there may be */
    unsigned stuck;    /* found so far in this round */
    uint64_t crowded_until_ns;
};

/* What follows is an answer; or nothing is there to be taken at present. */
void reader_begin(struct reader *reader, uint64_t now_ns);

/*
 * Looked at: `taken` bytes of the connection are acknowledged. Has it had its
 * time, or will have before it is looked at again? Each is to be looked at once
 * in a round, all rounds much shorter than the limits.
 */
bool reader_has_had_its_time(struct readers *all, struct reader *reader,
                             uint64_t taken, uint64_t now_ns);

/* All have been looked at, and will be again. */
void readers_end_round(struct readers *all, uint64_t now_ns);
