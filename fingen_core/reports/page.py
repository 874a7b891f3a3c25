"""One HTML file that needs nothing else: style, font and chart library inside, headings, alt texts, fit to print."""

import base64
import html
import re
from collections.abc import Mapping, Sequence
from functools import cache

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from fingen_core.charts.theme import CONFIG, FONT, MINUS, THIN, colors
from fingen_core.scenarios.outcomes import NOT_HAPPENED
from fingen_core.settings import ASSETS

__all__ = [
    "MARKS",
    "alt_text",
    "badges",
    "cover",
    "document",
    "figure",
    "gallery",
    "header",
    "markdown",
    "safe",
    "sheet",
    "slug",
    "table",
]

MARKS = {"good": "✓ Good", "unsure": "? Unsure", "bad": "✕ Bad"}
"""What a light says, never by its color alone."""

_INK = colors(dark=False)

_STYLE = f"""
:root {{ color-scheme: light; }}
* {{ box-sizing: border-box; }}
body {{ font: 15px/1.55 {FONT}; color: {_INK.text}; background: {_INK.background}; margin: 0; }}
main {{ max-width: 1120px; margin: 0 auto; padding: 28px 20px 60px; }}
h1 {{ font-size: 27px; line-height: 1.25; margin: 0 0 4px; }}
h2 {{ font-size: 20px; margin: 44px 0 6px; padding-top: 14px; border-top: 1px solid {_INK.grid}; }}
h3 {{ font-size: 16px; margin: 26px 0 4px; }}
p, ul {{ margin: 6px 0 10px; max-width: 78ch; }}
li {{ margin: 3px 0; }}
.quiet, figcaption, small {{ color: {_INK.quiet}; }}
nav a {{ margin-right: 16px; color: {_INK.generated}; }}
.lights {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); gap: 14px; margin: 14px 0; }}
.light {{ border: 1px solid {_INK.grid}; border-radius: 8px; padding: 12px 14px; background: {_INK.surface}; }}
.light h3 {{ margin: 0 0 6px; }}
.light p {{ margin: 0; font-size: 14px; }}
.badge {{ display: inline-block; font-weight: 600; font-size: 14px; padding: 1px 10px; border-radius: 12px;
  border: 1.5px solid {_INK.text}; margin-bottom: 6px; }}
.badge.good {{ background: {_INK.background}; }}
.badge.unsure {{ border-style: dashed; background: {_INK.background}; }}
.badge.bad {{ background: {_INK.text}; color: {_INK.background}; }}
.gallery {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 26px 28px; }}
.gallery.three {{ grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); }}
figure {{ margin: 12px 0 0; min-width: 0; max-width: 660px; break-inside: avoid; }}
figcaption {{ font-size: 12.5px; line-height: 1.45; margin-top: 6px; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-size: 13px; width: 100%; margin: 8px 0 14px; }}
th, td {{ text-align: left; padding: 4px 10px 4px 0; border-bottom: 1px solid {_INK.grid}; vertical-align: top; }}
th {{ color: {_INK.quiet}; font-weight: 600; vertical-align: bottom; }}
td:first-child {{ min-width: 120px; }}
td.num, th.num {{ text-align: right; }}
td.num {{ white-space: nowrap; font-variant-numeric: tabular-nums; }}
td.formula {{ min-width: 260px; color: {_INK.quiet}; font-size: 12px; line-height: 1.4; }}
summary {{ cursor: pointer; font-weight: 600; margin: 10px 0; }}
.cover dl {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 8px 24px; }}
.cover dt {{ color: {_INK.quiet}; font-size: 12.5px; }}
.cover dd {{ margin: 0; overflow-wrap: anywhere; }}
@page {{ size: A4; margin: 14mm 13mm 17mm; }}
@page wide {{ size: A4 landscape; }}
@page {{
  @bottom-left {{ font: 8.5px {FONT}; color: {_INK.quiet}; }}
  @bottom-right {{ font: 8.5px {FONT}; color: {_INK.quiet}; }}
}}
@media print {{
  body {{ font-size: 11.5px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
  main {{ max-width: none; padding: 0; }}
  p, ul {{ max-width: none; }}
  nav {{ display: none; }}
  .cover {{ break-after: page; padding-top: 14mm; }}
  .cover h1 {{ font-size: 31px; margin-bottom: 14px; }}
  .cover .answer {{ font-size: 15px; line-height: 1.5; }}
  .cover dl {{ grid-template-columns: 1fr 1fr; gap: 10px 28px; margin: 20px 0; padding: 14px 0;
    border-top: 1px solid {_INK.grid}; border-bottom: 1px solid {_INK.grid}; }}
  .cover dd {{ font-size: 13px; }}
  .cover .lights {{ grid-template-columns: 1fr 1fr 1fr; }}
  .cover .light p {{ font-size: 10.5px; line-height: 1.45; }}
  .cover nav {{ display: block; columns: 3; margin-top: 16px; break-inside: avoid; }}
  .cover nav a {{ display: block; margin: 3px 0; color: {_INK.text}; text-decoration: none; }}
  h1, h2, h3, h2 + p, h3 + p, summary, .head {{ break-after: avoid; break-inside: avoid; }}
  h2 {{ margin-top: 26px; }}
  section:first-of-type h2 {{ margin-top: 0; border-top: 0; padding-top: 0; }}
  .light, tr, figure, .short {{ break-inside: avoid; }}
  tbody tr:first-child {{ break-after: avoid; }}
  tbody tr:nth-last-child(-n + 3):not(:last-child) {{ break-after: avoid; }}
  thead {{ display: table-header-group; }}
  .wide {{ page: wide; }}
  .gallery, .gallery.three {{ display: block; }}
  figure {{ margin: 8px 0 18px; }}
  table {{ font-size: 10px; }}
  th, td {{ padding: 3px 8px 3px 0; }}
  td:first-child {{ min-width: 90px; }}
  td.formula {{ min-width: 180px; font-size: 9px; }}
  .wide table {{ font-size: 9.5px; }}
  .wide th, .wide td {{ padding: 2px 7px 2px 0; line-height: 1.35; }}
  .scroll {{ overflow: visible; }}
  summary {{ list-style: none; font-size: 16px; margin: 22px 0 4px; }}
  .modebar {{ display: none !important; }}
}}
"""

