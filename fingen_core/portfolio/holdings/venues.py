"""Where a share is listed, by the codes that terminals, brokers and exchanges write around its symbol."""

import re
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["CURRENCIES_OF", "NAMES", "SHARED", "of_code", "of_prefix", "of_suffix", "of_words"]

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "US": "the United States",
        "L": "London",
        "DE": "Germany",
        "SW": "Switzerland",
        "PA": "Paris",
        "AS": "Amsterdam",
        "BR": "Brussels",
        "MI": "Milan",
        "MC": "Madrid",
        "LS": "Lisbon",
        "VI": "Vienna",
        "IR": "Dublin",
        "HE": "Helsinki",
        "ST": "Stockholm",
        "CO": "Copenhagen",
        "OL": "Oslo",
        "WA": "Warsaw",
        "T": "Tokyo",
        "HK": "Hong Kong",
        "SS": "Shanghai",
        "SZ": "Shenzhen",
        "KS": "Seoul",
        "TW": "Taipei",
        "SI": "Singapore",
        "TO": "Toronto",
        "AX": "Sydney",
        "NS": "India",
        "BO": "Mumbai",
        "SA": "Sao Paulo",
        "MX": "Mexico",
        "JO": "Johannesburg",
    }
)
"""Places by the suffix that Yahoo gives their shares; ``US``, which has none, included."""

SHARED = "EUR"
"""The currency of so many exchanges that it does not tell which."""

CURRENCIES_OF: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("DE", "PA", "AS", "BR", "MI", "MC", "LS", "VI", "IR", "HE"), SHARED),
        "US": "USD",
        "L": "GBP",
        "SW": "CHF",
        "ST": "SEK",
        "CO": "DKK",
        "OL": "NOK",
        "WA": "PLN",
        "T": "JPY",
        "HK": "HKD",
        "SS": "CNY",
        "SZ": "CNY",
        "KS": "KRW",
        "TW": "TWD",
        "SI": "SGD",
        "TO": "CAD",
        "AX": "AUD",
        "NS": "INR",
        "BO": "INR",
        "SA": "BRL",
        "MX": "MXN",
        "JO": "ZAR",
    }
)
"""What shares are traded in, pence and cents aside."""

_CODES = """US:US,UN,UW,UQ,UR,UA,UP,UV,UF,UC,UM,UT L:LN,GB DE:GY,GR,GT,GF,GS,GM,TH SW:SW,SE,VX,SX PA:FP,FR AS:NA BR:BB
MI:IM MC:SM,SQ LS:PL VI:AV IR:ID HE:FH ST:SS CO:DC OL:NO WA:PW T:JP,JT HK:HK SS:CH,CG,C1 SZ:CS,C2 KS:KS,KP,KQ TW:TT
SI:SP TO:CN,CT AX:AU,AT NS:IN,IS BO:IB SA:BZ,BS MX:MM JO:SJ"""
_SUFFIXES = """US:N,O,OQ,K,P,PK,NYQ,US L:L,LN,GB DE:DE,F,XETRA,XE,ETR SW:S,SW,VX PA:PA AS:AS BR:BR MI:MI MC:MC LS:LS
VI:VI IR:I,IR HE:HE ST:ST CO:CO OL:OL WA:WA T:T HK:HK SS:SS SZ:SZ KS:KS,KQ TW:TW SI:SI TO:TO,V AX:AX NS:NS,NSE BO:BO,BSE
SA:SA MX:MX JO:J,JO"""
_PREFIXES = """US:NASDAQ,NYSE,NYSEARCA,NYSEAMERICAN,NYSEMKT,AMEX,ARCA,BATS,CBOE,OTC,OTCMKTS,US,XNAS,XNYS,ARCX,XASE
US:NMS,NYQ,ISLAND,PINK
L:LSE,LON,XLON,LSEETF DE:XETRA,XETR,ETR,FRA,XFRA,FWB,IBIS,IBIS2,GETTEX,TRADEGATE,STU
SW:SWX,SIX,VTX,XSWX,EBS PA:EPA,XPAR,PAR,SBF
AS:AMS,XAMS,AEB BR:EBR,XBRU MI:BIT,MIL,XMIL,BVME,MTA MC:BME,XMAD,BM LS:ELI,XLIS VI:VIE,WBAG,XWBO HE:HEL,OMXHEX,XHEL
ST:STO,OMXSTO,XSTO,SFB CO:CPH,OMXCOP,XCSE OL:OSL,XOSL,OSE WA:WSE,GPW,XWAR T:TYO,XTKS,TSEJ HK:HKEX,HKG,XHKG,SEHK
SS:SSE,SHA,XSHG
SZ:SZSE,SHE,XSHE KS:KRX,XKRX TW:TWSE,XTAI SI:SGX,XSES TO:TSX,XTSE AX:ASX,XASX NS:NSE,XNSE BO:BSE,BOM,XBOM
SA:BMFBOVESPA,BVMF MX:BMV,XMEX JO:JSE,XJSE"""
_WORDS = (
    ("PA", "paris"),
    ("AS", "amsterdam"),
    ("BR", "bruss|bruxelles"),
    ("LS", "lisbo"),
    ("MI", "milan|italiana"),
    ("MC", "madrid"),
    ("DE", "xetra|frankfurt|deutsche b|tradegate|gettex|stuttgart"),
    ("SW", r"\bsix\b|swiss|zurich|virt.?x"),
    ("L", "london"),
    ("VI", "wien|vienna"),
    ("IR", "dublin|irish"),
    ("HE", "helsinki"),
    ("ST", "stockholm|nordic exchange"),
    ("CO", "copenhagen"),
    ("OL", "oslo"),
    ("WA", "warsaw|warszaw"),
    ("T", "tokyo"),
    ("HK", "hong kong"),
    ("SS", "shanghai"),
    ("SZ", "shenzhen"),
    ("KS", "korea"),
    ("TW", "taiwan"),
    ("SI", "singapore"),
    ("TO", "toronto"),
    ("AX", "australia|sydney"),
    ("NS", "national stock exchange of india"),
    ("BO", "bombay|mumbai"),
    ("SA", "sao paulo|bovespa"),
    ("MX", "mexic"),
    ("JO", "johannesburg"),
    ("US", r"nasdaq|nyse|new york|\barca\b|\bbats\b|cboe"),
)


def _table(text: str) -> Mapping[str, str]:
    pairs = (part.split(":") for part in text.split())
    return MappingProxyType({code: place for place, codes in pairs for code in codes.split(",")})


_BY_CODE, _BY_SUFFIX, _BY_PREFIX = _table(_CODES), _table(_SUFFIXES), _table(_PREFIXES)


def of_code(code: str) -> str:
    """The place of a terminal's two letters behind the symbol ("SW"); empty if there is none."""
    return _BY_CODE.get(code.upper(), "")


def of_suffix(code: str) -> str:
    """The place of what stands behind a point ("N", "DE"); empty if there is none."""
    return _BY_SUFFIX.get(code.upper(), "")


def of_prefix(code: str) -> str:
    """The place of an exchange's code ("NASDAQ", "XLON"); empty if there is none."""
    return _BY_PREFIX.get(code.upper(), "")


def of_words(text: str) -> str:
    """The place of an exchange as a column names it ("London Stock Exchange", "XLON"); empty if it is not known."""
    code = of_prefix(text.strip())
    if code:
        return code
    return next((place for place, words in _WORDS if re.search(words, text.lower())), "")
