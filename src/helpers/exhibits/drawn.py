"""What was drawn, read back from a figure: nobody compares images, so the data must speak.

- :func:`read_back`: a tidy frame of everything drawn that carries data.
- :func:`alternative`: the alternative text, from what was drawn.
- :func:`texts`: every text of a figure; :func:`footer`: source and data status on its face.
- :func:`plain`: the text form of a figure; :func:`html_table`: its data for the pages.

Figures label each artist that carries data; artists without a label are decoration.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from helpers.exhibits import formats, layout

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

MONTH = r"[A-Z][a-z]+ [0-9]{4}"
"""What stands for a place on an axis of months: such as January 2013."""

COLUMNS = ["panel", "series", "form", "x", "y", "y2", "category"]


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "").rstrip("%"))
    except ValueError:
        return False
    return True


def _ticks(axis: Axis) -> dict[float, str]:
    """Return the names of an axis' positions, empty for an axis of numbers."""
    from matplotlib.ticker import FixedLocator

    locator = axis.get_major_locator()
    if not isinstance(locator, FixedLocator):
        return {}
    formatter = axis.get_major_formatter()
    places = [float(place) for place in locator.locs]
    names = [str(formatter(place, i)).replace("\n", " ") for i, place in enumerate(places)]
    if all(_is_number(name) for name in names):
        return {}
    return {round(place, 6): name for place, name in zip(places, names, strict=True)}


def _points(artist: Artist) -> tuple[str, np.ndarray] | None:
    """Return form and an array of x, y, y2 of an artist, or None for one without data."""
    from matplotlib.collections import LineCollection, PathCollection, PolyCollection
    from matplotlib.container import BarContainer
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    def two(xy: np.ndarray) -> np.ndarray:
        return np.column_stack([xy, np.full(len(xy), np.nan)])

    if isinstance(artist, Text):
        number = artist.get_text().splitlines()[-1].replace(",", "")
        return "box", np.array([[round(artist.get_position()[1], 4), float(number), np.nan]])
    if isinstance(artist, Line2D):
        return "line", two(np.column_stack([artist.get_xdata(), artist.get_ydata()]).astype(float))
    if isinstance(artist, PathCollection):
        return "points", two(np.asarray(artist.get_offsets(), dtype=float))
    if isinstance(artist, LineCollection):
        ends = np.array([segment for segment in artist.get_segments() if len(segment)])
        return "interval", ends.reshape(-1, 4)[:, [0, 1, 2]] if _flat(ends) else _upright(ends)
    if isinstance(artist, PolyCollection):
        corners = np.vstack([np.empty((0, 2)), *(path.vertices for path in artist.get_paths())])
        frame = pd.DataFrame(corners, columns=["x", "y"]).groupby("x")["y"].agg(["min", "max"])
        return "band", np.column_stack([frame.index, frame["min"], frame["max"]])
    if isinstance(artist, BarContainer):
        boxes = [bar.get_bbox() for bar in artist]
        return "bars", np.array([[(b.x0 + b.x1) / 2, b.y1 - b.y0, b.y0] for b in boxes])
    return None


def _flat(ends: np.ndarray) -> bool:
    """Tell horizontal intervals (x, y, x2) from upright ones (x, y, y2)."""
    return bool(len(ends)) and bool(np.allclose(ends[:, 0, 1], ends[:, 1, 1]))


def _upright(ends: np.ndarray) -> np.ndarray:
    if not len(ends):
        return np.empty((0, 3))
    return np.column_stack([ends[:, 0, 0], ends[:, 0, 1], ends[:, 1, 1]])


def _artists(ax: Axes) -> list[tuple[str, Artist]]:
    """Return the artists that carry data with their names.

    A library that draws on its own leaves its lines without labels and keeps the names in the
    legend: there, the lines whose colour is that of a key are taken, with its name.
    """
    found = [*ax.lines, *ax.collections, *ax.containers, *ax.texts]
    named = [(str(a.get_label()), a) for a in found]
    named = [(name, a) for name, a in named if name and not name.startswith("_")]
    if any(points is not None and len(points[1]) for points in (_points(a) for _, a in named)):
        return named
    legend = ax.get_legend() or next(iter(ax.figure.legends), None)
    keys = {}
    if legend is not None:
        texts = [text.get_text() for text in legend.get_texts()]
        keys = {h.get_color(): t for h, t in zip(legend.get_lines(), texts, strict=False)}
    return [(keys[a.get_color()], a) for a in ax.lines if a.get_color() in keys]


