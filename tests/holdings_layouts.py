"""Examples of what brokers and fund houses export, written for these tests, with what they hold.

The market is that of US large caps; what it lacks is left out.
"""

from dataclasses import dataclass, field

__all__ = ["LAYOUTS", "Layout"]


@dataclass(frozen=True)
class Layout:
    """A list as it is exported, and the truth about it."""

    text: str
    kind: str
    amounts: dict[str, float]
    cash: dict[str, float] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


LAYOUTS: dict[str, Layout] = {
    "fidelity": Layout(
        """\
Account Number,Account Name,Symbol,Description,Quantity,Last Price,Last Price Change,Current Value,Today's Gain/Loss Dollar,Today's Gain/Loss Percent,Total Gain/Loss Dollar,Total Gain/Loss Percent,Percent Of Account,Cost Basis Total,Average Cost Basis,Type
X12345678,Individual,SPAXX**,HELD IN MONEY MARKET,,,,$1250.40,,,,,10.1%,,,Cash,
X12345678,Individual,AAPL,APPLE INC,12,$150.00,+$1.20,$1800.00,+$14.40,+0.81%,+$600.00,+50.00%,40.2%,$1200.00,$100.00,Cash,
X12345678,Individual,NFLX,NETFLIX INC,5,$400.00,-$2.00,$2000.00,-$10.00,-0.50%,+$100.00,+5.00%,30.0%,$1900.00,$380.00,Cash,
X12345678,Individual, -AAPL270115C200,AAPL JAN 15 2027 $200 CALL,-1,$5.10,+$0.10,-$510.00,-$10.00,-2.00%,+$90.00,+15.00%,-3.1%,$600.00,$6.00,Margin,
X12345678,Individual,912796XY1,UNITED STATES TREAS BILLS 0.00000% 08/01/2026,1000,$99.10,,$991.00,,,,,,,,Cash,
Z98765432,ROTH IRA,AAPL,APPLE INC,3,$150.00,+$1.20,$450.00,+$3.60,+0.81%,+$100.00,+28.57%,50.0%,$350.00,$116.67,Cash,
Z98765432,ROTH IRA,Pending Activity,,,,,$-77.25,,,,,,,,

"The data and information in this spreadsheet is provided to you solely for your use and is not for distribution."

"Brokerage services are provided by somebody, member of something."

"Date downloaded May-29-2026 4:12 p.m ET"
""",
        "value",
        {"AAPL": 2250.0},
        {"": 1250.4},
        ("NFLX", "-AAPL270115C200", "912796XY1", "Pending Activity"),
    ),
    "schwab": Layout(
        """\
"Positions for account Individual ...123 as of 10:12 PM ET, 2026/05/29"

"Symbol","Description","Qty (Quantity)","Price","Price Chng % (Price Change %)","Price Chng $ (Price Change $)","Mkt Val (Market Value)","Day Chng % (Day Change %)","Day Chng $ (Day Change $)","Cost Basis","Gain $ (Gain/Loss $)","Gain % (Gain/Loss %)","Ratings","Reinvest?","Reinvest Capital Gains?","% of Acct (% of Account)","Security Type",
"AAPL","APPLE INC","12","150.00","0.81%","1.20","$1,800.00","0.81%","$14.40","$1,200.00","$600.00","50%","A","No","N/A","54.71%","Equity",
"BRK/B","BERKSHIRE HATHAWAY","2","420.00","0.5%","2.1","$840.00","0.5%","$4.20","$700.00","$140.00","20%","B","No","N/A","25.53%","Equity",
"KO","COCA COLA CO","3","50.00","0%","0","$150.00","0%","$0.00","$120.00","$30.00","25%","B","No","N/A","4.56%","Equity",
"AAPL 01/15/2027 200.00 C","CALL APPLE INC $200 EXP 01/15/27","-1","5.10","0%","0","-$510.00","0%","$0","$600","$90","15%","--","N/A","N/A","-15%","Option",
"SWVXX","SCHWAB VALUE ADVANTAGE MONEY INVESTOR","300","1.00","0%","0","$300.00","--","--","--","--","--","--","--","--","9%","Cash and Money Market",
"Cash & Cash Investments","--","--","--","--","--","$200.00","0%","$0.00","--","--","--","--","--","--","6.08%","Cash and Money Market",
"Positions Total","","--","--","--","--","$3,290.00","0.5%","$18.60","--","--","--","--","--","--","--","--",
""",
        "value",
        {"AAPL": 1800.0, "KO": 150.0},
        {"": 500.0},
        ("BRK/B", "AAPL 01/15/2027 200.00 C"),
    ),
    "ibkr": Layout(
        """\
Statement,Header,Field Name,Field Value
Statement,Data,BrokerName,Interactive Brokers LLC
Statement,Data,Title,Activity Statement
Statement,Data,Period,"May 29, 2026"
Account Information,Header,Field Name,Field Value
Account Information,Data,Base Currency,EUR
Net Asset Value,Header,Asset Class,Prior Total,Current Long,Current Short,Current Total,Change
Net Asset Value,Data,Cash ,100,500,0,500,400
Net Asset Value,Data,Stock,2600,2700,0,2700,100
Mark-to-Market Performance Summary,Header,Asset Category,Symbol,Prior Quantity,Current Quantity,Prior Price,Current Price,Mark-to-Market P/L Position
Mark-to-Market Performance Summary,Data,Stocks,AAPL,12,12,148,150,24
Cash Report,Header,Currency Summary,Currency,Total,Securities,Futures,
Cash Report,Data,Starting Cash,Base Currency Summary,100,100,0,
Cash Report,Data,Ending Cash,Base Currency Summary,950,950,0,
Cash Report,Data,Starting Cash,USD,50,50,0,
Cash Report,Data,Ending Cash,USD,500,500,0,
Cash Report,Data,Ending Cash,EUR,480.5,480.5,0,
Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Quantity,Mult,Cost Price,Cost Basis,Close Price,Value,Unrealized P/L,Code
Open Positions,Data,Summary,Stocks,USD,AAPL,12,1,100,1200,150,1800,600,
Open Positions,Data,Lot,Stocks,USD,AAPL,5,1,100,500,150,750,250,
Open Positions,Data,Lot,Stocks,USD,AAPL,7,1,100,700,150,1050,350,
Open Positions,Data,Summary,Stocks,USD,JPM,-6,1,170,-1020,150,-900,120,
Open Positions,Data,Summary,Stocks,CHF,NESN,10,1,100,1000,95,950,-50,
Open Positions,Total,,Stocks,USD,,,,,180,,900,720,
Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Quantity,Mult,Cost Price,Cost Basis,Close Price,Value,Unrealized P/L,Code
Open Positions,Data,Summary,Equity and Index Options,USD,AAPL 15JAN27 200 C,-1,100,6,-600,5.1,-510,90,
Open Positions,Total,,Equity and Index Options,USD,,,,,-600,,-510,90,
Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,C. Price,Proceeds,Comm/Fee,Basis,Realized P/L,MTM P/L,Code
Trades,Data,Order,Stocks,USD,AAPL,"2026-05-29, 10:00:00",2,149,150,-298,-1,299,0,2,O
Financial Instrument Information,Header,Asset Category,Symbol,Description,Conid,Security ID,Listing Exch,Multiplier,Type,Code
Financial Instrument Information,Data,Stocks,AAPL,APPLE INC,265598,US0378331005,NASDAQ,1,COMMON,
""",
        "value",
        {"AAPL": 1800.0, "JPM": -900.0},
        {"USD": 500.0, "EUR": 480.5},
        ("NESN", "AAPL 15JAN27 200 C"),
    ),
    "flex": Layout(
        """\
"ClientAccountID","CurrencyPrimary","FXRateToBase","AssetClass","Symbol","Description","Conid","SecurityID","ISIN","ListingExchange","Multiplier","ReportDate","Quantity","MarkPrice","PositionValue","OpenPrice","CostBasisPrice","CostBasisMoney","PercentOfNAV","FifoPnlUnrealized","Side","LevelOfDetail"
"U123","USD","0.92","STK","AAPL","APPLE INC","265598","US0378331005","US0378331005","NASDAQ","1","20260529","12","150","1800","100","100","1200","61.2","600","Long","SUMMARY"
"U123","USD","0.92","STK","JPM","JPMORGAN CHASE","1520593","US46625H1005","US46625H1005","NYSE","1","20260529","6","150","900","140","140","840","30.6","60","Long","SUMMARY"
"U123","EUR","1","STK","SAP","SAP SE","14204","DE0007164600","DE0007164600","IBIS","1","20260529","4","100","400","90","90","360","13.6","40","Long","SUMMARY"
"U123","USD","0.92","OPT","AAPL  270115C00200000","AAPL 15JAN27 200 C","555","","","CBOE","100","20260529","-1","5.1","-510","6","6","-600","-17.3","90","Short","SUMMARY"
""",
        "value",
        {"AAPL": 1800.0, "JPM": 900.0},
        {},
        ("SAP", "AAPL  270115C00200000"),
    ),
    "degiro_nl": Layout(
        """\
Product,Symbool/ISIN,Aantal,Slotkoers,Lokale waarde,,Waarde in EUR
"CASH & CASH FUND & FTX CASH (EUR)",,,,EUR,"1234,56","1234,56"
APPLE INC,US0378331005,12,"150,00",USD,"1800,00","1656,00"
JPMORGAN CHASE & CO,US46625H1005,6,"150,50",USD,"903,00","830,76"
ASML HOLDING,NL0010273215,1,"650,20",EUR,"650,20","650,20"
""",
        "value",
        {"AAPL": 1656.0, "JPM": 830.76},
        {"EUR": 1234.56},
        ("ASML HOLDING",),
    ),
    "degiro_de": Layout(
        """\
Produkt,Symbol/ISIN,Anzahl,Schlußkurs,Wert in Lokalwährung,,Wert in EUR
"CASH & CASH FUND & FTX CASH (EUR)",,,,EUR,"1.234,56","1.234,56"
APPLE INC,US0378331005,1.200,"150,00",USD,"180.000,00","165.600,00"
""",
        "value",
        {"AAPL": 165600.0},
        {"EUR": 1234.56},
        (),
    ),
    "degiro_en": Layout(
        """\
Product,Symbol/ISIN,Amount,Closing,Local value,,Value in EUR
CASH & CASH FUND & FTX CASH (EUR),,,,EUR,1234.56,1234.56
APPLE INC,US0378331005,12,150.00,USD,1800.00,1656.00
""",
        "value",
        {"AAPL": 1656.0},
        {"EUR": 1234.56},
        (),
    ),
    "zerodha": Layout(
        """\
"Instrument","Qty.","Avg. cost","LTP","Cur. val","P&L","Net chg.","Day chg."
"AAPL",12,100,150,1800,600,50,1.2
"INFY",10,1400.5,1500.25,15002.5,997.5,7.12,-0.4
"RELIANCE-BE",3,2400,2500.1,7500.3,300.3,4.17,0.1
""",
        "value",
        {"AAPL": 1800.0},
        {},
        ("INFY", "RELIANCE-BE"),
    ),
    "zerodha_console": Layout(
        """\
,Client ID,AB1234,,,,,,,,,,
,Equity Holdings Statement as on 2026-05-29,,,,,,,,,,,
,Summary,,,,,,,,,,,
,Invested Value,12000.5,,,,,,,,,,
,Present Value,16802.5,,,,,,,,,,
,Unrealized P&L,4802,,,,,,,,,,
,,,,,,,,,,,,
,Symbol,ISIN,Sector,Quantity Available,Quantity Discrepant,Quantity Long Term,Quantity Pledged (Margin),Quantity Pledged (Loan),Average Price,Previous Closing Price,Unrealized P&L,Unrealized P&L Pct.
,AAPL,US0378331005,TECH,12,0,0,0,0,100,150,600,50
,INFY,INE009A01021,IT,10,0,10,0,0,1400.5,1500.25,997.5,7.12
""",
        "quantity",
        {"AAPL": 12.0},
        {},
        ("INFY",),
    ),
    "flatex": Layout(
        """\
Depotbestand vom 29.05.2026;;;;;;;;
Depotnummer;1234567;;;;;;;
;;;;;;;;
Bezeichnung;WKN;ISIN;Stück/Nominale;Einstandskurs;Letzter Kurs;Währung;Kurswert in EUR;G/V in EUR
Apple Inc.;865985;US0378331005;1.200,000;92,00;138,00;EUR;165.600,00;55.200,00
Coca-Cola Co.;850663;US1912161007;300;50,10;55,20;EUR;16.560,00;1.530,00
Bundesanleihe 2,5% 2034;110268;DE0001102689;5.000;99,10;98,20;EUR;4.910,00;-45,00
Kontostand;;;;;;EUR;2.500,75;
Summe;;;;;;;189.570,75;
""",
        "value",
        {"AAPL": 165600.0, "KO": 16560.0},
        {"EUR": 2500.75},
        ("Bundesanleihe 2,5% 2034",),
    ),
    "ishares": Layout(
        """\
iShares Some US Fund
Fund Holdings as of,"May 29, 2026"
Inception Date,"May 15, 2000"
Shares Outstanding,"1,000,000.00"
Stock,"-"
Bond,"-"
Cash,"-"
Other,"-"
,,
Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Quantity,Price,Location,Exchange,Currency,FX Rate,Market Currency,Accrual Date
"AAPL","APPLE INC","Information Technology","Equity","1,800,000.00","66.50","1,800,000.00","12,000.00","150.00","United States","NASDAQ","USD","1.00","USD","-"
"JPM","JPMORGAN CHASE","Financials","Equity","900,000.00","33.20","900,000.00","6,000.00","150.00","United States","New York Stock Exchange Inc.","USD","1.00","USD","-"
"SAN","BANCO SANTANDER SA","Financials","Equity","5,000.00","0.2","5,000.00","1,000.00","5.00","Spain","Bolsa De Madrid","USD","1.00","EUR","-"
"USD","USD CASH","Cash and/or Derivatives","Cash","5,100.00","0.10","5,100.00","5,100.00","100.00","United States","-","USD","1.00","USD","-"
"XTSLA","BLK CSH FND TREASURY SL AGENCY","Cash and/or Derivatives","Money Market","3,000.00","0.05","3,000.00","3,000.00","100.00","United States","-","USD","1.00","USD","-"
"ESM6","S&P500 EMINI JUN 26","Cash and/or Derivatives","Futures","0.00","0.00","250,000.00","1.00","5,000.00","-","Chicago Mercantile Exchange","USD","1.00","USD","-"
,,
"The content contained herein is owned or licensed by somebody and may not be copied. Past performance is no guide; the value, price and weight of holdings may change."
""",
        "value",
        {"AAPL": 1800000.0, "JPM": 900000.0},
        {"USD": 8100.0},
        ("SAN", "ESM6"),
    ),
    "ishares_de": Layout(
        """\
Fondsposition(en) per,"29.Mai2026"
,,
Emittententicker,Name,Sektor,Anlageklasse,Marktwert,Gewichtung (%),Nominalwert,Nominale,Kurs,Standort,Börse,Marktwährung
"AAPL","APPLE INC","IT","Aktien","1.800.000,00","66,50","1.800.000,00","12.000,00","150,00","Vereinigte Staaten","NASDAQ","USD"
"NESN","NESTLE SA","Nichtzyklische Konsumgüter","Aktien","900.000,00","33,20","900.000,00","8.000,00","100,00","Schweiz","SIX Swiss Exchange","CHF"
"USD","USD CASH","Cash und/oder Derivate","Cash","5.100,00","0,10","5.100,00","5.100,00","100,00","Vereinigte Staaten","-","USD"
""",
        "value",
        {"AAPL": 1800000.0},
        {"USD": 5100.0},
        ("NESN",),
    ),
    "bourso": Layout(
        """\
name;isin;quantity;buyingPrice;lastPrice;intradayVariation;amount;amountVariation;variation
APPLE INC;US0378331005;12;100,00;150,00;1,2;1 800,00;600,00;50,0
COCA-COLA;US1912161007;3;40,00;50,00;0,1;150,00;30,00;25,0
""",
        "value",
        {"AAPL": 1800.0, "KO": 150.0},
        {},
        (),
    ),
    "swissquote": Layout(
        """\
Symbol;Anzahl;Kaufpreis;Kurs;Währung;Gesamtwert CHF
AAPL;12;100.00;150.00;USD;1'620.00
NESN;90;95.00;100.00;CHF;9'000.00
""",
        "value",
        {"AAPL": 1620.0},
        {},
        ("NESN",),
    ),
    "unknown_names": Layout(
        """\
Kód,A,B,C
AAPL,12,150.5,1806
JPM,6,150,900
""",
        "value",
        {"AAPL": 1806.0, "JPM": 900.0},
        {},
        (),
    ),
    "polish": Layout(
        """\
Nazwa;Ticker;Liczba;Kurs;Wartość
Apple;AAPL.US;12;150,50;1806,00
Coca-Cola;KO.US;3;50,00;150,00
""",
        "value",
        {"AAPL": 1806.0, "KO": 150.0},
        {},
        (),
    ),
    "spanish": Layout(
        """\
Valor;Títulos;Precio medio;Cotización;Valor de mercado
AAPL;12;100,00;150,00;1.800,00
KO;3;40,00;50,00;150,00
Efectivo;;;;500,00
Total;;;;2.450,00
""",
        "value",
        {"AAPL": 1800.0, "KO": 150.0},
        {"": 500.0},
        (),
    ),
    "italian": Layout(
        """\
Titolo;Simbolo;Quantità;P.zo medio di carico;Prezzo di mercato;Controvalore €
Apple;AAPL;12;100,00;150,00;1.800,00
Liquidità;;;;;500,00
Totale;;;;;2.300,00
""",
        "value",
        {"AAPL": 1800.0},
        {"EUR": 500.0},
        (),
    ),
    "french": Layout(
        """\
Valeur;Code ISIN;Quantité;PRU;Cours;Valorisation;+/- values
APPLE;US0378331005;12;100,00;150,00;1 800,00;600,00
Espèces;;;;;500,00;
Total;;;;;2 300,00;
""",
        "value",
        {"AAPL": 1800.0},
        {"": 500.0},
        (),
    ),
}
