"""The catalogue: what the city offers, what each service needs, costs and promises, as versioned data."""
