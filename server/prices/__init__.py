"""What time and things cost: the rules an owner sets, and the one computation that answers "what, and why".

The computation is pure (compute.py, and what it imports); set_price.py, end_price.py and views.py keep the rules.
"""
