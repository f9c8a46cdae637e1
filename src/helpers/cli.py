"""The command ``inquiry``: run a case, make one, list cases and parameters, refresh the notebooks.

Exit status: 0 done; 1 a notebook failed or a published figure does not agree; 2 the input cannot
be used (one plain line for each problem, nothing written); 130 cancelled.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import helpers
from helpers.commands import (
    batch,
    compare,
    gather,
    new_period,
    release,
    restate,
    sign,
    synthesise_period,
    trace,
    verify,
)
from helpers.commands.telling import Teller, say
from helpers.errors import InputError

MODULES = {
    "new-period": new_period,
    "restate": restate,
    "synthesise-period": synthesise_period,
    "verify": verify,
    "trace": trace,
    "compare": compare,
    "release": release,
    "batch": batch,
    "gather": gather,
    "sign": sign,
    "new-key": sign,
}
"""Commands that have a module of their own, in the order in which ``--help`` lists them."""

USAGE = """\
examples:
  inquiry run coroners                                     the whole period of the case
  inquiry run coroners --start 2015-01-01 --end 2019-12-31
  inquiry run coroners --notebook 1_unexpected_death_rates --set level=0.99
  inquiry parameters                                       what --set understands
  inquiry new-case our_trust extracts/                     draft a case from a trust's files
  inquiry clerical our_trust                               the pairs that a person must look at
  inquiry synthesise trial --seed 1 --deaths 1000          a case of people who never lived
