#!/bin/bash
# A streaming replica: copies the primary when its volume is empty, then
# follows it. A copy that was broken off leaves no PG_VERSION and is made anew.
set -euo pipefail
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    find "$PGDATA" -mindepth 1 -delete
    chmod 0700 "$PGDATA"
    pg_basebackup -D "$PGDATA" -R -X stream -C -S portcullis_replica -d "$PRIMARY" ||
        pg_basebackup -D "$PGDATA" -R -X stream -S portcullis_replica -d "$PRIMARY"
fi
exec postgres "$@"
