"""The items of a company's statements that are kept, and what files, filings and vendors call them."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

__all__ = ["ALIASES", "ITEMS", "OWED", "PARTS", "item_of", "plain", "rank_of"]

ITEMS: Mapping[str, str] = MappingProxyType(
    {
        "Market value": "Balance sheet",
        "Shares outstanding": "Balance sheet",
        "Total assets": "Balance sheet",
        "Total equity": "Balance sheet",
        "Total debt": "Balance sheet",
        "Cash": "Balance sheet",
        "Current assets": "Balance sheet",
        "Current liabilities": "Balance sheet",
        "Revenue": "Income statement",
        "EBITDA": "Income statement",
        "EBIT": "Income statement",
        "Interest expense": "Income statement",
        "Net income": "Income statement",
        "Operating cash flow": "Cash flow",
        "Capital expenditure": "Cash flow",
    }
)
"""Items and the statement that each stands in; market value comes from the exchange, the rest from the company. Shares
are counted in millions, like the amounts."""

PARTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "Total debt": ("Short-term debt", "Long-term debt"),
        "EBITDA": ("EBIT", "Depreciation and amortization"),
    }
)
"""Items that are the sum of two others where a source has the two and not the item itself."""

OWED = frozenset(
    {
        "Total debt",
        "Short-term debt",
        "Long-term debt",
        "Current liabilities",
        "Interest expense",
        "Capital expenditure",
        "Depreciation and amortization",
    }
)
"""Items that are counted above 0 here, which some sources write below: what is owed or paid."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "Market value": (
            "marketvalue marketcap marketcapitalization marketcapitalisation mktcap equitymarketvalue borsenwert "
            "marktkapitalisierung marktwert capitalisationboursiere capitalizacionbursatil"
        ),
        "Shares outstanding": (
            "sharesoutstanding ordinarysharesnumber commonstocksharesoutstanding entitycommonstocksharesoutstanding "
            "commonsharesoutstanding numberofsharesoutstanding shares numberofshares sharesissued shareissued "
            "sharesbasic weightedaveragenumberofsharesoutstandingbasic weightedaveragesharesoutstandingbasic "
            "weightedaveragesharesbasic basicaverageshares weightedaverageshares weightedaveragesharesoutstanding "
            "sharesdiluted weightedaveragenumberofdilutedsharesoutstanding weightedaveragesharesoutstandingdiluted "
            "weightedaveragesharesdiluted dilutedaverageshares anzahlaktien aktienanzahl anzahlderaktien "
            "ausstehendeaktien aktienimumlauf nombredactions actionsencirculation"
        ),
        "Total assets": (
            "totalassets assets bilanzsumme summeaktiva aktiva summederaktiva gesamtvermogen vermogenswertegesamt "
            "totalactif totaldelactif totaldesactifs actiftotal totalebilan totaldubilan activototal activostotales "
            "totalattivo totaleattivo"
        ),
        "Total equity": (
            "totalequity stockholdersequity shareholdersequity totalstockholdersequity totalshareholdersequity "
            "equityattributabletoownersofparent totalequityattributabletoshareholders commonstockequity equity "
            "totalcommonequity totalequitygrossminorityinterest "
            "stockholdersequityincludingportionattributabletononcontrollinginterest eigenkapital summeeigenkapital "
            "konzerneigenkapital capitauxpropres totalcapitauxpropres capitauxproprespartdugroupe patrimonioneto "
            "patrimonionetto"
        ),
        "Total debt": (
            "totaldebt debt debtlongtermandshorttermcombinedamount totalborrowings borrowings interestbearingdebt "
            "totalfinancialdebt grossdebt financialdebt debtandcapitalleaseobligations finanzverbindlichkeiten "
            "finanzschulden bruttofinanzschulden dettesfinancieres dettefinanciere dettefinancierebrute "
            "endettementbrut deudafinanciera debitifinanziari"
        ),
        "Cash": (
            "cash cashandcashequivalents cashcashequivalents cashequivalents cashandequivalents "
            "cashandcashequivalentsatcarryingvalue totalcash cashcashequivalentsandshortterminvestments "
            "cashandshortterminvestments cashcashequivalentsshortterminvestments liquidemittel flussigemittel "
            "zahlungsmittelundzahlungsmittelaquivalente zahlungsmittel kassenbestand tresorerie "
            "tresorerieetequivalentsdetresorerie tresorerieetequivalents disponibilites efectivoyequivalentes"
        ),
        "Current assets": (
            "currentassets totalcurrentassets assetscurrent kurzfristigevermogenswerte umlaufvermogen "
            "kurzfristigesvermogen actifcourant actifscourants totalactifcourant totalactifscourants activocorriente"
        ),
        "Current liabilities": (
            "currentliabilities totalcurrentliabilities liabilitiescurrent kurzfristigeverbindlichkeiten "
            "kurzfristigeschulden kurzfristigesfremdkapital passifcourant passifscourants totalpassifcourant "
            "totalpassifscourants pasivocorriente"
        ),
        "Revenue": (
            "revenue totalrevenue revenues totalrevenues revenuenet revenuesnet "
            "netrevenue netrevenues totalnetrevenue totalnetrevenues "
            "sales netsales totalsales totalnetsales salesrevenue salesrevenuenet "
            "revenuefromcontractwithcustomerexcludingassessedtax revenuefromcontractwithcustomerincludingassessedtax "
            "revenuefromcontractswithcustomers operatingrevenue totaloperatingrevenue turnover umsatz umsatzerlose "
            "umsatzgesamt nettoumsatz chiffredaffaires chiffredaffairesnet ventas ingresos ricavi fatturato"
        ),
        "EBITDA": (
            "ebitda earningsbeforeinteresttaxesdepreciationandamortization "
            "earningsbeforeinteresttaxesdepreciationandamortisation normalizedebitda adjustedebitda bereinigtesebitda "
            "excedentbrutdexploitation"
        ),
        "EBIT": (
            "ebit earningsbeforeinterestandtaxes earningsbeforeinterestandtax operatingincome operatingincomeloss "
            "operatingprofit operatingprofitloss profitlossfromoperatingactivities profitfromoperations "
            "incomefromoperations operatingresult operatingearnings totaloperatingincomeasreported betriebsergebnis "
            "operativesergebnis ergebnisderbetrieblichentatigkeit resultatoperationnel resultatdexploitation "
            "resultatoperationnelcourant resultadooperativo risultatooperativo"
        ),
        "Interest expense": (
            "interestexpense interestexpensedebt interestexpensenonoperating interestexpenses financecosts "
            "financecost interestandsimilarexpense interestanddebtexpense interestexpenseoperating zinsaufwand "
            "zinsaufwendungen zinsenundahnlicheaufwendungen finanzierungsaufwendungen chargesdinterets fraisfinanciers "
            "coutdelendettementfinancier interestexpensenet netinterestexpense gastosfinancieros"
        ),
        "Net income": (
            "netincome netincomeloss netprofit netprofitloss netearnings profitlossattributabletoownersofparent "
            "profitloss profitfortheyear profitfortheperiod profitaftertax "
            "netincomeattributabletoparent netincomeincludingnoncontrollinginterests "
            "netincomefromcontinuingoperationnetminorityinterest netincomecontinuousoperations "
            "netincomecommonstockholders netincomecommon netincomeavailabletocommonshareholders "
            "netincomelossavailabletocommonstockholdersbasic konzernergebnis jahresuberschuss konzernjahresuberschuss "
            "nettoergebnis ergebnisnachsteuern periodenergebnis konzernergebnisnachsteuern jahresergebnis resultatnet "
            "resultatnetpartdugroupe beneficenet beneficioneto utilenetto"
        ),
        "Operating cash flow": (
            "operatingcashflow cashflowfromoperations cashfromoperations cashfromoperatingactivities "
            "netcashprovidedbyusedinoperatingactivities netcashprovidedbyoperatingactivities "
            "netcashfromoperatingactivities netcashflowfromoperatingactivities cashflowfromoperatingactivities "
            "cashflowsfromusedinoperatingactivities cashgeneratedbyoperatingactivities "
            "cashflowfromcontinuingoperatingactivities totalcashfromoperatingactivities operativercashflow "
            "cashflowausbetrieblichertatigkeit cashflowausderbetrieblichentatigkeit "
            "mittelzuflussauslaufendergeschaftstatigkeit cashflowauslaufendergeschaftstatigkeit "
            "fluxdetresoreriedexploitation fluxdetresorerieoperationnels fluxdetresorerieprovenantdelexploitation"
        ),
        "Capital expenditure": (
            "capitalexpenditure capitalexpenditures capex purchaseofppe purchasesofppe "
            "purchaseofpropertyplantandequipment purchasesofpropertyplantandequipment "
            "paymentstoacquirepropertyplantandequipment paymentsforacquisitionofpropertyplantandequipment "
            "purchaseofpropertyplantandequipmentclassifiedasinvestingactivities paymentstoacquireproductiveassets "
            "acquisitionofpropertyplantandequipment changeinfixedassetsintangibles changeinfixedassetsandintangibles "
            "investitionen sachinvestitionen investitioneninsachanlagen auszahlungenfurinvestitionen investissements "
            "investissementscorporels acquisitionsdimmobilisations"
        ),
        "Short-term debt": (
            "shorttermdebt currentdebt debtcurrent shorttermborrowings currentdebtandcapitalleaseobligation "
            "currentborrowings shorttermdebtandcurrentportionoflongtermdebt shortlongtermdebt "
            "kurzfristigefinanzverbindlichkeiten kurzfristigefinanzschulden dettesfinancierescourantes "
            "dettesfinancieresacourtterme"
        ),
        "Long-term debt": (
            "longtermdebt longtermdebtnoncurrent longtermdebtandcapitalleaseobligation longtermborrowings "
            "noncurrentborrowings borrowingsnoncurrent noncurrentdebt longtermdebtandcapitalleaseobligations "
            "langfristigefinanzverbindlichkeiten langfristigefinanzschulden dettesfinancieresnoncourantes "
            "dettesfinancieresalongterme"
        ),
        "Depreciation and amortization": (
            "depreciationandamortization depreciationandamortisation depreciationamortization "
            "depreciationamortisation depreciationdepletionandamortization depreciationamortizationandaccretionnet "
            "depreciationandamortizationexpense adjustmentsfordepreciationandamortisationexpense "
            "depreciationamortizationdepletion reconcileddepreciation da abschreibungen "
            "dotationsauxamortissements amortissements"
        ),
    }
)
"""Names of each item without blanks, marks and accents, parted by blanks, in the order of preference: where a file has
two of them, the first is taken. Net income is the parent's before that of its common shares; EBIT is what is called so
before operating income; interest is the expense before what is left of it after interest earned."""


