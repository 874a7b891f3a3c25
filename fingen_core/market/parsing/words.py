"""What columns of price files are called in the languages that exports come in."""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal, TypeAlias

from fingen_core.market.parsing.months import bare

__all__ = ["PRICE_FIELDS", "Field", "field_of", "says_asset", "says_date", "split_label"]

Field: TypeAlias = Literal[
    "adjusted",
    "close",
    "settle",
    "last",
    "value",
    "mid",
    "bid",
    "ask",
    "open",
    "high",
    "low",
    "volume",
    "change",
    "other",
]

PRICE_FIELDS: tuple[Field, ...] = ("adjusted", "close", "settle", "last", "value", "mid", "bid", "ask")
"""What can stand for the price of a day, the best first."""

_WORDS: Mapping[Field, str] = MappingProxyType(
    {
        "adjusted": (
            "adj close|adjclose|adjusted close|adj closing price|adjusted|adjusted price|close adjusted|"
            "close adj|adj price|schluss bereinigt|schlusskurs bereinigt|bereinigter schluss|"
            "bereinigter schlusskurs|bereinigter kurs|bereinigt|adj schluss|adj schlusskurs|ber schlusskurs|"
            "cloture ajustee|cours ajuste|cloture ajuste|cloture corrigee|cours de cloture ajuste|"
            "cierre ajustado|cierre aj|precio ajustado|chiusura rettificata|chiusura aggiustata|chiusura agg|"
            "prezzo rettificato|zamkniecie skorygowane|skorygowane zamkniecie|kurs skorygowany|"
            "fechamento ajustado|fecho ajustado|preco ajustado|aangepaste slotkoers|aangepast slot|"
            "aangepaste koers|gecorrigeerde slotkoers|slotkoers aangepast|slot aangepast|upraveny zaver|"
            "upravena cena|upravena zaviraci cena|zaver upraveny|korigovana cena|total return|"
            "tot return index gross dvds|tr index|adjusted close price"
        ),
        "close": (
            "close|closing|closing price|close price|price close|closeprice|px last|px close|close last|"
            "trade close|schluss|schlusskurs|schlusspreis|schlusswert|schlussk|cloture|clot|cours de cloture|"
            "cours cloture|fermeture|dernier|dernier cours|cierre|precio de cierre|ultimo cierre|chiusura|"
            "prezzo di chiusura|prezzo chiusura|chius|zamkniecie|kurs zamkniecia|cena zamkniecia|zamkn|"
            "fechamento|fecho|preco de fechamento|slot|slotkoers|sluiting|slotprijs|sluitingskoers|zaver|"
            "zaviraci|zaviraci cena|zaviraci kurz|uzavreni|uzaverka|zaverecna cena|zaviraci hodnota"
        ),
        "settle": "settle|settlement|settlement price|settle price|px settle|abrechnungspreis",
        "last": (
            "last|last price|price last|letzter|letzter kurs|zuletzt|laatste|laatste koers|laatst|posledni|"
            "ultimo|ultimo prezzo|ultima|ostatni|ostatnio|ostatnia cena|derniere|derniere valeur|last trade"
        ),
        "value": (
            "price|net asset value|prices|"
            "value|nav|px|kurs|preis|wert|cours|prix|valeur|valeur liquidative|vl|precio|valor|"
            "prezzo|valore|quotazione|cena|wartosc|preco|cotacao|koers|prijs|waarde|hodnota|rate|index|level|"
            "fixing|rucknahmepreis|anteilspreis|inventarwert|obs value|observation value|prc|unit price|"
            "share price|daily price|kurz|cotizacion|nav per share|valor liquidativo|index value|index level"
        ),
        "mid": "mid|mid price|px mid|mittelkurs|mitte",
        "bid": "bid|bid price|px bid|geld|geldkurs",
        "ask": "ask|ask price|offer|px ask|brief|briefkurs",
        "open": (
            "open|opening|opening price|open price|price open|openprice|px open|eroffnung|eroffnungskurs|"
            "eroffnungspreis|erster|erster kurs|anfang|anfangskurs|eroff|ouverture|ouv|cours d ouverture|"
            "cours ouverture|premier|premier cours|apertura|precio de apertura|prezzo di apertura|aper|"
            "otwarcie|kurs otwarcia|cena otwarcia|otw|abertura|abert|preco de abertura|openen|openingskoers|"
            "openingsprijs|otevreni|oteviraci|oteviraci cena|oteviraci kurz|zahajeni|start"
        ),
        "high": (
            "high|high price|price high|highprice|px high|hoch|hochst|hochstkurs|hochster|tageshoch|"
            "hochstpreis|hochster kurs|plus haut|haut|cours le plus haut|max|max.|alto|maximo|mas alto|"
            "precio maximo|massimo|prezzo massimo|maximum|maxi|kurs maksymalny|kurs najwyzszy|najwyzszy|maks|"
            "maksimum|maksymalny|najwyzsza|maxima|alta|hoog|hoogste|hoogste koers|dagkoers hoog|nejvyssi|"
            "maximalni|maximalni cena|daily high"
        ),
        "low": (
            "low|low price|price low|lowprice|px low|tief|tiefst|tiefstkurs|tiefster|tagestief|tiefstpreis|"
            "niedrig|tiefster kurs|plus bas|bas|cours le plus bas|min|min.|bajo|minimo|mas bajo|precio minimo|"
            "prezzo minimo|minimum|mini|kurs minimalny|kurs najnizszy|najnizszy|minimalny|najnizsza|minima|"
            "baixa|laag|laagste|laagste koers|dagkoers laag|nejnizsi|minimalni|minimalni cena|daily low"
        ),
        "volume": (
            "volume|vol|volumes|volumen|volumi|wolumen|obrot|obroty|quantita|quantite|titres|capitaux|umsatz|"
            "titres echanges|"
            "stucke|stuck|gehandelte stuck|handelsvolumen|umsatz stuck|omzet|objem|objem obchodu|negocios|"
            "shares traded|turnover|px volume|trade volume|number of trades|no of trades|trades|anzahl|"
            "tick volume|tickvol|real volume|volume usd|volume btc|quote volume|total volume|volume from|"
            "volume to|volumefrom|volumeto|wolumen obrotu|volumen negociado|aantal|pocet|obchodovany objem|"
            "value traded|turnover value|openint|open interest|open int|oi|contracts|market cap|marketcap|"
            "market capitalization|capitalisation|shrout|shares outstanding|liczba transakcji|"
            "numero de transacciones|quantity|tottrdqty|tottrdval|prev day open interest|deliverable volume|"
            "total trade quantity"
        ),
        "change": (
            "change|chg|change %|% change|chg %|% chg|change pct|pct change|changes|diff|differenz|var|var %|"
            "% var|variation|variation %|variacion|variazione|variazione %|variacao|% variacao|anderung|"
            "veranderung|anderung %|veranderung %|zmiana|zmiana %|% zmiana|verandering|verandering %|wijziging|"
            "zmena|zmena %|evolution|evolucion|+/|+/ %|net change|ret|return|returns|retx|rendite|rendement|"
            "daily return|pct chg|perf|performance|log return|var.|differenza|wzrost"
        ),
        "other": (
            "repurchase price|sale price|"
            "dividends|dividend|stock splits|splits|split|split factor|split ratio|capital gains|div|"
            "adj factor|adjustment factor|facpr|facshr|cfacpr|cfacshr|vwap|average|average price|avg|avg price|"
            "mittel|spread|spreads|prev close|previous close|prior close|prevclose|vortag|vortageskurs|p/e|pe|"
            "pe ratio|eps|yield|div yield|dividend yield|exdividend|ex dividend|row|index no|no|nr|time|"
            "ltp range|series|52w high|52w low|52 week high|52 week low|short interest|siccd|shrcd|exchcd"
        ),
    }
)
_FIELDS: Mapping[str, Field] = MappingProxyType(
    {phrase.strip(): field for field, text in _WORDS.items() for phrase in text.split("|")}
)
_CURRENCY = re.compile(r"\b(?:usd|eur|gbp|gbx|chf|jpy|pln|czk|cad|aud|sek|nok|dkk|inr|brl|in|per)\b|[$€£¥]")
_ASSET = (
    " ticker tickers symbol symbols asset assets name names isin id ric secid permno permco gvkey cusip sedol "
    " wkn instrument security securities code stock company titel titre titulo titolo wertpapier valore valor "
    " nazwa nazev akcie bezeichnung kurzel naam fonds fund index sym contract pair coin product entity series "
    " emittent spolka unternehmen firma societe empresa societa bedrijf instrumento strumento papier walor "
    " identifier underlying "
)
_DATE = (
    " date dates day days time timestamp datetime datum tag zeit fecha data dag jour giorno dia dzien den "
    " caldt month monat mois mes mese miesiac maand mesic period periode year jahr observationdate tradingday "
    " dtyyyymmdd handelstag tradedate seance sesja quarter week quote asof when unix opentime closetime "
    " timeperiod pricedate navdate "
)


