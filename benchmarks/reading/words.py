"""Words that stand in exported files of several countries, and how numbers and days are written there."""

from dataclasses import dataclass

__all__ = ["ENGLISH", "LANGUAGES", "Language"]


@dataclass(frozen=True)
class Language:
    """Spelling of one country's exports; where several words are usual, one is drawn."""

    code: str
    date: tuple[str, ...]
    open: tuple[str, ...]
    high: tuple[str, ...]
    low: tuple[str, ...]
    close: tuple[str, ...]
    volume: tuple[str, ...]
    change: tuple[str, ...]
    asset: tuple[str, ...]
    returned: tuple[str, ...]
    months: tuple[str, ...]
    short: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    """Decimal and thousands mark."""
    numeric: tuple[str, ...]
    """Forms of days in digits that are usual there, as strftime writes them; ~ stands for no leading zero."""
    named: tuple[str, ...]
    """The same with the month's name: %B in full, %b short."""
    encodings: tuple[str, ...]
    source: str


_WEST, _EAST = (
    ("utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"),
    ("utf-8", "utf-8-sig", "cp1250", "iso-8859-2", "utf-16"),
)
_POINT, _COMMA = (".", ","), (",", ".")
_THIN, _NARROW, _SPACE = (",", "\u00a0"), (",", "\u202f"), (",", " ")


def _w(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split("|"))


ENGLISH = Language(
    "en",
    _w("Date|date|DATE|Trade Date|Day|Dates|TradeDate"),
    _w("Open|open|Opening price|OPEN"),
    _w("High|high|Day high|HIGH"),
    _w("Low|low|Day low|LOW"),
    _w("Close|close|Closing price|Last|Price|Last price|CLOSE|Settle"),
    _w("Volume|Vol.|volume|Shares traded"),
    _w("Change %|% Chg|Change|Chg%"),
    _w("Ticker|Symbol|ticker|Instrument|Security|RIC"),
    _w("Return|return|Ret|Daily return|RET"),
    _w("January|February|March|April|May|June|July|August|September|October|November|December"),
    _w("Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"),
    (_POINT,),
    ("%m/%d/%Y", "~%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y"),
    (
        "%d %b %Y",
        "%b %d, %Y",
        "%d-%b-%Y",
        "%B ~%d, %Y",
        "~%d %B %Y",
        "~%d-%b-%y",
        "%d-%b-%y",
        "%d%b%Y",
        "%a %b %d %Y",
        "%a, %d %b %Y",
    ),
    ("utf-8", "utf-8-sig", "utf-16", "latin-1"),
    "Source: market data service, delayed 15 minutes",
)

GERMAN = Language(
    "de",
    _w("Datum|Tag|Handelstag|Kursdatum"),
    _w("Eröffnung|Eröffn.|Erster|Eröffnungskurs"),
    _w("Hoch|Tageshoch|Höchst|Höchstkurs"),
    _w("Tief|Tagestief|Tiefst|Tiefstkurs"),
    _w("Schluss|Schlusskurs|Zuletzt|Kurs|Letzter"),
    _w("Volumen|Umsatz|Stück|Stuecke"),
    _w("+/- %|Veränderung|Veränd. %|Differenz %"),
    _w("Wertpapier|Kürzel|Symbol|Titel"),
    _w("Rendite|Tagesrendite|Rendite in %"),
    _w("Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"),
    _w("Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez"),
    (_COMMA, _COMMA, (",", ""), (".", "'"), (".", "’")),
    ("%d.%m.%Y", "~%d.%m.%Y", "%d.%m.%y"),
    ("~%d. %B %Y", "%d. %b %Y", "%d. %b. %Y"),
    _WEST,
    "Quelle: Börse, alle Angaben ohne Gewähr",
)

FRENCH = Language(
    "fr",
    _w("Date|Jour|Séance"),
    _w("Ouverture|Ouv.|Premier cours"),
    _w("Plus haut|+Haut|Haut|+ haut"),
    _w("Plus bas|+Bas|Bas|+ bas"),
    _w("Clôture|Dernier|Cours|Cours de clôture"),
    _w("Volume|Vol.|Titres échangés"),
    _w("Variation %|Var. %|Var."),
    _w("Valeur|Libellé|Titre|Code"),
    _w("Rendement|Rendement quotidien|Rentabilité"),
    _w("janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"),
    _w("janv.|févr.|mars|avr.|mai|juin|juil.|août|sept.|oct.|nov.|déc."),
    (_SPACE, _THIN, _NARROW, (",", "")),
    ("%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y"),
    ("~%d %B %Y", "%d %b %Y"),
    _WEST,
    "Source : marché, données à titre indicatif",
)

SPANISH = Language(
    "es",
    _w("Fecha|Día|Fecha de sesión"),
    _w("Apertura|Precio de apertura|Abre"),
    _w("Máximo|Máx.|Alto"),
    _w("Mínimo|Mín.|Bajo"),
    _w("Cierre|Último|Precio de cierre|Precio"),
    _w("Volumen|Vol.|Títulos"),
    _w("% var.|Variación %|Dif. %"),
    _w("Valor|Símbolo|Ticker"),
    _w("Rentabilidad|Rendimiento|Retorno"),
    _w("enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"),
    _w("ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic"),
    (_COMMA, (",", ""), _POINT),
    ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y"),
    ("%d %b %Y", "%d-%b-%Y", "~%d de %B de %Y"),
    _WEST,
    "Fuente: bolsa de valores, datos sin garantía",
)

