"""How the understanding of French learns: sentences, how they are varied, and what is measured. Not in the package."""
