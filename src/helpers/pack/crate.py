"""A pack described as an RO-Crate: what it holds and what it was made from, for other programs.

- :func:`crate`: the metadata of a pack, to be written as ``ro-crate-metadata.json``.

The form is RO-Crate 1.1 (https://w3id.org/ro/crate/1.1) with a ``CreateAction``, as Workflow Run
crates have one: object = the input files, result = the files of the pack, instrument = the suite
at its revision. Hashes are given as ``sha256``, a term of that profile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from mimetypes import guess_type
from typing import Any

from helpers.run import Run

NAME = "ro-crate-metadata.json"
SHA256 = "https://w3id.org/ro/terms/workflow-run#sha256"
MIT = "https://spdx.org/licenses/MIT"
_FORMS = {".ipynb": "application/x-ipynb+json", ".csv": "text/csv", ".svg": "image/svg+xml"}


def _form(name: str) -> str:
    ending = name[name.rfind(".") :]
    return _FORMS.get(ending) or guess_type(name)[0] or "application/octet-stream"


def crate(
    run: Run,
    *,
    identity: Mapping[str, Any],
    outputs: Iterable[Mapping[str, Any]],
    inputs: Iterable[Mapping[str, Any]],
    code: Mapping[str, Any],
    times: Mapping[str, str],
) -> dict[str, Any]:
    """Return the RO-Crate metadata of a pack.

    Parameters
    ----------
    run : Run
        The run.
    identity : mapping
        ``pack`` with its id and version.
    outputs, inputs : iterable of mapping
        ``file``, ``sha256``, ``bytes`` of each file of the pack, and of each file of the case.
    code : mapping
        As :func:`helpers.pack.manifest.code` returns it.
    times : mapping
        ``started`` and ``ended``, ISO 8601.

    Returns
    -------
    dict
        JSON-LD, as plain values.
    """
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    made = ROCrate(version="1.1")
    made.metadata.extra_terms["sha256"] = SHA256
    made.name = f"{run.case.title}: evidence pack {identity['pack']['id']}"
    made.description = run.case.summary or run.case.title
    made.datePublished = times["ended"]
    made.root_dataset["identifier"] = identity["pack"]["id"]
    made.root_dataset["version"] = str(identity["pack"]["version"])
    made.root_dataset["temporalCoverage"] = f"{run.period_start}/{run.period_end}"
    made.root_dataset["creativeWorkStatus"] = run.case.data_status
    licences = {source.file: source.licence for source in run.case.sources}
    suite = made.add(
        ContextEntity(
            made,
            "#suite",
            properties={
                "@type": "SoftwareApplication",
                "name": "inquiry-notebooks",
                "softwareVersion": code["version"],
                "identifier": code["revision"] or f"sha256:{code['sha256']}",
                "sha256": code["sha256"],
                "license": {"@id": MIT},
            },
        )
    )
    took = [
        made.add(
            ContextEntity(
                made,
                f"#input-{number}",
                properties={
                    "@type": "CreativeWork",
                    "name": item["file"],
                    "sha256": item["sha256"],
                    "contentSize": str(item["bytes"]),
                    **({"license": licences[item["file"]]} if item["file"] in licences else {}),
                },
            )
        )
        for number, item in enumerate(inputs, 1)
    ]
    gave = [
        made.add_file(
            dest_path=item["file"],
            properties={
                "name": item["file"],
                "encodingFormat": _form(item["file"]),
                "contentSize": str(item["bytes"]),
                "sha256": item["sha256"],
            },
        )
        for item in outputs
    ]
    action = made.add(
        ContextEntity(
            made,
            "#run",
            properties={
                "@type": "CreateAction",
                "name": f"Notebooks executed on case {run.case.id}",
                "startTime": times["started"],
                "endTime": times["ended"],
            },
        )
    )
    action["instrument"] = suite
    action["object"] = took
    action["result"] = gave
    made.root_dataset["mentions"] = action
    return dict(made.metadata.generate())
