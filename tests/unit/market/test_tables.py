"""The cells of files: all of them, as they stand, or a refusal that says what to do."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime

import openpyxl
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market.tables import read_cells
from tests.workbook_support import MAIN, OFFICE, as_excel, packed, prices, workbook

N = 60


def _rows(data: bytes, name: str = "p.csv", **how: str) -> list[list[object]]:
    return read_cells(data, name, **how).frame.to_numpy().tolist()


def _refusal(data: bytes, name: str = "p.csv") -> str:
    with pytest.raises(InvalidInput) as caught:
        read_cells(data, name)
    return str(caught.value)


# Text


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_is_cut_at_its_separator_whatever_its_line_ends_and_encoding(
    separator: str, end: str, encoding: str
) -> None:
    lines = [["Tag", "Köln", "Düren"], ["2020-01-01", "1.5", "2"], ["2020-01-02", "1.25", "3"]]
    cells = read_cells(end.join(separator.join(row) for row in lines).encode(encoding), "p.csv")
    assert cells.frame.to_numpy().tolist() == lines
    assert list(cells.frame.index) == [1, 2, 3]
    assert (cells.separator, cells.sheet, cells.names) == (separator, "", ())


@pytest.mark.parametrize("word", ["Najwyższy", "Nejvyšší", "Zamknięcie dzień"])
def test_words_from_east_of_the_oder_are_read_in_their_encoding(word: str) -> None:
    assert _rows(f"Data;{word} Najniższy\n2020-01-01;4,5\n".encode("cp1250"))[0][1] == f"{word} Najniższy"


@pytest.mark.parametrize("word", ["Clôture", "Schluß", "Mínimo", "Código 5 €", "Açúcar"])
def test_words_from_the_west_stay_what_they_are(word: str) -> None:
    assert _rows(f"Data;{word}\n2020-01-01;4,5\n".encode("cp1252"))[0][1] == word


def test_decimal_commas_do_not_part_cells() -> None:
    rows = [["01/03/2016", "79,81", "80,13", "874166"]] * 300
    data = "Date;Ouverture;Clôture;Volume\n" + "\n".join(";".join(row) for row in rows)
    cells = read_cells(data.encode(), "p.csv")
    assert cells.separator == ";"
    assert cells.frame.shape == (301, 4)


def test_thousands_in_quotes_do_not_part_cells() -> None:
    rows = _rows(b'Date,AAA\n"Jan 5, 2016","4,782.10"\n"Jan 6, 2016","4,790.00"\n')
    assert rows[1] == ["Jan 5, 2016", "4,782.10"]


@pytest.mark.parametrize("lines", [100, 3_000])
def test_blocks_above_and_below_the_table_do_not_outvote_it(lines: int) -> None:
    """A hundred lines of notes with commas stand above the table; the vote is taken over the whole file."""
    notes = ["Note, and another, and more, of it"] * 100
    table = [f"2020-01-{day % 28 + 1:02d};{day},5" for day in range(lines * 2)]
    cells = read_cells(
        "\n".join([*notes, "", "Datum;Kurs", *table, "", "source: somewhere, sometime"]).encode(), "p.csv"
    )
    assert cells.separator == ";"
    assert len(cells.frame) == 100 + 1 + 2 * lines + 1
    assert list(cells.frame.index[99:102]) == [100, 102, 103]  # the blank line is told by the gap


def test_ragged_rows_are_kept_and_filled() -> None:
    assert _rows(b"Title\nDate,AAA,BBB\n2020-01-01,1,2,\n2020-01-02,3\nTotal,4,5,6 extra\n") == [
        ["Title", "", "", ""],
        ["Date", "AAA", "BBB", ""],
        ["2020-01-01", "1", "2", ""],
        ["2020-01-02", "3", "", ""],
        ["Total", "4", "5", "6 extra"],
    ]


def test_columns_at_the_right_end_that_hold_nothing_are_left_out() -> None:
    assert _rows(b"Date,,AAA,,\n2020-01-01,,2,,\n") == [["Date", "", "AAA"], ["2020-01-01", "", "2"]]


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"'])
def test_a_line_that_declares_the_separator_is_obeyed_and_not_a_row(line: str) -> None:
    cells = read_cells(f"{line}\r\nDate;A,B\r\n2020-01-01;1,5\r\n".encode(), "p.csv")
    assert cells.frame.to_numpy().tolist() == [["Date", "A,B"], ["2020-01-01", "1,5"]]
    assert list(cells.frame.index) == [2, 3]


def test_a_quoted_cell_may_have_several_lines() -> None:
    assert _rows(b'Date,"AAA\n(USD)"\n2020-01-01,1\n')[0] == ["Date", "AAA\n(USD)"]


@pytest.mark.parametrize(
    "data",
    [
        b'Date,AAA\n2020-01-01,"1\n2020-01-02,2\n',
        b'Date,AAA\n2020-01-01,"1\n2020-01-02,"2"\n',
        b'Date,AAA\n2020-01-01,"' + b"1\n2020-01-02,2\n" * 5_000,
        b'Date,AAA\n2020-01-01,"' + b"1 2 3 4 5" * 50_000,
    ],
)
def test_a_quote_that_never_closes_is_refused_where_it_opens(data: bytes) -> None:
    sentence = _refusal(data)
    assert "line 2 of p.csv opens a quote" in sentence or "cannot be cut into columns" in sentence


def test_an_inch_sign_in_a_name_is_no_quote() -> None:
    assert _rows(b'Date,19" rack\n2020-01-01,1\n2020-01-02,2\n')[0][1] == '19" rack'


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"Date,AAA\n" + b"2020-01-01,1\n" * 1_000_001, "1,000,002 rows, but at most 1,000,000"),
        (b"," * 1_001 + b"\n", "1,002 columns, but at most 1,000"),
        (b"1," * 999 + b"1\n" + (b"1," * 999 + b"1\n") * 4_000, "4,000,000 are read"),
        ((b"," * 900 + b"\n") * 20_000, "cells, but at most 4,000,000 are read"),
        (b"a,b\n" + b"x" * 2**21 + b",1\n", "a line of 2,097,154 characters, but at most 1,048,576"),
        (b"a,b\n1,2\n" * 40_000 + b"note" + b",more" * 900 + b"\n", "80,001 rows, and one with 901 cells"),
        (b"a,b\n1,\x002\n", "is no CSV, Parquet or Excel"),
        (b"\xff\xfea\x00,\x00b", "is no text in a known encoding"),
        (b"\n\r\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\xef\xbb\xbf\n \n", "is empty"),
        (b",,\n,,\n", "holds nothing but separators"),
        (b"one\ntwo\n", "has one column only"),
    ],
)
def test_text_that_is_too_much_or_none_is_refused(data: bytes, sentence: str) -> None:
    assert sentence in _refusal(data)


# Excel


def test_all_visible_sheets_are_offered_and_the_one_with_a_table_comes_first() -> None:
    notes = pd.DataFrame({"what": ["Source", "Made"], "value": ["somewhere", "today"]})
    book = openpyxl.load_workbook(
        io.BytesIO(as_excel(Notes=notes, Prices=prices(), Old=prices() * 2, Far=prices() * 3))
    )
    book["Old"].sheet_state, book["Far"].sheet_state = "hidden", "veryHidden"
    book.create_chartsheet("Chart")
    file = io.BytesIO()
    book.save(file)
    cells = read_cells(file.getvalue(), "p.xlsx")
    assert (cells.sheet, cells.sheets) == ("Prices", ("Notes", "Prices"))
    assert cells.told == ("hidden and not read: Old, Far",)
    assert cells.frame.iloc[1, 1] == prices().iloc[0, 0]
    assert read_cells(file.getvalue(), "p.xlsx", sheet="Notes").frame.iloc[1, 2] == "somewhere"
    for none in ("Old", "Chart", "Nowhere"):
        with pytest.raises(InvalidInput, match=f"no visible sheet {none}: choose one of Notes, Prices"):
            read_cells(file.getvalue(), "p.xlsx", sheet=none)


@pytest.mark.parametrize(
    "tag", ['<dimension ref="A1"/>', '<dimension ref="A1:XFD1048576"/>', '<dimension ref="?"/>', ""]
)
def test_the_dimension_tag_is_not_believed(tag: str) -> None:
    data = as_excel(Prices=prices())
    parts = {
        info: zipfile.ZipFile(io.BytesIO(data)).read(info) for info in zipfile.ZipFile(io.BytesIO(data)).namelist()
    }
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    start, stop = sheet.index("<dimension"), sheet.index("/>", sheet.index("<dimension")) + 2
    cells = read_cells(packed({**parts, "xl/worksheets/sheet1.xml": sheet[:start] + tag + sheet[stop:]}), "p.xlsx")
    assert cells.frame.shape == (N + 1, 3)
    assert list(cells.frame[0][1:]) == list(prices().index)
    assert list(cells.frame[2][1:]) == list(prices()["BBB"])


def test_cells_of_every_kind_are_what_a_person_sees() -> None:
    data = workbook(
        '<c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><r><t>A</t></r><r><t>&amp;B</t></r></is></c>',
        '<c r="A2" s="1"><v>42430</v></c><c r="B2"><v>4782</v></c><c r="C2"><v>1.5E-3</v></c>',
        '<c r="A3" t="d"><v>2016-03-02</v></c><c r="B3" t="e"><v>#N/A</v></c><c r="C3" t="b"><v>1</v></c>',
        '<c r="A4" t="str"><f>T(A1)</f><v>text</v></c><c r="B4"><f>B2*2</f><v>9564</v></c><c r="C4"><v>12e400</v></c>',
        '<row r="7"><c><v>1</v></c><c/><c><v>3</v></c></row>',
    )
    cells = read_cells(data, "p.xlsx")
    assert cells.frame.to_numpy().tolist() == [
        ["Date", None, "A&B"],
        [datetime(2016, 3, 1), 4782, 0.0015],
        [datetime(2016, 3, 2), "#N/A", "TRUE"],
        ["text", 9564, "12e400"],
        [1, None, 3],
    ]
    assert list(cells.frame.index) == [1, 2, 3, 4, 7]


def test_formulas_without_stored_values_are_told() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Prices"
    for row in range(1, 7):
        sheet.append([f"2020-01-0{row}", row, f"=B{row}*2"])
    file = io.BytesIO()
    book.save(file)
    assert read_cells(file.getvalue(), "p.xlsx").told == (
        "6 cells of sheet Prices hold formulas without stored values: open and save it in a spreadsheet program first",
    )


def test_days_are_counted_from_1904_where_the_workbook_says_so() -> None:
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr date1904="1"/><sheets>'
        '<sheet name="Prices" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    data = workbook('<c r="A1" s="1"><v>40968</v></c><c r="B1"><v>1</v></c>', book=book)
    assert _rows(data)[0][0] == datetime(2016, 3, 1)


def test_merged_names_stand_above_all_their_columns_and_titles_do_not() -> None:
    both = pd.concat({"Close": prices(), "Volume": prices() * 1e4}, axis=1)
    file = io.BytesIO()
    both.to_excel(file)
    rows = _rows(file.getvalue())
    assert rows[0][1:] == ["Close", "Close", "Volume", "Volume"]
    assert rows[1][1:] == ["AAA", "BBB", "AAA", "BBB"]
    titled = workbook(
        '<c r="A1" t="inlineStr"><is><t>Prices of a fund</t></is></c>',
        '<c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c>',
        '<c r="A3"><v>1</v></c><c r="B3"><v>2</v></c>',
        after='<mergeCells><mergeCell ref="A1:B1"/></mergeCells>',
    )
    assert _rows(titled)[0] == ["Prices of a fund", None]


def test_merged_days_stand_beside_all_their_rows() -> None:
    tall = prices().melt(ignore_index=False).set_index("variable", append=True).sort_index()
    file = io.BytesIO()
    tall.to_excel(file)
    assert [row[0] for row in _rows(file.getvalue())[1:]] == [day for day in prices().index for _ in range(2)]


def test_names_may_have_a_prefix_as_some_programs_write_them() -> None:
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c>'
        '<x:c r="B1"><x:v>2.5</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert _rows(workbook(sheet=sheet)) == [["Date", 2.5]]


# Parquet


def _parquet(frame: pd.DataFrame, **how: object) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file, **how)
    return file.getvalue()


def test_parquet_has_typed_cells_and_an_index_first() -> None:
    table = prices().assign(Name=["x", None] * 30, Kind=pd.Categorical(["a", "b"] * 30), Flag=[True, False] * 30)
    table.iloc[0, 0] = float("nan")
    cells = read_cells(_parquet(table), "p.parquet")
    assert cells.names == ("Date", "AAA", "BBB", "Name", "Kind", "Flag")
    assert cells.frame.iloc[0].tolist() == [pd.Timestamp("2019-01-01"), None, table.iloc[0, 1], "x", "a", "TRUE"]
    assert cells.frame.iloc[1, 3:].tolist() == [None, "b", "FALSE"]
    assert read_cells(_parquet(table.rename_axis(None)), "p.parquet").names[0] == ""


def test_levels_of_columns_are_rows_as_in_the_csv_of_the_table() -> None:
    both = pd.concat({"Close": prices(), "Volume": prices() * 1e4}, axis=1, names=["Price", "Ticker"])
    cells = read_cells(_parquet(both), "p.parquet")
    as_csv = read_cells(both.to_csv().encode(), "p.csv")
    assert cells.names == ()
    assert cells.frame.iloc[:3].fillna("").to_numpy().tolist() == as_csv.frame.iloc[:3].to_numpy().tolist()
    assert cells.frame.iloc[3, 1] == prices().iloc[0, 0]


@pytest.mark.parametrize(
    ("cell", "kind"), [([1.0, 2.0], "list<element: double>"), ({"a": 1}, "struct<a: int64>"), (b"\x00", "binary")]
)
def test_parquet_cells_that_are_no_single_value_are_refused(cell: object, kind: str) -> None:
    data = _parquet(pd.DataFrame({"Date": ["2020-01-01"] * 3, "AAA": [cell] * 3}))
    assert f"column AAA of p.csv holds {kind} cells, but numbers, dates and text are read" in _refusal(data)


# Other kinds of files


def _ole(*names: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + b"".join(name.encode("utf-16-le") for name in names)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            _ole("Root Entry", "Workbook"),
            "no CSV, Parquet or Excel (.xlsx) file but an Excel file of an old form (.xls)",
        ),
        (_ole("Root Entry", "EncryptedPackage"), "p.csv is protected by a password: save it without one"),
        (_ole("WordDocument"), "an Office file of an old form"),
        (packed({"mimetype": "x", "content.xml": "<x/>"}), "an OpenDocument file (.ods): save it as .xlsx or CSV"),
        (packed({"Index/Document.iwa": "x"}), "an Apple Numbers file: export it"),
        (packed({"xl/workbook.bin": "x", "[Content_Types].xml": "x"}), "the binary form (.xlsb)"),
        (packed({"word/document.xml": "x", "[Content_Types].xml": "x"}), "a Word file"),
        (packed({"prices.csv": "a,b"}), "an archive (.zip): unpack it and choose the file inside"),
        (gzip.compress(b"Date,AAA\n", mtime=0), "a compressed one (gzip): unpack it"),
        (b"%PDF-1.7\n...", "a PDF: export the table itself"),
        (b"\n<!DOCTYPE html><html><table><tr><td>1</td>", "a web page"),
        (b"<table><tr><td>1,2</td></tr></table>", "a web page"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "old form (XML)"),
        (b'<?xml version="1.0"?><prices>1,2</prices>', "an XML file"),
        (json.dumps({"AAA": [1, 2], "BBB": [3, 4]}).encode(), "a JSON file"),
        (json.dumps([{"date": "2020-01-01", "price": 1}]).encode(), "a JSON file"),
        (b"PARE" + b"\0" * 20, "an encrypted Parquet file"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"SQLite format 3\x00", "a database (SQLite)"),
    ],
)
def test_files_of_other_kinds_are_named_with_a_remedy(data: bytes, sentence: str) -> None:
    assert sentence in _refusal(data)


def test_angle_brackets_around_names_are_no_markup() -> None:
    assert _rows(b"<TICKER>,<DATE>,<CLOSE>\nAAA,20160301,79.7\n")[0] == ["<TICKER>", "<DATE>", "<CLOSE>"]


# Damage


def _again(change: Callable[[dict[str, bytes]], None]) -> bytes:
    archive = zipfile.ZipFile(io.BytesIO(as_excel(Prices=prices())))
    parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    return packed(parts)


CELL = '<c r="A1"><v>1</v></c><c r="B1"><v>2</v></c>'
ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
HOSTILE: dict[str, Callable[[], bytes]] = {
    "cut": lambda: as_excel(Prices=prices())[:2_000],
    "sheet cut": lambda: _again(
        lambda parts: parts.update({"xl/worksheets/sheet1.xml": parts["xl/worksheets/sheet1.xml"][:900]})
    ),
    "no workbook": lambda: workbook(CELL, book=None),
    "no sheet": lambda: workbook(CELL, sheet=None),
    "no relations": lambda: workbook(CELL, book_rels=None),
    "workbook is no XML": lambda: workbook(CELL, book="\x00\x01"),
    "sheet is empty": lambda: workbook(CELL, sheet=""),
    "entities": lambda: workbook(
        sheet=f"{ENTITIES}<worksheet><sheetData><row><c><v>&i;</v></c></row></sheetData></worksheet>"
    ),
    "entities in strings": lambda: workbook(CELL, strings=f"{ENTITIES}<sst><si><t>&i;</t></si></sst>"),
    "a workbook that is its own sheet": lambda: workbook(
        CELL, book_rels=f'<R><Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="workbook.xml"/></R>'
    ),
    "text out of range": lambda: workbook('<c r="A1" t="s"><v>7</v></c>' + '<c r="B1"><v>1</v></c>'),
    "text of negative place": lambda: workbook('<c r="A1" t="s"><v>-1</v></c>' + '<c r="B1"><v>1</v></c>'),
    "text of no place": lambda: workbook('<c r="A1" t="s"><v>x</v></c>' + '<c r="B1"><v>1</v></c>'),
    "no such column": lambda: workbook('<c r="AAAA1"><v>1</v></c>'),
    "no column": lambda: workbook('<c r="12"><v>1</v></c>'),
    "small letters": lambda: workbook('<c r="é1"><v>1</v></c>'),
    "far column": lambda: workbook('<c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c>'),
    "negative row": lambda: workbook(f'<row r="-1">{CELL}</row>'),
    "row zero": lambda: workbook(f'<row r="0">{CELL}</row>'),
    "no row number": lambda: workbook(f'<row r="one">{CELL}</row>'),
    "row beyond the last": lambda: workbook(f'<row r="1048577">{CELL}</row>'),
    "a row twice": lambda: workbook(f'<row r="2">{CELL}</row><row r="2">{CELL}</row>'),
    "rows upwards": lambda: workbook(f'<row r="3">{CELL}</row><row r="2">{CELL}</row>'),
    "a cell twice": lambda: workbook('<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>'),
    "cells to the left": lambda: workbook('<c r="B1"><v>1</v></c><c r="A1"><v>2</v></c>'),
    "a day after the last": lambda: workbook('<c r="A1" s="1"><v>99999999</v></c><c r="B1"><v>1</v></c>'),
    "a day of no calendar": lambda: workbook('<c r="A1" t="d"><v>2016-02-31</v></c><c r="B1"><v>1</v></c>'),
    "a long text": lambda: workbook(f'<c r="A1" t="str"><v>{"x" * 40_000}</v></c><c r="B1"><v>1</v></c>'),
    "a tag of a megabyte": lambda: workbook(f'<c r="A1" x="{"x" * 2**20}"><v>1</v></c>'),
    "styles without numbers": lambda: workbook(CELL, styles='<s><cellXfs><xf numFmtId="x"/></cellXfs></s>'),
    "a merged area of no place": lambda: workbook(CELL, after='<mergeCell ref="nowhere"/>'),
    "a hundred thousand merged sheets": lambda: workbook(
        *[CELL] * 2_000, after='<mergeCell ref="A2:XFD1048576"/>' * 2_500
    ),
    "two million rows": lambda: workbook(
        sheet=f"<worksheet><sheetData>{'<row><c><v>1</v></c></row>' * 2_000_000}</sheetData></worksheet>"
    ),
    "a million names": lambda: workbook(
        sheet=f"<worksheet><sheetData>{''.join(f'<a{n}/>' for n in range(10**6))}</sheetData></worksheet>"
    ),
    "seven million elements in one another": lambda: workbook(CELL, strings="<sst>" + "<a>" * 7 * 10**6),
    "the same in a sheet": lambda: workbook(sheet="<worksheet><sheetData>" + "<row>" * 3 * 10**6),
    "one row of a million cells": lambda: workbook("<c><v>1</v></c>" * 10**6),
    "nothing in its cells": lambda: workbook('<c r="A1"/>'),
    "no sheets": lambda: workbook(CELL, book=f'<workbook xmlns="{MAIN}"><sheets/></workbook>'),
    "all hidden": lambda: workbook(
        CELL,
        book=f'<workbook xmlns:r="{OFFICE}"><sheets><sheet name="P" state="hidden" r:id="rId1"/></sheets></workbook>',
    ),
    "unpacks to a gigabyte": lambda: workbook(CELL, content="<Types/>" + " " * (200 * 2**20)),
    "eleven thousand parts": lambda: packed({"[Content_Types].xml": "x", **{f"x{n}": "" for n in range(11_000)}}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_damaged_and_hostile_workbooks_are_refused_in_one_sentence(kind: str) -> None:
    sentence = _refusal(HOSTILE[kind](), "p.xlsx")
    assert "p.xlsx" in sentence
    assert ":" in sentence
    assert "\n" not in sentence
    assert len(sentence) < 250
