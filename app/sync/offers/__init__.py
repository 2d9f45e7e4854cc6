"""The jobs that keep offers in step with the store: `stock` tells Allegro, `offers` looks at what Allegro shows."""
