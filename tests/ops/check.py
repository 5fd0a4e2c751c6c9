#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""check.py METRICS: what operators are given, held against an instance's metrics.

METRICS is the text of /metrics. Every metric that a rule or the dashboard names
is exposed there (also before its first series: families have their HELP line
from the start), and has the labels that are asked for. Every alert has its page in docs/runbooks and a test in which it
fires, and every page its alert. docs/operating.md leads to each command's
section of docs/cli.md, and to none that is not there. No option of a command has
the name of a setting's flag, which would be taken for it. The dashboard can be drawn
by Grafana 10: ids are unique, panels have room of their own on the 24 columns,
know where their numbers come from, and ask for them in valid PromQL."""

import json
import re
import subprocess
import sys
import tempfile
from itertools import combinations
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"\b(?:portcullis|http_server|db_client|process)_[a-z0-9_]+\b")
COLUMNS = 24
SCHEMA = 38  # of Grafana 10.0; newer ones migrate it

DASHBOARD = json.loads((ROOT / "ops/grafana/dashboards/portcullis.json").read_text())
RULES = [rule for group in yaml.safe_load((ROOT / "ops/prometheus/rules.yml").read_text())["groups"]
         for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}


def exposed(text):
    names = set(re.findall(r"^# HELP (\S+)", text, re.M))
    return names | {name + part for name in names for part in ("_bucket", "_sum", "_count")}


def expressions():
    for rule in RULES:
        yield rule.get("alert") or rule["record"], rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for variable in DASHBOARD["templating"]["list"]:
        yield variable["name"], variable["query"]["query"]
    for note in DASHBOARD["annotations"]["list"]:
        yield note["name"], note["expr"]


def names(known):
    recorded = {rule["record"] for rule in RULES if "record" in rule}
    for where, text in expressions():
        for name in NAME.findall(text):
            if name not in known:
                yield f"{where}: no metric is named {name}"
        for name in re.findall(r"\bportcullis:[a-z0-9_:]+", text):
            if name not in recorded:
                yield f"{where}: no rule records {name}"


def labels():
    """Of which an expression's metrics have none, so that nothing would be told apart."""
    table = (ROOT / "src/telemetry/metrics.def").read_text()
    known = {name: set(re.findall(r'"(\w+)"', row))
             for name, row in re.findall(r"^METRIC\(\w+, (\w+), \w+,\s+(NO_LABELS|LABELS\([^)]*\))", table, re.M)}
    for where, text in expressions():
        named = {part for name in NAME.findall(text) for part in (name, re.sub(r"_(bucket|sum|count)$", "", name))}
        has = set().union({"instance", "job", "le"}, *(known.get(name, set()) for name in named))
        asked = re.findall(r"\bby \(([^)]*)\)", text) + re.findall(r"(\w+)(?:=~|!~|!=|=)\"", text)
        for label in re.findall(r"\w+", " ".join(asked)):
            if label not in has:
                yield f"{where}: no metric there has the label {label}"


def runbooks():
    pages = {str(page.relative_to(ROOT)) for page in (ROOT / "docs/runbooks").glob("*.md")}
    wanted = {f"docs/runbooks/{alert}.md" for alert in ALERTS}
    for alert, rule in ALERTS.items():
        if rule["annotations"].get("runbook") != f"docs/runbooks/{alert}.md":
            yield f"{alert}: its runbook is not docs/runbooks/{alert}.md"
    yield from (f"there is no {page}" for page in sorted(wanted - pages))
    yield from (f"{page}: no alert leads there" for page in sorted(pages - wanted))


def alert_tests():
    cases = yaml.safe_load((ROOT / "tests/ops/rules_test.yml").read_text())["tests"]
    fires = {test["alertname"] for case in cases for test in case.get("alert_rule_test", [])
             if test["exp_alerts"]}
    yield from (f"{alert}: no test makes it fire" for alert in ALERTS if alert not in fires)


def guide():
    commands = set(re.findall(r"^### (\S+)$", (ROOT / "docs/cli.md").read_text(), re.M))
    named = set(re.findall(r"\(cli\.md#([a-z-]+)\)", (ROOT / "docs/operating.md").read_text()))
    yield from (f"docs/operating.md does not tell of {name}" for name in sorted(commands - named))
    yield from (f"docs/operating.md: docs/cli.md has no {name}" for name in sorted(named - commands))


def flags():
    settings = set(re.findall(r"^\| `([a-z_]+)` \|", (ROOT / "docs/settings.md").read_text(), re.M))
    options = re.findall(r"^\| `--([a-z-]+)\b", (ROOT / "docs/cli.md").read_text(), re.M)
    yield from (f"--{name} is an option and a setting" for name in sorted(set(options))
                if name.replace("-", "_") in settings)


def grammar():
    """Prometheus reads expressions in rules only, so the panels' become some."""
    asked = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"]
             for target in panel.get("targets", [])]
    rules = [{"record": f"panel:{number}", "expr": expr.replace("$__rate_interval", "5m")}
             for number, (_, expr) in enumerate(asked)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}, file)
        file.flush()
        told = subprocess.run(["promtool", "check", "rules", file.name],
                              capture_output=True, text=True, check=False)
    if told.returncode:
        for number in re.findall(r'"?panel:(\d+)"?', told.stderr) or ["0"]:
            yield f"{asked[int(number)][0]}: {told.stderr.strip()}"


def overlap(one, other):
    return (one["x"] < other["x"] + other["w"] and other["x"] < one["x"] + one["w"]
            and one["y"] < other["y"] + other["h"] and other["y"] < one["y"] + one["h"])


def layout(panels):
    for panel in panels:
        place = panel["gridPos"]
        if not (place["x"] >= 0 and place["y"] >= 0 and place["w"] > 0 and place["h"] > 0
                and place["x"] + place["w"] <= COLUMNS):
            yield f"{panel['title']}: not on the {COLUMNS} columns"
    for one, other in combinations(panels, 2):
        if one["id"] == other["id"]:
            yield f"{one['title']} and {other['title']} have one id"
        if overlap(one["gridPos"], other["gridPos"]):
            yield f"{one['title']} and {other['title']} overlap"


def dashboard():
    if DASHBOARD["schemaVersion"] < SCHEMA or not DASHBOARD["uid"] or not DASHBOARD["title"]:
        yield "the dashboard is none of Grafana 10"
    for panel in DASHBOARD["panels"]:
        targets = panel.get("targets", [])
        if panel["type"] != "row" and not (targets and panel.get("datasource", {}).get("uid")):
            yield f"{panel['title']}: it asks nobody"
        if len({target["refId"] for target in targets}) != len(targets):
            yield f"{panel['title']}: two targets have one refId"
    yield from layout(DASHBOARD["panels"])


def main():
    known = exposed(Path(sys.argv[1]).read_text())
    faults = [*names(known), *labels(), *runbooks(), *alert_tests(), *guide(), *flags(), *dashboard(), *grammar()]
    print("\n".join(faults))
    return bool(faults) or len(ALERTS) < 10 or len(known) < 50


sys.exit(main())
