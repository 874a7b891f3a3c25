"""How true is what is read: files rendered from known prices, and a judge of every reading.

``python -m benchmarks.reading --files 1000 --seed 1`` draws files with the habits of spreadsheets, programs and data
vendors in many countries, has each understood, and counts what came of it. Words, dates and numbers are spelled
here from scratch: nothing is shared with the reader but the one function that is judged.
"""
