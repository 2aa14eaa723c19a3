"""The table, printed and kept."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.row import Row

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- written by make bench -->", "<!-- the rest is by hand -->"
PACKAGES = ("litestar", "uvicorn", "uvloop", "httptools", "asyncpg", "piccolo", "msgspec")
TITLES = ("measured", "per second", "p50 ms", "p99 ms", "of its limit", "value", "aim", "met")


def table(rows: list[Row]) -> str:
    """Write a Markdown table that also reads well as it is."""
    return _laid_out([_cells(row) for row in rows])


def _laid_out(rows: list[tuple[str, ...]]) -> str:
    cells: list[tuple[str, ...]] = [TITLES, *rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(TITLES))]
    lines = [" | ".join(map(_aligned, range(len(TITLES)), line, widths)) for line in cells]
    rule = " | ".join("-" * (width - 1) + ("-" if column == 0 else ":") for column, width in enumerate(widths))
    return "\n".join(f"| {line} |" for line in (lines[0], rule, *lines[1:]))


def _aligned(column: int, cell: str, width: int) -> str:
    return cell.ljust(width) if column == 0 else cell.rjust(width)


def _cells(row: Row) -> tuple[str, ...]:
    outcome = row.outcome
    numbers = ["", "", ""]
    if outcome is not None:
        numbers = [f"{outcome.rate:,.0f}", f"{outcome.percentile(50):.1f}", f"{outcome.percentile(99):.1f}"]
    return (
        row.what,
        *numbers,
        f"{row.ratio:.0%}" if row.ratio else "",
        _value(row),
        row.aim,
        {True: "yes", False: "no", None: ""}[row.met],
    )


def _value(row: Row) -> str:
    if row.value is None:
        return ""
    if row.times:
        return f"{row.value:.1f} ×"
    return f"{row.value:+.0%}" if row.aim.endswith("%") else f"{row.value:,.0f}"


def keep(rows: list[Row], *, seconds: float, load: float, postgres: str, claims: int) -> None:
    """Replace the figures in docs/performance.md; what stands there by hand stays."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    said = f"""{BEGIN}
- Command: `make bench`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {seconds:.0f} s in all.
- Machine: {_machine()}. Client, server and PostgreSQL share these cores; load average before the run {load:.1f}.
- {postgres}; Python {platform.python_version()}; {versions}. One server process.
- Claims at the end: {claims:,}.

{table(rows)}
{END}"""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + said + after, encoding="utf-8")


def keep_some(rows: list[Row], command: str, *, load: float) -> None:
    """Replace these rows among the figures that are kept, or add them, and say where they come from."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    said, _, after = rest.partition(END)
    lines = said.strip().splitlines()
    table = [line for line in lines if line.startswith("| ")][1:]
    kept: list[tuple[str, ...]] = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table]
    new = {row.what: _cells(row) for row in rows}
    old = [new.pop(line[0], line) for line in kept if not line[0].startswith("---")]
    notes = [line for line in lines if line.startswith("- ") and command not in line]
    notes.append(
        f"- Of the pages: `{command}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load average before {load:.1f}."
    )
    told = "\n".join([BEGIN, *notes, "", _laid_out([*old, *new.values()]), END])
    PAGE.write_text(before + told + after, encoding="utf-8")


def _machine() -> str:
    facts = Path("/proc/cpuinfo"), Path("/proc/meminfo")
    if not all(fact.exists() for fact in facts):
        return f"{platform.machine()}, {platform.system()}"
    processors = [line.partition(":")[2].strip() for line in facts[0].read_text().splitlines() if "model name" in line]
    memory = int(facts[1].read_text().split()[1]) / 2**20
    model = processors[0] if processors else platform.machine()
    return f"{len(processors)} × {model}, {memory:.0f} GiB, {platform.system()}"
