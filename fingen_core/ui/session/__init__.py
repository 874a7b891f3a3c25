"""What a person has chosen and saved, from page to page: the market, the model, the portfolio, links, notes."""
