"""How the label stands: numbers with their targets, and the newest day."""
