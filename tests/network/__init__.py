"""Who reaches whom through the network, by a model that walks the templates."""
