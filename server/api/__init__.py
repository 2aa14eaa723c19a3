"""The JSON API, version 1: one module for each noun; routes that call the verbs."""
