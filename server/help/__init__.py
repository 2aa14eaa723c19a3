"""The guides inside the product: one for each role, in both languages."""