"""


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a day written YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: there is no such day") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="inquiry",
        description="Runs the notebooks of an inquiry into deaths and writes an evidence pack.",
        epilog=USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"inquiry {helpers.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser(
        "run",
        help="run the notebooks on a case and write its evidence pack",
        description="Runs the notebooks on a case over a period and writes the next version of its "
        "pack, evidence/CASE/PERIOD/vN/. Earlier versions stay; a run that comes to the same makes "
        "none.",
    )
    which = run.add_mutually_exclusive_group(required=True)
    which.add_argument("case", nargs="?", metavar="CASE", help="a folder of data/")
    which.add_argument("--all", action="store_true", help="every case, its whole period")
    run.add_argument("--period", metavar="NAME", help="a period that new-period registered")
    run.add_argument("--start", metavar="YYYY-MM-DD", help="first day; default: that of the case")
    run.add_argument("--end", metavar="YYYY-MM-DD", help="last day; default: that of the case")
    run.add_argument(
        "--notebook", action="append", default=[], metavar="NAME", help="only this one; repeatable"
    )
    run.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter; repeatable"
    )
    run.add_argument("--out", type=Path, metavar="DIR", help="where packs go; default: evidence/")
    run.add_argument(
        "--no-pdf", action="store_true", help="leave out the PDF, which takes longer than the rest"
    )
    run.add_argument(
        "--fresh",
        action="store_true",
        help="a fresh kernel for each notebook, which reads the files; nothing is reused",
    )
    run.add_argument(
        "--no-reuse", action="store_true", help="execute notebooks again of which nothing changed"
    )
    run.add_argument("--quiet", action="store_true", help="no progress")

    new = commands.add_parser(
        "new-case",
        help="draft a case from the files of a trust",
        description="Looks at the files, copies them unchanged to data/NAME/ and drafts case.yml "
        "beside them, with a numbered list of what a person must decide. What the files do not "
        "prove is not guessed: the draft says DECIDE, and does not run until somebody has.",
    )
    new.add_argument("case", metavar="NAME", help="name of the case: a new folder of data/")
    new.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="xlsx, xls, csv, parquet; or a folder"
    )
    new.add_argument("--start", type=_day, metavar="YYYY-MM-DD", help="first day of the period")
    new.add_argument("--end", type=_day, metavar="YYYY-MM-DD", help="last day of the period")
    new.add_argument(
        "--extract-date", type=_day, metavar="YYYY-MM-DD", help="day the trust took the data"
    )

    clerical = commands.add_parser(
        "clerical",
        help="write the pairs of records that a person must decide on",
        description="Links the records of a case and writes the pairs that linkage cannot decide "
        "as a CSV file to be filled in. It holds references of rows and no identifiers; internal.",
    )
    clerical.add_argument("case", metavar="CASE", help="a folder of data/")
    clerical.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="default: clerical_queue.csv beside case.yml, or period.yml",
    )

    made = commands.add_parser(
        "synthesise",
        help="write a case of people who never lived, with the truth about it",
        description="Writes a synthetic case to data/NAME/: extracts with planted faults, "
        "case.yml, and the truth. The same seed writes the same bytes.",
    )
    made.add_argument("case", metavar="NAME", help="name of the case: a new folder of data/")
    made.add_argument("--seed", type=int, default=1, metavar="N", help="default: 1")
    made.add_argument("--deaths", type=int, default=10_306, metavar="N", help="default: 10306")
    made.add_argument("--trusts", type=int, default=1, metavar="N", help="default: 1")
    made.add_argument(
        "--shape",
        choices=["general", "southern_health"],
        default="general",
        help="southern_health: the published chain exactly; default: general",
    )

    plan = commands.add_parser(
        "fix-plan",
        help="put the hash of a case's plan of models on record",
        description="Writes plan.fixed.yml beside plan.yml: its hash, the day, who fixed it and "
        "which files were there. From then on another plan is refused; models that are thought of "
        "later go to post_hoc.yml and are shown as such.",
    )
    plan.add_argument("case", metavar="CASE", help="a folder of data/")
    plan.add_argument("--by", required=True, metavar="WHO", help="who fixes it: a role or a name")
    plan.add_argument("--note", default="", metavar="TEXT", help="what a reader must know of it")
    plan.add_argument("--again", default="", metavar="WHY", help="why it replaces a fixed plan")

    cases = commands.add_parser("cases", help="list the cases of this project")
    cases.add_argument("--names", action="store_true", help="names only")

    parameters = commands.add_parser("parameters", help="list what --set understands")
    parameters.add_argument("notebook", nargs="?", metavar="NOTEBOOK", help="only of this notebook")

    for command in dict.fromkeys(MODULES.values()):
        command.register(commands)

    refresh = commands.add_parser(
        "refresh",
        help="execute the committed notebooks again and show each number that changed",
        description="Executes notebooks/ and tests/baselines/ again, writes them without what "
        "differs from run to run, and prints each number that changed: id, old, new.",
    )
    refresh.add_argument("--check", action="store_true", help="write nothing; exit 1 on a change")
    refresh.add_argument("notebook", nargs="*", type=Path, metavar="FILE", help="only these")
    return parser


def _overrides(
    assigned: Sequence[tuple[str, Any]], arguments: argparse.Namespace
) -> dict[str, Any]:
    """Return the parameters given on the command line; the same one twice is refused."""
    options = (("period_start", arguments.start), ("period_end", arguments.end))
    given = [*assigned, *((name, value) for name, value in options if value is not None)]
    names = [name for name, _ in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if "case" in names:
        raise InputError.one("the case is not a --set", "--set case", "Name it after run.")
    if twice:
        raise InputError.one(
            "the parameter is given twice", f"parameter {', '.join(twice)}", "Give it once."
        )
    return dict(given)


def _run(arguments: argparse.Namespace) -> int:
    from helpers.case import available
    from helpers.pack.build import Plan, build, plan, standing
    from helpers.parameters import from_text

    overrides = _overrides([from_text(text) for text in arguments.set], arguments)
    if arguments.all and arguments.period:
        raise InputError.one("a period is of one case", "--period", "Name the case, not --all.")
    named = f"{arguments.case}/{arguments.period}" if arguments.period else arguments.case
    names = available() if arguments.all else [named]
    asked = {
        "overrides": overrides,
        "names": arguments.notebook,
        "out": arguments.out,
        "with_pdf": not arguments.no_pdf,
    }
    forks = not arguments.fresh
    reuse = forks and not arguments.no_reuse
    found = {name: standing(name, **asked) if reuse else None for name in names}
    plans = {name: found[name] or plan(name, warm=forks, **asked) for name in names}
    for name, item in plans.items():
        teller = Teller(quiet=arguments.quiet)
        if isinstance(item, Plan):
            began = time.perf_counter()
            made = build(item, report=teller, fresh=arguments.fresh, reuse=reuse)
            count = len(item.notebooks)
            teller.done(f"{name}: {count} notebooks, {time.perf_counter() - began:.1f} s")
        else:
            made = item
        for line in made.settled:
            say(f"Of a run that was killed: {line}.")
        start, end = made.folder.parent.name.split("_")
        say(f"Evidence pack of {name}, {start} to {end}. Open in a browser:")
        say(f"  {made.folder / 'index.html'}")
        if made.new:
            say(f"  SHA-256 of its manifest, to be noted elsewhere: {made.sha256}")
        else:
            say("  Nothing changed: this version was there, and the run came to the same.")
    return 0


def _new_case(arguments: argparse.Namespace) -> int:
    from helpers.intake.new_case import new_case

    made = new_case(
        arguments.case,
        arguments.files,
        start=arguments.start,
        end=arguments.end,
        extract_date=arguments.extract_date,
    )
    say(f"Draft of case {arguments.case} in {made.folder}: {', '.join(made.files)}")
    for line in made.draft.seen:
        say(f"  {line}")
    if made.left:
        say(f"Left alone, as no reader takes them: {', '.join(made.left)}")
    say(f"To decide ({len(made.draft.questions)}; also in DECISIONS.md):")
    for number, question in enumerate(made.draft.questions, start=1):
        say(f"{number:3}. {question}")
    say(f"Then: inquiry run {arguments.case}. It says what is still open.")
    return 0


def _clerical(arguments: argparse.Namespace) -> int:
    from helpers.case import load
    from helpers.clerical import write_clerical

    for line in write_clerical(load(arguments.case), arguments.out):
        say(line)
    return 0


def _fix_plan(arguments: argparse.Namespace) -> int:
    from helpers.case import project_root
    from helpers.planfile import fix

    folder = project_root() / "data" / arguments.case
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*"))]
    made = fix(
        folder, by=arguments.by, on=date.today(), note=arguments.note, again=arguments.again,
        files=names,
    )  # fmt: skip
    say(f"Fixed: data/{arguments.case}/plan.yml, SHA-256 {made.sha256}")
    return 0


def _synthesise(arguments: argparse.Namespace) -> int:
    from helpers.placing import check_name, new_case_folder
    from helpers.synthetic import synthesise

    target = check_name(arguments.case)
    with new_case_folder(arguments.case) as folder:
        made = synthesise(
            folder,
            seed=arguments.seed,
            deaths=arguments.deaths,
            trusts=arguments.trusts,
            shape=arguments.shape,
        )
    say(f"SYNTHETIC case {arguments.case} in {target}: nobody in it lived.")
    say(
        f"  shape {made.shape}, seed {made.seed}, {made.deaths:,} deaths counted, "
        f"{made.trusts} trust{'' if made.trusts == 1 else 's'}"
    )
    for name, rows in made.rows.items():
        say(f"  {name}: {rows:,} rows")
    planted = ", ".join(f"{code} {n:,}" for code, n in made.planted.items() if code)
    say(f"  faults planted: {planted}")
    say(f"  files: {', '.join(made.files)}")
    return 0


def _cases(arguments: argparse.Namespace) -> int:
    from helpers.case import available, load
    from helpers.periods.overlay import registered

    for name in available():
        if arguments.names:
            say(name)
            continue
        try:
            case = load(name)
        except InputError as error:
            count = len(error.problems)
            say(f"{name}: cannot be run yet ({count} problems); inquiry run {name} lists them")
            continue
        say(f"{name}: {case.title}. Data: {case.data_status}.")
        say(f"  period {case.period.start} to {case.period.end}")
        for period in registered(case.folder):
            say(f"  registered period {period}")
        say(f"  profiles {', '.join(case.profiles)}")
        say(f"  indicators {', '.join(item.id for item in case.indicators)}")
    return 0


def _parameters(arguments: argparse.Namespace) -> int:
    import nbformat

    from helpers.pack.build import _chosen
    from helpers.parameters import FIELDS, declared

    for name, path in _chosen([arguments.notebook] if arguments.notebook else []).items():
        say(name)
        for parameter, found in declared(nbformat.read(path, as_version=4)).items():
            say(f"  {parameter} = {found.default!r}")
            say(f"      {found.help or FIELDS[parameter][1]}")
    return 0


def _refresh(arguments: argparse.Namespace) -> int:
    from helpers.pack.refresh import refresh

    teller = Teller(quiet=False)
    paths = [path.resolve() for path in arguments.notebook]
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise InputError.one("there is no such file", str(missing[0]), "Name a notebook.")
    found, changed = refresh(paths, check=arguments.check, report=teller)
    teller.done("")
    for row in found.itertuples(index=False):
        place = f"{row.exhibit} row {row.row} {row.column}" if row.row != "" else row.exhibit
        say(f"{row.notebook}: {place}: {row.old} -> {row.new}")
    verb = "would change" if arguments.check else "written"
    say(f"{len(found)} values changed; {len(changed)} notebooks {verb}")
    return 1 if arguments.check and changed else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; None: those of the command line.

    Returns
    -------
    int
        0: done; 1: a notebook failed, or a figure does not agree; 2: the input cannot be used;
        130: cancelled.

    Examples
    --------
    >>> main(["run", "nowhere", "--quiet"])
    2
    """
    arguments = _parser().parse_args(argv)
    # jsonschema, by which nbformat checks notebooks, compiles a grammar of internationalised
    # addresses when it is imported: a second, for a format that no notebook uses. Without the
    # package it leaves that one format unchecked.
    sys.modules.setdefault("rfc3987_syntax", None)
    commands = {
        "run": _run,
        "new-case": _new_case,
        "clerical": _clerical,
        "fix-plan": _fix_plan,
        "synthesise": _synthesise,
        "cases": _cases,
        "parameters": _parameters,
        "refresh": _refresh,
        **{name: module.run for name, module in MODULES.items()},
    }
    try:
        return commands[arguments.command](arguments)
    except InputError as error:
        for problem in error.problems:
            sys.stderr.write(f"inquiry: {problem}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("\ninquiry: cancelled; nothing was put in place\n")
        return 130
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> int:
    """Say which notebook and cell failed, or which figure does not agree; re-raise the rest."""
    from helpers.pack.build import NotReconciled
    from helpers.pack.execute import NotebookFailed
    from helpers.pack.write import NotTraced

    if isinstance(error, NotReconciled | NotTraced):
        for line in error.lines:
            sys.stderr.write(f"inquiry: {line}\n")
        return 1
    if isinstance(error, NotebookFailed):
        for line in str(error.message).splitlines() or [""]:
            sys.stderr.write(
                f"\ninquiry: {error.notebook}, code cell {error.cell}: {error.name}: {line}\n"
            )
        for note in getattr(error, "__notes__", []):
            sys.stderr.write(f"inquiry: the failed notebook is kept at {note}\n")
        return 2 if error.name == "InputError" else 1
    raise error


if __name__ == "__main__":
    sys.exit(main())
