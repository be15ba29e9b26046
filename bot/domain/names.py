"""Names as people type them: when two of them are the same. Pure."""

import unicodedata

LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "-": " "})


def folded(text: str) -> str:
    """Without case, accents and ligatures: « Crêperie du Bœuf » is « creperie du boeuf »."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).split())
