"""The doors of the program, over HTTP, in the terms of the model: one module for each noun."""
