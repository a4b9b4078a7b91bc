"""How a line of journal is understood as people write it: words, amounts, times and guesses."""
