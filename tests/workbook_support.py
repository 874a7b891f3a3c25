"""Excel workbooks written by hand, part by part, as no spreadsheet program would."""

import io
import zipfile

import numpy as np
import pandas as pd

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(*rows: str, after: str = "", **parts: str | None) -> bytes:
    """A workbook of one sheet "Prices" with these rows; parts by name, "_" for "/", None to leave one out.

    Each row is the XML of its cells; a row that begins with ``<row`` is taken as it is.
    """
    body = "".join(
        row if row.startswith("<row") else f'<row r="{number}">{row}</row>' for number, row in enumerate(rows, start=1)
    )
    named: dict[str, str | None] = {
        "content": "<Types/>",
        "rels": _relations(("officeDocument", "xl/workbook.xml")),
        "book": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Prices" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>",
        "book_rels": _relations(
            ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")
        ),
        "sheet": f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{after}</worksheet>',
        "styles": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "strings": f'<sst xmlns="{MAIN}"><si><t>Date</t></si><si><t>AAA</t></si></sst>',
        **parts,
    }
    return packed({PLACES[part]: text for part, text in named.items() if text is not None})


PLACES = {
    "content": "[Content_Types].xml",
    "rels": "_rels/.rels",
    "book": "xl/workbook.xml",
    "book_rels": "xl/_rels/workbook.xml.rels",
    "sheet": "xl/worksheets/sheet1.xml",
    "styles": "xl/styles.xml",
    "strings": "xl/sharedStrings.xml",
}


def packed(parts: dict[str, str | bytes]) -> bytes:
    """A zip archive of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return file.getvalue()


def _relations(*targets: tuple[str, str]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{lines}</Relationships>'


def prices(days: int = 60, assets: int = 2) -> pd.DataFrame:
    """Made-up prices on business days."""
    moves = np.random.default_rng(3).normal(0, 0.01, (days, assets))
    index = pd.bdate_range("2019-01-01", periods=days, name="Date")
    names = [f"{letter}{letter}{letter}" for letter in "ABCDEFGH"[:assets]]
    return pd.DataFrame((80 * np.exp(moves.cumsum(axis=0))).round(4), index=index, columns=names)


def as_excel(**sheets: pd.DataFrame) -> bytes:
    """A workbook with a sheet for each table."""
    file = io.BytesIO()
    with pd.ExcelWriter(file) as writer:
        for title, table in sheets.items():
            table.to_excel(writer, sheet_name=title)
    return file.getvalue()
