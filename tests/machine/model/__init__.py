"""What the program should do, in plain Python: no database, nothing concurrent; the clock is a number.

One module for each noun, and in it one function for each door. Told what the program answered, it raises Wrong when
that does not follow from the state, and then takes the consequences.
"""
