"""Read the journal: a rule-based clinical text pipeline from free text to features of the day.

The stages, in order:

==================  ==============================================================================
tokens              text -> words, numbers, clock times and marks, with offsets into the text
markdown_lines      tokens -> lines, without bullets and checkboxes
languages           line -> the vocabulary of its language
phrases             the longest phrase of the vocabulary at a token (a trie)
lexer               line -> lexemes: phrases, numbers, shares, ranges, clock times
form_lines          "Stress (1-5): 2": the bracket gives the number its scale or unit
assertion_scope     lexemes -> clauses: which lexemes are negated, hypothetical, historical or
                    about someone else
quantities          mention of a tag -> the amount, share or answer given for it
partial_answers     repetitions of a total, and denials for a part of the day: neither counts alone
clock_times         mention of a tag -> its time of day, and whether that was late
statements          clause + mention + quantity + time -> statements
guesses             clauses -> guesses of tomorrow's HRV
reader              statements -> one feature a tag
==================  ==============================================================================

``assertion_scope`` follows NegEx (Chapman et al. 2001, J Biomed Inform 34:301) and its extension
ConText (Harkema et al. 2009, J Biomed Inform 42:839): trigger terms open a scope, and within it
the assertion status of a mention changes. The rules know no language. Every word and every trigger
is in the TOML files (``vocabulary``), over which a person can lay their own (``vocabulary_merge``).
Where a text is ambiguous nothing is taken from it: a missing answer is better than a wrong one.
"""