# A chart is drawn when its column may still be alone in its row: measured again once all are there. What is folded on
# screen is open on paper.
_SCRIPT = """
document.querySelectorAll('.js-plotly-plot').forEach(chart => Plotly.Plots.resize(chart));
const folds = [...document.querySelectorAll('details')];
let were = [];
addEventListener('beforeprint', () => { were = folds.map(f => f.open); folds.forEach(f => f.open = true); });
addEventListener('afterprint', () => folds.forEach((f, i) => f.open = were[i]));
"""


def document(title: str, body: str) -> str:
    """A whole page: open it from disk, send it, print it; its title and the number of the page stand on every sheet."""
    library = get_plotlyjs().replace("</script", "<\\/script")
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_font()}{_STYLE}{_foot(title)}</style><script>{library}</script></head>"
        f"<body><main>{body}</main><script>{_SCRIPT}</script></body></html>\n"
    )


def header(title: str, lead: str, links: Mapping[str, str]) -> str:
    """The head of a report: its title, a paragraph, what its paths are, and links by anchor; texts are HTML."""
    jumps = "".join(f'<a href="#{anchor}">{text}</a>' for anchor, text in links.items())
    return (
        f"<header><h1>{title}</h1><p>{lead}</p>"
        f'<p class="quiet">Paths: {safe(NOT_HAPPENED)} Not advice.</p><nav>{jumps}</nav></header>'
    )


def cover(title: str, lead: str, about: Mapping[str, str], lights: str, links: Mapping[str, str]) -> str:
    """The first page of a report; ``title`` and ``lead`` are HTML, so are the texts of ``links``, which are anchors."""
    pairs = "".join(f"<div><dt>{safe(name)}</dt><dd>{markdown(value)}</dd></div>" for name, value in about.items())
    jumps = "".join(f'<a href="#{anchor}">{text}</a>' for anchor, text in links.items())
    return (
        f'<header class="cover"><h1>{title}</h1><p class="answer">{lead}</p><dl>{pairs}</dl>{lights}'
        f'<p class="quiet">Paths: {safe(NOT_HAPPENED)} Not advice.</p><nav>{jumps}</nav></header>'
    )


