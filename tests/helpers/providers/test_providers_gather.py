"""Packs of several cases are gathered into a folder of providers, and then compared.

The packs are real but for the kernel: their one exhibit is shown in this process.
"""

import json
import shutil

import nbformat
import pandas as pd
import pytest
from by_hand import ROOT
from nbformat import v4

from helpers import start
from helpers.cli import main
from helpers.cohort import providers as cohort
from helpers.cohort import providers_own
from helpers.errors import InputError
from helpers.exhibits import Exhibits
from helpers.intake.reading import sha256
from helpers.pack import build, execute, gather
from helpers.providers import files

PERIOD = {"period_start": "2018-01-01", "period_end": "2019-12-31"}
PARAMETERS = 'case = "coroners"  # the case\nperiod_start = "2018-01-01"  # first day\n'
PARAMETERS += 'period_end = "2019-12-31"  # last day'
START = "from helpers import start\nfrom helpers.cohort import providers_own\n"
START += "from helpers.exhibits import Exhibits\n"
START += "run = start(case=case, period_start=period_start, period_end=period_end)\n"
START += "show = Exhibits(run)\nshow.opening()"
OWN = 'show.table("providers.own", providers_own.shown(providers_own.rows(run)))'


def shown(case):
    """A notebook whose cells were run here: what it shows is what the exhibits give."""
    run = start(case=case, **PERIOD)
    show = Exhibits(run)
    own = show.table("providers.own", providers_own.shown(providers_own.rows(run)))
    cells = [v4.new_markdown_cell("# Providers side by side\n\n> What is given?")]
    cells += [v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, execution_count=1)]
    for number, (code, made) in enumerate(((START, show.opening()), (OWN, own)), 2):
        output = v4.new_output("execute_result", made.data, metadata=made.metadata)
        output["execution_count"] = number
        cells.append(v4.new_code_cell(code, outputs=[output], execution_count=number))
    return v4.new_notebook(cells=cells)


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A project of two cases of one kind, each with its pack."""
    home = tmp_path_factory.mktemp("packs") / "project"
    (home / "notebooks").mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INQUIRY_HOME", str(home))
        for case in ("coroners", "others"):
            shutil.copytree(ROOT / "data" / "coroners", home / "data" / case)
            path = home / "data" / case / "case.yml"
            text = path.read_text("utf-8").replace("id: coroners", f"id: {case}", 1)
            path.write_text(text, "utf-8")
            made = shown(case)
            nbformat.write(made, home / "notebooks" / "5_benchmarking.ipynb")
            patch.setattr(
                execute,
                "execute_all",
                lambda jobs, made=made, **_: ({"5_benchmarking": made}, {"5_benchmarking": 1.0}),
            )
            build.build(build.plan(case, overrides=PERIOD, with_pdf=False))
        yield home


@pytest.fixture
def project(packed, tmp_path, monkeypatch):
    """A copy of the project, in force for the test."""
    home = shutil.copytree(packed, tmp_path / "project")
    monkeypatch.setenv("INQUIRY_HOME", str(home))
    return home


def test_packs_become_a_folder_that_is_compared(project, capsys):
    assert main(["gather", "region"]) == 0
    assert "2 providers from 2 packs" in capsys.readouterr().out
    folder = files.read("region")
    assert folder.about.profiles == ["internal"]  # real numbers
    run = start(case="coroners", **PERIOD, release_profile="internal", providers="region")
    made = cohort.units(run, cohort.held(run, "region"), "inquests_opened_share")
    own = providers_own.rows(run)
    own = own[own["indicator"].eq("inquests_opened_share")]
    assert made["provider"].tolist() == ["coroners", "others"]
    assert made["numerator"].tolist() == [own["numerator"].sum()] * 2
    assert made["denominator"].tolist() == [own["denominator"].sum()] * 2


def test_each_row_names_its_pack_and_its_hash(project):
    main(["gather", "region"])
    rows = files.read("region").rows
    for case, part in rows.groupby("provider"):
        pack = project / "evidence" / case / "2018-01-01_2019-12-31" / "v1"
        manifest = json.loads((pack / "manifest.json").read_text("utf-8"))
        assert set(part["source_pack"]) == {manifest["pack"]["id"]}
        assert set(part["source_sha256"]) == {sha256(pack / "manifest.json")}


def test_the_same_packs_give_the_same_bytes(project):
    main(["gather", "one"])
    main(["gather", "two"])
    one, two = ((project / "data" / name / files.ROWS).read_bytes() for name in ("one", "two"))
    assert one == two


def refused(capsys, *arguments):
    assert main(["gather", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def test_a_pack_that_was_altered_is_refused_and_nothing_is_left(project, capsys):
    table = next(project.glob("evidence/others/*/v1/tables/providers.own.csv"))
    table.write_text(table.read_text("utf-8").replace("2018", "2017", 1), "utf-8")
    said = refused(capsys, "region")
    assert "the pack is not as it was made" in said
    assert "others/2018-01-01_2019-12-31/v1" in said
    assert not list((project / "data").glob("*region*"))


def test_a_folder_that_is_there_is_kept(project, capsys):
    main(["gather", "region"])
    before = (project / "data" / "region" / files.ROWS).read_bytes()
    assert "the folder is there already" in refused(capsys, "region")
    assert (project / "data" / "region" / files.ROWS).read_bytes() == before


@pytest.mark.parametrize("name", ["Region", "a/b", "own", "../up"])
def test_a_name_that_is_none_is_refused(project, capsys, name):
    assert "cannot be the name of a folder" in refused(capsys, name)


def test_another_period_has_no_packs(project, capsys):
    assert "no pack to gather from" in refused(
        capsys, "region", "--period", "2001-01-01_2001-12-31"
    )


def test_mergers_go_with_them(project, tmp_path):
    into = pd.DataFrame([["others", "coroners", "2019-01-01", "by hand"]])
    into.to_csv(tmp_path / "m.csv", index=False, header=files.MERGERS)
    assert main(["gather", "region", "--mergers", str(tmp_path / "m.csv")]) == 0
    run = start(case="coroners", **PERIOD, release_profile="internal", providers="region")
    made = cohort.units(run, cohort.held(run, "region"), "inquests_opened_share")
    assert made["marked"].tolist() == ["coroners (merged)", "others (part of the period)"]


def test_a_map_of_mergers_that_cannot_be_is_refused(project, tmp_path, capsys):
    into = pd.DataFrame([["a", "a", "2019-01-01", ""]])
    into.to_csv(tmp_path / "m.csv", index=False, header=files.MERGERS)
    said = refused(capsys, "region", "--mergers", tmp_path / "m.csv")
    assert "'a' comes back to itself" in said


def test_no_pack_at_all_is_said():
    with pytest.raises(InputError) as error:
        gather.gathered([])
    assert "there is no pack to gather from" in str(error.value)
