"""What columns, sections and lines of brokers' lists are called, in eight languages.

English (also of India), German, Dutch, French, Spanish, Italian, Portuguese and Polish. All patterns are for text that
:func:`plain` made: small letters without accents, signs as blanks.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from fingen_core.market.currencies import COMMON

__all__ = [
    "CODES",
    "CODES_OF_TICKERS",
    "currency_in",
    "is_cash",
    "is_note",
    "is_pending",
    "is_short",
    "is_total",
    "is_trades",
    "kind_of_class",
    "meanings",
    "money_of",
    "plain",
    "times_in",
]

CODES = (
    *COMMON,
    "NOK",
    "DKK",
    "BRL",
    "PLN",
    "CZK",
    "HUF",
    "MXN",
    "ZAR",
    "SGD",
    "NZD",
    "KRW",
    "TWD",
    "ILS",
    "TRY",
    "THB",
)
CODES_OF_TICKERS = ("NOK",)
_SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR"}
"""A dollar sign may be any country's, so it names none."""

_GAIN = (
    r"gain|loss|\bp l\b|pnl|profit|unreali[sz]ed|reali[sz]ed|\bchange|chng|chg|\bg v\b|gewinn|verlust|winst|verlies|"
    r"resultat|resultad|resultaat|plus ?value|moins ?value|plusval|minusval|ganancia|perdida|\brendite|performance|"
    r"rendement|\breturn|yield|\bday\b|\btoday|\bytd\b|rating|\bbeta\b|dividend|accru|interest|\bfees?\b|reinvest|"
    r"verschil|differenz|ontwikkeling|entwicklung|variation|variacion|variazione|zysk|strata|lucro|latent"
)
_OTHER = (
    r"account|\bacct\b|konto|depot(nummer|bezeichnung|name)|rekening|compte|cuenta|\bconto\b|client|custod|\bdate\b|"
    r"datum|\btime\b|\bfecha\b|\bdata\b|conid|multipl|\bmult\b|duration|coupon|maturity|\bnotes?\b|country|location|"
    r"standort|\bland\b|portfolio (name|id|code)|sector|sektor|secteur|industry|fx rate|exchange rate|wechselkurs|"
    r"wisselkoers|level of detail|"
    r"discrepant|pledged|long term|data ?discriminator|\bnr\b|margin|notional|nominalwert|par value"
)
# The first meaning whose contents fit is taken; an order for names that fit several, like "Kurswert".
_RULES: tuple[tuple[str, str], ...] = (
    ("weight", r"weight|gewicht|weging|\bpoids\b|\bpeso\b|ponderac|allocation|allokation|allocatie|\bpct\b|percent|"
     r"\banteil\b|depotanteil|portfolioanteil|aandeel in|\bquota\b|repartition|share of|\bof (nav|portfolio|total|net|"
     r"acct|account|fund|assets)\b.*%|% (of|del|des|du|der|vom|am|van)\b|^%|%$|udzial"),
    ("currency", r"currency|\bccy\b|\bcur\b(?! val)|\bcurr\b|wahrung|waehrung|\bwhg\b|\bvaluta\b|\bmunt\b|devise|"
     r"monnaie|divisa|moneda|waluta|moeda"),
    ("cost", r"cost|einstand|kauf|anschaffung|einkauf|average|\bavg\b|\bav\b|durchschnitt|gemiddeld|\bmoyen|\bpru\b|"
     r"revient|\bmedi[oa]\b|promedio|purchase|\bbuy\b|\bbook|acquisi|\bgak\b|aankoop|\bachat|compra|acquisto|carico|"
     r"invest|unit cost|open price|coste|srednia|zakup"),
    ("value", r"mar?ke?t ?val|mkt val|market worth|marktwert|kurswert|bestandswert|depotwert|marktwaarde|"
     r"valeur (de marche|boursiere|actuelle|totale|en)|valor (de mercado|actual|total|en|efectivo)|valorisation|"
     r"valorizacion|controvalore|valore (di mercato|attuale|totale|in)|\bcur(rent)? val|present val|position val|"
     r"wert in|gesamtwert|waarde in|huidige waarde|value in|total value|wartosc|net liq"),
    ("price", r"price|pric\b|\bkurs|koers|\bcours\b|precio|prezzo|preco|\bltp\b|\blast\b|\bclos|\bquote\b|quotation|"
     r"cotizacion|cotacao|cotation|\bnav\b|\bmark\b|\brate\b|preis|prijs|cierre|cloture|chiusura|schluss|\bcmp\b|cena"),
    ("value", r"value|\bval\b|\bwert\b|waarde|valeur|\bvalor\b|valore|valuation|montant|betrag|importe|importo|bedrag|"
     r"worth|exposure|balance|\bsaldo\b|\bsolde\b|market ?cap|amount|\btotal"),
    ("quantity", r"quantity|\bqty\b|\bshares\b|\bunits?\b|position|pieces|nominal|stuck|stueck|\bstk\b|anzahl|bestand|"
     r"\bmenge\b|aantal|\bstuks\b|quantite|\bqte\b|\bnombre|titres|\bparts\b|cantidad|titulos|participacion|acciones|"
     r"quantita|pezzi|number|\bno of\b|\bheld\b|anteile|quantidade|ilosc|\bliczba|amount|nominale|volume|\bshs\b"),
    ("isin", r"\bisin\b"),
    ("code", r"\bwkn\b|sedol|cusip|valoren|security ?id|identifier"),
    ("symbol", r"symbol|symbool|ticker|\btick\b|kurzel|kuerzel|\bric\b|simbolo|mnemo|\bepic\b|bloomberg|tradingsymbol"),
    ("exchange", r"\bexchange\b|\bborse\b|boerse|beurs|bourse|\bbolsa\b|\bborsa\b|listing|venue|\bmic\b|handelsplatz|"
     r"^market$"),
    ("class", r"asset ?(class|categ|type)|security ?type|sec ?type|anlageklasse|assetklasse|anlageart|^type$|^typ$|"
     r"categor|kategorie|gattung|\btipo\b|instrument type|product ?type|wertpapierart|classe"),
    ("instrument", r"instrument|\bscrip\b|\basset\b|security|\bstock\b|contract|holdings?\b|\bcode\b|investment\b"),
    ("name", r"\bname\b|descri|product|produkt|bezeichnung|\btitel\b|libelle|designation|intitule|\bnombre\b|"
     r"denominazione|titolo|omschrijving|company|wertpapier|papier|issuer|emittent|\bfund|valeur|\bvalor\b|titulo|\btitre\b|position|"
     r"instrumento|fonds|nazwa|naam"),
)  # fmt: skip
_SIDE = re.compile(r"side|l s|long short|buy sell|direction|richtung|long or short|position type|sens|lado|verso")
_TRADES = re.compile(
    r"transaction|trade date|settle(ment)? date|\bt price\b|proceeds|commission|comm fee|date time|"
    r"order (id|type|time)|buchungs|valutadatum|handelsdatum|executed|execution|transactie|"
    r"fecha de operacion|date d operation"
)
_TOTALS = re.compile(
    r"((grand|sub|account|positions?|portfolio|overall|net|cash|holdings?|gesamt|zwischen) ?)*"
    r"(total|totals|totaal|totale|totales|sum|summe|suma|somme|somma|gesamt|gesamtsumme|gesamtwert|zwischensumme|"
    r"subtotal|subtotaal|razem)( (general|generale|generaal|account|value|wert|depot|portfolio|portefeuille|cartera|"
    r"positions?|stocks?|equit(y|ies)|shares|funds?|options?|bonds?|cash|in|of|de|des|der|del|per|"
    r"long|short|market|[a-z]{3}))*"
)
_PENDING = re.compile(r"pending|unsettled|not yet settled|schwebend|in abwicklung|en attente|pendiente|in attesa")
_CLASSES: tuple[tuple[str, str], ...] = (
    ("option", r"option|optie|opcion|opzion|warrant|turbo|knock ?out"),
    ("future", r"future|termin|futuro"),
    ("bond", r"bond|fixed income|anleihe|rente?n\b|obligat|obbligaz|renta fija|treasur|govt|\bnotes?\b|schuld|debt"),
    ("CFD", r"\bcfds?\b"),
    ("foreign exchange position", r"forex|\bfx\b"),
    ("cash", r"^cash|money market|geldmarkt|\bgeld\b|bargeld|liquid|efectivo|especes|monetaire|contant"),
    ("stock", r"stock|equit|share|aktie|aandeel|aandelen|action|acciones|azion|fund|fonds|fondo|etf|etp|trust|adr\b"),
)
_CASH = re.compile(
    r"(.* )?cash|cash( (and|balance|available|free|settled|core|sweep|position|account|holding|fund|in)\b.*)?|"
    r"cash cash.*|bargeld.*|kontostand.*|guthaben.*|barguthaben.*|kontoguthaben.*|liquiditat.*|liquide mittel.*|"
    r"verrechnungskonto.*|geldkonto.*|tagesgeld.*|geldrekening.*|contanten.*|liquide middelen.*|especes.*|"
    r"liquidites?.*|solde.*|efectivo.*|"
    r"saldo.*|contanti.*|liquidita.*|sweep.*|bank deposit.*|bank sweep.*|"
    r"(free|available|settled|total|uninvested) cash.*|"
    r"money market.*|.*\bcash \(?[a-z]{3}\)?|ledger balance|opening balance|gotowka.*"
)
_MONEY_FUNDS = re.compile(
    r"money market|cash reserves|csh fnd|cash fund|treasury sl agency|prime obligations|government obligations|"
    r"geldmarktfonds|monetaire"
)
_SWEEPS = frozenset({"FCASH", "CORE", "XTSLA", "BDPS", "QACDS", "FDIC99375", "USD999997"})