def badges(lights: Sequence[tuple[str, str, str]]) -> str:
    """Lights side by side: what is asked, the color with its mark, the sentence; nothing without lights."""
    cards = [
        f"<div class='light'><span class='badge {color}'>{MARKS[color]}</span><h3>{safe(question)}</h3>"
        f"<p>{markdown(sentence)}</p></div>"
        for question, color, sentence in lights
    ]
    return f"<div class='lights'>{''.join(cards)}</div>" if cards else ""


def _foot(title: str) -> str:
    """The foot of printed sheets; what somebody wrote stands there as letters by their number."""
    written = "".join(f"\\{ord(letter):x} " for letter in title[:90])
    return (
        f'@page {{ @bottom-left {{ content: "{written}"; }} '
        '@bottom-right { content: "Page " counter(page) " of " counter(pages); } }'
    )


@cache
def _font() -> str:
    data = base64.b64encode((ASSETS / "fonts" / "ibm-plex-sans.woff2").read_bytes()).decode()
    return (
        "@font-face{font-family:'IBM Plex Sans';font-weight:100 700;"
        f"src:url(data:font/woff2;base64,{data}) format('woff2')}}"
    )


def figure(chart: go.Figure, how: str = "", *, name: str) -> str:
    """A chart with its alt text, and below it how to read it (Markdown).

    ``name`` is unique in the document.
    """
    plot = chart.to_html(
        full_html=False, include_plotlyjs=False, div_id=f"chart-{slug(name)}", config={**CONFIG, "responsive": True}
    )
    caption = f"<figcaption>{markdown(how)}</figcaption>" if how else ""
    told = html.escape(alt_text(chart), quote=True)
    return f'<figure><div role="img" aria-label="{told}">{plot}</div>{caption}</figure>'


def gallery(figures: Sequence[str], *, three: bool = False) -> str:
    """Figures side by side where there is room."""
    return f'<div class="gallery{" three" if three else ""}">{"".join(figures)}</div>'


def alt_text(chart: go.Figure) -> str:
    """Title, subtitle and key of a chart, which say what it shows, as plain text."""
    lines = str(chart.layout.title.text).split("<br>")
    plain = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", line)).strip() for line in lines]
    return "; ".join(re.sub(r"^[━╍▒·●◆■▲✚\s]+", "", line) for line in plain if line)


def markdown(text: str) -> str:
    """The little Markdown that explanations use: paragraphs and bold."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        minus = re.sub(r"(?<![\w.])-(?=\d)", MINUS, re.sub(r"[ \t\n]+", " ", paragraph))
        escaped = safe(minus.replace(" %", f"{THIN}%"))
        parts.append(re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escaped))
    return "<br>".join(parts)


def safe(text: str) -> str:
    """Plain text as HTML."""
    return html.escape(text, quote=False)


def slug(text: str) -> str:
    """Lower-case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


_SHORT, _WIDE = 30, 9
"""Rows up to which a table is never cut on paper, and columns from which on it lies across the sheet."""


def sheet(title: str, table: str, frame: pd.DataFrame, *, folded: bool = False) -> str:
    """A table below its heading, folded away on screen if it is long; on paper they stay together where they can."""
    kind = f"sheet{' short' if len(frame) <= _SHORT else ''}{' wide' if frame.shape[1] >= _WIDE else ''}"
    if folded:
        return f'<details class="{kind}"><summary>{safe(title)}</summary>{table}</details>'
    heading = f"<h3>{safe(title)}</h3>" if title else ""
    return f'<div class="{kind}">{heading}{table}</div>'


def table(frame: pd.DataFrame, *, numeric: Sequence[str] = (), formula: str = "", caption: str = "") -> str:
    """A table of text, columns of ``numeric`` to the right, the column ``formula`` small."""

    def cell(tag: str, column: str, value: object, extra: str = "") -> str:
        kind = ' class="num"' if column in numeric else ' class="formula"' if column == formula else ""
        text = safe(str(value).replace(" %", f"{THIN}%"))
        return f"<{tag}{kind}{extra}>{text}</{tag}>"

    head = "".join(cell("th", column, column, ' scope="col"') for column in frame.columns)
    body = "".join(
        "<tr>" + "".join(cell("td", column, value) for column, value in zip(frame.columns, row, strict=True)) + "</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    told = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return f'<div class="scroll"><table>{told}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
