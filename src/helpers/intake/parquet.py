"""Parquet files as text.

- :func:`read_parquet`: a file as one sheet.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from helpers.errors import InputError
from helpers.intake.cells import TEXT, text_column
from helpers.intake.headers import squeezed
from helpers.intake.sheets import Sheet, settled

UNPACKED = 4 << 30
"""Bytes that the columns may unpack to, all together."""


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as text: each distinct value is written once."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column.cast(TEXT).fill_null("")
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return pa.chunked_array([text_column(column.to_pylist())], TEXT)
    parts = []
    for chunk in column.chunks:
        coded = chunk.dictionary_encode()
        parts.append(text_column(coded.dictionary.to_pylist()).take(coded.indices).fill_null(""))
    return pa.chunked_array(parts, TEXT)


def read_parquet(path: Path) -> Sheet:
    """Return a Parquet file as one sheet of text.

    Parameters
    ----------
    path : Path
        The file; opened for reading only.

    Returns
    -------
    Sheet
        Without a name; the first row is row 1, because the file has no row of headers.

    Raises
    ------
    InputError
        If the file is not there, is no Parquet file, is damaged or too large.
    """
    from pyarrow import parquet

    name = path.name
    mend = "Ask for the extract again."
    try:
        with parquet.ParquetFile(path) as file:
            told = file.metadata
            size = sum(told.row_group(n).total_byte_size for n in range(told.num_row_groups))
            if size > UNPACKED:
                raise InputError.one(
                    f"the file unpacks to {size:,} bytes; the limit is {UNPACKED:,}",
                    name,
                    "Ask for it in several files.",
                )
            table = file.read()
            headers = [squeezed(header) for header in table.column_names]
            columns = [_text(column) for column in table.columns]
    except FileNotFoundError:
        raise InputError.one(
            "the file is not there", name, "Put it there, or correct case.yml."
        ) from None
    except (pa.ArrowException, OSError, ValueError, OverflowError, TypeError) as error:
        said = " ".join(str(error).split())[:120]
        raise InputError.one(f"the file cannot be read as Parquet ({said})", name, mend) from None
    body = pa.table(columns, names=[str(number) for number in range(len(columns))])
    numbers = np.arange(1, body.num_rows + 1)
    return settled(body, headers, numbers, where=name, facts={"truncated": ""})
