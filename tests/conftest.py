"""How property tests draw their examples; cases that are read once; which tests are slow.

Every machine draws the same examples, and a slow machine fails nothing. More can be asked for:
``INQUIRY_EXAMPLES=500 make test``.
"""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile(
    "suite",
    derandomize=True,
    deadline=None,
    max_examples=int(os.environ.get("INQUIRY_EXAMPLES", "30")),
)
settings.load_profile("suite")


SLOW = {
    "bench/test_bench.py",
    "helpers/batch/test_batch_dask.py",
    "helpers/batch/test_batch_run.py",
    "helpers/compare/test_compare_packs.py",
    "helpers/engine/test_engine_life.py",
    "helpers/engine/test_engine_same.py",
    "helpers/intake/test_handed.py",
    "helpers/intake/test_intake_contacts.py",
    "helpers/intake/test_intake_linkage.py",
    "helpers/intake/test_intake_linkage_queue.py",
    "helpers/intake/test_intake_linkage_truth.py",
    "helpers/intake/test_intake_tally.py",
    "helpers/pack/documents/test_documents_pdf.py",
    "helpers/pack/documents/test_documents_workbook.py",
    "helpers/pack/test_pack_build.py",
    "helpers/pack/test_pack_release.py",
    "helpers/pack/test_pack_release_curves.py",
    "helpers/pack/test_pack_release_names.py",
    "helpers/pack/test_pack_release_verify.py",
    "helpers/pack/test_pack_reuse.py",
    "helpers/periods/test_periods_registering.py",
    "helpers/periods/test_periods_restating.py",
    "helpers/providers/test_providers_gather.py",
    "helpers/test_cli_new_case.py",
    "helpers/test_synthetic.py",
    "helpers/test_synthetic_truth.py",
    "helpers/trace/test_trace_families.py",
    "helpers/trace/test_trace_find.py",
    "helpers/trace/test_trace_findings.py",
    "helpers/trace/test_trace_pack.py",
    "notebooks/test_benchmarking.py",
    "notebooks/test_guard.py",
    "notebooks/test_mutation.py",
    "notebooks/test_parameters.py",
    "notebooks/test_short_periods.py",
    "pack/test_pages.py",
    "simulation/test_simulation_delays.py",
    "simulation/test_simulation_few_clusters.py",
}
"""Files that take long: whole packs, notebooks, batches, large intakes. ``make test`` leaves them,
and what is marked ``slow`` or ``browser`` elsewhere, to ``make test-all``, which CI runs."""


def pytest_collection_modifyitems(items):
    """Mark the tests of slow files."""
    here = Path(__file__).parent
    if gone := [name for name in sorted(SLOW) if not (here / name).is_file()]:
        raise pytest.UsageError(f"SLOW in tests/conftest.py names files that are not there: {gone}")
    for item in items:
        if item.path.is_relative_to(here) and item.path.relative_to(here).as_posix() in SLOW:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def cases_are_read_once():
    """Let a run take what was made of the same files before; see :mod:`once`."""
    import once

    from helpers import run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "ingest", once.ingest)
        yield