@cache
def _normal(text: str) -> str:
    """Small letters without accents, brackets, units and marks: "<Close>" and "Close (USD)" are "close"."""
    plain = bare(text).replace("/", " ").replace("&", " ")
    plain = re.sub(r"\((?:[^)]*)\)|\[[^\]]*\]", lambda found: " % " if "%" in found[0] else " ", plain)
    plain = re.sub(r"\s(?:in|im|en|em|v|ve|w|i)\s*%", " %", plain)
    plain = re.sub(r"[<>\"'_.,:;*|\-–()\[\]{}]+", " ", plain)
    return " ".join(plain.split())


@cache
def field_of(label: str) -> Field | None:
    """The field that a column's name stands for, in any of the languages; ``None`` for other names."""
    if label.strip().strip("%").strip() == "+/-":
        return "change"
    normal = _normal(_apart(re.sub(r"^\s*\d+[a-z]?\.\s+", "", label)))  # "4. close" is a close
    return _plain_field(normal) or _plain_field(" ".join(_CURRENCY.sub(" ", normal).split()))


def _plain_field(normal: str) -> Field | None:
    if normal.startswith("adj ") and _FIELDS.get(normal.removeprefix("adj ")) in ("open", "high", "low", "volume"):
        return "other"
    return _FIELDS.get(normal)


