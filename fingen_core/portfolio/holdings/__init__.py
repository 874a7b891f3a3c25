"""Holdings as people have them: pasted lines or a file with tickers and quantities, values or weights.

The way of a list: :func:`lines_of` gives its rows with the numbers they have in the file; :func:`understand` finds out
what the columns and lines mean and answers with holdings and what became of every line, or with a question;
:func:`to_portfolio` weighs what was matched.
"""

from fingen_core.portfolio.holdings.entries import CASH, KINDS, Answer, Choice, Entry, Holdings, Kind, Question
from fingen_core.portfolio.holdings.lines import Line, lines_of
from fingen_core.portfolio.holdings.reading import nothing_words, parse, question_words, understand
from fingen_core.portfolio.holdings.worth import at_closes, foreign, to_portfolio

__all__ = [
    "CASH",
    "KINDS",
    "Answer",
    "Choice",
    "Entry",
    "Holdings",
    "Kind",
    "Line",
    "Question",
    "at_closes",
    "foreign",
    "lines_of",
    "nothing_words",
    "parse",
    "question_words",
    "to_portfolio",
    "understand",
]
