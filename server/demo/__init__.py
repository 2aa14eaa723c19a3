"""Made-up organizations and resources: a small demo for the first start, and any number for tests and measurements."""