def plain(name: str) -> str:
    """A name as it is compared: small letters only, without accents, taxonomy, and what stands in brackets."""
    text = re.sub(r"\((basic|diluted)\)", r" \1", name, flags=re.IGNORECASE)
    text = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", text)
    text = re.sub(r"^\s*(?:us[-_ ]?gaap|ifrs[-_ ]?full|dei|srt)\s*[:_|/]\s*", "", text, flags=re.IGNORECASE)
    text = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("&", " ").replace("œ", "oe"))
    return re.sub(r"[^a-z]", "", text.lower())


@cache
def _known() -> dict[str, tuple[str, int]]:
    ranked = ((item, names.split()) for item, names in ALIASES.items())
    return {name: (item, rank) for item, names in ranked for rank, name in enumerate(names)}


def _look_up(name: str) -> tuple[str, int]:
    """The item of a name and its rank; "Assets, total" is total assets."""
    found, known = plain(name), _known()
    turned = f"total{found.removesuffix('total')}" if found.endswith("total") else found
    return known.get(found, known.get(turned, ("", 0)))


def item_of(name: str) -> str:
    """The item or part that a name means; empty where it means none."""
    return _look_up(name)[0]


def rank_of(name: str) -> int:
    """How far a name stands from the first choice of its item."""
    return _look_up(name)[1]
