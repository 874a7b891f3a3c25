"""Words of languages that no reader is asked to know: only the law of high and low helps there."""

from .words import ENGLISH, Language

__all__ = ["STRANGE"]

_COMMA, _POINT, _THIN = (",", "."), (".", ","), (",", "\u00a0")


def _strange(code: str, words: str, marks: tuple[str, str], numeric: str, encodings: tuple[str, ...]) -> Language:
    date, opened, high, low, close, volume, change, asset, returned = ((word,) for word in words.split("|"))
    return Language(
        code,
        date,
        opened,
        high,
        low,
        close,
        volume,
        change,
        asset,
        returned,
        ENGLISH.months,
        ENGLISH.short,
        (marks,),
        (numeric,),
        (),
        encodings,
        "",
    )


_EVERYWHERE = ("utf-8", "utf-8-sig", "utf-16")
STRANGE = (
    _strange("hu", "Dátum|Nyitó|Csúcs|Mélypont|Záró|Forgalom|Változás %|Papír|Hozam", _THIN, "%Y.%m.%d", _EVERYWHERE),
    _strange("tr", "Tarih|Açılış|Yüksek|Düşük|Şimdi|Hac.|Fark %|Hisse|Getiri", _COMMA, "%d.%m.%Y", _EVERYWHERE),
    _strange(
        "ja",
        "hizuke|hajimene|takane|yasune|owarine|dekidaka|zenjitsuhi|meigara|shuekiritsu",
        _POINT,
        "%Y/%m/%d",
        ("utf-8",),
    ),
    _strange("jp", "日付|始値|高値|安値|終値|出来高|前日比|銘柄|収益率", _POINT, "%Y/%m/%d", _EVERYWHERE),
    _strange(
        "el",
        "Ημερομηνία|Άνοιγμα|Υψηλό|Χαμηλό|Κλείσιμο|Όγκος|Μεταβολή %|Μετοχή|Απόδοση",
        _COMMA,
        "%d/%m/%Y",
        _EVERYWHERE,
    ),
    _strange(
        "sv",
        "Datum|Öppningskurs|Högstakurs|Lägstakurs|Stängningskurs|Omsättning|Förändring %|Aktie|Avkastning",
        _THIN,
        "%Y-%m-%d",
        ("utf-8", "cp1252"),
    ),
    _strange(
        "fi",
        "Päivämäärä|Avaus|Ylin|Alin|Päätöskurssi|Vaihto|Muutos %|Osake|Tuotto",
        _THIN,
        "%d.%m.%Y",
        ("utf-8", "cp1252"),
    ),
    _strange(
        "ro",
        "Dată|Deschidere|Maxim|Minim|Închidere|Cantitate|Variație %|Emitent|Randament",
        _COMMA,
        "%d.%m.%Y",
        _EVERYWHERE,
    ),
    _strange(
        "id",
        "Tanggal|Pembukaan|Tertinggi|Terendah|Terakhir|Jumlah|Perubahan%|Saham|Imbal hasil",
        _COMMA,
        "%d/%m/%Y",
        ("utf-8",),
    ),
)