def read_back(figure: Figure) -> pd.DataFrame:
    """Return everything drawn that carries data.

    Parameters
    ----------
    figure : matplotlib Figure
        The figure.

    Returns
    -------
    DataFrame
        Columns panel, series, form (line, points, band, interval, bars, box), x, y, y2 (upper end
        of a band or interval; x of the other end where the interval lies flat), category (the
        name of a position on an axis of names, or the month on one of months). A box with a label
        is words with a number on the last line: x is its place from the top, y the number,
        category the words.

    Examples
    --------
    >>> from helpers import figures
    >>> frame = pd.DataFrame({"label": "Inquests", "year": [2019, 2020], "numerator": [30, 32]})
    >>> read_back(figures.lines(frame))[["panel", "series", "x", "y"]]
          panel series       x     y
    0  Inquests  count  2019.0  30.0
    1  Inquests  count  2020.0  32.0
    """
    parts = []
    for ax in figure.axes:
        across, up = _ticks(ax.xaxis), _ticks(ax.yaxis)
        formatter = ax.xaxis.get_major_formatter()
        say = formatter.format_data if getattr(formatter, "words", False) else None
        for name, artist in _artists(ax):
            read = _points(artist)
            if read is None:
                continue
            form, points = read
            part = pd.DataFrame(points, columns=["x", "y", "y2"])
            names = across or up
            places = part["x"] if across else part["y"]
            part["category"] = [names.get(round(float(place), 6), "") for place in places]
            if say:
                part["category"] = [say(float(place)) for place in part["x"]]
            if form == "box":
                part["category"] = " ".join(artist.get_text().splitlines()[:-1])
            part.insert(0, "form", form)
            part.insert(0, "series", name)
            title = ax.get_title(loc="left") or ax.get_title()
            part.insert(0, "panel", title.replace("\n", " "))
            parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def _summary(frame: pd.DataFrame) -> pd.DataFrame:
    grouped = frame.groupby(["panel", "series", "form"], sort=False)
    return grouped.agg(
        points=("y", "size"),
        x_from=("x", "min"),
        x_to=("x", "max"),
        y_least=("y", "min"),
        y_most=("y", "max"),
    ).reset_index()


def _boxes(frame: pd.DataFrame) -> list[str]:
    """Return the boxes of each panel as one series of words, from the top down."""
    said = []
    for panel, part in frame.groupby("panel", sort=False):
        boxes = ", ".join(
            f"{'' if row.series == 'kept' else f'{row.series} '}{row.category} {row.y:,.0f}"
            for row in part.itertuples(index=False)
        )
        said.append(f"{panel}, from the top down: {boxes}" if panel else boxes)
    return said


def alternative(title: str, frame: pd.DataFrame, *, most: int = 12) -> str:
    """Return the alternative text of a figure, made from what was drawn.

    Parameters
    ----------
    title : str
        Title of the exhibit.
    frame : DataFrame
        As :func:`read_back` returns it.
    most : int
        Series described one by one; of others only the number is said.

    Returns
    -------
    str
        One paragraph.

    Examples
    --------
    >>> alternative("Inquests by year", pd.DataFrame())
    'Inquests by year. The records of this case hold nothing that answers this question.'
    """
    if frame.empty:
        return f"{title}. {layout.statement(frame)}"
    summary = _summary(frame[frame["form"].isin(["line", "points", "bars"])])
    named = frame[frame["category"].fillna("").str.fullmatch(MONTH)]
    months = dict(zip(named["x"], named["category"], strict=True))
    said = []
    for row in summary.head(most).itertuples(index=False):
        name = " - ".join(part for part in (row.panel, row.series) if part)
        noun = {"bars": "bars", "points": "points"}.get(row.form, "points on a line")
        said.append(
            f"{name}: {row.points} {noun}, horizontally "
            f"{months.get(row.x_from, f'{row.x_from:.4g}')} to "
            f"{months.get(row.x_to, f'{row.x_to:.4g}')}, "
            f"vertically {row.y_least:.4g} to {row.y_most:.4g}"
        )
    if len(summary) > most:
        said.append(f"and {len(summary) - most} more series")
    said += _boxes(frame[frame["form"].eq("box")])
    return f"{title}. {'; '.join(said)}. The data are in the table of this figure."


