"""Reads what a person wrote of a day: a rule-based clinical text pipeline (NegEx, ConText)."""
