"""Many synthetic trusts in one batch, killed at random moments, against a batch left in peace.

    python tests/bench/batch_trusts.py --trusts 200            # the promise: under ten minutes
    python tests/bench/batch_trusts.py --trusts 8 --kills 3    # small: the packs compared
    python tests/bench/batch_trusts.py --trusts 200 --kills 3 --peace 8  # all killed, 8 compared

Makes the cases in a temporary folder (seeded; nobody in them lived), writes a plan of one row a
trust, and runs ``inquiry batch``. With ``--kills N`` a second batch is killed N times by SIGKILL at
moments drawn from the seed, resumed each time by the same command, and its packs are compared with
those of the first: the hash of results and every table, byte for byte. ``--peace N`` leaves only
the first N trusts in peace, so that a long batch need not be run twice. Prints seconds on the
clock, CPU seconds, and the machine. Exit status 1 if a pack is missing, there twice, or differs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NOTEBOOKS = (
    "0_data_quality",
    "1_unexpected_death_rates",
    "2_time_to_investigation",
    "3_risk_factors",
)


def asked() -> argparse.Namespace:
    """Return what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--trusts", type=int, default=8)
    parser.add_argument("--deaths", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--peace", type=int, help="trusts of the first batch; default: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="kept afterwards; default: a temporary one")
    parser.add_argument("--notebooks", default=";".join(NOTEBOOKS))
    return parser.parse_args()


def cases(folder: Path, options: argparse.Namespace) -> float:
    """Write the cases and a plan for each batch; return the seconds it took."""
    from helpers.synthetic import synthesise

    began = time.perf_counter()
    lines = ["case,notebooks"]
    for number in range(1, options.trusts + 1):
        name = f"trust_{number:03d}"
        if not (folder / "cases" / name).is_dir():
            aside = folder / "cases" / f".{name}" / name
            aside.mkdir(parents=True, exist_ok=True)
            seed = options.seed * 1_000 + number
            synthesise(aside, seed=seed, deaths=options.deaths, trusts=1, shape="general")
            aside.rename(folder / "cases" / name)
            aside.parent.rmdir()
        lines.append(f"{name},{options.notebooks}")
    peaceful = lines[: 1 + (options.peace or options.trusts)]
    for name, rows in (("whole", peaceful), ("killed", lines)):
        (folder / f"{name}.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    return time.perf_counter() - began


def command(folder: Path, out: Path, workers: int) -> list[str]:
    """Return the command of a batch; its plan has the name of the folder of its packs."""
    return [
        *(sys.executable, "-m", "helpers.cli", "batch", str(folder / f"{out.name}.csv")),
        *("--cases", str(folder / "cases"), "--out", str(out), "--workers", str(workers)),
    ]


def packs(out: Path) -> dict[str, str]:
    """Return the hash of what each pack found, by its folder."""
    return {
        path.parent.relative_to(out).as_posix(): json.loads(path.read_bytes())["results_sha256"]
        for path in sorted(out.glob("*/*/v[0-9]*/manifest.json"))
    }


def tables(out: Path) -> dict[str, bytes]:
    """Return every table of every pack."""
    found = sorted(out.glob("*/*/v[0-9]*/tables/*.csv"))
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in found}


def once(out: Path, count: int) -> list[str]:
    """Return what is not as it should be: each pack there once, whole, and once on its ledger."""
    from helpers.pack import history, verify

    found = sorted(out.glob("*/*/v[0-9]*"))
    wrong = [f"{path} is a second version" for path in found if path.name != "v1"]
    wrong += [] if len(found) == count else [f"{len(found)} packs, not {count}"]
    wrong += [f"{path}: {fault}" for path in found for fault in verify.faults(path)]
    listed = [line.pack for path in out.glob("*/ledger.jsonl") for line in history.read(path)]
    wrong += (
        [] if len(listed) == len(set(listed)) == count else ["the ledgers do not hold each once"]
    )
    return wrong + [f"{path} is left over" for path in out.glob("*/.*.partial")]


def killed(folder: Path, out: Path, options: argparse.Namespace, usual: float) -> int:
    """Run a batch that is killed at moments drawn from the seed; return its last exit status."""
    draw = random.Random(options.seed)  # noqa: S311 - chooses moments, nothing secret
    for nth in range(options.kills):
        moment = draw.uniform(0.1, 0.9) * usual / (options.kills + 1) + 3.0
        process = subprocess.Popen(command(folder, out, options.workers))
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        sys.stdout.write(
            f"kill {nth + 1}: after {moment:.1f} s, {len(packs(out))} packs in place\n"
        )
    return subprocess.run(command(folder, out, options.workers), check=False).returncode


def main() -> int:
    """Run the batches and say what came of them."""
    options = asked()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="batch_trusts."))
    folder.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    try:
        made = cases(folder, options)
        out = folder / "whole"
        shutil.rmtree(out, ignore_errors=True)
        peaceful = options.peace or options.trusts
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        status = subprocess.run(command(folder, out, options.workers), check=False).returncode
        took = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        wrong += once(out, peaceful) + ([f"exit status {status}"] if status else [])
        count = len(options.notebooks.split(";"))
        sys.stdout.write(
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n"
            f"{peaceful} trusts of {options.deaths} deaths, {count} notebooks each, "
            f"{options.workers} rows at a time; cases made in {made:.1f} s\n"
            f"batch: {took:.1f} s on the clock, {used:.1f} CPU seconds, "
            f"{used / peaceful:.2f} a trust\n"
        )
        if options.kills:
            again = folder / "killed"
            shutil.rmtree(again, ignore_errors=True)
            began = time.perf_counter()
            status = killed(folder, again, options, took * options.trusts / peaceful)
            took = time.perf_counter() - began
            sys.stdout.write(f"{options.trusts} trusts with the kills: {took:.1f} s on the clock\n")
            wrong += once(again, options.trusts) + ([f"exit status {status}"] if status else [])
            # Those that were left in peace, again: all of them where both batches are the same.
            wrong += [] if packs(out).items() <= packs(again).items() else ["results differ"]
            wrong += [] if tables(out).items() <= tables(again).items() else ["tables differ"]
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    for line in wrong:
        sys.stdout.write(f"WRONG: {line}\n")
    sys.stdout.write("FAILED\n" if wrong else "every pack is there once, as it was made\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
