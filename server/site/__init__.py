"""The pages, by who comes to them: guests, owners, organizations, operators. HTML over the same verbs as the API."""
