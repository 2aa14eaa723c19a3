import os
from pathlib import Path

import pytest

from server.embedded import datadir


def test_a_data_directory_has_one_user_at_a_time(tmp_path: Path) -> None:
    with datadir.locked(tmp_path, "http://here.example"):
        assert datadir.user(tmp_path) == datadir.User(os.getpid(), "http://here.example")
        with pytest.raises(datadir.DataDirInUse, match=str(os.getpid())), datadir.locked(tmp_path):
            pass
    assert datadir.user(tmp_path) is None


def test_a_lock_file_left_behind_blocks_nobody(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text('{"pid": 1, "base_url": "http://gone.example"}')
    with datadir.locked(tmp_path):
        assert datadir.user(tmp_path) == datadir.User(os.getpid())


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    (secret,) = datadir.ring(tmp_path / "data")
    assert len(secret) >= 40
    assert datadir.ring(tmp_path / "data") == [secret]
    assert (tmp_path / "data" / "secret").stat().st_mode & 0o777 == 0o600


def test_a_new_secret_stands_before_the_one_that_was_there(tmp_path: Path) -> None:
    (before,) = datadir.ring(tmp_path)
    datadir.add_secret(tmp_path)
    assert datadir.ring(tmp_path)[1:] == [before]
    assert datadir.ring(tmp_path)[0] != before
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_two_that_start_at_once_have_one_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_was_first(path: Path, target: Path) -> None:
        path.write_text("of the other")
        raise FileExistsError

    monkeypatch.setattr(Path, "hardlink_to", other_was_first)
    assert datadir.ring(tmp_path) == ["of", "the", "other"]
