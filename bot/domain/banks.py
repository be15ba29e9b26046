"""Banks that a firm in France meets, to choose from before its own list has any. Names only, with no effect."""

COMMON = (
    "Banque Populaire", "BNP Paribas", "Boursorama", "BRED", "Caisse d’Épargne", "CIC", "Crédit Agricole",
    "Crédit Coopératif", "Crédit Mutuel", "La Banque Postale", "LCL", "Qonto", "Shine", "Société Générale",
)  # fmt: skip