@lru_cache(maxsize=10_000)
def plain(text: str) -> str:
    """Small letters without accents; signs other than % are blanks; "PositionValue" is two words."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    folded = unicodedata.normalize("NFKD", parted.casefold().replace("ł", "l"))
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9%]+", " ", bare).strip()


def meanings(name: str) -> list[str]:
    """What a column of this name may mean, the likeliest first; ``other`` is something that is not needed."""
    words = plain(name)
    if not words:
        return []
    weight = bool(re.search(_RULES[0][1], words)) and not re.search(r"price|chng|" + _GAIN, words)
    if weight:
        return ["weight"]
    if re.search(_GAIN, words) and not re.search(r"valuation|schluss|clos", words):
        return ["other"]
    if _SIDE.fullmatch(words):
        return ["side"]
    if re.search(_OTHER, words):
        return ["other"]
    return list(dict.fromkeys(meaning for meaning, pattern in _RULES[1:] if re.search(pattern, words)))


def money_of(name: str) -> str:
    """The currency that the name of a column says ("Value in EUR", "Market value (€)"); empty if none."""
    found = [code for code in re.findall(r"\b[A-Z]{3}\b|\bGBp\b", name) if code in CODES or code == "GBX"]
    found += [code for sign, code in _SIGNS.items() if sign in name]
    return found[0] if len(set(found)) == 1 else ""


def times_in(name: str) -> float:
    """What numbers below a name are to be multiplied by: "Value (USD 000)", "Marktwert in Mio."."""
    words = plain(name)
    if re.search(r"\b(0?000s?|thousands?|tsd|tausend|miles|milliers|k)\b", words):
        return 1e3
    return 1e6 if re.search(r"\b(millions?|mio|mln|mn|millones|milioni|mm|m)\b", words) else 1.0


def is_total(text: str) -> bool:
    """Whether a line of this name adds others up; companies like TotalEnergies do not."""
    words = plain(text)
    return bool(_TOTALS.fullmatch(words)) or words.startswith(("account total", "positions total", "grand total"))


def is_trades(names: Iterable[str]) -> bool:
    """Whether a header names two columns of trades: what was bought and sold is not what is held."""
    return sum(bool(_TRADES.search(plain(name))) for name in names) > 1


def is_short(side: str) -> bool:
    """Whether a side of the market is the short one."""
    return bool(re.match(r"(short|sell|sold|s|leerverkauf|verkauf|venta|vente|vendita|corta?)$", plain(side)))


def is_pending(text: str) -> bool:
    """Whether a line tells of what is not settled yet."""
    return bool(_PENDING.search(plain(text)))


def is_note(text: str) -> bool:
    """Whether a cell is a sentence rather than a name."""
    return len(text) > 60 or len(text.split()) > 9


def kind_of_class(text: str) -> str:
    """ "option", "bond", "cash", "stock" ... for the name of a class of assets or a section; empty if it is none."""
    words = plain(text)
    return next((kind for kind, pattern in _CLASSES if re.search(pattern, words)), "")


def currency_in(text: str) -> str:
    """A currency that stands in a name ("USD Curncy", "Cash (EUR)"); empty if none or several."""
    found = {code for code in re.findall(r"\b[A-Z]{3}\b", text.upper()) if code in CODES}
    return found.pop() if len(found) == 1 else ""


def is_cash(symbol: str, name: str, kind: str) -> bool:
    """Whether a line is money: by its name, its class, or as a fund that brokers keep it in."""
    bare = (symbol or name).strip().strip("*").upper()
    if kind == "cash" or bare in _SWEEPS or re.fullmatch(r"[A-Z]{3}XX", bare):
        return True
    if re.fullmatch(r"[A-Z]{3} CURNCY", bare) or (bare in CODES and bare not in CODES_OF_TICKERS):
        return True
    return any(_CASH.fullmatch(plain(text)) for text in (symbol, name) if text) or bool(
        _MONEY_FUNDS.search(plain(name))
    )
