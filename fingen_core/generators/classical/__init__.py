"""The classical generators: models are judged beside them, and people may draw from them."""
