"""What others wrote is exactly what the manifest says, and nothing lies beside it."""

import hashlib
import json
from pathlib import Path

import server

VENDOR = Path(server.__file__).parent / "web" / "static" / "vendor"
BROWSER = Path(__file__).parents[1] / "browser"


def test_the_manifest_names_every_file_with_its_hash() -> None:
    parts = json.loads((VENDOR / "manifest.json").read_text())
    told = {name: digest for part in parts for name, digest in part["files"].items()}
    there = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert told == there


def test_every_part_has_a_name_a_version_and_its_licence() -> None:
    for part in json.loads((VENDOR / "manifest.json").read_text()):
        assert part["name"]
        assert part["version"]
        assert part["licence"]
        assert any(Path(name).name.startswith("LICENSE") for name in part["files"])


def test_what_only_the_browser_tests_use_is_what_its_manifest_says() -> None:
    for part in json.loads((BROWSER / "manifest.json").read_text()):
        assert part["licence"]
        for name, digest in part["files"].items():
            assert hashlib.sha256((BROWSER / name).read_bytes()).hexdigest() == digest
