"""The block a notebook opens with: what the run rests on, compared before any result is.

- :func:`opening`: text, HTML and metadata of the block.
"""

from __future__ import annotations

from html import escape
from typing import Any

from helpers.run import Run


def _tables(block: dict[str, Any]) -> list[tuple[str, list[str], list[list[str]]]]:
    parameters = [
        [name, ", ".join(value) if isinstance(value, list) else str(value)]
        for name, value in block["parameters"].items()
    ]
    known = block["rules"]
    rules = [
        ["rules (SHA-256 of all tables)", known["rules_sha256"]],
        [
            f"working days, {known['calendar']}",
            f"{known['valid_from']} to {known['valid_to']}",
        ],
    ]
    if plan := block.get("plan"):
        rules.append(["plan of the models (SHA-256)", plan["sha256"]])
        rules.append(["plan of the models", plan["standing"]])
    inputs = [[item["file"], item["sha256"], f"{item['bytes']:,}"] for item in block["inputs"]]
    rows = [
        [
            item["file"],
            f"{item['rows_read']:,}",
            f"{item['rows_used']:,}",
            f"{item['rows_quarantined']:,}",
            f"{item['rows_out_of_scope']:,}",
        ]
        for item in block["rows"]
    ]
    flags = [[item["code"], f"{item['rows']:,}", item["meaning"]] for item in block["flags"]]
    return [
        ("Parameters in force", ["parameter", "value"], parameters),
        ("Rules and calendar", ["what", "version"], rules),
        ("Inputs", ["file", "SHA-256", "bytes"], inputs),
        (
            "Rows: read = used + quarantined + out of scope",
            ["file", "read", "used", "quarantined", "out of scope"],
            rows,
        ),
        ("Flags raised while reading", ["code", "values", "meaning"], flags),
    ]


def opening(run: Run) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the opening block as text and HTML, its facts in the metadata.

    Parameters
    ----------
    run : Run
        As `helpers.start` returns it; ``run`` as the last line of a cell shows this block.

    Returns
    -------
    dict, dict
        The forms to display (text and HTML), and the metadata.
    """
    block = run.block()
    title = f"{run.case.title}. Data: {block['data_status']}. Extract of {block['extract_date']}."
    plain, html = [title], [f"<p><strong>{escape(title)}</strong></p>"]
    for caption, headers, rows in _tables(block):
        widths = [max(len(row[i]) for row in [headers, *rows]) for i in range(len(headers))]
        plain += ["", caption]
        plain += [
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in [headers, *rows]
        ]
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in headers)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
        )
        html.append(
            f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
            f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table></div>"
        )
    return (
        {
            "text/plain": "\n".join(plain),
            "text/html": f'<section class="exhibit opening">{"".join(html)}</section>',
        },
        {"inquiry": {"kind": "run", **block}},
    )