ITALIAN = Language(
    "it",
    _w("Data|Giorno|Data seduta"),
    _w("Apertura|Aper.|Prezzo di apertura"),
    _w("Massimo|Max|Mass."),
    _w("Minimo|Min|Min."),
    _w("Chiusura|Ultimo|Prezzo di chiusura|Prezzo"),
    _w("Volume|Vol.|Quantità"),
    _w("Var. %|Variazione %"),
    _w("Titolo|Strumento|Simbolo"),
    _w("Rendimento|Rendimento giornaliero"),
    _w("gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre"),
    _w("gen|feb|mar|apr|mag|giu|lug|ago|set|ott|nov|dic"),
    (_COMMA, (",", "")),
    ("%d/%m/%Y", "%d.%m.%Y", "%d/%m/%y"),
    ("~%d %B %Y", "%d %b %Y", "%d-%b-%Y"),
    _WEST,
    "Fonte: borsa, dati senza garanzia",
)

POLISH = Language(
    "pl",
    _w("Data|Data sesji|Dzień"),
    _w("Otwarcie|Kurs otwarcia"),
    _w("Najwyższy|Max.|Maksimum|Kurs maks."),
    _w("Najniższy|Min.|Minimum|Kurs min."),
    _w("Zamknięcie|Ostatnio|Kurs zamknięcia|Kurs"),
    _w("Wolumen|Wol.|Obrót"),
    _w("Zmiana%|Zmiana %"),
    _w("Nazwa|Walor|Symbol"),
    _w("Stopa zwrotu|Zwrot"),
    _w("stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia"),
    _w("sty|lut|mar|kwi|maj|cze|lip|sie|wrz|paź|lis|gru"),
    (_SPACE, _THIN, (",", "")),
    ("%d.%m.%Y", "%d-%m-%Y"),
    ("~%d %B %Y", "%d %b %Y"),
    _EAST,
    "Źródło: giełda papierów wartościowych",
)

PORTUGUESE = Language(
    "pt",
    _w("Data|Data do pregão|Dia"),
    _w("Abertura|Preço de abertura"),
    _w("Máxima|Máximo|Máx."),
    _w("Mínima|Mínimo|Mín."),
    _w("Fechamento|Fecho|Último|Preço"),
    _w("Volume|Vol.|Quantidade"),
    _w("Var%|Var. %|Variação %"),
    _w("Ativo|Código|Papel"),
    _w("Retorno|Rentabilidade|Retorno diário"),
    _w("janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro"),
    _w("jan|fev|mar|abr|mai|jun|jul|ago|set|out|nov|dez"),
    (_COMMA, (",", "")),
    ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"),
    ("~%d de %B de %Y", "%d/%b/%Y", "%d %b %Y"),
    _WEST,
    "Fonte: bolsa, dados com atraso de 15 minutos",
)

DUTCH = Language(
    "nl",
    _w("Datum|Handelsdag"),
    _w("Opening|Open|Openingskoers"),
    _w("Hoog|Hoogste|Dagkoers hoog"),
    _w("Laag|Laagste|Dagkoers laag"),
    _w("Slot|Slotkoers|Laatste|Koers"),
    _w("Volume|Vol."),
    _w("Verschil (%)|Verschil %"),
    _w("Fonds|Naam|Symbool"),
    _w("Rendement|Dagrendement"),
    _w("januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"),
    _w("jan|feb|mrt|apr|mei|jun|jul|aug|sep|okt|nov|dec"),
    (_COMMA, (",", "")),
    ("%d-%m-%Y", "~%d-%m-%Y", "%d/%m/%Y", "%d-%m-%y"),
    ("~%d %B %Y", "%d %b %Y", "%d-%b-%Y"),
    _WEST,
    "Bron: beurs, aan deze gegevens kunnen geen rechten worden ontleend",
)

CZECH = Language(
    "cs",
    _w("Datum|Den|Obchodní den"),
    _w("Otevření|Otevírací cena|Open"),
    _w("Maximum|Nejvyšší|Max"),
    _w("Minimum|Nejnižší|Min"),
    _w("Závěr|Zavírací cena|Poslední|Kurz"),
    _w("Objem|Objem (ks)"),
    _w("Změna %|Změna v %"),
    _w("Název|Titul|Symbol"),
    _w("Výnos|Denní výnos"),
    _w("ledna|února|března|dubna|května|června|července|srpna|září|října|listopadu|prosince"),
    _w("led|úno|bře|dub|kvě|čvn|čvc|srp|zář|říj|lis|pro"),
    (_THIN, _SPACE, (",", "")),
    ("%d.%m.%Y", "~%d.%m.%Y", "~%d. ~%m. %Y"),
    ("~%d. %B %Y",),
    _EAST,
    "Zdroj: burza cenných papírů",
)

LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, POLISH, PORTUGUESE, DUTCH, CZECH)
