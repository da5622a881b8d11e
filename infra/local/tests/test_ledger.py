"""Usage digests as other tools read them: docs/LEDGER.md's own query, against our parser."""

import json
import re
import subprocess

import duckdb
import pytest

import stack

EVENTS = 6_000


def run(name: str, *arguments) -> str:
    program = stack.binary(f"examples/{name}")
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    logs, root = tmp_path_factory.mktemp("logs"), tmp_path_factory.mktemp("ledger")
    run("generate", logs, EVENTS)
    run("measure", "digest", 2, logs, root)
    return root


def queries() -> dict[str, str]:
    """The SQL blocks of the document, by the heading above each."""
    sections = (stack.ROOT / "docs" / "LEDGER.md").read_text().split("\n### ")
    found = ((section.split("\n")[0], re.search(r"```sql\n(.*?)```", section, flags=re.S)) for section in sections)
    return {heading: block[1] for heading, block in found if block}


def test_duckdb_reads_what_we_read(ledger):
    ours = [json.loads(line) for line in run("sums", ledger, "2026-05-01", "2026-05-31").splitlines()]
    # The one thing a ledger does that a query does not: it tells copies in other accounts from calls. There are none.
    query = queries()["By role and action, DuckDB"].replace("LEDGER", str(ledger))
    theirs = [list(row) for row in duckdb.sql(query).fetchall()]
    assert theirs == ours
    assert len(ours) > 500 and any(action is None for _, action, *_ in ours)


def test_the_ledger_knows_what_it_did_not_see(ledger):
    query = queries()["What was read, DuckDB"].replace("LEDGER", str(ledger))
    rows = duckdb.sql(query).fetchall()
    assert len(rows) == len(list(ledger.rglob("usage.jsonl.gz"))) > 3
    assert sum(records for *_, records, _ in rows) == EVENTS
    assert all(day.isoformat() == "2026-05-21" and not skipped for _, _, day, _, _, skipped in rows)


def test_the_table_of_athena_has_every_column(ledger):
    """Athena is not here to be asked; its columns are those that are in the files."""
    table = queries()["The table, Athena"]
    declared = re.findall(r"^  `?(\w+)`? \w+", table.split("PARTITIONED BY")[0], flags=re.M)
    rows = duckdb.sql(f"SELECT * FROM read_json('{ledger}/v1/*/*/*/usage.jsonl.gz', hive_partitioning = false)")
    assert sorted(declared) == sorted(rows.columns)