def texts(figure: Figure) -> list[str]:
    """Return every text that a figure shows: titles, labels, ticks, annotations, legends.

    Parameters
    ----------
    figure : matplotlib Figure
        The figure.

    Returns
    -------
    list of str
        Each text; blank ones are left out.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> _ = figure.text(0, 0, "A note")
    >>> texts(figure)
    ['A note']
    """
    from matplotlib.text import Text

    ticks = [
        label
        for ax in figure.axes
        for axis in (ax.xaxis, ax.yaxis)
        for label in axis.get_ticklabels()
    ]
    found = [*figure.findobj(Text), *ticks]
    return list(dict.fromkeys(text for one in found if (text := one.get_text().strip())))


def footer(figure: Figure, facts: dict[str, Any]) -> None:
    """Write source, period and data status on the face of a figure.

    Parameters
    ----------
    figure : matplotlib Figure
        The figure; it is made a little higher to hold the text.
    facts : dict
        source, period, id and data_status of the exhibit.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> facts = {"source": "Ministry of Justice", "period": "2020", "id": "mine.a"}
    >>> footer(figure := Figure(), facts | {"data_status": "real"})
    >>> figure.texts[0].get_text()
    'Source: Ministry of Justice; 2020. [mine.a]'
    """
    import textwrap

    from matplotlib.layout_engine import ConstrainedLayoutEngine, TightLayoutEngine

    status = "SYNTHETIC DATA, not real records. " if facts["data_status"] == "synthetic" else ""
    years = facts.get("year_note", "")
    text = f"{status}Source: {facts['source']}; {facts['period']}. {years}[{facts['id']}]"
    width = int(figure.get_figwidth() * 15)
    lines = textwrap.wrap(text, width)
    height = figure.get_figheight()
    room = 0.17 * len(lines) + 0.1
    figure.set_figheight(height + room)
    share = room / (height + room)
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine | TightLayoutEngine):
        engine.set(rect=(0, share, 1, 1 - share))
    else:
        figure.subplots_adjust(bottom=share + figure.subplotpars.bottom * (1 - share))
    figure.text(0.01, 0.012, "\n".join(lines), fontsize=8, color="#444444", va="bottom", ha="left")


def plain(frame: pd.DataFrame, facts: dict[str, Any]) -> str:
    """Return the text form of a figure: alternative text and the table of what was drawn.

    Parameters
    ----------
    frame : DataFrame
        As :func:`read_back` returns it.
    facts : dict
        The facts of the exhibit, as `Shown.facts` holds them.

    Returns
    -------
    str
        A line a series with the sums of its coordinates, the notes and the control total.
    """
    lines = [f"{layout.mark(facts)} [{facts['id']}]", "", f"Figure. {facts['alt']}", ""]
    if not frame.empty:
        for (panel, series, form), part in frame.groupby(["panel", "series", "form"], sort=False):
            sums = [f"{part[c].sum():.6g}" for c in ("x", "y", "y2")]
            name = " - ".join(text for text in (panel, series) if text)
            lines.append(f"{name} ({form}): {len(part)} points, sums {', '.join(sums)}")
    lines += ["", *(f"{what}: {text}" for what, text in layout.notes(facts))]
    lines.append(f"Points: {len(frame)}. Control total: {formats.control_total(frame)}.")
    return "\n".join(lines)


def html_table(frame: pd.DataFrame, facts: dict[str, Any]) -> str:
    """Return the data of a figure as an HTML table for the pages of a pack.

    Parameters
    ----------
    frame : DataFrame
        As :func:`read_back` returns it.
    facts : dict
        The title of the exhibit is used.

    Returns
    -------
    str
        HTML, escaped.

    Examples
    --------
    >>> html_table(pd.DataFrame({"x": [2020], "y": [32]}), {"title": "Inquests"}).count("<td>")
    2
    """
    caption = f"<caption>Data of the figure: {escape(facts['title'])}</caption>"
    head = "".join(f'<th scope="col">{escape(name.capitalize())}</th>' for name in frame)
    kinds = {
        name: "number" if pd.api.types.is_numeric_dtype(frame[name]) else "text" for name in frame
    }
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{escape('' if pd.isna(v) else formats.shown(v, kinds[name]))}</td>"
            for name, v in zip(frame.columns, row, strict=True)
        )
        + "</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
