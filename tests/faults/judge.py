# SPDX-License-Identifier: MIT
"""What must hold in every scenario, whatever failed."""

from load import DEADLINE_MS

LATE_MS = 50
NORMAL_MS = 2000
MEMORY_MIB = 32  # of each; the sanitizer keeps 16 of what was freed
DESCRIPTORS = 2
ON_REPLICAS = 'portcullis_node_reads_total{node="replica'


def figures(stage, load, before):
    """One row of the table."""
    seen = load.seen()
    after = stage.held()
    failed = [one for one in seen if not 200 <= one.status < 300]
    late = max(one.took for one in seen) * 1000 - DEADLINE_MS
    good = [one.began + one.took for one in seen
            if 200 <= one.status < 300 and one.began >= stage.healed]
    said = {}
    for one in failed:
        name = f"{one.status} {one.code}" if one.status else one.code
        said[name] = said.get(name, 0) + 1
    return {
        "requests": len(seen), "failed": len(failed), "said": said,
        "failed_reads": sum(one.kind == "GET" for one in failed),
        "unanswered": sum(one.status == 0 for one in seen),
        "slowest_ms": round(late + DEADLINE_MS),
        "machine_ms": round(load.metronome.late * 1000),
        "normal_ms": round(1000 * max(
            [0] + [one.began - stage.healed for one in failed])),
        "first_ms": round(1000 * (min(good) - stage.healed)) if good else None,
        "acknowledged": load.changes(),
        # of all instances: when one dies its clients go to another
        "descriptors": sum(a[0] - b[0] for a, b in zip(after, before)),
        "memory_mib": round(sum(a[1] - b[1] for a, b in zip(after, before)), 1),
        "reads": sum(one.kind == "GET" for one in seen),
        "replica_reads": stage.sample(ON_REPLICAS) if load.tokens else 0,
    } | lost_and_doubled(stage, load) | stage.figures


def lost_and_doubled(stage, load):
    ids = ",".join(f"'{bill.id}'" for bill in load.bills)
    stored = stage.cluster.sql(
        f"SELECT text FROM bill_actions WHERE bill_id IN ({ids})").split()
    lost = len(load.acknowledged - set(stored) - stage.may_be_lost)
    for bill in load.bills:
        title = int(stage.cluster.sql(
            f"SELECT title FROM bills WHERE id = '{bill.id}'"))
        lost += not bill.acknowledged <= title <= bill.attempted
    unknown = set(stored) - load.acknowledged - load.unsettled
    return {"lost": lost, "doubled": len(stored) - len(set(stored)),
            "wrong": len(load.wrong) + len(unknown)}


def faults_of(row, scenario):
    """Sentences; none when all is well."""
    found = []

    def expect(holds, sentence):
        if not holds:
            found.append(sentence)

    expect(row["injected"] > 0, "nothing was injected")
    expect(row["doubled"] == 0, f"{row['doubled']} writes were done twice")
    if not scenario.garbles:
        expect(row["lost"] == 0, f"{row['lost']} acknowledged writes are lost")
        expect(row["wrong"] == 0, f"{row['wrong']} answers were wrong")
        expect(not any(name.startswith("500") for name in row["said"]),
               f"500: {row['said']}")
    if not scenario.stops:
        expect(row["unanswered"] == 0,
               f"{row['unanswered']} requests were not answered")
        allowed = DEADLINE_MS + LATE_MS + row["machine_ms"]
        expect(row["slowest_ms"] <= allowed,
               f"a request took {row['slowest_ms']} ms of {allowed}")
    if scenario.expect:
        found.extend(scenario.expect(row))
    if scenario.reads_go_on:
        expect(row["failed_reads"] == 0,
               f"{row['failed_reads']} reads failed: {row['said']}")
    expect(row["normal_ms"] <= scenario.normal_ms + row["machine_ms"],
           f"not normal until {row['normal_ms']} ms after the fault")
    expect(row["first_ms"] is not None
           and row["first_ms"] <= scenario.first_ms + row["machine_ms"],
           f"first 2xx {row['first_ms']} ms after the fault")
    expect(row["descriptors"] <= DESCRIPTORS,
           f"{row['descriptors']} more descriptors")
    expect(row["memory_mib"] <= MEMORY_MIB * scenario.instances,
           f"{row['memory_mib']} MiB more memory")
    return found
