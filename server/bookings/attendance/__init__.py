"""Coming and going: check-in, check-out, no-show, strikes and appeals."""
