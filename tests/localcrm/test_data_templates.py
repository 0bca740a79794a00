"""A generated database kept as a template: equal to one generated anew, whole or absent, each copy on its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from localcrm.data.database import Database
from localcrm.data.templates import Templates
from tests.localcrm.serving import start, stop


def opened(file: Path, templates: Path | None = None, *, seed: int = 7) -> Database:
    kept = Templates(templates) if templates else None
    return Database.open(str(file), seed=seed, scale=0.001, people=4, templates=kept)


def digests(file: Path, templates: Path | None = None, *, seed: int = 7) -> dict[str, object]:
    database = opened(file, templates, seed=seed)
    try:
        return dict(database.table_digests())
    finally:
        database.close()


def test_a_copy_is_equal_to_a_database_generated_anew(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = digests(tmp_path / "a.db", kept)
    (template,) = kept.iterdir()
    before = template.stat().st_mtime_ns
    assert digests(tmp_path / "b.db", kept) == first == digests(tmp_path / "c.db")
    assert (list(kept.iterdir()), template.stat().st_mtime_ns) == ([template], before)


def test_other_options_are_another_template(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first, second = digests(tmp_path / "a.db", kept), digests(tmp_path / "b.db", kept, seed=8)
    assert first["account"] != second["account"]
    assert len(list(kept.iterdir())) == 2


def test_what_is_written_to_one_copy_is_in_no_other(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    changed, other = opened(tmp_path / "a.db", kept), opened(tmp_path / "b.db", kept)
    accounts = changed.catalogue["account"].rows
    with changed.writer() as session:
        session.run(accounts.delete())
    counts = [len(one.reader().rows(select(accounts.c.accountid))) for one in (changed, other)]
    changed.close()
    other.close()
    assert counts == [0, 20]
    assert digests(tmp_path / "c.db", kept)["account"] == digests(tmp_path / "d.db")["account"]


def test_many_that_start_at_once_all_get_a_whole_one(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: digests(tmp_path / f"{number}.db", kept), range(4)))
    assert found == [found[0]] * 4
    assert len(list(kept.iterdir())) == 1


def test_a_folder_that_cannot_be_used_is_no_trouble(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_bytes(b"")
    assert digests(tmp_path / "a.db", in_the_way / "kept") == digests(tmp_path / "b.db")


def test_the_server_keeps_and_takes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "kept"
    monkeypatch.setenv("LOCALCRM_TEMPLATES", str(kept))
    for state in ("first", "second"):
        crm = start(tmp_path / state, "--scale", "0.001", "--people", "4", "--hardware", "free")
        name = crm.client().get(f"{crm.url('onprem-9.1')}favicon.ico").status_code
        assert (name, stop(crm)) == (200, 0)
    assert len(list(kept.iterdir())) == 1