def _apart(label: str) -> str:
    """AdjClose as Adj Close."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label)


_NEVER_APART = (
    "|index|level|rate|value|values|valor|valore|wert|wartosc|hodnota|waarde|valeur|fixing|mitte|start|tr index|"
    "total return|tot return index gross dvds|index value|index level|max|min|no|nr|series|time|brief|geld|slot|"
)
"""Fields that are part of many an asset's name as well: "SPX Index", "Small Value"."""
_PARTS = re.compile(r"[_:|/()\-'\"]+|[.,](?!\s)|\s+(?:[-–:|/]\s+)?")


@cache
def split_label(label: str) -> tuple[str, Field] | None:
    """Asset and field of a name like "AAA Close", "AAA.Adjusted", "Close_AAA" or "('Close', 'AAA')"."""
    text = label.strip().strip("()[]<>").strip()
    cuts = [
        (found.start(), found.end()) for found in _PARTS.finditer(text) if found.start() > 0 and found.end() < len(text)
    ]
    for start, end in cuts:  # the longest field behind, then the longest before
        if field := _part_field(text[end:]):
            return _clean(text[:start]), field
    for start, end in reversed(cuts):
        if field := _part_field(text[:start]):
            return _clean(text[end:]), field
    return None


def _part_field(part: str) -> Field | None:
    """The field that a part of a name stands for, if it is no part of names of assets."""
    normal = _normal(_apart(part))
    return None if f"|{normal}|" in _NEVER_APART else _plain_field(normal)


def _clean(name: str) -> str:
    return name.strip(" '\"()[]-–:|,")


def says_asset(label: str) -> bool:
    """Whether a column's name says that it names assets."""
    return any(f" {word} " in _ASSET for word in _normal(_apart(label)).split())


def says_date(label: str) -> bool:
    """Whether a column's name says that it holds dates."""
    words = _normal(_apart(label)).split()
    if any(word.endswith(("datum", "date", "dag", "tag", "dato")) for word in words):
        return True
    return any(f" {word} " in _DATE for word in [*words, "".join(words)])
